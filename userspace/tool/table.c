// SPDX-License-Identifier: MIT
/*
 * table.c - a table whose columns are as wide as their contents, and colours
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define MAX_COLUMNS	16

struct cell {
	char *text;
	enum colour colour;
};

static struct {
	unsigned int columns;
	bool align_right[MAX_COLUMNS];
	size_t width[MAX_COLUMNS];
	struct cell *cells;
	size_t count, capacity;
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

static size_t table_text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void table_add(char *text, enum colour colour)
{
	unsigned int column = table.count % table.columns;

	if (table.count == table.capacity) {
		table.capacity = table.capacity ? 2 * table.capacity : 256;
		table.cells = reallocarray(table.cells, table.capacity,
					   sizeof(*table.cells));
	}
	if (!text || !table.cells)
		exit(report_errno("table"));
	table.cells[table.count++] = (struct cell){ text, colour };
	if (table_text_width(text) > table.width[column])
		table.width[column] = table_text_width(text);
}

void table_begin(const char *headings)
{
	char *copy = strdup(headings), *rest = copy, *heading;
	unsigned int column = 0;

	memset(&table, 0, sizeof(table));
	table.columns = 1;
	for (const char *next = headings; *next; next++)
		table.columns += *next == ' ';
	while (copy && (heading = strsep(&rest, " "))) {
		table.align_right[column] = *heading == '>';
		table_add(strdup(heading + table.align_right[column]), BOLD);
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
	table_add(text, colour);
}

static void table_put(size_t index)
{
	unsigned int column = index % table.columns;
	const struct cell *cell = &table.cells[index];
	bool last = column == table.columns - 1;
	int blanks = (int)(table.width[column] - table_text_width(cell->text));

	if (table.align_right[column])
		printf("%*s", blanks, "");
	printf("%s%s%s", colour_begin(cell->colour), cell->text,
	       colour_end(cell->colour));
	if (!last)
		printf("%*s", (table.align_right[column] ? 0 : blanks) + 1, "");
	else
		putchar('\n');
}

void table_end(bool headings)
{
	for (size_t i = headings ? 0 : table.columns; i < table.count; i++)
		table_put(i);
	for (size_t i = 0; i < table.count; i++)
		free(table.cells[i].text);
	free(table.cells);
}
