// SPDX-License-Identifier: MIT
/*
 * watch.c - "msgq watch": show queues again and again
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static const char usage[] =
	"usage: msgq watch [OPTION]... [QUEUE]...\n"
	"\n"
	"Shows all queues, or the given ones, every second: messages, how full the queue\n"
	"is in percent, messages per second in and out, tasks that wait to receive\n"
	"(rwait) and to send (swait), and claimed messages. \"-\" means that the caller may\n"
	"not read the queue. On a terminal, shows a table until q is pressed; ? lists the\n"
	"other keys. Otherwise, prints one line for each queue.\n"
	"\n"
	CHOICE_USAGE
	"  -i, --interval=TIME  the time between two updates, as 0.5, 500ms or 1m; at\n"
	"                       least 0.2 (1)\n"
	"  -N, --count=NUMBER   stop after this many updates\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -j, --json           print an object for each update, one in a line\n"
	"  -h, --help           show this\n"
	"\n"
	"--sort also accepts in/s, out/s, and activity, which is the sum of both. A\n"
	"terminal is sorted by activity by default.\n";

struct watching {
	int device;
	int *named;		/* identifiers of the given queues; NULL: all */
	size_t count_named;
	struct choice choice;
	uint64_t interval;
	uint64_t count;		/* updates that remain */
	bool json;

	struct objects queues;
	struct rates rates;
	struct view view;
};

/* Find the given queues once: a key may name another queue later. */
static int watch_find_named(struct watching *watching, char **names,
			    bool is_key)
{
	struct objects queues;
	int status = find_named(watching->device, &queues, names, is_key);

	watching->named = calloc(queues.count + 1, sizeof(int));
	if (!watching->named)
		exit(report_errno("list of queues"));
	for (size_t i = 0; i < queues.count; i++)
		watching->named[i] = queues.list[i].id;
	watching->count_named = queues.count;
	free(queues.list);
	return status;
}

static void watch_read_named(struct watching *watching)
{
	struct objects *queues = &watching->queues;

	queues->count = 0;
	queues->list = calloc(watching->count_named + 1, sizeof(*queues->list));
	if (!queues->list)
		exit(report_errno("list of queues"));
	for (size_t i = 0; i < watching->count_named; i++)
		if (read_object(watching->device, watching->named[i],
			       &queues->list[queues->count]))
			queues->count++;
}

/* Read the queues again; false: all given ones have been removed. */
static bool watch_read(struct watching *watching)
{
	free(watching->queues.list);
	if (watching->named)
		watch_read_named(watching);
	else
		watching->queues = read_objects(watching->device);
	if (watching->named && !watching->queues.count)
		return false;
	measure_rates(&watching->rates, &watching->queues);
	filter_and_sort(&watching->queues, &watching->choice);
	return true;
}

static void watch_lines(const struct watching *watching)
{
	struct timespec now;
	char when[16];

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(when, sizeof(when), "%H:%M:%S", localtime(&now.tv_sec));
	for (size_t i = 0; i < watching->queues.count; i++) {
		fputs(when, stdout);
		if (watching->interval % SECOND)
			printf(".%03ld", now.tv_nsec / 1000000);
		putchar(' ');
		view_row(&watching->queues.list[i]);
		putchar('\n');
	}
}

static void watch_json_rate(const char *name, double rate)
{
	if (rate < 0)
		json_null(name);
	else
		json_decimal(name, 1, rate);
}

static void watch_json(const struct watching *watching)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_to(stdout);
	json_begin(NULL, '{');
	json_decimal("time", 3, (double)now.tv_sec +
		     (double)(now.tv_nsec / 1000000) / 1000);
	json_begin("queues", '[');
	for (size_t i = 0; i < watching->queues.count; i++) {
		json_begin(NULL, '{');
		json_queue(&watching->queues.list[i]);
		watch_json_rate("in_per_second", watching->queues.list[i].rate_in);
		watch_json_rate("out_per_second", watching->queues.list[i].rate_out);
		json_end('}');
	}
	json_end(']');
	json_end('}');
	json_end_line();
}

static void watch_sleep(uint64_t until)
{
	struct timespec time = {
		.tv_sec = (time_t)(until / SECOND),
		.tv_nsec = (long)(until % SECOND),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) ==
	       EINTR)
		;
}

/* Draw, and handle keys until the next update; false: quit. */
static bool watch_screen(struct watching *watching, uint64_t until)
{
	int key;

	for (;;) {
		view_draw(&watching->view, &watching->queues,
			  &watching->choice);
		if (fflush(stdout))
			return false;
		key = screen_key(until);
		if (key == KEY_TIME || key == ' ')
			return true;
		if (key == KEY_CLOSED || key == 'q' || key == 'Q')
			return false;
		if (key != KEY_DRAW)
			view_key(&watching->view, &watching->choice, key);
		filter_and_sort(&watching->queues, &watching->choice);
	}
}

/*
 * Show each update.  The first one has no rates yet.  Returns false if all
 * given queues have been removed.
 */
static bool watch_loop(struct watching *watching, bool screen)
{
	uint64_t next = monotonic(), now;

	while (watch_read(watching)) {
		bool last = !--watching->count;

		/*
		 * Keep even intervals, but start again from now if the program
		 * was stopped or the user asked for an earlier update.
		 */
		now = monotonic();
		next += watching->interval;
		if (next <= now || next > now + watching->interval)
			next = now + watching->interval;
		if (screen) {
			if (!watch_screen(watching, last ? 0 : next) || last)
				return true;
			continue;
		}
		if (watching->json)
			watch_json(watching);
		else
			watch_lines(watching);
		if (fflush(stdout) || last)
			return true;
		watch_sleep(next);
	}
	return false;
}

static int watch_show(struct watching *watching)
{
	const char *term = getenv("TERM");
	bool screen = !watching->json && on_screen() && term &&
		      strcmp(term, "dumb");
	bool some_exist;

	if (!watching->choice.sort)
		watching->choice.sort = screen ? ACTIVITY : "msqid";
	if (screen) {
		screen_begin();
	} else if (!watching->json) {
		printf("%-*s ", watching->interval % SECOND ? 12 : 8, "time");
		view_headings();
		putchar('\n');
	}
	some_exist = watch_loop(watching, screen);
	if (screen)
		screen_end();
	if (some_exist)
		return DONE;
	fputs("msgq: watch: all watched queues have been removed\n", stderr);
	return NO_QUEUE;
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
	struct watching watching = {
		.interval = SECOND,
		.count = UINT64_MAX,
		.choice.rates = true,
	};
	bool is_key = false;
	int option, status = DONE;

	while ((option = next_option(argc, argv, CHOICE_LETTERS "i:N:kj",
				     options, usage)) != -1) {
		if (option == 'i')
			watching.interval = parse_duration(optarg);
		else if (option == 'N')
			watching.count = (uint64_t)parse_number("count", optarg, 10,
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
		status = watch_find_named(&watching, argv + optind, is_key);
	if (status)
		return status;
	status = watch_show(&watching);
	free(watching.named);
	free(watching.queues.list);
	free(watching.rates.samples);
	return status;
}
