// SPDX-License-Identifier: MIT
/*
 * text.c - the text of a message, which may hold any bytes
 */
#define _GNU_SOURCE
#include <string.h>

#include "tool.h"

/* The lowest character of each length: an overlong form is invalid. */
static const unsigned long utf8_min[] = { 0, 0, 0x80, 0x800, 0x10000 };

/* The length of a character by its first byte; 0: invalid. */
static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static unsigned long utf8_decode(const char *text, size_t length)
{
	unsigned long value = (unsigned char)*text;

	if (length > 1)
		value &= 0x7fUL >> length;
	for (size_t i = 1; i < length; i++)
		value = value << 6 | ((unsigned char)text[i] & 0x3f);
	return value;
}

size_t utf8_character(const char *text, size_t size)
{
	size_t length = utf8_length((unsigned char)*text);
	unsigned long value;

	if (!length || length > size)
		return 0;
	for (size_t i = 1; i < length; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	value = utf8_decode(text, length);
	if (value < utf8_min[length] || value > 0x10ffff ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	return length;
}

bool is_utf8(const char *text, size_t size)
{
	size_t length;

	for (; size; text += length, size -= length) {
		length = utf8_character(text, size);
		if (!length)
			return false;
	}
	return true;
}

/* Write the visible form of one character; returns its bytes of the text. */
static size_t show_character(char *to, size_t capacity, const char *text,
			     size_t size)
{
	static const char letters[] = "\n\t\r\\", names[] = "ntr\\";
	size_t length = utf8_character(text, size);
	const char *letter = *text ? strchr(letters, *text) : NULL;
	unsigned long value = length ? utf8_decode(text, length) : 0;

	if (letter) {
		snprintf(to, capacity, "\\%c", names[letter - letters]);
		return 1;
	}
	if (value < ' ' || value == 0x7f) {
		snprintf(to, capacity, "\\x%02x", (unsigned char)*text);
		return 1;
	}
	/* The control characters of two bytes, which terminals obey as well. */
	if (value >= 0x80 && value < 0xa0) {
		snprintf(to, capacity, "\\x%02x\\x%02x", (unsigned char)text[0],
			 (unsigned char)text[1]);
		return length;
	}
	snprintf(to, capacity, "%.*s", (int)length, text);
	return length;
}

static size_t shown_width(const char *shown)
{
	size_t columns = 0;

	for (; *shown; shown++)
		columns += ((unsigned char)*shown & 0xc0) != 0x80;
	return columns;
}

/* Does the whole text fit these columns? */
static bool fits_columns(const char *text, size_t size, size_t columns)
{
	char shown[16];
	size_t length, used = 0;

	for (; size && used <= columns; text += length, size -= length) {
		length = show_character(shown, sizeof(shown), text, size);
		used += shown_width(shown);
	}
	return used <= columns;
}

void show_text(FILE *to, const char *text, size_t size, size_t columns)
{
	bool cut = columns && !fits_columns(text, size, columns);
	char shown[16];
	size_t length, used = 0;

	for (; size; text += length, size -= length) {
		length = show_character(shown, sizeof(shown), text, size);
		used += shown_width(shown);
		if (cut && used + 3 > columns)
			break;
		fputs(shown, to);
	}
	if (cut)
		fputs("...", to);
}
