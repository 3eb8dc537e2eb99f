// SPDX-License-Identifier: MIT
/*
 * fault_kinds.c - every kind of call, and why each point of it may fail
 *
 * Sizes and lengths of chains are internal to the module: the tables have the
 * least number of points of a call, not the exact number.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_scene.h"
#include "test.h"

/* The message that a send adds, and the one that a receive takes. */
#define SENT	4
#define TAKEN	2

#define NEW_MODE	0640
#define NEW_QBYTES	4321
#define NEW_MSGMNB	"16385\n"

static int limit_file = -1;

static void prepare_get(struct scene *scene)
{
	scene->argument->get = (struct msgq_get){
		.key = scene->kind->flags ? SCENE_KEY : IPC_PRIVATE,
		.msgflg = scene->kind->flags | 0600,
	};
}

/* The scene removes the queue. */
static void check_new(struct scene *scene, long ret)
{
	scene->msqid = ret;
}

static void check_known(struct scene *scene, long ret)
{
	CHECK_INT(ret, scene->msqid);
}

static void prepare_snd(struct scene *scene)
{
	const struct kind *kind = scene->kind;

	raw_set_type(scene->buffer, kind->long_size, SENT);
	raw_fill(scene->buffer + kind->long_size, kind->size, SENT);
	scene->argument->snd = (struct msgq_snd){
		.msqid = scene->msqid,
		.msgflg = kind->flags,
		.msgp = raw_address(scene->buffer),
		.msgsz = kind->size,
		.long_size = kind->long_size,
	};
}

static void check_snd(struct scene *scene, long ret)
{
	CHECK_INT(ret, 0);
	model_put(scene, SENT, scene->kind->size);
}

static void prepare_rcv(struct scene *scene)
{
	const struct kind *kind = scene->kind;

	memset(scene->buffer, 0, kind->long_size + kind->room);
	scene->argument->rcv = (struct msgq_rcv){
		.msqid = scene->msqid,
		.msgflg = kind->flags,
		.msgp = raw_address(scene->buffer),
		.msgsz = kind->room,
		/* For MSG_COPY a position, which is the second message, too. */
		.msgtyp = kind->flags & MSG_COPY ? 1 : TAKEN,
		.long_size = kind->long_size,
	};
}

static void check_rcv(struct scene *scene, long ret)
{
	const struct kind *kind = scene->kind;
	size_t size = kind->size < kind->room ? kind->size : kind->room;

	CHECK_INT(ret, size);
	CHECK_INT(raw_type(scene->buffer, kind->long_size), TAKEN);
	CHECK(raw_filled(scene->buffer + kind->long_size, size, TAKEN));
	if (!(kind->flags & MSG_COPY))
		model_remove(scene, 1);
}

static void prepare_ctl(struct scene *scene)
{
	scene->argument->ctl = (struct msgq_ctl){
		.msqid = scene->msqid < 0 ? 0 : scene->msqid,
		.cmd = scene->kind->flags,
		.buf = raw_address(scene->buffer),
		.long_size = scene->kind->long_size,
	};
}

static void check_stat(struct scene *scene, long ret)
{
	const struct msgq_ds64 *before = &scene->before.queue;
	const struct msgq_ds32 *narrow = (const void *)scene->buffer;

	CHECK_INT(ret, scene->kind->flags == IPC_STAT ? 0 : scene->msqid);
	if (scene->kind->long_size == 8) {
		CHECK(!memcmp(scene->buffer, before, sizeof(*before)));
		return;
	}
	CHECK_INT(narrow->key, before->key);
	CHECK_INT(narrow->qnum, before->qnum);
	CHECK_INT(narrow->cbytes, before->cbytes);
	CHECK_INT(narrow->lspid, before->lspid);
}

static void prepare_set(struct scene *scene)
{
	struct msgq_ds64 *ds = (void *)scene->buffer;
	struct msgq_ds32 *narrow = (void *)scene->buffer;

	if (scene->kind->long_size == 8)
		*ds = (struct msgq_ds64){
			.mode = NEW_MODE,
			.qbytes = NEW_QBYTES,
		};
	else
		*narrow = (struct msgq_ds32){
			.mode = NEW_MODE,
			.qbytes = NEW_QBYTES,
		};
	prepare_ctl(scene);
}

static void check_set(struct scene *scene, long ret)
{
	struct msgq_ds64 ds;

	CHECK_INT(ret, 0);
	CHECK_OK(raw_ctl(scene->fd, scene->msqid, IPC_STAT, &ds, 8));
	CHECK_INT(ds.mode, NEW_MODE);
	CHECK_INT(ds.qbytes, NEW_QBYTES);
}

