// SPDX-License-Identifier: MIT
/*
 * find.c - the objects that the user names
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "commands.h"

static bool find_key(struct name *name)
{
	/* Without flags it asks for no permission. */
	name->id = kind->get(name->device, name->value, 0, 0);
	return name->id != -1;
}

static bool find_identifier(struct name *name)
{
	struct object object;

	name->id = name->value;
	return read_object(name->device, name->id, &object);
}

int find_object(int device, struct name *name)
{
	name->device = device;
	if (name->key && name->value == IPC_PRIVATE)
		return report_private_key(name);
	if (name->key ? find_key(name) : find_identifier(name))
		return DONE;
	return report_object(name, "find it");
}

int find_named(int device, struct objects *objects, char **names, bool is_key)
{
	int status = DONE, name_status;
	size_t found = 0, count = 0;
	struct name name;

	while (names[count])
		count++;
	objects->list = calloc(count + 1, sizeof(*objects->list));
	if (!objects->list)
		return report_errno("list");
	for (; *names; names++) {
		name = parse_name(*names, is_key);
		name_status = find_object(device, &name);
		if (name_status == DONE &&
		    !read_object(device, name.id, &objects->list[found]))
			name_status = report_object(&name, "read it");
		if (name_status == DONE)
			objects->list[found++].name = name.text;
		else
			status = name_status;
	}
	objects->count = found;
	return status;
}
