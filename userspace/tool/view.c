// SPDX-License-Identifier: MIT
/*
 * view.c - the table of "msgq watch", on a screen or as lines
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>

#include "tool.h"

/*
 * On a screen that is too narrow for all columns, the most useful ones are
 * shown; 1 is the highest rank.
 */
static const struct column {
	const char *heading;
	int width;
	bool align_left;
	unsigned int rank;
} columns[] = {
	{ "key", 10, true, 6 },
	{ "msqid", 10, true, 1 },
	{ "owner", 8, true, 10 },
	{ "messages", 8, false, 2 },
	{ "full", 4, false, 3 },
	{ "in/s", 7, false, 4 },
	{ "out/s", 7, false, 5 },
	{ "rwait", 5, false, 7 },
	{ "swait", 5, false, 8 },
	{ "claims", 6, false, 9 },
};

#define COLUMNS	(sizeof(columns) / sizeof(columns[0]))
/* A set of columns has a bit for each index. */
#define MSQID	(1U << 1)
#define ALL	((1U << COLUMNS) - 1)

/* The set of columns that fits this width. */
static unsigned int view_columns_for(unsigned int width)
{
	unsigned int shown = 0, used = 0;

	for (unsigned int rank = 1; rank <= COLUMNS; rank++) {
		size_t i = 0;

		while (columns[i].rank != rank)
			i++;
		/*
		 * The last column stays free: clearing the line starts there.
		 */
		used += (unsigned int)columns[i].width + 1;
		if (used > width)
			break;
		shown |= 1U << i;
	}
	return shown ? shown : MSQID;
}

/* Print a cell, with a blank after the previous one of its row. */
static void view_cell(size_t column, unsigned int shown, enum colour colour,
		      const char *text)
{
	int width = columns[column].width;

	if (!(shown & 1U << column))
		return;
	if (shown & ((1U << column) - 1))
		putchar(' ');
	printf("%s%*.*s%s", colour_begin(colour),
	       columns[column].align_left ? -width : width, width, text,
	       colour_end(colour));
}

/* Format a number so that it fits the width. */
static void view_format_number(char *to, size_t size, int width, double number)
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	while (snprintf(to, size, unit && number < 9.95 ? "%.1f" : "%.0f",
			number) + (unit ? 1 : 0) > width &&
	       unit < sizeof(units) - 2) {
		number /= 1000;
		unit++;
	}
	if (unit)
		strncat(to, (char[]){ units[unit], 0 }, size - strlen(to) - 1);
}

static void view_number_cell(size_t column, unsigned int shown, double number)
{
	char text[32] = "-";

	if (number >= 0)
		view_format_number(text, sizeof(text), columns[column].width,
				   number);
	view_cell(column, shown, PLAIN, text);
}

/* A value that is unknown if the caller may not read the queue. */
static void view_state_cell(size_t column, unsigned int shown,
			    const struct object *queue, uint64_t value)
{
	view_number_cell(column, shown, queue->has_state ? (double)value : -1);
}

static void view_heading_cells(unsigned int shown)
{
	for (size_t i = 0; i < COLUMNS; i++)
		view_cell(i, shown, PLAIN, columns[i].heading);
}

static void view_row_cells(const struct object *queue, unsigned int shown)
{
	unsigned int full = fullness(queue);
	char text[16];

	show_key(text, sizeof(text), queue->ds.msg_perm.__key);
	view_cell(0, shown, PLAIN, text);
	snprintf(text, sizeof(text), "%d", queue->id);
	view_cell(1, shown, PLAIN, text);
	view_cell(2, shown, PLAIN, user_name(queue->ds.msg_perm.uid));
	view_number_cell(3, shown, (double)queue->ds.msg_qnum);
	snprintf(text, sizeof(text), "%u%%", full);
	view_cell(4, shown, colour_of_fullness(full), text);
	view_number_cell(5, shown, queue->rate_in);
	view_number_cell(6, shown, queue->rate_out);
	view_state_cell(7, shown, queue, queue->state.receivers);
	view_state_cell(8, shown, queue, queue->state.senders);
	view_state_cell(9, shown, queue, queue->state.claimed);
}

void view_headings(void)
{
	view_heading_cells(ALL);
}

void view_row(const struct object *queue)
{
	view_row_cells(queue, ALL);
}

/* Lines below the last one that was written, and the width of the screen. */
static unsigned int lines_below, characters;

/* Move to the next line and clear it; false: there is no more line. */
static bool view_next_line(void)
{
	if (!lines_below)
		return false;
	lines_below--;
	fputs("\r\n\033[K", stdout);
	return true;
}

