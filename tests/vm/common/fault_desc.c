// SPDX-License-Identifier: MIT
/*
 * fault_desc.c - the kinds of call for descriptors, batches and claims, and why
 * each point of them may fail; like fault_kinds.c
 *
 * A batch has one message here, so that it goes through or changes nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fault_scene.h"
#include "test.h"

/* The message that a send adds, and the one that a receive takes. */
#define SENT	4
#define TAKEN	2
/* No message has this type. */
#define MISSING	99

/* The buffer holds the entry first, then its text. */
static unsigned char *text_of(struct scene *scene)
{
	return scene->buffer + 4096;
}

static struct msgq_entry *entry_of(struct scene *scene)
{
	return (struct msgq_entry *)scene->buffer;
}

static void prepare_open(struct scene *scene)
{
	scene->argument->open = (struct msgq_open){
		.name = scene->kind->known ? scene->msqid : SCENE_KEY,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE | scene->kind->flags,
		.msgflg = IPC_CREAT | 0600,
		.type = 1,
	};
	scene->next_fd = CHECK_OK(dup(scene->fd));
	CHECK_OK(close(scene->next_fd));
}

/* The failures before have leaked no descriptor. */
static void check_opened(struct scene *scene, long ret)
{
	CHECK_INT(ret, scene->next_fd);
	if (!scene->kind->known)
		scene->msqid = CHECK_OK(raw_get(scene->fd, SCENE_KEY, 0));
	CHECK_OK(close(ret));
	if (scene->kind->flags & MSGQ_OPEN_TEMPORARY) {
		CHECK_ERR(raw_get(scene->fd, SCENE_KEY, 0), ENOENT);
		scene->msqid = -1;
	}
}

static void prepare_batch(struct scene *scene, uint32_t flags)
{
	const struct kind *kind = scene->kind;

	scene->argument->batch = (struct msgq_batch){
		.msqid = kind->opened ? 0 : scene->msqid,
		.msgflg = kind->flags,
		.entries = raw_address(scene->buffer),
		.count = 1,
		.flags = flags,
	};
}

static void prepare_sendv(struct scene *scene)
{
	const struct kind *kind = scene->kind;

	raw_fill(text_of(scene), kind->size, SENT);
	*entry_of(scene) = (struct msgq_entry){
		.type = SENT,
		.text = raw_address(text_of(scene)),
		.size = kind->size,
	};
	prepare_batch(scene, 0);
}

static void check_sendv(struct scene *scene, long ret)
{
	CHECK_INT(ret, 1);
	model_put(scene, SENT, scene->kind->size);
}

static void prepare_receive(struct scene *scene, uint32_t flags)
{
	const struct kind *kind = scene->kind;

	memset(scene->buffer, 0, 4096 + kind->room);
	*entry_of(scene) = (struct msgq_entry){
		.text = raw_address(text_of(scene)),
		.size = kind->room,
	};
	prepare_batch(scene, flags);
	scene->argument->batch.msgtyp = TAKEN;
}

static void prepare_recvv(struct scene *scene)
{
	prepare_receive(scene, 0);
}

static void prepare_first_claim(struct scene *scene)
{
	prepare_receive(scene, MSGQ_CLAIM);
}

/*
 * Only the first claim of a process by a descriptor needs memory.  Make it
 * before: a claim that finds no message is enough.
 */
static void prepare_claim(struct scene *scene)
{
	prepare_receive(scene, MSGQ_CLAIM);
	scene->argument->batch.msgtyp = MISSING;
	scene->argument->batch.msgflg |= IPC_NOWAIT;
	CHECK_ERR(ioctl(scene->opened, MSGQ_IOC_RECVV, scene->argument), ENOMSG);
	prepare_receive(scene, MSGQ_CLAIM);
}

static void check_entry(struct scene *scene, long ret)
{
	const struct kind *kind = scene->kind;
	size_t size = kind->size < kind->room ? kind->size : kind->room;

	CHECK_INT(ret, 1);
	CHECK_INT(entry_of(scene)->type, TAKEN);
	CHECK_INT(entry_of(scene)->size, size);
	CHECK(raw_filled(text_of(scene), size, TAKEN));
}

static void check_recvv(struct scene *scene, long ret)
{
	check_entry(scene, ret);
	CHECK_INT(entry_of(scene)->deliveries, 0);
	model_remove(scene, 1);
}

/* The message has been delivered once, however often the claim has failed. */
static void check_claim(struct scene *scene, long ret)
{
	check_entry(scene, ret);
	CHECK_INT(entry_of(scene)->deliveries, 1);
	CHECK_OK(close(scene->opened));
	scene->opened = -1;
}

static void prepare_settle(struct scene *scene)
{
	uint64_t token;

	prepare_claim(scene);
	CHECK_INT(ioctl(scene->opened, MSGQ_IOC_RECVV, scene->argument), 1);
	token = entry_of(scene)->token;
	memcpy(scene->buffer, &token, sizeof(token));
	memset(scene->argument, 0, sizeof(*scene->argument));
	scene->argument->settle = (struct msgq_settle){
		.tokens = raw_address(scene->buffer),
		.count = 1,
		.flags = scene->kind->flags,
	};
}

static void check_settle(struct scene *scene, long ret)
{
	CHECK_INT(ret, 1);
	if (!(scene->kind->flags & MSGQ_RELEASE))
		model_remove(scene, 1);
}

static void prepare_state(struct scene *scene)
{
	scene->argument->state.msqid = scene->kind->opened ? 0 : scene->msqid;
}

