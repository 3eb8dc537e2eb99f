// SPDX-License-Identifier: MIT
/*
 * words.c - the tool's messages for invalid words: one line each, with a
 * correction; the tool is in the folder above this program
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"
#include "own_dev.h"
#include "shell.h"

/* The tool ends because of wrong usage, and prints only this line. */
static void check_refused(const char *words, const char *expected)
{
	char line[256], expected_line[512];

	snprintf(line, sizeof(line), "msgq %s 2>&1", words);
	snprintf(expected_line, sizeof(expected_line), "msgq: %s\n", expected);
	check_run(line, 2, expected_line);
}

CASE(commands)
{
	use_tools();
	check_refused("sned 5 text", "unknown command 'sned'; did you mean 'send'?");
	check_refused("lst", "unknown command 'lst'; did you mean 'ls'?");
	check_refused("wacth", "unknown command 'wacth'; did you mean 'watch'?");
	check_refused("limts", "unknown command 'limts'; did you mean 'limits'?");
	check_refused("verrsionn", "unknown command 'verrsionn'; did you mean 'version'?");
	/* No command is similar enough. */
	check_refused("xyzzy", "unknown command 'xyzzy'; see 'msgq --help'");
	check_refused("x", "unknown command 'x'; see 'msgq --help'");
	check_refused("''", "unknown command ''; see 'msgq --help'");
	check_refused("a-word-that-is-longer-than-any-command",
		      "unknown command 'a-word-that-is-longer-than-any-command'; see 'msgq --help'");
	check_refused("--verison", "unknown option '--verison'; did you mean '--version'?");
	check_refused("-V", "unknown option '-V'; see 'msgq --help'");
	/* Without a command, the usage lists them all. */
	CHECK_INT(run_line("msgq 2>&1"), 2);
	CHECK(!strncmp(said, "usage: msgq [--in PID] [--device FILE] COMMAND", 46));
}

CASE(options)
{
	use_tools();
	check_refused("send --tpye=3 5 text", "unknown option '--tpye'; did you mean '--type'?");
	check_refused("ls --josn", "unknown option '--josn'; did you mean '--json'?");
	check_refused("recv --nothing 5", "unknown option '--nothing'; see 'msgq recv --help'");
	check_refused("recv -Z 5", "unknown option '-Z'; see 'msgq recv --help'");
	check_refused("send 5 -nZ", "unknown option '-Z'; see 'msgq send --help'");
	check_refused("open --e 5", "ambiguous option '--e'; see 'msgq open --help'");
	check_refused("recv --no-wait=5 5",
		      "option '--no-wait' takes no value; see 'msgq recv --help'");
	check_refused("recv --count", "option '--count' needs a value; see 'msgq recv --help'");
	check_refused("recv -nc", "option '-c' needs a value; see 'msgq recv --help'");
}

CASE(operands)
{
	static const char *const of_queues[] = {
		"stat", "peek", "send", "recv", "rm", "set --mode=600", "open",
	};
	char expected[128];

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(of_queues); i++) {
		snprintf(expected, sizeof(expected),
			 "missing QUEUE; see 'msgq %.*s --help'",
			 (int)strcspn(of_queues[i], " "), of_queues[i]);
		check_refused(of_queues[i], expected);
	}
	check_refused("open 5", "missing COMMAND; see 'msgq open --help'");
	check_refused("run", "missing PROGRAM; see 'msgq run --help'");
	check_refused("set 5", "missing --owner, --mode or --bytes; see 'msgq set --help'");
	check_refused("create 0x45 0x46", "unexpected argument '0x46'; see 'msgq create --help'");
	check_refused("peek 5 6", "unexpected argument '6'; see 'msgq peek --help'");
	check_refused("version 5", "unexpected argument '5'; see 'msgq version --help'");
	check_refused("help send recv", "unexpected argument 'recv'; see 'msgq help --help'");
	check_refused("rm --all 5", "--all takes no QUEUE; see 'msgq rm --help'");
	check_refused("rm --mine 5", "--mine takes no QUEUE; see 'msgq rm --help'");
	check_refused("rm --all --mine",
		      "--all and --mine exclude each other; see 'msgq rm --help'");
	check_refused("recv --all --follow 5",
		      "--all and --follow exclude each other; see 'msgq recv --help'");
	check_refused("recv --raw --json 5",
		      "--raw and --json exclude each other; see 'msgq recv --help'");
	check_refused("peek --raw --json 5",
		      "--raw and --json exclude each other; see 'msgq peek --help'");
	check_refused("send --lines 5 text",
		      "TEXT, --file, --lines and --length exclude each other; see 'msgq send --help'");
}