static void check_rmid(struct scene *scene, long ret)
{
	CHECK_INT(ret, 0);
	CHECK_ERR(raw_get(scene->fd, SCENE_KEY, 0), ENOENT);
	scene->msqid = -1;
}

static void check_totals(struct scene *scene, long ret)
{
	const struct msginfo *info = (const void *)scene->buffer;

	CHECK_INT(ret, scene->msqid & 0x7fff);
	CHECK_INT(info->msgmax, scene->before.totals.msgmax);
	if (scene->kind->flags == MSG_INFO)
		CHECK(!memcmp(info, &scene->before.totals, sizeof(*info)));
}

static void prepare_nothing(struct scene *scene)
{
	(void)scene;
}

static void check_info(struct scene *scene, long ret)
{
	CHECK_INT(ret, 0);
	CHECK_INT(scene->argument->info.version, MSGQ_INTERFACE_VERSION);
}

static long call_open(struct scene *scene)
{
	(void)scene;
	return open("/dev/" MSGQ_DEVICE_NAME, O_RDWR);
}

static void check_open(struct scene *scene, long ret)
{
	(void)scene;
	CHECK_OK(close(ret));
}

static void prepare_limit(struct scene *scene)
{
	char path[64];

	(void)scene;
	limit_path("msgmnb", path, sizeof(path));
	limit_file = CHECK_OK(open(path, O_WRONLY | O_CLOEXEC));
}

static long call_limit(struct scene *scene)
{
	(void)scene;
	return pwrite(limit_file, NEW_MSGMNB, strlen(NEW_MSGMNB), 0);
}

static void check_limit(struct scene *scene, long ret)
{
	CHECK_INT(ret, strlen(NEW_MSGMNB));
	CHECK_INT(limit_get("msgmnb"), atol(NEW_MSGMNB));
	limit_set("msgmnb", scene->before.totals.msgmnb);
	close(limit_file);
}

#define ARGUMENT							\
	{ .why = "the argument", .error = EFAULT, .least = 1, .most = 1 }

#define GET(label, msgflg, is_known, ...)				\
	{								\
		.name = label,						\
		.command = MSGQ_IOC_GET,				\
		.flags = msgflg,					\
		.known = is_known,					\
		.prepare = prepare_get,					\
		.check = is_known ? check_known : check_new,		\
		.causes = { __VA_ARGS__ },				\
	}

/* A send of so many bytes, in at least so many pages. */
#define SEND(label, bytes, pages, msgflg, wide)				\
	{								\
		.name = "send of " label,				\
		.command = MSGQ_IOC_SND,				\
		.size = bytes,						\
		.flags = msgflg,					\
		.long_size = wide,					\
		.known = true,						\
		.input = (wide) + (bytes),				\
		.prepare = prepare_snd,					\
		.check = check_snd,					\
		.causes = { CAUSE("memory for the message", ENOMEM,	\
				  pages),				\
			    CAUSE("the text", EFAULT,			\
				  COPIES(bytes, pages)) },		\
	}

#define RECEIVE(label, bytes, pages, space, msgflg, wide)		\
	{								\
		.name = "receive of " label,				\
		.command = MSGQ_IOC_RCV,				\
		.size = bytes,						\
		.room = space,						\
		.flags = msgflg,					\
		.long_size = wide,					\
		.known = true,						\
		.output = (wide) +					\
			  ((bytes) < (space) ? (bytes) : (space)),	\
		.prepare = prepare_rcv,					\
		.check = check_rcv,					\
		.causes = { CAUSE("the text", EFAULT,			\
				  COPIES(bytes, pages)) },		\
	}

/* A copy reads its buffer first, as System V does. */
#define COPY(label, bytes, pages, wide)					\
	{								\
		.name = "copy of " label,				\
		.command = MSGQ_IOC_RCV,				\
		.size = bytes,						\
		.room = bytes,						\
		.flags = MSG_COPY | IPC_NOWAIT,				\
		.long_size = wide,					\
		.known = true,						\
		.output = (wide) + (bytes),				\
		.prepare = prepare_rcv,					\
		.check = check_rcv,					\
		.causes = { CAUSE("memory for the copy", ENOMEM, pages),\
			    CAUSE("the buffer, and the text", EFAULT,	\
				  COPIES(bytes, 2 * (pages))) },	\
	}

#define CONTROL(label, cmd, wide, makes, checks, in, out, ...)		\
	{								\
		.name = label,						\
		.command = MSGQ_IOC_CTL,				\
		.flags = cmd,						\
		.long_size = wide,					\
		.known = true,						\
		.input = in,						\
		.output = out,						\
		.prepare = makes,					\
		.check = checks,					\
		.causes = { __VA_ARGS__ },				\
	}

