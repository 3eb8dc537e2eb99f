// SPDX-License-Identifier: MIT
/*
 * sets.c - cases of semaphore sets
 *
 * The tasks that wait are threads of a separate process, with a higher priority
 * than the measuring one, as in tasks.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "libmsgq.h"

#define STACK_BYTES	16384
#define MOST_OPS	8

/* The calls of a side: the kernel's, or those of the device. */
struct set_calls {
	int (*get)(key_t key, int nsems, int semflg);
	int (*op)(int semid, struct sembuf *sops, size_t nsops);
	int (*ctl)(int semid, int semnum, int cmd, ...);
};

static int own_get(key_t key, int nsems, int semflg)
{
	return msgq_semget(peers_device(), key, nsems, semflg);
}

static int own_op(int semid, struct sembuf *sops, size_t nsops)
{
	return msgq_semop(peers_device(), semid, sops, nsops);
}

/* The commands that the cases use have an array, or nothing. */
static int own_ctl(int semid, int semnum, int cmd, ...)
{
	unsigned short *array;
	va_list args;

	va_start(args, cmd);
	array = cmd == GETALL ? va_arg(args, unsigned short *) : NULL;
	va_end(args);
	return msgq_semctl(peers_device(), semid, semnum, cmd, array);
}

static const struct set_calls kernel = { semget, semop, semctl };
static const struct set_calls device = { own_get, own_op, own_ctl };

/* The set of a run; what each thread that waits at it does, again and again. */
struct set_run {
	const struct set_calls *calls;
	int id;
	unsigned short *values;
	struct sembuf waits[2];
	unsigned int wait_ops;
};

static struct set_run *make_set(struct run *run, int nsems)
{
	struct set_run *set = allocate(1, sizeof(*set));

	run->set = set;
	set->calls = strcmp(run->peer->name, "sysv") ? &device : &kernel;
	set->id = set->calls->get(IPC_PRIVATE, nsems, 0600);
	if (set->id == -1)
		die("%s: a set: %s", run->peer->name, strerror(errno));
	return set;
}

void finish_set(struct run *run)
{
	run->set->calls->ctl(run->set->id, 0, IPC_RMID);
	if (run->host > 0) {
		kill(run->host, SIGKILL);
		waitpid(run->host, NULL, 0);
	}
	free(run->set->values);
	free(run->set);
}

static unsigned long operate(const struct set_run *set, struct sembuf *ops,
			     unsigned long count)
{
	return set->calls->op(set->id, ops, count) != 0;
}

bool prepare_ops(struct run *run)
{
	return make_set(run, (int)run->param);
}

/* One up and one down, of so many operations each. */
long long time_ops(struct run *run, unsigned long count)
{
	struct sembuf up[MOST_OPS] = { 0 }, down[MOST_OPS] = { 0 };
	unsigned long failed = 0;
	long long start;

	for (unsigned long i = 0; i < run->param; i++) {
		up[i] = (struct sembuf){ i, 1, 0 };
		down[i] = (struct sembuf){ i, -1, 0 };
	}
	start = now();
	while (count--) {
		failed += operate(run->set, up, run->param);
		failed += operate(run->set, down, run->param);
	}
	start = now() - start;
	none_failed(run, failed);
	return start;
}

bool prepare_all(struct run *run)
{
	make_set(run, (int)run->param)->values =
		allocate(run->param, sizeof(unsigned short));
	return true;
}

long long time_get_all(struct run *run, unsigned long count)
{
	const struct set_run *set = run->set;
	unsigned long failed = 0;
	long long start = now();

	while (count--)
		failed += set->calls->ctl(set->id, 0, GETALL, set->values) != 0;
	start = now() - start;
	none_failed(run, failed);
	return start;
}

static void *wait_again(void *set_run)
{
	struct set_run *set = set_run;

	while (!operate(set, set->waits, set->wait_ops))
		;
	return NULL;
}

static void start_waiters(struct set_run *set, unsigned long count)
{
	char *stacks = mmap(NULL, count * STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct sched_param before = { .sched_priority = 1 };
	pthread_attr_t attr;
	pthread_t thread;

	if (stacks == MAP_FAILED)
		die("no memory for waiters");
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &before);
	for (unsigned long i = 0; i < count; i++) {
		pthread_attr_setstack(&attr, stacks + i * STACK_BYTES,
				      STACK_BYTES);
		if (pthread_create(&thread, &attr, wait_again, set))
			die("a waiter does not start");
	}
}

/* So many tasks wait for the first semaphore of their operations. */
static bool prepare_waiters(struct run *run, unsigned long count)
{
	struct set_run *set = run->set;

	run->host = fork();
	if (run->host == -1)
		die("fork: %s", strerror(errno));
	if (!run->host) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		start_waiters(set, count);
		for (;;)
			pause();
	}
	while (set->calls->ctl(set->id, set->waits[0].sem_num, GETNCNT) !=
	       (int)count)
		usleep(1000);
	return true;
}

/* A task that waits for semaphore 0 gives semaphore 1. */
bool prepare_pair(struct run *run)
{
	struct set_run *set = make_set(run, 2);

	set->waits[0] = (struct sembuf){ 0, -1, 0 };
	set->wait_ops = 1;
	return prepare_waiters(run, 1);
}

/* The task is woken, takes what was given, and waits again. */
long long time_pair(struct run *run, unsigned long count)
{
	struct sembuf up = { 0, 1, 0 };
	unsigned long failed = 0;
	long long start = now();

	while (count--)
		failed += operate(run->set, &up, 1);
	start = now() - start;
	none_failed(run, failed);
	return start;
}

/* Others wait with several operations for semaphores that the calls do not name. */
bool prepare_others(struct run *run)
{
	struct set_run *set = make_set(run, 3);

	set->waits[0] = (struct sembuf){ 1, -1, 0 };
	set->waits[1] = (struct sembuf){ 2, -1, 0 };
	set->wait_ops = 2;
	return prepare_waiters(run, run->param);
}

long long time_beside_others(struct run *run, unsigned long count)
{
	struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 };
	unsigned long failed = 0;
	long long start = now();

	while (count--) {
		failed += operate(run->set, &up, 1);
		failed += operate(run->set, &down, 1);
	}
	start = now() - start;
	none_failed(run, failed);
	return start;
}
