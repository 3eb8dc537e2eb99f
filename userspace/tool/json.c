// SPDX-License-Identifier: MIT
/*
 * json.c - documents of JSON (RFC 8259)
 */
#define _GNU_SOURCE
#include <string.h>

#include "tool.h"

static FILE *out;
/* Does something stand before, in this object or array? */
static bool more;

void json_to(FILE *to)
{
	out = to;
	more = false;
}

/* A string; a byte that is not of UTF-8 becomes "?". */
static void put_string(const char *text, size_t size)
{
	static const char letters[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
	size_t length;

	fputc('"', out);
	for (; size; text += length, size -= length) {
		const char *letter = *text ? strchr(letters, *text) : NULL;

		length = utf8_character(text, size);
		if (letter)
			fprintf(out, "\\%c", names[letter - letters]);
		else if (length == 1 && (*text < ' ' || *text == 0x7f))
			fprintf(out, "\\u%04x", (unsigned int)*text);
		else if (length)
			fwrite(text, 1, length, out);
		else
			fputc('?', out);
		length = length ? length : 1;
	}
	fputc('"', out);
}

static void begin_value(const char *name)
{
	if (more)
		fputs(", ", out);
	more = true;
	if (name) {
		put_string(name, strlen(name));
		fputs(": ", out);
	}
}

void json_begin(const char *name, char bracket)
{
	begin_value(name);
	fputc(bracket, out);
	more = false;
}

void json_end(char bracket)
{
	fputc(bracket, out);
	more = true;
}

/* The end of a document, which stands in one line. */
void json_end_line(void)
{
	fputc('\n', out);
	more = false;
}

void json_null(const char *name)
{
	begin_value(name);
	fputs("null", out);
}

void json_bool(const char *name, bool value)
{
	begin_value(name);
	fputs(value ? "true" : "false", out);
}

void json_integer(const char *name, long long value)
{
	begin_value(name);
	fprintf(out, "%lld", value);
}

void json_decimal(const char *name, int digits, double value)
{
	begin_value(name);
	fprintf(out, "%.*f", digits, value);
}

void json_text(const char *name, const char *text)
{
	begin_value(name);
	put_string(text, strlen(text));
}

/* A time that has not been is null. */
void json_time(const char *name, time_t value)
{
	if (value)
		json_integer(name, value);
	else
		json_null(name);
}

/* RFC 4648. */
static void put_base64(const char *text, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = (const unsigned char *)text;

	fputc('"', out);
	for (size_t i = 0; i < size; i += 3) {
		unsigned long three = (unsigned long)bytes[i] << 16;

		if (i + 1 < size)
			three |= (unsigned long)bytes[i + 1] << 8;
		if (i + 2 < size)
			three |= bytes[i + 2];
		fputc(digits[three >> 18], out);
		fputc(digits[three >> 12 & 63], out);
		fputc(i + 1 < size ? digits[three >> 6 & 63] : '=', out);
		fputc(i + 2 < size ? digits[three & 63] : '=', out);
	}
	fputc('"', out);
}

void json_message(const char *text, size_t size)
{
	if (is_utf8(text, size)) {
		begin_value("text");
		put_string(text, size);
	} else {
		begin_value("base64");
		put_base64(text, size);
	}
}
