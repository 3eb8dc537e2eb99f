// SPDX-License-Identifier: MIT
/*
 * view.c - the table of "msgq watch", on a screen or as lines
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "commands.h"

/*
 * On a screen that is too narrow for all columns, the most useful ones are
 * shown: those with a rank up to this one.
 */
#define ALL	UINT_MAX

static bool is_shown(const struct column *column, unsigned int ranks)
{
	return column->rank && column->rank <= ranks;
}

static const struct column *column_of_rank(unsigned int rank)
{
	const struct column *column = kind->columns;

	while (column->name && column->rank != rank)
		column++;
	return column->name ? column : NULL;
}

/* The lowest rank that fits this width. */
static unsigned int view_ranks_for(unsigned int width)
{
	const struct column *column;
	unsigned int used = 0, rank = 1;

	for (; (column = column_of_rank(rank)); rank++) {
		/*
		 * The last column stays free: clearing the line starts there.
		 */
		used += (unsigned int)column->width + 1;
		if (used > width)
			break;
	}
	return rank > 1 ? rank - 1 : 1;
}

/* Print a cell. */
static void view_cell(const struct column *column, enum colour colour,
		      const char *text)
{
	int width = column->width;

	printf("%s%*.*s%s", colour_begin(colour),
	       column->left ? -width : width, width, text, colour_end(colour));
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

static void view_object_cell(const struct column *column,
			     const struct object *object)
{
	double number = column->number ? column->number(object) : -1;
	enum colour colour = PLAIN;
	char text[64];

	if (number >= 0)
		view_format_number(text, sizeof(text), column->width, number);
	else
		cell_text(column, object, text, sizeof(text));
	if (column->colour)
		colour = column->colour(object);
	view_cell(column, colour, text);
}

/* The cells of an object, or with NULL the headings. */
static void view_cells(const struct object *object, unsigned int ranks)
{
	const char *separator = "";

	for (const struct column *column = kind->columns; column->name;
	     column++) {
		if (!is_shown(column, ranks))
			continue;
		fputs(separator, stdout);
		if (object)
			view_object_cell(column, object);
		else
			view_cell(column, PLAIN, column->name);
		separator = " ";
	}
}

void view_headings(void)
{
	view_cells(NULL, ALL);
}

void view_row(const struct object *object)
{
	view_cells(object, ALL);
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

static void view_title(const struct objects *objects)
{
	time_t now = time(NULL);
	char when[16], contents[64], bytes[32] = "";

	strftime(when, sizeof(when), "%H:%M:%S", localtime(&now));
	kind->contents(objects, contents, sizeof(contents));
	if (kind == &queue_kind)
		snprintf(bytes, sizeof(bytes), ", %llu bytes",
			 contents_of(objects).bytes);
	fputs("\033[H\033[K", stdout);
	view_put("msgq  %s  %zu %ss, %s%s", when, objects->count, kind->noun,
		 contents, bytes);
}

static void view_order(const struct choice *choice)
{
	if (view_next_line())
		view_put("sorted by %s%s; ? shows the keys, q quits",
			 choice->sort, choice->reverse ? ", reversed" : "");
}

static void view_help_line(const char *line)
{
	if (view_next_line())
		view_put("%s", line);
}

static void view_help(void)
{
	static const char *const keys[] = {
		"",
		"a           sort by activity: the sum of both columns with /s",
		"< >         sort by the previous or next column",
		"r           reverse the order",
		"Up Down     scroll by a line; also k and j",
		"PgUp PgDn   scroll by a screen",
		"Home End    go to the first or to the last line",
		"Space       refresh now",
		"q           quit",
		"",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		view_help_line(keys[i]);
	view_help_line(kind->legend[0]);
	view_help_line(kind->legend[1]);
	view_help_line("");
	view_help_line("Any key closes this page.");
}

/* The number of rows; one line is reserved if not all objects fit. */
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

static void view_table(struct view *view, const struct objects *objects,
		       unsigned int ranks)
{
	size_t rows;

	if (view_next_line()) {
		fputs(colour_begin(BOLD), stdout);
		view_cells(NULL, ranks);
		fputs(colour_end(BOLD), stdout);
	}
	rows = view_scroll(view, objects->count);
	for (size_t i = view->top; i < view->top + rows; i++)
		if (view_next_line())
			view_cells(&objects->list[i], ranks);
	view_hidden(view->top, objects->count - rows - view->top);
}

void view_draw(struct view *view, const struct objects *objects,
	       const struct choice *choice)
{
	screen_size(&lines_below, &characters);
	lines_below--;
	view_title(objects);
	if (view->help) {
		view_help();
	} else {
		view_order(choice);
		view_table(view, objects, view_ranks_for(characters));
	}
	fputs("\033[J", stdout);
}

/* The previous or next column that is shown; activity precedes the first one. */
static const char *view_next_sort(const char *sort, int step)
{
	const char *names[16] = { ACTIVITY };
	int count = 1, at = 0;

	for (const struct column *column = kind->columns; column->name;
	     column++) {
		if (!column->rank)
			continue;
		if (!strcmp(column->name, sort))
			at = count;
		names[count++] = column->name;
	}
	return names[(at + step + count) % count];
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
