// SPDX-License-Identifier: MIT
/*
 * objects.c - objects of the kind that the command is about
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "objects.h"

const struct kind *kind;

int need_device(void)
{
	struct msgq_info info = { .version = 0 };
	int device = open_device();

	if (device == -1)
		exit(NO_DEVICE);
	if (kind->feature &&
	    (ioctl(device, MSGQ_IOC_PROBE, &info) ||
	     (info.features & kind->feature) != kind->feature)) {
		fprintf(stderr, "msgq: this module has no %s\n", kind->plural);
		exit(NO_DEVICE);
	}
	return device;
}

static bool read_object_at(int device, int index, struct object *object)
{
	*object = (struct object){ .rates = { -1, -1 } };
	return kind->read(device, index, object);
}

bool read_object(int device, int id, struct object *object)
{
	/*
	 * The call uses only the index that an identifier contains, so it may
	 * find another object with the same index.
	 */
	if (!read_object_at(device, id, object))
		return false;
	if (object->id == id)
		return true;
	errno = EINVAL;
	return false;
}

struct objects read_objects(int device)
{
	struct objects objects = { .count = 0 };
	int highest = kind->highest(device);

	if (highest != -1)
		objects.list = calloc((size_t)highest + 1,
				      sizeof(*objects.list));
	if (!objects.list)
		exit(report_errno("list"));
	for (int index = 0; index <= highest; index++)
		if (read_object_at(device, index,
				   &objects.list[objects.count]))
			objects.count++;
	return objects;
}

void key_text(const struct object *object, char *to, size_t size)
{
	show_key(to, size, object->perm.__key);
}

void id_text(const struct object *object, char *to, size_t size)
{
	snprintf(to, size, "%d", object->id);
}

void owner_text(const struct object *object, char *to, size_t size)
{
	snprintf(to, size, "%s", user_name(object->perm.uid));
}

void perms_text(const struct object *object, char *to, size_t size)
{
	snprintf(to, size, "%03o", (unsigned int)object->perm.mode & 0777);
}

void last_text(const struct object *object, char *to, size_t size)
{
	show_age(to, size, object->last, time(NULL));
}

long long key_order(const struct object *object)
{
	return (unsigned int)object->perm.__key;
}

long long id_order(const struct object *object)
{
	return object->id;
}

long long perms_order(const struct object *object)
{
	return object->perm.mode & 0777;
}

long long last_order(const struct object *object)
{
	return -(long long)object->last;
}

double first_rate(const struct object *object)
{
	return object->rates[0];
}

double second_rate(const struct object *object)
{
	return object->rates[1];
}

const struct column *find_column(const char *name)
{
	const struct column *column = kind->columns;

	while (column->name && strcmp(column->name, name))
		column++;
	return column->name ? column : NULL;
}

void cell_text(const struct column *column, const struct object *object,
	       char *to, size_t size)
{
	double number;

	if (column->text) {
		column->text(object, to, size);
		return;
	}
	number = column->number(object);
	if (number < 0)
		snprintf(to, size, "-");
	else
		snprintf(to, size, "%.0f", number);
}
