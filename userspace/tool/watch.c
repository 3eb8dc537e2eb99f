// SPDX-License-Identifier: MIT
/*
 * watch.c - "msgq watch": queues, and how they change
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define SECOND	1000000000ULL

static const char usage[] =
	"usage: msgq watch [OPTION]... [QUEUE]...\n"
	"\n"
	"Shows all queues, or those named, every second: messages, how full it is in per\n"
	"cent, messages a second in and out, how many wait to receive (rwait) and to send\n"
	"(swait), and messages that are claimed. \"-\" is what takes the right to read the\n"
	"queue. On a screen until q is pressed; otherwise a line for each queue each time.\n"
	"\n"
	CHOICE_USAGE
	"  -i, --interval=TIME  another time than one second, as 0.5, 500ms or 1m; at\n"
	"                       least 0.2\n"
	"  -N, --count=NUMBER   so many times\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -j, --json           an object each time, in a line\n"
	"  -h, --help           show this\n";

/* How many messages had gone through a queue. */
struct sample {
	int msqid;
	uint64_t sent, received;
};

/* What is shown of it; less than 0: not known. */
struct rate {
	double in, out;
};

struct watching {
	int device;
	int *named;		/* identifiers of those named; NULL: all */
	size_t count_named;
	struct choice choice;
	uint64_t interval;
	uint64_t count;		/* so many times */
	bool json;

	struct queues queues;
	struct rate *rates;	/* in the order of the queues */
	struct sample *samples;	/* of the last time, by msqid */
	size_t sampled;
	uint64_t when;
};

static uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* What the module has counted. */
static struct sample sample_of(const struct queue *queue)
{
	return (struct sample){
		.msqid = queue->msqid,
		.sent = queue->state.counts.sent,
		.received = queue->state.counts.received,
	};
}

static int by_msqid(const void *one, const void *other)
{
	const struct sample *left = one, *right = other;

	return (left->msqid > right->msqid) - (left->msqid < right->msqid);
}

static double per_second(uint64_t now, uint64_t before, uint64_t time)
{
	return now < before || !time ? -1 :
		(double)(now - before) * SECOND / (double)time;
}

/* The rates since the last time, and samples for the next. */
static void set_rates(struct watching *watching, uint64_t now)
{
	size_t count = watching->queues.count;
	struct sample *samples = calloc(count + 1, sizeof(*samples));
	uint64_t time = now - watching->when;

	free(watching->rates);
	watching->rates = calloc(count + 1, sizeof(*watching->rates));
	if (!samples || !watching->rates)
		exit(complain("rates"));
	for (size_t i = 0; i < count; i++) {
		const struct queue *queue = &watching->queues.list[i];
		struct rate *rate = &watching->rates[i];
		const struct sample *last;

		samples[i] = sample_of(queue);
		last = watching->sampled ?
			bsearch(&samples[i], watching->samples,
				watching->sampled, sizeof(*last), by_msqid) :
			NULL;
		*rate = (struct rate){ -1, -1 };
		if (!queue->counted || !last)
			continue;
		rate->in = per_second(samples[i].sent, last->sent, time);
		rate->out = per_second(samples[i].received, last->received,
				       time);
	}
	qsort(samples, count, sizeof(*samples), by_msqid);
	free(watching->samples);
	watching->samples = samples;
	watching->sampled = count;
	watching->when = now;
}

/* Find those that the user names; what they are called can change later. */
static int find_named(struct watching *watching, char **names, bool is_key)
{
	struct queues queues;
	int status = choose_named(watching->device, &queues, names, is_key);

	watching->named = calloc(queues.count + 1, sizeof(int));
	if (!watching->named)
		exit(complain("list of queues"));
	for (size_t i = 0; i < queues.count; i++)
		watching->named[i] = queues.list[i].msqid;
	watching->count_named = queues.count;
	free(queues.list);
	return status;
}

static void read_named(struct watching *watching)
{
	struct queues *queues = &watching->queues;

	queues->count = 0;
	queues->list = calloc(watching->count_named + 1, sizeof(*queues->list));
	if (!queues->list)
		exit(complain("list of queues"));
	for (size_t i = 0; i < watching->count_named; i++)
		if (read_queue(watching->device, watching->named[i],
			       &queues->list[queues->count]))
			queues->count++;
}

/* False: all that were named are gone. */
static bool look(struct watching *watching)
{
	free(watching->queues.list);
	if (watching->named)
		read_named(watching);
	else
		watching->queues = read_queues(watching->device);
	if (watching->named && !watching->queues.count)
		return false;
	choose(&watching->queues, &watching->choice);
	set_rates(watching, monotonic());
	return true;
}

/* In seven columns. */
static void show_rate(FILE *to, double rate)
{
	if (rate < 0)
		fprintf(to, " %7s", "-");
	else if (rate >= 1e6)
		fprintf(to, " %6.1fM", rate / 1e6);
	else if (rate >= 1e5)
		fprintf(to, " %6.0fk", rate / 1e3);
	else
		fprintf(to, " %7.0f", rate);
}

static void show_state(FILE *to, const struct queue *queue, int width,
		       unsigned long long value)
{
	if (queue->known)
		fprintf(to, " %*llu", width, value);
	else
		fprintf(to, " %*s", width, "-");
}

static void show_headings(FILE *to)
{
	fprintf(to, "%-10s %-10s %-8s %8s %4s %7s %7s %5s %5s %6s", "key",
		"msqid", "owner", "messages", "full", "in/s", "out/s", "rwait",
		"swait", "claims");
}

