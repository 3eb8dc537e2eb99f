// SPDX-License-Identifier: MIT
/*
 * who.c - "msgq who": the processes that wait at a queue or have claimed
 * its messages, and those that wait at a set or whose end changes it
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const char queue_usage[] =
	"usage: msgq who [OPTION]... QUEUE\n"
	"\n"
	"Shows the processes that have claimed messages of a queue, and those that wait\n"
	"to receive or to send: what they wait for, and for how long. Only the owner and\n"
	"the creator of the queue, and root, may do this.\n"
	"\n"
	"  -k, --key            QUEUE is a key, also as 69 or 0105\n"
	"  -j, --json           print an object\n"
	SEM_USAGE
	"  -h, --help           show this\n";

static const char set_usage[] =
	"usage: msgq who --sem [OPTION]... SET\n"
	"\n"
	"Shows the processes that use SEM_UNDO at a semaphore set, with what their end\n"
	"adds to each semaphore (undo), and the tasks that wait, with the operation that\n"
	"cannot go on and for how long they have waited. A process whose end adds 1\n"
	"usually holds a lock. Only the owner and the creator of the set, and root, may\n"
	"do this.\n"
	"\n"
	"  -k, --key            SET is a key, also as 69 or 0105\n"
	"  -j, --json           print an object\n"
	"  -h, --help           show this\n";

static struct msgq_party parties[MSGQ_WHO_MOST];

static const char *party_action(const struct msgq_party *party)
{
	switch (party->what) {
	case MSGQ_PARTY_CLAIMS:
		return "claims";
	case MSGQ_PARTY_RECEIVES:
		return "receives";
	case MSGQ_PARTY_SENDS:
		return "sends";
	default:
		return "-";
	}
}

static void who_type_cell(const struct msgq_party *party)
{
	long long type = party->type;

	if (party->what == MSGQ_PARTY_CLAIMS)
		table_cell(PLAIN, "-");
	else if (party->msgflg & MSG_EXCEPT && type > 0)
		table_cell(PLAIN, "not %lld", type);
	else if (type < 0)
		table_cell(PLAIN, "up to %lld", -type);
	else if (type)
		table_cell(PLAIN, "%lld", type);
	else
		table_cell(PLAIN, "any");
}

static void who_id_cell(pid_t id)
{
	if (id)
		table_cell(PLAIN, "%d", id);
	else
		table_cell(PLAIN, "-");
}

static void who_row(const struct msgq_party *party)
{
	bool claims = party->what == MSGQ_PARTY_CLAIMS;
	time_t now = time(NULL);
	char age[32] = "-";

	who_id_cell(party->pid);
	who_id_cell(party->tid);
	table_cell(PLAIN, "%s", process_name(party->pid));
	table_cell(PLAIN, "%s", party_action(party));
	who_type_cell(party);
	if (claims || party->msgflg & MSG_NOERROR)
		table_cell(PLAIN, "-");
	else
		table_cell(PLAIN, "%llu", (unsigned long long)party->size);
	if (claims)
		table_cell(PLAIN, "%llu", (unsigned long long)party->size);
	else
		table_cell(PLAIN, "-");
	if (!claims)
		show_age(age, sizeof(age),
			 now - (time_t)(party->waited / 1000000000), now);
	table_cell(PLAIN, "%s", age);
}

static void who_table(const struct msgq_who *who)
{
	table_begin(">process >thread command does type >bytes >messages >waits");
	for (unsigned int i = 0; i < who->count; i++)
		who_row(&parties[i]);
	table_end(true);
}

static void who_json_id(const char *name, pid_t id)
{
	if (id)
		json_integer(name, id);
	else
		json_null(name);
}

static void who_json_party(const struct msgq_party *party)
{
	bool claims = party->what == MSGQ_PARTY_CLAIMS;

	json_begin(NULL, '{');
	who_json_id("process", party->pid);
	json_text("command", process_name(party->pid));
	json_text("does", party_action(party));
	if (claims) {
		json_integer("messages", (long long)party->size);
		json_end('}');
		return;
	}
	who_json_id("thread", party->tid);
	json_integer("type", party->type);
	if (party->what == MSGQ_PARTY_RECEIVES) {
		json_bool("except", party->msgflg & MSG_EXCEPT);
		json_bool("claims", party->flags & MSGQ_CLAIM);
	}
	if (party->msgflg & MSG_NOERROR)
		json_null("bytes");
	else
		json_integer("bytes", (long long)party->size);
	json_decimal("waits", 3, (double)party->waited / 1e9);
	json_end('}');
}

static void who_json(const struct msgq_who *who)
{
	json_to(stdout);
	json_begin(NULL, '{');
	json_integer("msqid", who->msqid);
	json_integer("claimers", who->claimers);
	json_integer("receivers", who->receivers);
	json_integer("senders", who->senders);
	json_integer("descriptors", who->descriptors);
	json_begin("processes", '[');
	for (unsigned int i = 0; i < who->count; i++)
		who_json_party(&parties[i]);
	json_end(']');
	json_end('}');
	json_end_line();
}

static int who_of_queue(const struct name *name, bool json)
{
	struct msgq_who who = {
		.msqid = name->id,
		.parties = (uintptr_t)parties,
		.count = MSGQ_WHO_MOST,
		.size = sizeof(parties[0]),
	};

	if (msgq_who(name->device, &who) == -1)
		return report_object(name, "list its processes");
	if (json)
		who_json(&who);
	else
		who_table(&who);
	if (who.count == MSGQ_WHO_MOST &&
	    who.claimers + who.receivers + who.senders > who.count)
		fprintf(stderr, "msgq: queue %s: only the first %u are shown\n",
			name->text, who.count);
	return DONE;
}

static struct msgq_semparty semparties[MSGQ_WHO_MOST];

static void semwho_table(const struct msgq_semwho *who)
{
	table_begin(">process >thread command does >semaphore >amount >operations >waits");
	for (unsigned int i = 0; i < who->count; i++) {
		const struct msgq_semparty *party = &semparties[i];
		bool waits = party->what == MSGQ_SEMPARTY_WAITS;
		time_t now = time(NULL);
		char age[32] = "-";

		who_id_cell(party->pid);
		who_id_cell(party->tid);
		table_cell(PLAIN, "%s", process_name(party->pid));
		table_cell(PLAIN, "%s", waits ? "waits" : "undo");
		table_cell(PLAIN, "%u", party->semnum);
		table_cell(PLAIN, party->amount ? "%+d" : "%d", party->amount);
		if (waits) {
			table_cell(PLAIN, "%u", party->nsops);
			show_age(age, sizeof(age),
				 now - (time_t)(party->waited / SECOND), now);
		} else {
			table_cell(PLAIN, "-");
		}
		table_cell(PLAIN, "%s", age);
	}
	table_end(true);
}

static void semwho_json(const struct msgq_semwho *who)
{
	json_to(stdout);
	json_begin(NULL, '{');
	json_integer("semid", who->semid);
	json_integer("undoing", who->undoing);
	json_integer("waiting", who->waiting);
	json_begin("processes", '[');
	for (unsigned int i = 0; i < who->count; i++) {
		const struct msgq_semparty *party = &semparties[i];
		bool waits = party->what == MSGQ_SEMPARTY_WAITS;

		json_begin(NULL, '{');
		who_json_id("process", party->pid);
		json_text("command", process_name(party->pid));
		json_text("does", waits ? "waits" : "undo");
		json_integer("semaphore", party->semnum);
		json_integer("amount", party->amount);
		if (waits) {
			who_json_id("thread", party->tid);
			json_integer("operations", party->nsops);
			json_decimal("waits", 3, (double)party->waited / 1e9);
		}
		json_end('}');
	}
	json_end(']');
	json_end('}');
	json_end_line();
}

static int who_of_set(const struct name *name, bool json)
{
	struct msgq_semwho who = {
		.semid = name->id,
		.parties = (uintptr_t)semparties,
		.count = MSGQ_WHO_MOST,
		.size = sizeof(semparties[0]),
	};
	unsigned int waiting = 0;

	if (msgq_semwho(name->device, &who) == -1)
		return report_object(name, "list its processes");
	if (json)
		semwho_json(&who);
	else
		semwho_table(&who);
	for (unsigned int i = 0; i < who.count; i++)
		waiting += semparties[i].what == MSGQ_SEMPARTY_WAITS;
	if (who.count == MSGQ_WHO_MOST && waiting < who.waiting)
		fprintf(stderr, "msgq: set %s: only the first %u are shown\n",
			name->text, who.count);
	return DONE;
}

int cmd_who(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	bool is_key = false, json = false;
	struct name name;
	int option, status;

	while ((option = next_option(argc, argv, "kj", options,
				     kind == &set_kind ? set_usage :
							 queue_usage)) != -1) {
		is_key |= option == 'k';
		json |= option == 'j';
	}
	if (optind == argc)
		usage_error("missing %s", kind->operand);
	name = parse_name(argv[optind++], is_key);
	no_more_operands(argc, argv);
	status = find_object(need_device(), &name);
	if (status)
		return status;
	return kind == &set_kind ? who_of_set(&name, json) :
				   who_of_queue(&name, json);
}
