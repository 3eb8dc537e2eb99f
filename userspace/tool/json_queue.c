// SPDX-License-Identifier: MIT
/*
 * json_queue.c - queues and their counts as JSON
 */
#define _GNU_SOURCE
#include "tool.h"

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

void json_queue(const struct object *queue)
{
	const struct msqid_ds *ds = &queue->ds;
	const struct msgq_state *state = &queue->state;
	char text[16];

	show_key(text, sizeof(text), ds->msg_perm.__key);
	json_text("key", text);
	json_integer("msqid", queue->id);
	json_text("owner", user_name(ds->msg_perm.uid));
	json_integer("uid", ds->msg_perm.uid);
	json_integer("gid", ds->msg_perm.gid);
	json_integer("cuid", ds->msg_perm.cuid);
	json_integer("cgid", ds->msg_perm.cgid);
	snprintf(text, sizeof(text), "%04o",
		 (unsigned int)ds->msg_perm.mode & 0777);
	json_text("mode", text);
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

void json_queues(const char *name, const struct objects *queues)
{
	json_begin(name, '[');
	for (size_t i = 0; i < queues->count; i++) {
		json_begin(NULL, '{');
		json_queue(&queues->list[i]);
		json_end('}');
	}
	json_end(']');
}
