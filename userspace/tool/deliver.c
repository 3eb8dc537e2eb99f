// SPDX-License-Identifier: MIT
/*
 * deliver.c - write a received message, or run a command on it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"

static bool write_all(int fd, const char *text, size_t size)
{
	ssize_t written;

	for (; size; text += written, size -= (size_t)written) {
		written = write(fd, text, size);
		if (written == -1 && errno != EINTR)
			return false;
		if (written == -1)
			written = 0;
	}
	return true;
}

/* Write a message to a file, in the form that the options ask for. */
static void format_message(const struct delivery *delivery, FILE *to,
			   const struct msgq_message *entry)
{
	const char *text = entry->text;

	if (delivery->json) {
		json_to(to);
		json_begin(NULL, '{');
		json_integer("type", entry->type);
		json_integer("size", entry->size);
		json_integer("deliveries", entry->deliveries);
		json_message(text, entry->size);
		json_end('}');
		json_end_line();
		return;
	}
	if (delivery->raw || delivery->command || !on_screen())
		fwrite(text, 1, entry->size, to);
	else
		show_text(to, text, entry->size, 0);
	if (!delivery->raw && !delivery->command)
		fputc('\n', to);
}

/*
 * A memory file for standard input.  Unlike a pipe, it needs no reader: the
 * command may ignore it.
 */
static int message_file(const char *text, size_t size)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd == -1)
		return -1;
	if (!write_all(fd, text, size) || lseek(fd, 0, SEEK_SET) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void set_message_variable(const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	if (setenv(name, text, 1))
		exit(report_errno(name));
}

static void exec_command(const struct delivery *delivery,
			 const struct msgq_message *entry, int input)
{
	set_message_variable("MSGQ_TYPE", entry->type);
	set_message_variable("MSGQ_MSQID", delivery->msqid);
	set_message_variable("MSGQ_DELIVERIES", entry->deliveries);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(input, STDIN_FILENO) == -1)
		exit(report_errno("standard input"));
	exit(execute(delivery->command));
}

static int run_for_message(const struct delivery *delivery,
			   const struct msgq_message *entry, int input)
{
	const char *command = *delivery->command;
	int ended;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		exec_command(delivery, entry, input);
	if (pid == -1)
		return report_errno(command);
	while (waitpid(pid, &ended, 0) == -1)
		if (errno != EINTR)
			return report_errno(command);
	if (WIFEXITED(ended) && !WEXITSTATUS(ended))
		return DONE;
	if (WIFEXITED(ended))
		fprintf(stderr, "msgq: %s exited with status %d\n", command,
			WEXITSTATUS(ended));
	else
		fprintf(stderr, "msgq: %s was killed by signal %d (%s)\n", command,
			WTERMSIG(ended), strsignal(WTERMSIG(ended)));
	return COMMAND_FAILED;
}

int deliver(const struct delivery *delivery, const struct msgq_message *entry)
{
	int status = DONE, input;
	char *formed = NULL;
	FILE *memory;
	size_t size;
	bool failed;

	memory = open_memstream(&formed, &size);
	if (!memory)
		return report_errno("message");
	format_message(delivery, memory, entry);
	failed = ferror(memory);
	if (fclose(memory) || failed) {
		status = report_errno("message");
	} else if (!delivery->command) {
		if (!write_all(STDOUT_FILENO, formed, size))
			status = report_errno("standard output");
	} else {
		input = message_file(formed, size);
		status = input == -1 ? report_errno("message") :
				       run_for_message(delivery, entry, input);
		if (input != -1)
			close(input);
	}
	free(formed);
	return status;
}
