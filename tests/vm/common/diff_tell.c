// SPDX-License-Identifier: MIT
/*
 * diff_tell.c - steps in words; see diff.h
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "test.h"

struct name {
	int value;
	const char *name;
};

#define NAME(value)	{ value, #value }

static const char *command_name(int command)
{
	static const struct name names[] = {
		NAME(IPC_RMID), NAME(IPC_SET), NAME(IPC_STAT), NAME(IPC_INFO),
		NAME(MSG_STAT), NAME(MSG_INFO), NAME(MSG_STAT_ANY),
	};
	static char number[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].value == command)
			return names[i].name;
	snprintf(number, sizeof(number), "%d", command);
	return number;
}

static const char *flag_words(const struct diff_call *call)
{
	static const struct name flags[] = {
		NAME(IPC_NOWAIT), NAME(MSG_NOERROR), NAME(MSG_EXCEPT),
		NAME(MSG_COPY), NAME(IPC_CREAT), NAME(IPC_EXCL),
	};
	static char words[128];
	int rest = call->flags;
	/* MSG_NOERROR and MSG_EXCEPT are mode bits to msgget. */
	size_t first = call->kind == DIFF_GET ? 4 : 0;
	size_t last = call->kind == DIFF_GET ? 6 : 4;
	size_t length = 0;

	words[0] = '\0';
	for (size_t i = first; i < last; i++) {
		if (!(rest & flags[i].value))
			continue;
		rest &= ~flags[i].value;
		length += snprintf(words + length, sizeof(words) - length,
				   "%s|", flags[i].name);
	}
	snprintf(words + length, sizeof(words) - length, "%#o", rest);
	return words;
}

static const char *memory_words(const struct diff_call *call)
{
	static const char *const places[] = {
		[DIFF_GOOD] = "good memory",
		[DIFF_READ_ONLY] = "read-only memory",
		[DIFF_NONE] = "PROT_NONE",
		[DIFF_NULL] = "NULL",
		[DIFF_BEYOND] = "kernel memory",
	};
	static char words[48];

	if (call->place != DIFF_ENDING)
		return places[call->place];
	snprintf(words, sizeof(words), "memory of %zu bytes", call->room);
	return words;
}

static void tell_set(const struct msqid_ds *set, char *text, size_t size)
{
	snprintf(text, size, " { uid %d, gid %d, mode %#o, qbytes %ld }",
		 (int)set->msg_perm.uid, (int)set->msg_perm.gid,
		 (unsigned int)set->msg_perm.mode, (long)set->msg_qbytes);
}

void diff_tell_call(const struct diff_call *call, char *text, size_t size)
{
	char set[96] = "";

	switch (call->kind) {
	case DIFF_GET:
		snprintf(text, size, "msgget(%#x, %s)", call->key,
			 flag_words(call));
		break;
	case DIFF_SEND:
		snprintf(text, size, "msgsnd(%d, %s, %zd, %s) of type %ld",
			 call->msqid, memory_words(call), (ssize_t)call->size,
			 flag_words(call), call->type);
		break;
	case DIFF_RECEIVE:
		snprintf(text, size, "msgrcv(%d, %s, %zd, %ld, %s)",
			 call->msqid, memory_words(call), (ssize_t)call->size,
			 call->type, flag_words(call));
		break;
	default:
		if (call->command == IPC_SET)
			tell_set(&call->set, set, sizeof(set));
		snprintf(text, size, "msgctl(%d, %s, %s)%s", call->msqid,
			 command_name(call->command), memory_words(call), set);
		break;
	}
}

void diff_tell_answer(const struct diff_answer *answer, char *text,
		      size_t size)
{
	if (answer->error)
		snprintf(text, size, "%ld %s", answer->ret,
			 strerrorname_np(answer->error));
	else
		snprintf(text, size, "%ld", answer->ret);
}

void diff_tell_step(const struct diff_step *step)
{
	char call[256], answers[DIFF_SIDES][48];

	printf("step %lu, pid %d, uid %u, gid %u+%u, capabilities %#llx: ",
	       step->number, step->pid, step->who.uid, step->who.gid,
	       step->who.group, (unsigned long long)step->who.capabilities);
	if (step->call.kind == DIFF_NOTE) {
		printf("%s\n", step->note);
		return;
	}
	diff_tell_call(&step->call, call, sizeof(call));
	for (int side = 0; side < DIFF_SIDES; side++)
		diff_tell_answer(&step->answers[side], answers[side],
				 sizeof(answers[side]));
	printf("%s = %s", call, answers[DIFF_KERNEL]);
	if (strcmp(answers[DIFF_KERNEL], answers[DIFF_DEVICE]))
		printf(", and on the device %s", answers[DIFF_DEVICE]);
	printf("\n");
}

void diff_tell_counts(const struct diff_world *world)
{
	static const char *const names[] = {
		[DIFF_GET] = "msgget", [DIFF_SEND] = "msgsnd",
		[DIFF_RECEIVE] = "msgrcv", [DIFF_CONTROL] = "msgctl",
	};

	for (int kind = 0; kind < DIFF_KINDS; kind++) {
		const unsigned long *counts = world->counts[kind];

		printf("#   %s answered: %lu without error", names[kind],
		       counts[0]);
		for (int i = 1; i < DIFF_ERRORS; i++)
			if (counts[i])
				printf(", %lu %s", counts[i],
				       strerrorname_np(i));
		printf("\n");
	}
}
