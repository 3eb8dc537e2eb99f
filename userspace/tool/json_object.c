// SPDX-License-Identifier: MIT
/*
 * json_object.c - queues and sets as JSON
 */
#define _GNU_SOURCE
#include "objects.h"

void json_counts(const struct msgq_counts *counts)
{
	if (!counts) {
		json_null("counts");
		return;
	}
	json_begin("counts", '{');
	json_integer("sent", (long long)counts->sent);
	json_integer("received", (long long)counts->received);
	json_integer("waits", (long long)counts->waits);
	json_integer("full", (long long)counts->full);
	json_integer("claims", (long long)counts->claims);
	json_integer("returned", (long long)counts->returned);
	json_end('}');
}

/* The members that objects of all kinds have. */
static void json_common(const struct object *object)
{
	const struct ipc_perm *perm = &object->perm;
	char text[16];

	json_text("kind", kind->name);
	show_key(text, sizeof(text), perm->__key);
	json_text("key", text);
	json_integer(kind->id, object->id);
	json_text("owner", user_name(perm->uid));
	json_integer("uid", perm->uid);
	json_integer("gid", perm->gid);
	json_integer("cuid", perm->cuid);
	json_integer("cgid", perm->cgid);
	snprintf(text, sizeof(text), "%04o", (unsigned int)perm->mode & 0777);
	json_text("mode", text);
}

void json_queue(const struct object *queue)
{
	const struct msqid_ds *ds = &queue->ds;
	const struct msgq_state *state = &queue->state;

	json_common(queue);
	json_integer("bytes", (long long)ds->__msg_cbytes);
	json_integer("most_bytes", (long long)ds->msg_qbytes);
	json_integer("messages", (long long)ds->msg_qnum);
	json_integer("full", fullness(queue));
	json_integer("last_sender", ds->msg_lspid);
	json_integer("last_receiver", ds->msg_lrpid);
	json_time("last_send", ds->msg_stime);
	json_time("last_receive", ds->msg_rtime);
	json_time("last_change", ds->msg_ctime);
	/* All have these members, and those that cannot be read null. */
	if (queue->has_state) {
		json_integer("receivers", state->receivers);
		json_integer("senders", state->senders);
		json_integer("claimed", (long long)state->claimed);
		json_integer("descriptors", state->descriptors);
		json_bool("temporary", state->flags & MSGQ_STATE_TEMPORARY);
	} else {
		json_null("receivers");
		json_null("senders");
		json_null("claimed");
		json_null("descriptors");
		json_null("temporary");
	}
	json_counts(queue->has_counts ? &state->counts : NULL);
}

void json_set(const struct object *set)
{
	const struct msgq_semstate *state = &set->semstate;

	json_common(set);
	json_integer("semaphores", (long long)set->sem.sem_nsems);
	json_time("last_operation", set->sem.sem_otime);
	json_time("last_change", set->sem.sem_ctime);
	if (set->has_state) {
		json_integer("waiting", state->waiting);
		json_integer("operations", (long long)state->operations);
		json_integer("waits", (long long)state->waits);
	} else {
		json_null("waiting");
		json_null("operations");
		json_null("waits");
	}
}

void json_object(const struct object *object)
{
	kind->json(object);
}

void json_objects(const char *name, const struct objects *objects)
{
	json_begin(name, '[');
	for (size_t i = 0; i < objects->count; i++) {
		json_begin(NULL, '{');
		json_object(&objects->list[i]);
		json_end('}');
	}
	json_end(']');
}