/* All commands have one rule: a bare number is an identifier, not a key. */
CASE(names)
{
	static const char identifier[] =
		"must be an identifier from 0 to 2147483647, or a key as 0x45 or PATH:PROJECT";
	static const char *const of_queues[] = {
		"stat %s", "peek %s", "send %s text", "recv %s", "rm %s",
		"set --mode=600 %s", "open %s -- true", "ls %s", "watch %s",
	};
	static const char *const wrong[] = {
		"five", "-- -1", "+5", "''", "2147483648", "5x", "09",
	};
	char words[64], expected[256];

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(of_queues); i++) {
		snprintf(words, sizeof(words), of_queues[i], "five");
		snprintf(expected, sizeof(expected), "invalid queue 'five': %s",
			 identifier);
		check_refused(words, expected);
		snprintf(words, sizeof(words), of_queues[i], "0105");
		check_refused(words,
			      "invalid queue '0105': an identifier has no leading zero; for a key write 0x45 or --key 0105");
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(words, sizeof(words), "stat %s", wrong[i]);
		snprintf(expected, sizeof(expected), "invalid queue '%s': %s",
			 !strcmp(wrong[i], "''") ? "" :
			 wrong[i] + (*wrong[i] == '-' ? 3 : 0), identifier);
		check_refused(words, expected);
	}
	check_refused("stat --key five",
		      "invalid key 'five': must be 0x1 to 0xffffffff, PATH:PROJECT, or a number after --key");
	check_refused("stat 0x100000000",
		      "invalid key '0x100000000': must be 0x1 to 0xffffffff, PATH:PROJECT, or a number after --key");

	check_refused("create 69",
		      "invalid key '69': a bare number is an identifier; for a key write 0x45 or --key 69");
	check_refused("open --create 69 -- true",
		      "invalid key '69': a bare number is an identifier; for a key write 0x45 or --key 69");
	check_refused("open --temporary 69 -- true",
		      "invalid key '69': a bare number is an identifier; for a key write 0x45 or --key 69");
	check_refused("create -- -2",
		      "invalid key '-2': a bare number is an identifier; for a key write 0xfffffffe");
	check_refused("create 0",
		      "invalid key '0': without a key, 'msgq create' makes a private queue");
}

/* An error message names the bounds. */
CASE(bounds)
{
	static const char of_modes[] = "must be 0 to 777 in octal";
	static const char of_bytes[] =
		"must be 0 to 2147483647, or with k, M or G of 1024";
	static const char of_types[] = "must be 1 to 9223372036854775807";
	static const char of_counts[] = "must be 0 to 9223372036854775807";
	static const char of_users[] = "must be a name, or 0 to 4294967294";
	static const char of_times[] = "must be 0 to 4611686018, as 2 or 0.5";
	static const char of_durations[] =
		"must be 0 to 4611686018 seconds, as 0.5, 500ms, 30s, 10m, 1h or 2d";
	static const struct {
		const char *words;
		const char *invalid;
		const char *bounds;
	} wrong[] = {
		{ "create --mode=800", "invalid mode '800'", of_modes },
		{ "set --mode=1777 5", "invalid mode '1777'", of_modes },
		{ "open -c1777 0x5 -- true", "invalid mode '1777'", of_modes },
		{ "set --bytes=2G 5", "invalid number of bytes '2G'", of_bytes },
		{ "create -b -4", "invalid number of bytes '-4'", of_bytes },
		{ "create -b 4kk", "invalid number of bytes '4kk'", of_bytes },
		{ "send --length=0 5", "invalid number of bytes '0'",
		  "must be 1 to 2147483647, or with k, M or G of 1024" },
		{ "set --owner=carol 5", "unknown user 'carol'", of_users },
		{ "set --owner= 5", "unknown user ''", of_users },
		{ "set --owner=-1 5", "unknown user '-1'", of_users },
		{ "ls --user=4294967295", "unknown user '4294967295'", of_users },
		{ "set --owner=alice:x 5", "unknown group 'x'", of_users },
		{ "send --type=0 5", "invalid type of a message '0'", of_types },
		{ "open --type=0 5 -- true", "invalid type of a message '0'",
		  of_types },
		{ "open --fd=-1 5 -- true", "invalid descriptor '-1'",
		  "must be 0 to 2147483647" },
		{ "recv --count=-1 5", "invalid count '-1'", of_counts },
		{ "peek --count=x 5", "invalid count 'x'", of_counts },
		{ "peek --at=2147483648 5", "invalid position '2147483648'",
		  "must be 0 to 2147483647" },
		{ "watch --count=0", "invalid count '0'", of_types },
		{ "watch --interval=x", "invalid duration 'x'", of_durations },
		{ "recv --deadline=1x 5", "invalid duration '1x'",
		  of_durations },
		{ "recv --deadline=@4611686019 5", "invalid time '4611686019'",
		  of_times },
		{ "ls --full=101", "invalid percentage '101'",
		  "must be 0 to 100" },
		{ "ls --sort=size", "unknown column 'size'",
		  "see 'msgq ls --help'" },
		{ "limits msgmax=-1", "invalid msgmax '-1'",
		  "must be 0 to 2147483647" },
		{ "limits msgmni=32769", "invalid msgmni '32769'",
		  "must be 0 to 32768" },
		{ "limits msgmni=9999999999", "invalid msgmni '9999999999'",
		  "must be 0 to 32768" },
		{ "limits msgmax", "invalid limit 'msgmax'",
		  "must be msgmax, msgmnb, msgmni or msgtql with a value, as msgmax=8192" },
	};
	char expected[256];

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(expected, sizeof(expected), "%s%c %s",
			 wrong[i].invalid,
			 *wrong[i].bounds == 's' ? ';' : ':', wrong[i].bounds);
		check_refused(wrong[i].words, expected);
	}
	/* The range of a long depends on the program's width. */
	snprintf(expected, sizeof(expected),
		 "invalid type to match 'x': must be %ld to %ld", LONG_MIN,
		 LONG_MAX);
	check_refused("recv --match=x 5", expected);
	check_refused("peek --match=x 5", expected);
}

