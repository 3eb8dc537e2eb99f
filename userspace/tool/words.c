// SPDX-License-Identifier: MIT
/*
 * words.c - parse the words of a command line
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>

#include "commands.h"

/* A deadline this many seconds from now fits 64 bits of nanoseconds. */
#define MAX_SECONDS	(INT64_MAX / 1000000000 / 2)

int64_t parse_number(const char *what, const char *text, int base, int64_t min,
		     int64_t max)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, base);
	if (!errno && end != text && !*end && value >= min && value <= max)
		return value;
	if (base == 8)
		word_error("invalid %s '%s': must be %llo to %llo in octal",
			   what, text, (unsigned long long)min,
			   (unsigned long long)max);
	word_error("invalid %s '%s': must be %lld to %lld", what, text,
		   (long long)min, (long long)max);
}

unsigned long parse_bytes(const char *text, unsigned long min)
{
	static const char units[] = "kMG";
	unsigned long long value;
	const char *unit;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit && value <= INT_MAX)
		value <<= 10 * (unit - units + 1);
	if (errno || !isdigit((unsigned char)*text) || (*end && !unit) ||
	    (unit && end[1]) || value < min || value > INT_MAX)
		word_error("invalid number of bytes '%s': must be %lu to %d, or with k, M or G of 1024",
			   text, min, INT_MAX);
	return (unsigned long)value;
}

unsigned int parse_mode(const char *text)
{
	return (unsigned int)parse_number("mode", text, 8, 0, 0777);
}

unsigned short parse_value(const char *text)
{
	return (unsigned short)parse_number("value", text, 10, 0, SHRT_MAX);
}

/* Parse the number of a user or group. */
static unsigned int parse_id(const char *what, const char *text)
{
	const unsigned int max = UINT32_MAX - 1;
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text) || *end || value > max)
		word_error("unknown %s '%s': must be a name, or 0 to %u", what,
			   text, max);
	return (unsigned int)value;
}

uid_t parse_user(const char *text)
{
	const struct passwd *user = getpwnam(text);

	return user ? user->pw_uid : parse_id("user", text);
}

gid_t parse_group(const char *text)
{
	const struct group *group = getgrnam(text);

	return group ? group->gr_gid : parse_id("group", text);
}

/*
 * Parse a number with an optional fraction; unit is in nanoseconds.  Returns
 * false if it is not a number up to end, or is too large.
 */
static bool parse_time(uint64_t *time, const char *text, uint64_t unit,
		       const char *end)
{
	unsigned long long whole;
	char *point;

	errno = 0;
	whole = strtoull(text, &point, 10);
	if (errno || !isdigit((unsigned char)*text) ||
	    whole > MAX_SECONDS * SECOND / unit)
		return false;
	*time = whole * unit;
	if (*point == '.')
		for (point++; isdigit((unsigned char)*point); point++) {
			unit /= 10;
			*time += unit * (uint64_t)(*point - '0');
		}
	return point == end;
}

uint64_t parse_duration(const char *text)
{
	static const struct {
		const char *name;
		uint64_t nanoseconds;
	} units[] = {
		{ "", SECOND }, { "ms", SECOND / 1000 }, { "s", SECOND },
		{ "m", 60 * SECOND }, { "h", 60 * 60 * SECOND },
		{ "d", 24 * 60 * 60 * SECOND },
	};
	const char *end = text + strspn(text, "0123456789.");
	uint64_t time;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].name) &&
		    parse_time(&time, text, units[i].nanoseconds, end))
			return time;
	word_error("invalid duration '%s': must be 0 to %lld seconds, as 0.5, 500ms, 30s, 10m, 1h or 2d",
		   text, (long long)MAX_SECONDS);
}

void parse_deadline(struct msgq_how *how, const char *text)
{
	if (*text == '@') {
		how->clock = CLOCK_REALTIME;
		text++;
		if (!parse_time(&how->deadline, text, SECOND, strchr(text, 0)))
			word_error("invalid time '%s': must be 0 to %lld, as 2 or 0.5",
				   text, (long long)MAX_SECONDS);
	} else {
		how->clock = CLOCK_MONOTONIC;
		how->deadline = parse_duration(text) +
				msgq_deadline(CLOCK_MONOTONIC, 0);
	}
	/* 0 means no deadline. */
	if (!how->deadline)
		how->deadline = 1;
}

