// SPDX-License-Identifier: MIT
/*
 * format.c - keys, ages and names of users, as the commands show them
 */
#define _GNU_SOURCE
#include <grp.h>
#include <pwd.h>

#include "tool.h"

void show_key(char *to, size_t size, int key)
{
	snprintf(to, size, "0x%08x", (unsigned int)key);
}

/* The time since then, in one unit. */
void show_age(char *to, size_t size, time_t then, time_t now)
{
	long long seconds = now > then ? now - then : 0;

	if (seconds < 60)
		snprintf(to, size, "%llds", seconds);
	else if (seconds < 60 * 60)
		snprintf(to, size, "%lldm", seconds / 60);
	else if (seconds < 24 * 60 * 60)
		snprintf(to, size, "%lldh", seconds / (60 * 60));
	else
		snprintf(to, size, "%lldd", seconds / (24 * 60 * 60));
}

/* Caches the last name: most queues in a list have the same owner. */
const char *user_name(uid_t uid)
{
	static char name[40];
	static uid_t last;
	const struct passwd *user;

	if (*name && uid == last)
		return name;
	user = getpwuid(uid);
	if (user)
		snprintf(name, sizeof(name), "%s", user->pw_name);
	else
		snprintf(name, sizeof(name), "%u", uid);
	last = uid;
	return name;
}

const char *group_name(gid_t gid)
{
	const struct group *group = getgrgid(gid);
	static char name[40];

	if (group)
		snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		snprintf(name, sizeof(name), "%u", gid);
	return name;
}
