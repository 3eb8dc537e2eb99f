// SPDX-License-Identifier: MIT
/*
 * watch.c - "msgq watch": show queues or sets again and again
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const char queue_usage[] =
	"usage: msgq watch [OPTION]... [QUEUE]...\n"
	"\n"
	"Shows all queues, or the given ones, every second: messages, how full the queue\n"
	"is in percent, messages per second in and out, tasks that wait to receive\n"
	"(rwait) and to send (swait), and claimed messages. \"-\" means that the caller may\n"
	"not read the queue. On a terminal, shows a table until q is pressed; ? lists the\n"
	"other keys. Otherwise, prints one line for each queue.\n"
	"\n"
	QUEUE_CHOICE_USAGE
	"  -i, --interval=TIME  the time between two updates, as 0.5, 500ms or 1m; at\n"
	"                       least 0.2 (1)\n"
	"  -N, --count=NUMBER   stop after this many updates\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -j, --json           print an object for each update, one in a line\n"
	SEM_USAGE
	"  -h, --help           show this\n"
	"\n"
	"--sort also accepts in/s, out/s, and activity, which is the sum of both. A\n"
	"terminal is sorted by activity by default.\n";

static const char set_usage[] =
	"usage: msgq watch --sem [OPTION]... [SET]...\n"
	"\n"
	"Shows all semaphore sets, or the given ones, every second: semaphores, calls\n"
	"per second that operated on the set and that had to wait, and tasks that wait\n"
	"now. \"-\" means that the caller may not read the set. On a terminal, shows a\n"
	"table until q is pressed; ? lists the other keys. Otherwise, prints one line for\n"
	"each set.\n"
	"\n"
	SET_CHOICE_USAGE
	"  -i, --interval=TIME  the time between two updates, as 0.5, 500ms or 1m; at\n"
	"                       least 0.2 (1)\n"
	"  -N, --count=NUMBER   stop after this many updates\n"
	"  -k, --key            each SET is a key, also as 69 or 0105\n"
	"  -j, --json           print an object for each update, one in a line\n"
	"  -h, --help           show this\n"
	"\n"
	"--sort also accepts ops/s, waits/s, and activity, which is the sum of both. A\n"
	"terminal is sorted by activity by default.\n";

struct watching {
	int device;
	int *named;		/* identifiers of the given objects; NULL: all */
	size_t count_named;
	struct choice choice;
	uint64_t interval;
	uint64_t count;		/* updates that remain */
	bool json;

	struct objects objects;
	struct rates rates;
	struct view view;
};

/* Find the given objects once: a key may name another one later. */
static int watch_find_named(struct watching *watching, char **names,
			    bool is_key)
{
	struct objects objects;
	int status = find_named(watching->device, &objects, names, is_key);

	watching->named = calloc(objects.count + 1, sizeof(int));
	if (!watching->named)
		exit(report_errno("list"));
	for (size_t i = 0; i < objects.count; i++)
		watching->named[i] = objects.list[i].id;
	watching->count_named = objects.count;
	free(objects.list);
	return status;
}

static void watch_read_named(struct watching *watching)
{
	struct objects *objects = &watching->objects;

	objects->count = 0;
	objects->list = calloc(watching->count_named + 1,
			       sizeof(*objects->list));
	if (!objects->list)
		exit(report_errno("list"));
	for (size_t i = 0; i < watching->count_named; i++)
		if (read_object(watching->device, watching->named[i],
				&objects->list[objects->count]))
			objects->count++;
}

/* Read the objects again; false: all given ones have been removed. */
static bool watch_read(struct watching *watching)
{
	free(watching->objects.list);
	if (watching->named)
		watch_read_named(watching);
	else
		watching->objects = read_objects(watching->device);
	if (watching->named && !watching->objects.count)
		return false;
	measure_rates(&watching->rates, &watching->objects);
	filter_and_sort(watching->device, &watching->objects,
			&watching->choice);
	return true;
}

static void watch_lines(const struct watching *watching)
{
	struct timespec now;
	char when[16];

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(when, sizeof(when), "%H:%M:%S", localtime(&now.tv_sec));
	for (size_t i = 0; i < watching->objects.count; i++) {
		fputs(when, stdout);
		if (watching->interval % SECOND)
			printf(".%03ld", now.tv_nsec / 1000000);
		putchar(' ');
		view_row(&watching->objects.list[i]);
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
	char name[16];

	clock_gettime(CLOCK_REALTIME, &now);
	json_to(stdout);
	json_begin(NULL, '{');
	json_decimal("time", 3, (double)now.tv_sec +
		     (double)(now.tv_nsec / 1000000) / 1000);
	snprintf(name, sizeof(name), "%ss", kind->noun);
	json_begin(name, '[');
	for (size_t i = 0; i < watching->objects.count; i++) {
		const struct object *object = &watching->objects.list[i];

		json_begin(NULL, '{');
		json_object(object);
		watch_json_rate(kind->rates[0], object->rates[0]);
		watch_json_rate(kind->rates[1], object->rates[1]);
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
		view_draw(&watching->view, &watching->objects,
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
		filter_and_sort(watching->device, &watching->objects,
				&watching->choice);
	}
}

/*
 * Show each update.  The first one has no rates yet.  Returns false if all
 * given objects have been removed.
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
		watching->choice.sort = screen ? ACTIVITY : kind->id;
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
	fprintf(stderr, "msgq: watch: all watched %ss have been removed\n",
		kind->noun);
	return NO_QUEUE;
}

#define WATCH_OPTIONS					\
	{ "interval", required_argument, NULL, 'i' },	\
	{ "count", required_argument, NULL, 'N' },	\
	{ "key", no_argument, NULL, 'k' },		\
	{ "json", no_argument, NULL, 'j' },		\
	HELP_OPTION,					\
	{ NULL, 0, NULL, 0 }
#define WATCH_LETTERS	"i:N:kj"

static int watch_option(int argc, char **argv)
{
	static const struct option queue_options[] = {
		QUEUE_CHOICE_OPTIONS, WATCH_OPTIONS,
	}, set_options[] = {
		CHOICE_OPTIONS, WATCH_OPTIONS,
	};

	if (kind == &set_kind)
		return next_option(argc, argv, CHOICE_LETTERS WATCH_LETTERS,
				   set_options, set_usage);
	return next_option(argc, argv, QUEUE_CHOICE_LETTERS WATCH_LETTERS,
			   queue_options, queue_usage);
}

int cmd_watch(int argc, char **argv)
{
	struct watching watching = {
		.interval = SECOND,
		.count = UINT64_MAX,
		.choice.rates = true,
	};
	bool is_key = false;
	int option, status = DONE;

	while ((option = watch_option(argc, argv)) != -1) {
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
	free(watching.objects.list);
	free(watching.rates.samples);
	return status;
}