static void check_state(struct scene *scene, long ret)
{
	CHECK_INT(ret, 0);
	CHECK_INT(scene->argument->state.msqid, scene->msqid);
	CHECK_INT(scene->argument->state.qnum, scene->before.queue.qnum);
	CHECK_INT(scene->argument->state.cbytes, scene->before.queue.cbytes);
}

#define OPEN(label, is_known, open_flags, ...)				\
	{								\
		.name = "open of " label,				\
		.command = MSGQ_IOC_OPEN,				\
		.flags = open_flags,					\
		.known = is_known,					\
		.prepare = prepare_open,				\
		.check = check_opened,					\
		.causes = { __VA_ARGS__ },				\
	}

#define SENDV(label, bytes, pages, msgflg, on_queue)			\
	{								\
		.name = "batch of " label,				\
		.command = MSGQ_IOC_SENDV,				\
		.size = bytes,						\
		.flags = msgflg,					\
		.known = true,						\
		.opened = on_queue,					\
		.input = sizeof(struct msgq_entry),			\
		.prepare = prepare_sendv,				\
		.check = check_sendv,					\
		/* A short message's memory is requested twice. */	\
		.causes = { CAUSE("memory for the message", ENOMEM,	\
				  COPIES(bytes, pages)),		\
			    CAUSE("the text", EFAULT,			\
				  COPIES(bytes, pages)) },		\
	}

#define RECEIVE_FOR(label, bytes, space, msgflg, on_queue, prepares,	\
		    checks, ...)					\
	{								\
		.name = label,						\
		.command = MSGQ_IOC_RECVV,				\
		.size = bytes,						\
		.room = space,						\
		.flags = msgflg,					\
		.known = true,						\
		.opened = on_queue,					\
		/* The entry is read first, so it cannot be missing. */	\
		.input = sizeof(struct msgq_entry),			\
		.prepare = prepares,					\
		.check = checks,					\
		.causes = { __VA_ARGS__ },				\
	}

#define RECEIVE(label, bytes, pages, space, msgflg, on_queue, what)	\
	RECEIVE_FOR(label, bytes, space, msgflg, on_queue,		\
		    prepare_##what, check_##what,			\
		    CAUSE("the text, the entry", EFAULT,		\
			  COPIES(bytes, 1 + (pages))))

#define SETTLE(label, settle_flags)					\
	{								\
		.name = label,						\
		.command = MSGQ_IOC_SETTLE,				\
		.size = 16,						\
		.room = 16,						\
		.flags = settle_flags,					\
		.known = true,						\
		.opened = true,						\
		.prepare = prepare_settle,				\
		.check = check_settle,					\
		.causes = { CAUSE("the token", EFAULT, 1) },		\
	}

#define STATE(label, on_queue)						\
	{								\
		.name = label,						\
		.command = MSGQ_IOC_STATE,				\
		.known = true,						\
		.opened = on_queue,					\
		.prepare = prepare_state,				\
		.check = check_state,					\
		.causes = { CAUSE("the answer", EFAULT, 1) },		\
	}

const struct kind desc_kinds[] = {
	OPEN("a queue", true, 0,
	     CAUSE("memory for descriptor and file", ENOMEM, 2)),
	OPEN("a new key", false, MSGQ_OPEN_KEY,
	     CAUSE("memory for descriptor, file and queue", ENOMEM, 3)),
	OPEN("a new key, temporary", false,
	     MSGQ_OPEN_KEY | MSGQ_OPEN_TEMPORARY,
	     CAUSE("memory for descriptor, file and queue", ENOMEM, 3)),
	SENDV("0 bytes", 0, 0, IPC_NOWAIT, true),
	SENDV("16 bytes", 16, 1, IPC_NOWAIT, true),
	SENDV("16 bytes, by identifier", 16, 1, IPC_NOWAIT, false),
	SENDV("16 bytes that may wait", 16, 1, 0, true),
	SENDV("8192 bytes", 8192, 2, IPC_NOWAIT, true),
	RECEIVE("receive of a batch of 16 bytes", 16, 1, 16, IPC_NOWAIT, true,
		recvv),
	RECEIVE("receive of a batch of 16 bytes, by identifier", 16, 1, 99,
		IPC_NOWAIT, false, recvv),
	RECEIVE("receive of a batch of 8192 bytes cut to 5000", 8192, 2, 5000,
		IPC_NOWAIT | MSG_NOERROR, true, recvv),
	RECEIVE("receive of a batch of 8192 bytes that may wait", 8192, 2, 8192,
		0, true, recvv),
	/* The process is a claimer of the descriptor once it has the memory. */
	RECEIVE_FOR("first claim of a process", 0, 10, IPC_NOWAIT, true,
		    prepare_first_claim, check_claim,
		    CAUSE("memory for the claimer and its process", ENOMEM, 2),
		    CAUSE("the entry", EFAULT, 1)),
	RECEIVE("claim of 0 bytes", 0, 0, 10, IPC_NOWAIT, true, claim),
	RECEIVE("claim of 16 bytes", 16, 1, 16, IPC_NOWAIT, true, claim),
	RECEIVE("claim of 8192 bytes", 8192, 2, 8192, 0, true, claim),
	SETTLE("acknowledgement", 0),
	SETTLE("release", MSGQ_RELEASE),
	STATE("state", true),
	STATE("state, by identifier", false),
};

const unsigned int desc_kind_count = sizeof(desc_kinds) / sizeof(desc_kinds[0]);
