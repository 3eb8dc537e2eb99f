// SPDX-License-Identifier: MIT
/*
 * msgq - show, create, use and remove the queues and semaphore sets of
 * /dev/msgq, and run programs over it
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "device.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	bool sets;		/* has --sem */
} commands[] = {
	{ "ls", cmd_ls, "list queues", true },
	{ "stat", cmd_stat, "show the state and the counts of queues", true },
	{ "who", cmd_who, "show the processes that wait at a queue or claim messages", true },
	{ "watch", cmd_watch, "show queues again and again, with rates", true },
	{ "create", cmd_create, "create a queue", true },
	{ "rm", cmd_rm, "remove queues and their messages", true },
	{ "set", cmd_set, "change the owner, mode or size of queues", true },
	{ "send", cmd_send, "send messages", false },
	{ "recv", cmd_recv, "receive messages, or run a command for each", false },
	{ "peek", cmd_peek, "show messages without receiving them", false },
	{ "limits", cmd_limits, "show or change limits", true },
	{ "open", cmd_open, "run a command with a queue as a descriptor", false },
	{ "run", cmd_run, "run a program over the device", false },
	{ "version", cmd_version, "show the versions of the tool and the module", false },
	{ "help", cmd_help, "show this, or help for a command", false },
};

#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void show_commands(FILE *to)
{
	fputs("usage: msgq [--in PID] [--device FILE] COMMAND [OPTION]... [ARGUMENT]...\n"
	      "\n"
	      "Message queues and semaphore sets of /dev/msgq. COMMAND --help shows more. The\n"
	      "commands:\n"
	      "\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "A queue is named by its identifier, as \"msgq ls\" lists it, or by its key: 0x45,\n"
	      "PATH:PROJECT as in ftok(3), or with --key any number. With --sem, the commands\n"
	      "ls, stat, who, watch, create, rm, set and limits are about semaphore sets, and\n"
	      "never about queues. Each IPC namespace has its queues and sets: --in PID is for\n"
	      "those of a process. So has each mounted msgqfs: --device names its file.\n"
	      "\n"
	      "Exit status: 0: success; 1: failure; 2: wrong usage; 3: no such queue; 4: no\n"
	      "message or no room, now or before the deadline; 5: no permission; 6: a limit is\n"
	      "reached; 7: no device; 8: the command that recv ran has failed.\n", to);
}

/*
 * Occupy standard descriptors that are closed.  Otherwise the device would be
 * opened as one of them, and output would be written to it and lost.
 */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
}

/* Take --sem out of the words of a command; returns how many words are left. */
static int choose_kind(int argc, char **argv)
{
	bool operands = false;
	int kept = 1;

	for (int i = 1; i < argc; i++) {
		operands |= !strcmp(argv[i], "--");
		if (operands || strcmp(argv[i], "--sem"))
			argv[kept++] = argv[i];
		else
			kind = &set_kind;
	}
	argv[kept] = NULL;
	return kept;
}

/* Run a command; argv[0] is ignored. */
static int run_command(const char *name, int argc, char **argv)
{
	struct closest closest;

	closest_begin(&closest, name);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(name, commands[i].name)) {
			/*
			 * Restart getopt(), which "msgq help" has already used.
			 */
			optind = 0;
			if (commands[i].sets)
				argc = choose_kind(argc, argv);
			snprintf(called, sizeof(called), "msgq %s%s", name,
				 kind->option);
			return commands[i].run(argc, argv);
		}
		closest_try(&closest, commands[i].name);
	}
	if (closest.found)
		word_error("unknown command '%s'; did you mean '%s'?", name,
			   closest.found);
	usage_error("unknown command '%s'", name);
}

int cmd_help(int argc, char **argv)
{
	static const char usage[] =
		"usage: msgq help [COMMAND]\n"
		"\n"
		"Shows the help of COMMAND, or lists the commands.\n"
		"\n"
		"  -h, --help           show this\n";
	static const struct option options[] = {
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	static char asked[] = "--help";
	const char *command;

	next_option(argc, argv, "", options, usage);
	if (optind == argc) {
		show_commands(stdout);
		return DONE;
	}
	command = argv[optind++];
	no_more_operands(argc, argv);
	return run_command(command, 2, (char *[]){ called, asked, NULL });
}

/* The command that an option in its place means. */
static const char *command_for_option(const char *word)
{
	static const struct option options[] = {
		HELP_OPTION,
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};

	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return "help";
	if (!strcmp(word, "--version"))
		return "version";
	if (!strncmp(word, "--", 2))
		unknown_option(word, options);
	if (*word == '-')
		usage_error("unknown option '%s'", word);
	return word;
}

/*
 * Read an option with a value before the command.  Returns how many words it has,
 * which is 0 if there is another word.
 */
static int read_global_option(int argc, char **argv, const char *option,
			      const char **value)
{
	size_t length = strlen(option);

	if (argc < 2 || strncmp(argv[1], option, length))
		return 0;
	if (argv[1][length] == '=') {
		*value = argv[1] + length + 1;
		return 1;
	}
	if (argv[1][length])
		return 0;
	if (argc == 2)
		usage_error("option '%s' needs a value", option);
	*value = argv[2];
	return 2;
}

/* Use this device here, and in the programs that this one runs. */
static void choose_device(const char *name)
{
	char *folder = NULL, *path = NULL;

	/* A link in it may lead elsewhere than to its name, as /proc/PID/root. */
	if (*name != '/')
		folder = getcwd(NULL, 0);
	if ((*name != '/' && !folder) ||
	    asprintf(&path, "%s%s%s", folder ?: "", folder ? "/" : "",
		     name) == -1 ||
	    setenv(MSGQ_DEVICE_VARIABLE, path, 1))
		exit(report_errno(name));
	msgq_device_choose(path);
	free(folder);
	free(path);
}

/* Read the options before the command; returns how many words they have. */
static int read_global_options(int argc, char **argv)
{
	const char *pid = NULL, *device = NULL;
	struct stat file;
	int all = 0, words;

	do {
		words = read_global_option(argc, argv, "--in", &pid) ?:
			read_global_option(argc, argv, "--device", &device);
		argc -= words;
		argv += words;
		all += words;
	} while (words);

	if (device && pid)
		usage_error("--in is for the queues of /dev/msgq, so it cannot be given together with --device");
	if (device)
		choose_device(device);
	if (pid) {
		choose_device(MSGQ_DEVICE_PATH);
		if (!stat(MSGQ_DEVICE_PATH, &file) && S_ISREG(file.st_mode))
			usage_error("--in leads nowhere: " MSGQ_DEVICE_PATH " is the file of a msgqfs here, which has the same queues in all namespaces");
		enter_namespace_of((pid_t)parse_number("process", pid, 10, 1,
						       INT_MAX));
	}
	return all;
}

int main(int argc, char **argv)
{
	int words;

	kind = &queue_kind;
	keep_standard_descriptors();
	words = read_global_options(argc, argv);
	argc -= words;
	argv += words;
	if (argc < 2) {
		show_commands(stderr);
		return WRONG_USAGE;
	}
	return finish(run_command(command_for_option(argv[1]), argc - 1,
				  argv + 1));
}
