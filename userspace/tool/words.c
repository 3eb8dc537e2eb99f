// SPDX-License-Identifier: MIT
/*
 * words.c - what the words of a command line stand for
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

#include "tool.h"

/* A deadline so many seconds from now fits 64 bits of nanoseconds. */
#define MOST_SECONDS	(INT64_MAX / 1000000000 / 2)

int64_t number(const char *what, const char *text, int base, int64_t least,
	       int64_t most)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, base);
	if (!errno && end != text && !*end && value >= least && value <= most)
		return value;
	if (base == 8)
		word_error("invalid %s '%s': must be %llo to %llo in octal",
			   what, text, (unsigned long long)least,
			   (unsigned long long)most);
	word_error("invalid %s '%s': must be %lld to %lld", what, text,
		   (long long)least, (long long)most);
}

unsigned long number_of_bytes(const char *text, unsigned long least)
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
	    (unit && end[1]) || value < least || value > INT_MAX)
		word_error("invalid number of bytes '%s': must be %lu to %d, or with k, M or G of 1024",
			   text, least, INT_MAX);
	return (unsigned long)value;
}

unsigned int mode_of(const char *text)
{
	return (unsigned int)number("mode", text, 8, 0, 0777);
}

/* A user or group by number. */
static unsigned int identity_of(const char *what, const char *text)
{
	const unsigned int most = UINT32_MAX - 1;
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text) || *end || value > most)
		word_error("unknown %s '%s': must be a name, or 0 to %u", what,
			   text, most);
	return (unsigned int)value;
}

uid_t user_of(const char *text)
{
	const struct passwd *user = getpwnam(text);

	return user ? user->pw_uid : identity_of("user", text);
}

gid_t group_of(const char *text)
{
	const struct group *group = getgrnam(text);

	return group ? group->gr_gid : identity_of("group", text);
}

#define SECOND	1000000000ULL

/*
 * A number with a fraction, of units of so many nanoseconds; false: there is
 * something else before the end, or too much.
 */
static bool read_time(uint64_t *time, const char *text, uint64_t unit,
		      const char *end)
{
	unsigned long long whole;
	char *point;

	errno = 0;
	whole = strtoull(text, &point, 10);
	if (errno || !isdigit((unsigned char)*text) ||
	    whole > MOST_SECONDS * SECOND / unit)
		return false;
	*time = whole * unit;
	if (*point == '.')
		for (point++; isdigit((unsigned char)*point); point++) {
			unit /= 10;
			*time += unit * (uint64_t)(*point - '0');
		}
	return point == end;
}

uint64_t duration_of(const char *text)
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
		    read_time(&time, text, units[i].nanoseconds, end))
			return time;
	word_error("invalid duration '%s': must be 0 to %lld seconds, as 0.5, 500ms, 30s, 10m, 1h or 2d",
		   text, (long long)MOST_SECONDS);
}

void set_deadline(struct msgq_how *how, const char *text)
{
	if (*text == '@') {
		how->clock = CLOCK_REALTIME;
		text++;
		if (!read_time(&how->deadline, text, SECOND, strchr(text, 0)))
			word_error("invalid time '%s': must be 0 to %lld, as 2 or 0.5",
				   text, (long long)MOST_SECONDS);
	} else {
		how->clock = CLOCK_MONOTONIC;
		how->deadline = duration_of(text) +
				msgq_deadline(CLOCK_MONOTONIC, 0);
	}
	/* 0 would be no deadline. */
	if (!how->deadline)
		how->deadline = 1;
}

/* A number of 32 bits in decimal, octal or hexadecimal, as in C. */
static bool is_number(const char *text, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 0);
	return !errno && end != text && !*end && *value >= INT_MIN &&
	       *value <= UINT32_MAX;
}

/*
 * The project of ftok(3): a number, or a character as programs write it, with
 * or without its quotes.  ftok() would use the lowest 8 bits of a larger number,
 * and find the key of another project.
 */
