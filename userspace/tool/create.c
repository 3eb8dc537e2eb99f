// SPDX-License-Identifier: MIT
/*
 * create.c - "msgq create": create a queue or a semaphore set
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <sys/ipc.h>

#include "commands.h"

static const char queue_usage[] =
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
	SEM_USAGE
	"  -h, --help           show this\n";

static const char set_usage[] =
	"usage: msgq create --sem [OPTION]... [KEY]\n"
	"\n"
	"Creates a semaphore set and prints its identifier. KEY is 0x45, or PATH:PROJECT\n"
	"as in ftok(3), or with --key any number; a set without KEY is private, and is\n"
	"known by its identifier alone. If a set with this key exists, its identifier is\n"
	"printed, and the set is not changed.\n"
	"\n"
	"  -n, --semaphores=NUMBER  how many semaphores (1)\n"
	"  -V, --value=VALUE    the value of each, 0 to 32767 (0); it is set when the set\n"
	"                       is there\n"
	"  -m, --mode=MODE      permissions as in chmod (600)\n"
	"  -x, --exclusive      fail if a set with this key exists\n"
	"  -k, --key            KEY may be written as 69 or 0105\n"
	"  -j, --json           print an object, which also says whether the set is new\n"
	"  -h, --help           show this\n";

/* What is to be created. */
struct creation {
	int flags;		/* mode and IPC_EXCL */
	int semaphores;
	struct change change;
	bool is_key;
	bool json;
};

/*
 * Find or create the object with this key; *made: it was created now.  Another
 * process may create or remove it between the two calls.
 */
static int create_object(int device, key_t key,
			 const struct creation *creation, bool *made)
{
	int id;

	do {
		*made = true;
		id = kind->get(device, key, creation->semaphores,
			       creation->flags | IPC_CREAT | IPC_EXCL);
		if (id != -1 || errno != EEXIST || creation->flags & IPC_EXCL)
			return id;
		*made = false;
		id = kind->get(device, key, 0, 0);
	} while (id == -1 && errno == ENOENT);
	return id;
}

static void create_show(int device, int id, bool made, bool json)
{
	struct object object;

	if (!json) {
		printf("%d\n", id);
	} else if (read_object(device, id, &object)) {
		json_to(stdout);
		json_begin(NULL, '{');
		json_bool("made", made);
		json_object(&object);
		json_end('}');
		json_end_line();
	}
}

#define CREATE_OPTIONS					\
	{ "mode", required_argument, NULL, 'm' },	\
	{ "exclusive", no_argument, NULL, 'x' },	\
	{ "key", no_argument, NULL, 'k' },		\
	{ "json", no_argument, NULL, 'j' },		\
	HELP_OPTION,					\
	{ NULL, 0, NULL, 0 }

static int create_option(int argc, char **argv)
{
	static const struct option queue_options[] = {
		{ "bytes", required_argument, NULL, 'b' },
		CREATE_OPTIONS,
	}, set_options[] = {
		{ "semaphores", required_argument, NULL, 'n' },
		{ "value", required_argument, NULL, 'V' },
		CREATE_OPTIONS,
	};

	if (kind == &set_kind)
		return next_option(argc, argv, "n:V:m:xkj", set_options,
				   set_usage);
	return next_option(argc, argv, "m:b:xkj", queue_options, queue_usage);
}

static void read_creation(int argc, char **argv, struct creation *creation)
{
	unsigned int mode = 0600;
	int option;

	while ((option = create_option(argc, argv)) != -1) {
		switch (option) {
		case 'm':
			mode = parse_mode(optarg);
			break;
		case 'x':
			creation->flags |= IPC_EXCL;
			break;
		case 'j':
			creation->json = true;
			break;
		case 'k':
			creation->is_key = true;
			break;
		case 'b':
			creation->change.set_bytes = true;
			creation->change.bytes = parse_bytes(optarg, 0);
			break;
		case 'n':
			creation->semaphores =
				(int)parse_number("number of semaphores",
						  optarg, 10, 1, INT_MAX);
			break;
		case 'V':
			creation->change.set_value = true;
			creation->change.value = parse_value(optarg);
			break;
		}
	}
	creation->flags |= (int)mode;
}

int cmd_create(int argc, char **argv)
{
	struct creation creation = {
		.semaphores = 1,
		.change = { .semaphore = -1 },
	};
	struct name name = { .text = "without a key", .value = IPC_PRIVATE };
	int status;
	bool made;

	read_creation(argc, argv, &creation);
	if (optind < argc)
		name = parse_key(argv[optind++], creation.is_key);
	no_more_operands(argc, argv);

	name.device = need_device();
	name.id = create_object(name.device, name.value, &creation, &made);
	if (name.id == -1)
		return report_create(&name);

	status = made ? change_object(&name, &creation.change) : DONE;
	if (status) {
		/* The user did not ask for an object like this. */
		kind->remove(name.device, name.id);
		return status;
	}
	create_show(name.device, name.id, made, creation.json);
	return DONE;
}
