// SPDX-License-Identifier: MIT
/*
 * table.c - a table whose columns are as wide as they have to be, and colours
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define MOST_COLUMNS	16

struct cell {
	char *text;
	enum colour colour;
};

static struct {
	unsigned int columns;
	bool right[MOST_COLUMNS];
	size_t width[MOST_COLUMNS];
	struct cell *cells;
	size_t count, room;
} table;

bool on_screen(void)
{
	return isatty(STDOUT_FILENO);
}

bool coloured(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return on_screen() && (!no || !*no) && term && strcmp(term, "dumb");
}

const char *colour_begin(enum colour colour)
{
	static const char *const codes[] = {
		[PLAIN] = "", [BOLD] = "\033[1m", [YELLOW] = "\033[33m",
		[RED] = "\033[31m",
	};

	return coloured() ? codes[colour] : "";
}

const char *colour_end(enum colour colour)
{
	return colour != PLAIN && coloured() ? "\033[0m" : "";
}

enum colour colour_of_fullness(unsigned int full)
{
	if (full >= 90)
		return RED;
	return full >= 70 ? YELLOW : PLAIN;
}

static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void add_cell(char *text, enum colour colour)
{
	unsigned int column = table.count % table.columns;

	if (table.count == table.room) {
		table.room = table.room ? 2 * table.room : 256;
		table.cells = reallocarray(table.cells, table.room,
					   sizeof(*table.cells));
	}
	if (!text || !table.cells)
		exit(complain("table"));
	table.cells[table.count++] = (struct cell){ text, colour };
	if (width_of(text) > table.width[column])
		table.width[column] = width_of(text);
}

void table_begin(const char *headings)
{
	char *copy = strdup(headings), *rest = copy, *heading;
	unsigned int column = 0;

	memset(&table, 0, sizeof(table));
	for (const char *blank = headings; blank; blank = strchr(blank + 1, ' '))
		table.columns++;
	while (copy && (heading = strsep(&rest, " "))) {
		table.right[column] = *heading == '>';
		add_cell(strdup(heading + table.right[column]), BOLD);
		column++;
	}
	free(copy);
}

void table_cell(enum colour colour, const char *format, ...)
{
	char *text = NULL;
	va_list rest;

	va_start(rest, format);
	if (vasprintf(&text, format, rest) == -1)
		text = NULL;
	va_end(rest);
	add_cell(text, colour);
}

static void put_cell(size_t index)
{
	unsigned int column = index % table.columns;
	const struct cell *cell = &table.cells[index];
	bool last = column == table.columns - 1;
	int blanks = (int)(table.width[column] - width_of(cell->text));

	if (table.right[column])
		printf("%*s", blanks, "");
	printf("%s%s%s", colour_begin(cell->colour), cell->text,
	       colour_end(cell->colour));
	if (!last)
		printf("%*s", (table.right[column] ? 0 : blanks) + 1, "");
	else
		putchar('\n');
}

void table_end(bool headings)
{
	for (size_t i = headings ? 0 : table.columns; i < table.count; i++)
		put_cell(i);
	for (size_t i = 0; i < table.count; i++)
		free(table.cells[i].text);
	free(table.cells);
}
