/* SPDX-License-Identifier: MIT */
/*
 * objects.h - queues and semaphore sets as the tool reads and shows them; tool.h
 * tells how the files form layers
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <sys/msg.h>
#include <sys/sem.h>

#include <msgq.h>

#include "libmsgq.h"
#include "tool.h"

/*
 * objects.c: objects of the kind that the command is about
 */
struct object {
	const char *name;	/* the text of its struct name, or NULL */
	int id;
	struct ipc_perm perm;
	time_t last;		/* of the last operation or change */

	/* A queue. */
	struct msqid_ds ds;
	struct msgq_state state;
	/* A semaphore set. */
	struct semid_ds sem;
	struct msgq_semstate semstate;

	bool has_state;		/* false: the caller may not read the object */
	bool has_counts;	/* false: counts is not filled in */
	uint64_t counts[2];	/* messages in and out; operations and waits */
	double rates[2];	/* of these, per second; negative: unknown */
};

struct objects {
	struct object *list;
	size_t count;
};

/* A column of a table; one of number and text is given. */
struct column {
	const char *name;
	int width;		/* in "msgq watch" */
	unsigned int rank;	/* there: 1 is the most useful; 0: not shown */
	bool left;		/* align it to the left */
	bool rate;		/* only in "msgq watch" */
	/* A number, by which the largest is sorted first; negative: unknown. */
	double (*number)(const struct object *object);
	void (*text)(const struct object *object, char *to, size_t size);
	/* A number by which the smallest is sorted first; NULL: by the text. */
	long long (*order)(const struct object *object);
	enum colour (*colour)(const struct object *object);
};

/* A kind of objects: its calls and its words. */
struct kind {
	const char *name;	/* as in "msgq run --kinds", and in JSON */
	const char *noun;	/* "queue" */
	const char *plural;	/* "queues" */
	const char *operand;	/* "QUEUE" */
	const char *option;	/* that chooses the kind, after a blank */
	const char *id;		/* "msqid" */
	uint64_t feature;	/* that a module with this kind has, or 0 */
	const struct column *columns;	/* up to one without a name */
	const char *rates[2];	/* their names in JSON */
	const char *legend[2];	/* of columns that need one */

	/* Only a new set has so many semaphores. */
	int (*get)(int device, key_t key, int semaphores, int flags);
	/* The highest index, or -1 with errno. */
	int (*highest)(int device);
	/* Read the object with an index into a cleared one, or return false. */
	bool (*read)(int device, int index, struct object *object);
	int (*remove)(int device, int id);
	/* What all these objects hold, as "3 messages". */
	void (*contents)(const struct objects *objects, char *to, size_t size);
	bool (*is_orphan)(int device, const struct object *object);
	void (*json)(const struct object *object);
};

extern const struct kind queue_kind, set_kind;

/* The kind that the command is about. */
extern const struct kind *kind;

/* Open a device that has this kind, or end the program. */
int need_device(void);

/*
 * Read an object by its identifier, which takes no permission for all but its
 * state.  Returns false with errno.
 */
bool read_object(int device, int id, struct object *object);

/* Read all objects, or end the program. */
struct objects read_objects(int device);

/* What columns of all kinds have. */
void key_text(const struct object *object, char *to, size_t size);
void id_text(const struct object *object, char *to, size_t size);
void owner_text(const struct object *object, char *to, size_t size);
void perms_text(const struct object *object, char *to, size_t size);
void last_text(const struct object *object, char *to, size_t size);
long long key_order(const struct object *object);
long long id_order(const struct object *object);
long long perms_order(const struct object *object);
long long last_order(const struct object *object);
double first_rate(const struct object *object);
double second_rate(const struct object *object);

/* The column with this name, or NULL. */
const struct column *find_column(const char *name);

/* The text of a cell. */
void cell_text(const struct column *column, const struct object *object,
	       char *to, size_t size);

/*
 * queues.c: queues as the module describes them
 */

/* Does the module count the messages of queues? */
bool device_has_counts(int device);

/* How full the queue is, in percent. */
unsigned int fullness(const struct object *queue);

/* The number of messages and of bytes of text on all these queues. */
struct contents {
	unsigned long long messages, bytes;
};

struct contents contents_of(const struct objects *queues);

bool read_queue(int device, int index, struct object *queue);
int highest_queue(int device);
void queue_contents(const struct objects *queues, char *to, size_t size);
extern const struct column queue_columns[];

/*
 * sets.c: semaphore sets as the module describes them
 */
bool read_set(int device, int index, struct object *set);

/* The limits, and what is in use: the highest index, or -1 with errno. */
int read_set_limits(int device, struct seminfo *info);
int highest_set(int device);
int remove_set(int device, int semid);
void set_contents(const struct objects *sets, char *to, size_t size);
extern const struct column set_columns[];

/* Set owner and mode from the struct semid_ds of the object; -1 with errno. */
int write_set(int device, struct object *set);

/*
 * Read the values of a set, or a number about one semaphore; set all values, or
 * one.  -1 with errno.
 */
int read_values(int device, const struct object *set, unsigned short *values);
int read_semaphore(int device, int semid, unsigned int number, int cmd);
int write_values(int device, const struct object *set, unsigned short value);
int write_value(int device, int semid, int number, unsigned short value);

/*
 * mounts.c: where msgqfs is mounted, and its limits
 */

struct mount {
	dev_t id;		/* the number of the file system's device */
	char *point;		/* where it is mounted */
	int msgtql;		/* -1: unknown */
};

/* Call this for each msgqfs that a process sees, "self" for this one. */
void read_mounts(const char *process,
		 void (*call)(const struct mount *mount, void *data),
		 void *data);

/*
 * The limits of the queues that the opened device leads to: of a mount, or in
 * /proc/sys/msgq.  -1: unknown; and if it cannot be set, with errno.
 */
int device_limit(int device, const char *name);
int set_device_limit(int device, const char *name, int value);

/*
 * instances.c: the sets of queues of all IPC namespaces and mounts
 */

/* Go into the IPC namespace of a process, or end the program. */
void enter_namespace_of(pid_t pid);

struct instance {
	struct msgq_holding holding;
	pid_t pid;		/* a process in its namespace; 0: none found */
	char *mount;		/* where it is mounted; NULL: a namespace, or unknown */
};

struct instances {
	struct instance *list;	/* by their ids */
	size_t count;
};

/* Read all instances, or end the program. */
struct instances read_instances(int device);

/*
 * rates.c: what is counted, per second
 */
struct rates {
	struct sample *samples;	/* from the last call, sorted by id */
	size_t count;
	uint64_t when;
};

/*
 * Set the rates since the last call, for each object that existed at that time.
 */
void measure_rates(struct rates *rates, struct objects *objects);

/*
 * json_object.c: queues and sets as JSON
 */

/* The members of a JSON object that describe one; an array of such objects. */
void json_object(const struct object *object);
void json_objects(const char *name, const struct objects *objects);

/* The members that only this kind has. */
void json_queue(const struct object *queue);
void json_set(const struct object *set);

/* The member "counts"; NULL: unknown. */
void json_counts(const struct msgq_counts *counts);

/*
 * stale.c: objects that seem to be no longer needed
 */

/* Has there been no operation and no change for at least this long? */
bool is_idle(const struct object *object, uint64_t nanoseconds);

/*
 * Have the processes that used it last ended, and does no process have it open or
 * wait for it?  False if the caller may not read it.
 */
bool is_orphan_queue(int device, const struct object *queue);
bool is_orphan_set(int device, const struct object *set);

#endif /* OBJECTS_H */