/* The bounds of limits are those of the module. */
CASE(bounds_of_limits)
{
	static const struct {
		const char *name;
		long most;
	} limits[] = {
		{ "msgmax", INT_MAX }, { "msgmnb", INT_MAX },
		{ "msgmni", 32768 }, { "msgtql", INT_MAX },
	};
	char line[128];

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int before = limit_get(limits[i].name);

		limit_set(limits[i].name, before);
		snprintf(line, sizeof(line), "msgq limits %s=%ld 2>&1",
			 limits[i].name, limits[i].most);
		check_run(line, 0, "");
		CHECK_INT(limit_get(limits[i].name), limits[i].most);
		snprintf(line, sizeof(line),
			 "echo %ld 2>/dev/null >/proc/sys/msgq/%s",
			 limits[i].most + 1, limits[i].name);
		CHECK(run_line(line));
		snprintf(line, sizeof(line), "msgq limits %s=0 2>&1",
			 limits[i].name);
		check_run(line, 0, "");
		CHECK_INT(limit_get(limits[i].name), 0);
		limit_set(limits[i].name, before);
	}
}

/* Each way to ask for help prints the same. */
CASE(help)
{
	static const char *const commands[] = {
		"ls", "stat", "watch", "create", "rm", "set", "send", "recv",
		"peek", "limits", "open", "run", "version", "help",
	};
	char line[128], all[sizeof(said)];

	use_tools();
	CHECK_INT(run_line("msgq --help"), 0);
	memcpy(all, said, sizeof(all));
	check_run("msgq help", 0, all);
	check_run("msgq -h", 0, all);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(line, sizeof(line), "msgq %s --help", commands[i]);
		CHECK_INT(run_line(line), 0);
		memcpy(all, said, sizeof(all));
		snprintf(line, sizeof(line), "usage: msgq %s", commands[i]);
		CHECK(!strncmp(all, line, strlen(line)));
		snprintf(line, sizeof(line), "msgq help %s", commands[i]);
		check_run(line, 0, all);
		snprintf(line, sizeof(line), "msgq --help %s", commands[i]);
		check_run(line, 0, all);
		snprintf(line, sizeof(line), "msgq %s -h", commands[i]);
		check_run(line, 0, all);
	}
	check_refused("help sned", "unknown command 'sned'; did you mean 'send'?");
	check_run("msgq help >/dev/full 2>&1", 1, "");
}

/* The tool prints its version with and without a device. */
CASE(version)
{
	use_tools();
	CHECK_INT(run_line("msgq version 2>&1"), 0);
	CHECK(strstr(said, "\nmodule: interface "));
	AS(NULL) {
		own_dev_empty();
		CHECK_INT(run_line("msgq version 2>&1"), 0);
		CHECK(!strncmp(said, "msgq ", 5));
		CHECK(strstr(said, ", made for interface "));
		CHECK(strstr(said, "\nno device: /dev/msgq: it does not exist"));
		CHECK_INT(run_line("msgq --version 2>&1"), 0);
		CHECK(strstr(said, "\nno device: /dev/msgq: it does not exist"));
		CHECK_INT(run_line("msgq version --json 2>&1"), 0);
		CHECK(strstr(said, ", \"interface\": null, \"features\": null}\n"));
		check_complains("msgq ls 2>&1", 7, "/dev/msgq: it does not exist");
	}
	AS(NULL) {
		own_dev(0600);
		become(&(struct identity){ .uid = 1000, .gid = 1000 });
		CHECK_INT(run_line("msgq version 2>&1"), 0);
		CHECK(strstr(said, "\nno device: /dev/msgq: "));
	}
}
