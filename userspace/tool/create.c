// SPDX-License-Identifier: MIT
/*
 * create.c - "msgq create": create a queue
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/ipc.h>

#include "tool.h"

static const char usage[] =
	"usage: msgq create [OPTION]... [KEY]\n"
	"\n"
	"Creates a queue and prints its identifier. KEY is 0x45, or PATH:PROJECT as in\n"
	"ftok(3), or with --key any number; a queue without KEY is private, and is known\n"
	"by its identifier alone. If a queue with this key exists, its identifier is\n"
	"printed, and the queue is not changed.\n"
	"\n"
	"  -m, --mode=MODE      permissions as in chmod (600)\n"
	"  -b, --bytes=BYTES    how many bytes of text it may hold, with optional k, M or\n"
	"                       G of 1024 (the limit msgmnb)\n"
	"  -x, --exclusive      fail if a queue with this key exists\n"
	"  -k, --key            KEY may be written as 69 or 0105\n"
	"  -j, --json           print an object, which also says whether the queue is new\n"
	"  -h, --help           show this\n";

/*
 * Find or create the queue with this key; *made: it was created now.  Another
 * process may create or remove it between the two calls.
 */
static int create_queue(int device, key_t key, int msgflg, bool *made)
{
	int msqid;

	do {
		*made = true;
		msqid = msgq_get(device, key, msgflg | IPC_CREAT | IPC_EXCL);
		if (msqid != -1 || errno != EEXIST || msgflg & IPC_EXCL)
			return msqid;
		*made = false;
		msqid = msgq_get(device, key, 0);
	} while (msqid == -1 && errno == ENOENT);
	return msqid;
}

static void create_show(int device, int msqid, bool made, bool json)
{
	struct object queue;

	if (!json) {
		printf("%d\n", msqid);
	} else if (read_object(device, msqid, &queue)) {
		json_to(stdout);
		json_begin(NULL, '{');
		json_bool("made", made);
		json_queue(&queue);
		json_end('}');
		json_end_line();
	}
}

int cmd_create(int argc, char **argv)
{
	static const struct option options[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "bytes", required_argument, NULL, 'b' },
		{ "exclusive", no_argument, NULL, 'x' },
		{ "key", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct name name = { .text = "without a key", .value = IPC_PRIVATE };
	struct change change = { .set_bytes = false };
	int option, msgflg = 0, status;
	unsigned int mode = 0600;
	bool is_key = false, json = false, made;

	while ((option = next_option(argc, argv, "m:b:xkj", options,
				     usage)) != -1) {
		if (option == 'm')
			mode = parse_mode(optarg);
		else if (option == 'x')
			msgflg |= IPC_EXCL;
		else if (option == 'j')
			json = true;
		else if (option == 'k')
			is_key = true;
		else if (option == 'b')
			change = (struct change){
				.set_bytes = true,
				.bytes = parse_bytes(optarg, 0),
			};
	}
	if (optind < argc)
		name = parse_key(argv[optind++], is_key);
	no_more_operands(argc, argv);

	name.device = need_device();
	name.id = create_queue(name.device, name.value, msgflg | (int)mode,
				  &made);
	if (name.id == -1)
		return report_create(&name);

	status = made ? change_object(&name, &change) : DONE;
	if (status) {
		/* The user did not ask for a queue of another size. */
		msgq_ctl(name.device, name.id, IPC_RMID, NULL);
		return status;
	}
	create_show(name.device, name.id, made, json);
	return DONE;
}
