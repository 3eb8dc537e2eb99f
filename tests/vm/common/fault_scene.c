// SPDX-License-Identifier: MIT
/*
 * fault_scene.c - a queue with messages, about to be called; see
 * fault_scene.h
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault_scene.h"
#include "test.h"

#define BUFFER_BYTES	(SCENE_LONGEST + 4096)

/* A size for the longest messages of a scene. */
#define SCENE_QBYTES	(4L * SCENE_LONGEST)

const struct kind *kind_at(unsigned int number)
{
	if (number < kind_count)
		return &kinds[number];
	number -= kind_count;
	return number < desc_kind_count ? &desc_kinds[number] : NULL;
}

void scene_totals(int fd, struct msginfo *totals)
{
	memset(totals, 0, sizeof(*totals));
	CHECK_OK(raw_ctl(fd, 0, MSG_INFO, totals, sizeof(long)));
}

static void look(struct scene *scene, struct scene_state *state)
{
	memset(state, 0, sizeof(*state));
	if (scene->msqid >= 0) {
		CHECK_OK(raw_ctl(scene->fd, scene->msqid, IPC_STAT,
				 &state->queue, 8));
		state->state.msqid = scene->msqid;
		CHECK_OK(ioctl(scene->fd, MSGQ_IOC_STATE, &state->state));
	}
	scene_totals(scene->fd, &state->totals);
}

void scene_open(struct scene *scene, const struct kind *kind)
{
	memset(scene, 0, sizeof(*scene));
	scene->kind = kind;
	scene->msqid = -1;
	scene->opened = -1;
	scene->fd = raw_open();
	scene->argument = raw_memory(sizeof(*scene->argument));
	scene->buffer = raw_memory(BUFFER_BYTES);
	if (limit_get("msgmax") < SCENE_LONGEST)
		limit_set("msgmax", SCENE_LONGEST);
	scene_totals(scene->fd, &scene->base);
}

void scene_close(struct scene *scene)
{
	munmap(scene->argument, sizeof(*scene->argument));
	munmap(scene->buffer, BUFFER_BYTES);
	close(scene->fd);
}

void model_put(struct scene *scene, unsigned int number, size_t size)
{
	struct model_message *put = &scene->model[scene->messages++];

	put->type = number;
	put->size = size;
	put->number = number;
}

void model_remove(struct scene *scene, unsigned int place)
{
	scene->messages--;
	memmove(&scene->model[place], &scene->model[place + 1],
		(scene->messages - place) * sizeof(scene->model[0]));
}

/* Put a message on the queue; its type is its number. */
static void put(struct scene *scene, unsigned int number, size_t size)
{
	raw_set_type(scene->buffer, 8, number);
	raw_fill(scene->buffer + 8, size, number);
	CHECK_OK(raw_snd(scene->fd, scene->msqid, scene->buffer, size,
			 IPC_NOWAIT, 8));
	model_put(scene, number, size);
}

static void make_queue_of(struct scene *scene)
{
	struct msgq_ds64 ds;

	scene->msqid = CHECK_OK(raw_get(scene->fd, SCENE_KEY,
					IPC_CREAT | IPC_EXCL | 0600));
	CHECK_OK(raw_ctl(scene->fd, scene->msqid, IPC_STAT, &ds, 8));
	ds.qbytes = SCENE_QBYTES;
	CHECK_OK(raw_ctl(scene->fd, scene->msqid, IPC_SET, &ds, 8));
	put(scene, 1, 5);
	put(scene, 2, scene->kind->size);
	put(scene, 3, 100);
}

static void open_queue(struct scene *scene)
{
	const struct msgq_open how = {
		.name = scene->msqid,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.type = 1,
	};

	scene->opened = CHECK_OK(ioctl(scene->fd, MSGQ_IOC_OPEN, &how));
}

void scene_make(struct scene *scene)
{
	scene->messages = 0;
	if (scene->kind->known)
		make_queue_of(scene);
	if (scene->kind->opened)
		open_queue(scene);
	memset(scene->argument, 0, sizeof(*scene->argument));
	scene->kind->prepare(scene);
	look(scene, &scene->before);
}

long scene_call(struct scene *scene)
{
	const struct kind *kind = scene->kind;
	unsigned long command = kind->command;

	if (kind->other)
		return kind->other(scene);
	command += (unsigned long)kind->extra << _IOC_SIZESHIFT;
	return ioctl(kind->opened ? scene->opened : scene->fd, command,
		     scene->argument);
}

void scene_same(struct scene *scene, const char *point)
{
	struct scene_state now;

	look(scene, &now);
	/* A call may have waited before it failed, which is counted. */
	now.state.counts.waits = scene->before.state.counts.waits;
	now.state.counts.full = scene->before.state.counts.full;
	if (memcmp(&now.queue, &scene->before.queue, sizeof(now.queue)))
		FAIL("%s: %s: expected stat as before, got %u messages, %u bytes",
		     scene->kind->name, point, (unsigned int)now.queue.qnum,
		     (unsigned int)now.queue.cbytes);
	if (memcmp(&now.state, &scene->before.state, sizeof(now.state)))
		FAIL("%s: %s: expected state as before, got %llu claimed, %u descriptors",
		     scene->kind->name, point,
		     (unsigned long long)now.state.claimed,
		     now.state.descriptors);
	if (memcmp(&now.totals, &scene->before.totals, sizeof(now.totals)))
		FAIL("%s: %s: expected totals as before, got %d, %d, %d",
		     scene->kind->name, point, now.totals.msgpool,
		     now.totals.msgmap, now.totals.msgtql);
}

static void compare(struct scene *scene, const struct model_message *model)
{
	const char *name = scene->kind->name;
	long size = raw_rcv(scene->fd, scene->msqid, scene->buffer,
			    SCENE_LONGEST, 0, IPC_NOWAIT, 8);

	if (size < 0)
		FAIL("%s: message %u: expected on the queue, got %s", name,
		     model->number, strerrorname_np(errno));
	if (size != (long)model->size ||
	    raw_type(scene->buffer, 8) != model->type)
		FAIL("%s: expected message %ld of %zu bytes, got %ld of %ld",
		     name, model->type, model->size,
		     raw_type(scene->buffer, 8), size);
	if (!raw_filled(scene->buffer + 8, size, model->number))
		FAIL("%s: message %u: expected its text, got another", name,
		     model->number);
}

static void drain(struct scene *scene)
{
	for (unsigned int i = 0; i < scene->messages; i++)
		compare(scene, &scene->model[i]);
	CHECK_ERR(raw_rcv(scene->fd, scene->msqid, scene->buffer,
			  SCENE_LONGEST, 0, IPC_NOWAIT, 8), ENOMSG);
	CHECK_OK(raw_ctl(scene->fd, scene->msqid, IPC_RMID, NULL, 8));
	scene->msqid = -1;
}

void scene_end(struct scene *scene, long ret)
{
	struct msginfo totals;

	if (ret < 0)
		FAIL("%s: expected success, got %s", scene->kind->name,
		     strerrorname_np(errno));
	scene->kind->check(scene, ret);
	if (scene->opened >= 0)
		CHECK_OK(close(scene->opened));
	scene->opened = -1;
	if (scene->msqid >= 0)
		drain(scene);
	scene_totals(scene->fd, &totals);
	CHECK(!memcmp(&totals, &scene->base, sizeof(totals)));
}