#define STAT(label, cmd, wide, type)					\
	CONTROL(label, cmd, wide, prepare_ctl, check_stat, 0,		\
		sizeof(type), CAUSE("the msqid_ds", EFAULT, 1))
/* bytes: the part of the struct that is read. */
#define SET(label, wide, bytes)						\
	CONTROL(label, IPC_SET, wide, prepare_set, check_set, bytes, 0,	\
		CAUSE("the msqid_ds", EFAULT, 1))
#define TOTALS(label, cmd)						\
	CONTROL(label, cmd, sizeof(long), prepare_ctl, check_totals, 0,	\
		sizeof(struct msginfo), CAUSE("the msginfo", EFAULT, 1))

const struct kind kinds[] = {
	GET("get of a private queue", 0, false,
	    CAUSE("memory for the queue", ENOMEM, 1)),
	GET("get of a new key", IPC_CREAT, false,
	    CAUSE("memory for the queue", ENOMEM, 1)),
	GET("get of a known key", IPC_CREAT, true),
	SEND("0 bytes", 0, 1, IPC_NOWAIT, 8),
	SEND("16 bytes", 16, 1, IPC_NOWAIT, 8),
	SEND("16 bytes, 32 bits", 16, 1, IPC_NOWAIT, 4),
	SEND("16 bytes that may wait", 16, 1, 0, 8),
	SEND("8192 bytes", 8192, 2, IPC_NOWAIT, 8),
	SEND("8192 bytes, 32 bits", 8192, 2, IPC_NOWAIT, 4),
	SEND("1 MiB", SCENE_LONGEST, 256, IPC_NOWAIT, 8),
	RECEIVE("0 bytes", 0, 1, 10, IPC_NOWAIT, 8),
	RECEIVE("16 bytes", 16, 1, 16, IPC_NOWAIT, 8),
	RECEIVE("16 bytes, 32 bits", 16, 1, 99, IPC_NOWAIT, 4),
	RECEIVE("16 bytes that may wait", 16, 1, 16, 0, 8),
	RECEIVE("8192 bytes", 8192, 2, 8192, IPC_NOWAIT, 8),
	RECEIVE("8192 bytes, 32 bits", 8192, 2, 8192, IPC_NOWAIT, 4),
	RECEIVE("8192 bytes cut to 5000", 8192, 2, 5000,
		IPC_NOWAIT | MSG_NOERROR, 8),
	RECEIVE("1 MiB", SCENE_LONGEST, 256, SCENE_LONGEST, IPC_NOWAIT, 8),
	COPY("0 bytes", 0, 1, 8),
	COPY("16 bytes", 16, 1, 8),
	COPY("16 bytes, 32 bits", 16, 1, 4),
	COPY("8192 bytes", 8192, 2, 8),
	COPY("1 MiB", SCENE_LONGEST, 256, 8),
	STAT("IPC_STAT", IPC_STAT, 8, struct msgq_ds64),
	STAT("IPC_STAT, 32 bits", IPC_STAT, 4, struct msgq_ds32),
	STAT("MSG_STAT", MSG_STAT, 8, struct msgq_ds64),
	STAT("MSG_STAT_ANY", MSG_STAT_ANY, 8, struct msgq_ds64),
	SET("IPC_SET", 8, sizeof(struct msgq_ds64)),
	SET("IPC_SET, 32 bits", 4,
	    offsetof(struct msgq_ds32, qbytes) + sizeof(uint32_t)),
	CONTROL("IPC_RMID", IPC_RMID, 8, prepare_ctl, check_rmid, 0, 0),
	TOTALS("IPC_INFO", IPC_INFO),
	TOTALS("MSG_INFO", MSG_INFO),
	{
		.name = "information",
		.command = MSGQ_IOC_INFO,
		.prepare = prepare_nothing,
		.check = check_info,
		.causes = { ARGUMENT },
	},
	{
		.name = "information, in a longer argument",
		.command = MSGQ_IOC_INFO,
		.extra = 64,
		.prepare = prepare_nothing,
		.check = check_info,
		.causes = { ARGUMENT },
	},
	{
		.name = "get in a longer argument",
		.command = MSGQ_IOC_GET,
		.extra = 64,
		.prepare = prepare_get,
		.check = check_new,
		.causes = { ARGUMENT,
			    CAUSE("memory for the queue", ENOMEM, 1) },
	},
	{
		.name = "opening the device",
		.other = call_open,
		.prepare = prepare_nothing,
		.check = check_open,
		.causes = { CAUSE("the path, a file", 0, 2) },
	},
	{
		.name = "setting a limit",
		.other = call_limit,
		.prepare = prepare_limit,
		.check = check_limit,
		.causes = { CAUSE("the number, memory for it", 0, 2) },
	},
};

const unsigned int kind_count = sizeof(kinds) / sizeof(kinds[0]);