static void show_row(FILE *to, const struct queue *queue,
		     const struct rate *rate)
{
	unsigned int full = fullness(queue);
	enum colour colour = colour_of_fullness(full);
	char key[16];

	show_key(key, sizeof(key), queue->ds.msg_perm.__key);
	fprintf(to, "%-10s %-10d %-8.8s %8lu %s%3u%%%s", key, queue->msqid,
		user_name(queue->ds.msg_perm.uid),
		(unsigned long)queue->ds.msg_qnum, colour_begin(colour), full,
		colour_end(colour));
	show_rate(to, rate->in);
	show_rate(to, rate->out);
	show_state(to, queue, 5, queue->state.receivers);
	show_state(to, queue, 5, queue->state.senders);
	show_state(to, queue, 6, queue->state.claimed);
}

static void clock_time(char *to, size_t size)
{
	time_t now = time(NULL);

	strftime(to, size, "%H:%M:%S", localtime(&now));
}

static void show_lines(const struct watching *watching)
{
	char when[16];

	clock_time(when, sizeof(when));
	for (size_t i = 0; i < watching->queues.count; i++) {
		printf("%s ", when);
		show_row(stdout, &watching->queues.list[i],
			 &watching->rates[i]);
		putchar('\n');
	}
}

static void json_rate(const char *name, double rate)
{
	if (rate < 0)
		json_null(name);
	else
		json_decimal(name, rate);
}

static void show_json(const struct watching *watching)
{
	json_to(stdout);
	json_begin(NULL, '{');
	json_integer("time", time(NULL));
	json_begin("queues", '[');
	for (size_t i = 0; i < watching->queues.count; i++) {
		json_begin(NULL, '{');
		json_queue(&watching->queues.list[i]);
		json_rate("in_per_second", watching->rates[i].in);
		json_rate("out_per_second", watching->rates[i].out);
		json_end('}');
	}
	json_end(']');
	json_end('}');
	json_end_line();
}

/* What all of them hold, and the time. */
static void show_title(const struct watching *watching)
{
	struct contents all = contents_of(&watching->queues);
	char when[16];

	clock_time(when, sizeof(when));
	printf("msgq  %s  %zu queues, %llu messages, %llu bytes  (q ends)",
	       when, watching->queues.count, all.messages, all.bytes);
}

/* To the end of each line and of the screen what stood there goes. */
static void draw(const struct watching *watching)
{
	unsigned int lines, columns;
	size_t count = watching->queues.count, shown = count;

	screen_size(&lines, &columns);
	fputs("\033[H", stdout);
	show_title(watching);
	printf("\033[K\r\n\033[K\r\n%s", colour_begin(BOLD));
	show_headings(stdout);
	printf("%s\033[K", colour_end(BOLD));

	/* Three lines are in use, and one is to tell of those that are left. */
	if (count + 3 > lines)
		shown = lines > 4 ? lines - 4 : 0;
	for (size_t i = 0; i < shown; i++) {
		fputs("\r\n", stdout);
		show_row(stdout, &watching->queues.list[i],
			 &watching->rates[i]);
		fputs("\033[K", stdout);
	}
	if (shown < count)
		printf("\r\n... and %zu more\033[K", count - shown);
	fputs("\033[J", stdout);
}

static void sleep_until(uint64_t until)
{
	struct timespec time = {
		.tv_sec = (time_t)(until / SECOND),
		.tv_nsec = (long)(until % SECOND),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) ==
	       EINTR)
		;
}

/* Each time; at the first there are no rates yet.  False: all are gone. */
static bool watch(struct watching *watching, bool screen)
{
	uint64_t next = monotonic();

	while (look(watching)) {
		if (watching->json)
			show_json(watching);
		else if (screen)
			draw(watching);
		else
			show_lines(watching);
		if (fflush(stdout) || !--watching->count)
			return true;

		next += watching->interval;
		if (!screen)
			sleep_until(next);
		else if (!screen_wait(next))
			return true;
	}
	return false;
}

int cmd_watch(int argc, char **argv)
{
	static const struct option options[] = {
		CHOICE_OPTIONS,
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'N' },
		{ "key", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct watching watching = { .interval = SECOND, .count = UINT64_MAX };
	const char *term = getenv("TERM");
	bool is_key = false, screen, some_left;
	int option, status = DONE;

	while ((option = next_option(argc, argv, CHOICE_LETTERS "i:N:kj",
				     options, usage)) != -1) {
		if (option == 'i')
			watching.interval = duration_of(optarg);
		else if (option == 'N')
			watching.count = (uint64_t)number("count", optarg, 10,
							  1, INT64_MAX);
		else if (option == 'k')
			is_key = true;
		else if (option == 'j')
			watching.json = true;
		else
			read_choice(&watching.choice, option);
	}
	if (watching.interval < SECOND / 5)
		watching.interval = SECOND / 5;

	watching.device = need_device();
	if (optind < argc)
		status = find_named(&watching, argv + optind, is_key);
	if (status)
		return status;
	screen = !watching.json && on_screen() && term && strcmp(term, "dumb");
	if (screen) {
		screen_begin();
	} else if (!watching.json) {
		printf("%-8s ", "time");
		show_headings(stdout);
		putchar('\n');
	}
	some_left = watch(&watching, screen);
	if (screen)
		screen_end();
	if (!some_left)
		fputs("msgq: watch: what was watched has been removed\n",
		      stderr);
	free(watching.named);
	free(watching.queues.list);
	free(watching.rates);
	free(watching.samples);
	return some_left ? DONE : NO_QUEUE;
}