/* Parse a number of 32 bits in decimal, octal or hexadecimal, as in C. */
static bool parse_int32(const char *text, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 0);
	return !errno && end != text && !*end && *value >= INT_MIN &&
	       *value <= UINT32_MAX;
}

/*
 * Parse the project of ftok(3): a number, or a character, with or without the
 * quotes that it has in programs.  A number above 255 is refused: ftok() would
 * use its low 8 bits and find the key of another project.
 */
static int parse_project(const char *text)
{
	bool quoted = strlen(text) == 3 && text[0] == '\'' && text[2] == '\'';
	long long value;

	if (quoted)
		return (unsigned char)text[1];
	if (text[0] && !text[1] && !isdigit((unsigned char)*text))
		return (unsigned char)*text;
	if (!parse_int32(text, &value) || value < 0 || value > UINT8_MAX)
		word_error("invalid project '%s': must be 0 to 255, or a character as a or '5'",
			   text);
	return (int)value;
}

/* The key for PATH:PROJECT. */
static int key_from_path(const char *text, const char *colon)
{
	int project = parse_project(colon + 1);
	char *path = strndup(text, (size_t)(colon - text));
	key_t key;

	key = path ? ftok(path, project) : -1;
	if (key == -1) {
		report_errno(path ? path : text);
		exit(FAILED);
	}
	free(path);
	return key;
}

/* Is the text a key even without --key? */
static bool looks_like_key(const char *text)
{
	return strchr(text, ':') || !strncasecmp(text, "0x", 2);
}

static int parse_key_value(const char *text)
{
	const char *colon = strrchr(text, ':');
	long long value;

	if (colon)
		return key_from_path(text, colon);
	if (!parse_int32(text, &value))
		word_error("invalid key '%s': must be 0x1 to 0xffffffff, PATH:PROJECT, or a number after --key",
			   text);
	/* Hexadecimal keys are unsigned. */
	return (int)value;
}

/* The name as the user can type it again; never freed. */
static const char *name_to_type(const char *text, bool is_key)
{
	char *with_option;

	if (!is_key || looks_like_key(text))
		return text;
	if (asprintf(&with_option, "--key %s%s", *text == '-' ? "-- " : "",
		     text) == -1)
		exit(report_errno(text));
	return with_option;
}

struct name parse_name(const char *text, bool is_key)
{
	struct name name = {
		.text = name_to_type(text, is_key),
		.key = is_key || looks_like_key(text),
		.device = -1, .id = -1,
	};
	long long value;

	if (name.key) {
		name.value = parse_key_value(text);
		return name;
	}
	/* A leading zero suggests an octal key, never an identifier. */
	if (parse_int32(text, &value) && *text == '0' && text[1])
		word_error("invalid %s '%s': an identifier has no leading zero; for a key write 0x%llx or --key %s",
			   kind->noun, text, value, text);
	if (!parse_int32(text, &value) || value < 0 || value > INT_MAX ||
	    !isdigit((unsigned char)*text))
		word_error("invalid %s '%s': must be an identifier from 0 to %d, or a key as 0x45 or PATH:PROJECT",
			   kind->noun, text, INT_MAX);
	name.value = (int)value;
	name.id = name.value;
	return name;
}

struct name parse_key(const char *text, bool is_key)
{
	struct name name = {
		.text = name_to_type(text, is_key), .key = true,
		.device = -1, .id = -1,
	};
	long long value;

	if (is_key || looks_like_key(text) || !parse_int32(text, &value))
		name.value = parse_key_value(text);
	else if (value)
		word_error("invalid key '%s': a bare number is an identifier; for a key write 0x%x%s%s",
			   text, (unsigned int)value,
			   value < 0 ? "" : " or --key ",
			   value < 0 ? "" : text);
	if (name.value == IPC_PRIVATE)
		word_error("invalid key '%s': without a key, 'msgq create%s' makes a private %s",
			   text, kind->option, kind->noun);
	return name;
}