static int project_of(const char *text)
{
	bool quoted = strlen(text) == 3 && text[0] == '\'' && text[2] == '\'';
	long long value;

	if (quoted)
		return (unsigned char)text[1];
	if (text[0] && !text[1] && !isdigit((unsigned char)*text))
		return (unsigned char)*text;
	if (!is_number(text, &value) || value < 0 || value > UINT8_MAX)
		word_error("invalid project '%s': must be 0 to 255, or a character as a or '5'",
			   text);
	return (int)value;
}

/* A key by the path of a file and a project. */
static int key_of_path(const char *text, const char *colon)
{
	int project = project_of(colon + 1);
	char *path = strndup(text, (size_t)(colon - text));
	key_t key;

	key = path ? ftok(path, project) : -1;
	if (key == -1) {
		complain(path ? path : text);
		exit(FAILED);
	}
	free(path);
	return key;
}

/* Is a text a key without --key? */
static bool looks_like_key(const char *text)
{
	return strchr(text, ':') || !strncasecmp(text, "0x", 2);
}

static int key_of(const char *text)
{
	const char *colon = strrchr(text, ':');
	long long value;

	if (colon)
		return key_of_path(text, colon);
	if (!is_number(text, &value))
		word_error("invalid key '%s': must be 0x1 to 0xffffffff, PATH:PROJECT, or a number after --key",
			   text);
	/* As a key is written in hexadecimal, it has no sign. */
	return (int)value;
}

/* The name as the user can type it again; kept until the program ends. */
static const char *shown(const char *text, bool is_key)
{
	char *with_option;

	if (!is_key || looks_like_key(text))
		return text;
	if (asprintf(&with_option, "--key %s%s", *text == '-' ? "-- " : "",
		     text) == -1)
		exit(complain(text));
	return with_option;
}

struct name read_name(const char *text, bool is_key)
{
	struct name name = {
		.text = shown(text, is_key),
		.key = is_key || looks_like_key(text),
		.device = -1, .msqid = -1,
	};
	long long value;

	if (name.key) {
		name.value = key_of(text);
		return name;
	}
	/* A leading zero suggests an octal key, never an identifier. */
	if (is_number(text, &value) && *text == '0' && text[1])
		word_error("invalid queue '%s': an identifier has no leading zero; for a key write 0x%llx or --key %s",
			   text, value, text);
	if (!is_number(text, &value) || value < 0 || value > INT_MAX ||
	    !isdigit((unsigned char)*text))
		word_error("invalid queue '%s': must be an identifier from 0 to %d, or a key as 0x45 or PATH:PROJECT",
			   text, INT_MAX);
	name.value = (int)value;
	name.msqid = name.value;
	return name;
}

struct name read_key(const char *text, bool is_key)
{
	struct name name = {
		.text = shown(text, is_key), .key = true,
		.device = -1, .msqid = -1,
	};
	long long value;

	if (is_key || looks_like_key(text) || !is_number(text, &value))
		name.value = key_of(text);
	else if (value)
		word_error("invalid key '%s': a bare number is an identifier; for a key write 0x%x%s%s",
			   text, (unsigned int)value,
			   value < 0 ? "" : " or --key ",
			   value < 0 ? "" : text);
	if (name.value == IPC_PRIVATE)
		word_error("invalid key '%s': without a key, 'msgq create' makes a private queue",
			   text);
	return name;
}

static bool find_key(struct name *name)
{
	/* Without flags it asks for no right. */
	name->msqid = msgq_get(name->device, name->value, 0);
	return name->msqid != -1;
}

static bool find_identifier(struct name *name)
{
	struct queue queue;

	name->msqid = name->value;
	return read_queue(name->device, name->msqid, &queue);
}

int find_queue(int device, struct name *name)
{
	name->device = device;
	if (name->key && name->value == IPC_PRIVATE)
		return complain_of_private(name);
	if (name->key ? find_key(name) : find_identifier(name))
		return DONE;
	return complain_of(name, "find it");
}