/* Print text into a line, cut to its width. */
static void view_put(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void view_put(const char *format, ...)
{
	char text[256];
	va_list rest;

	va_start(rest, format);
	vsnprintf(text, sizeof(text), format, rest);
	va_end(rest);
	printf("%.*s", (int)characters - 1, text);
}

static void view_title(const struct objects *queues)
{
	struct contents all = contents_of(queues);
	time_t now = time(NULL);
	char when[16];

	strftime(when, sizeof(when), "%H:%M:%S", localtime(&now));
	fputs("\033[H\033[K", stdout);
	view_put("msgq  %s  %zu queues, %llu messages, %llu bytes", when,
		 queues->count, all.messages, all.bytes);
}

static void view_order(const struct choice *choice)
{
	if (view_next_line())
		view_put("sorted by %s%s; ? shows the keys, q quits",
			 choice->sort, choice->reverse ? ", reversed" : "");
}

static void view_help(void)
{
	static const char *const lines[] = {
		"",
		"a           sort by activity: messages a second, in and out",
		"< >         sort by the previous or next column, from key to claims",
		"r           reverse the order",
		"Up Down     scroll by a line; also k and j",
		"PgUp PgDn   scroll by a screen",
		"Home End    go to the first or to the last queue",
		"Space       refresh now",
		"q           quit",
		"",
		"rwait, swait: tasks that wait to receive, and to send",
		"claims: claimed messages; -: you may not read the queue",
		"",
		"Any key closes this page.",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (view_next_line())
			view_put("%s", lines[i]);
}

/* The number of rows; one line is reserved if not all queues fit. */
static size_t view_scroll(struct view *view, size_t count)
{
	size_t rows = count;

	if (count > lines_below)
		rows = lines_below ? lines_below - 1 : 0;
	view->page = rows ? rows : 1;
	if (view->top > count - rows)
		view->top = count - rows;
	return rows;
}

static void view_hidden(size_t above, size_t below)
{
	if ((!above && !below) || !view_next_line())
		return;
	if (above && below)
		view_put("... %zu above, %zu below", above, below);
	else if (above)
		view_put("... %zu above", above);
	else
		view_put("... and %zu more", below);
}

static void view_table(struct view *view, const struct objects *queues,
		       unsigned int shown)
{
	size_t rows;

	if (view_next_line()) {
		fputs(colour_begin(BOLD), stdout);
		view_heading_cells(shown);
		fputs(colour_end(BOLD), stdout);
	}
	rows = view_scroll(view, queues->count);
	for (size_t i = view->top; i < view->top + rows; i++)
		if (view_next_line())
			view_row_cells(&queues->list[i], shown);
	view_hidden(view->top, queues->count - rows - view->top);
}

void view_draw(struct view *view, const struct objects *queues,
	       const struct choice *choice)
{
	screen_size(&lines_below, &characters);
	lines_below--;
	view_title(queues);
	if (view->help) {
		view_help();
	} else {
		view_order(choice);
		view_table(view, queues, view_columns_for(characters));
	}
	fputs("\033[J", stdout);
}

/* The previous or next column; activity precedes the first one. */
static const char *view_next_sort(const char *sort, int step)
{
	int count = (int)COLUMNS + 1, at = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		if (!strcmp(columns[i].heading, sort))
			at = (int)i + 1;
	at = (at + step + count) % count;
	return at ? columns[at - 1].heading : ACTIVITY;
}

void view_key(struct view *view, struct choice *choice, int key)
{
	size_t top = view->top, page = view->page;

	if (view->help) {
		view->help = false;
		return;
	}
	switch (key) {
	case '?':
	case 'h':
		view->help = true;
		break;
	case 'a':
		choice->sort = ACTIVITY;
		choice->reverse = false;
		break;
	case '<':
	case '>':
		choice->sort = view_next_sort(choice->sort,
					      key == '<' ? -1 : 1);
		choice->reverse = false;
		break;
	case 'r':
		choice->reverse = !choice->reverse;
		break;
	case KEY_UP:
	case 'k':
		view->top = top ? top - 1 : 0;
		break;
	case KEY_DOWN:
	case 'j':
		view->top = top + 1;
		break;
	case KEY_PAGE_UP:
		view->top = top > page ? top - page : 0;
		break;
	case KEY_PAGE_DOWN:
		view->top = top + page;
		break;
	case KEY_HOME:
		view->top = 0;
		break;
	case KEY_END:
		/* Drawing limits this to the last page. */
		view->top = SIZE_MAX;
		break;
	}
}
