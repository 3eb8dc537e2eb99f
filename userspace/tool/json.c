// SPDX-License-Identifier: MIT
/*
 * json.c - JSON documents (RFC 8259)
 */
#define _GNU_SOURCE
#include <string.h>

#include "tool.h"

static FILE *stream;
/* Is there a previous member in this object or array? */
static bool need_comma;

void json_to(FILE *to)
{
	stream = to;
	need_comma = false;
}

/* A string; a byte that is not valid UTF-8 becomes "?". */
static void json_put_string(const char *text, size_t size)
{
	static const char letters[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
	size_t length;

	fputc('"', stream);
	for (; size; text += length, size -= length) {
		const char *letter = *text ? strchr(letters, *text) : NULL;

		length = utf8_character(text, size);
		if (letter)
			fprintf(stream, "\\%c", names[letter - letters]);
		else if (length == 1 && (*text < ' ' || *text == 0x7f))
			fprintf(stream, "\\u%04x", (unsigned int)*text);
		else if (length)
			fwrite(text, 1, length, stream);
		else
			fputc('?', stream);
		length = length ? length : 1;
	}
	fputc('"', stream);
}

static void json_begin_value(const char *name)
{
	if (need_comma)
		fputs(", ", stream);
	need_comma = true;
	if (name) {
		json_put_string(name, strlen(name));
		fputs(": ", stream);
	}
}

void json_begin(const char *name, char bracket)
{
	json_begin_value(name);
	fputc(bracket, stream);
	need_comma = false;
}

void json_end(char bracket)
{
	fputc(bracket, stream);
	need_comma = true;
}

/* The end of a document, which is one line. */
void json_end_line(void)
{
	fputc('\n', stream);
	need_comma = false;
}

void json_null(const char *name)
{
	json_begin_value(name);
	fputs("null", stream);
}

void json_bool(const char *name, bool value)
{
	json_begin_value(name);
	fputs(value ? "true" : "false", stream);
}

void json_integer(const char *name, long long value)
{
	json_begin_value(name);
	fprintf(stream, "%lld", value);
}

void json_decimal(const char *name, int digits, double value)
{
	json_begin_value(name);
	fprintf(stream, "%.*f", digits, value);
}

void json_text(const char *name, const char *text)
{
	json_begin_value(name);
	json_put_string(text, strlen(text));
}

/* A time of 0, which means never, is null. */
void json_time(const char *name, time_t value)
{
	if (value)
		json_integer(name, value);
	else
		json_null(name);
}

/* RFC 4648. */
static void json_put_base64(const char *text, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = (const unsigned char *)text;

	fputc('"', stream);
	for (size_t i = 0; i < size; i += 3) {
		unsigned long three = (unsigned long)bytes[i] << 16;

		if (i + 1 < size)
			three |= (unsigned long)bytes[i + 1] << 8;
		if (i + 2 < size)
			three |= bytes[i + 2];
		fputc(digits[three >> 18], stream);
		fputc(digits[three >> 12 & 63], stream);
		fputc(i + 1 < size ? digits[three >> 6 & 63] : '=', stream);
		fputc(i + 2 < size ? digits[three & 63] : '=', stream);
	}
	fputc('"', stream);
}

void json_message(const char *text, size_t size)
{
	if (is_utf8(text, size)) {
		json_begin_value("text");
		json_put_string(text, size);
	} else {
		json_begin_value("base64");
		json_put_base64(text, size);
	}
}
