// SPDX-License-Identifier: MIT
/*
 * Unloading the module while IPC namespaces have instances, and loading it for
 * one set of queues.
 *
 * The program is executed again without the drop-in library, whose descriptor
 * would hold the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgq.h>

#include "ipc_ns.h"
#include "module.h"
#include "test.h"

#define DEVICE	"/dev/" MSGQ_DEVICE_NAME
#define KEY	0x0e0e

__attribute__((constructor)) static void alone(void)
{
	module_alone("ipc_unload");
}

/* msgget(2) by a device that is closed again. */
static int get(int msgflg)
{
	struct msgq_get arg = { .key = KEY, .msgflg = msgflg };
	int device = CHECK_OK(open(DEVICE, O_RDWR | O_CLOEXEC));
	int msqid = ioctl(device, MSGQ_IOC_GET, &arg);
	int error = errno;

	close(device);
	errno = error;
	return msqid;
}

static void remove_it(int msqid)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = IPC_RMID,
		.long_size = sizeof(long),
	};
	int device = CHECK_OK(open(DEVICE, O_RDWR | O_CLOEXEC));

	CHECK_OK(ioctl(device, MSGQ_IOC_CTL, &arg));
	close(device);
}

/* Unload the module once nothing holds it: queues of the case before may be going. */
static void take_out(void)
{
	unsigned int tries = 0;

	if (access(MODULE_FILE, R_OK))
		SKIP("there is no " MODULE_FILE " to load again");
	while (module_unload()) {
		CHECK_INT(errno, EWOULDBLOCK);
		CHECK(tries++ < PATIENCE * 1000);
		usleep(1000);
	}
}

/* A child in a namespace of its own, which ends with the other end of a pipe. */
static void start_child(const int *stop, int ready, int msgflg)
{
	char byte;

	if (CHECK_OK(fork()))
		return;

	close(stop[1]);
	ipc_ns_new();
	if (msgflg)
		CHECK_OK(get(msgflg));
	else
		CHECK_ERR(get(0), ENOENT);
	CHECK_INT(write(ready, "", 1), 1);
	(void)!read(stop[0], &byte, 1);
	_exit(0);
}

static void begin(int *stop, int *ready)
{
	DEVICE_ONLY();
	ipc_ns_needed();
	CHECK_OK(pipe2(stop, O_CLOEXEC));
	CHECK_OK(pipe2(ready, O_CLOEXEC));
}

static void await_byte(int fd)
{
	char byte;

	CHECK_INT(read(fd, &byte, 1), 1);
}

#define CHILDREN	200

CASE_SECONDS(unloaded_while_many_end, 60)
{
	int stop[2], ready[2];
	unsigned int i;

	begin(stop, ready);
	for (i = 0; i < CHILDREN; i++)
		start_child(stop, ready[1], 0);
	for (i = 0; i < CHILDREN; i++)
		await_byte(ready[0]);
	close(stop[1]);
	take_out();
	for (i = 0; i < CHILDREN; i++)
		CHECK_OK(wait(NULL));
	module_load_as_before();
	CHECK_ERR(get(0), ENOENT);
}

/* Queues hold the module until their namespace has ended. */
CASE_SECONDS(unloaded_when_queues_have_gone, 60)
{
	int stop[2], ready[2];
	unsigned int i;

	begin(stop, ready);
	for (i = 0; i < CHILDREN / 4; i++)
		start_child(stop, ready[1], IPC_CREAT | 0600);
	for (i = 0; i < CHILDREN / 4; i++)
		await_byte(ready[0]);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	close(stop[1]);
	take_out();
	module_load_as_before();
}

/* An instance without queues does not hold the module; there is another one then. */
CASE(unloaded_under_empty_instance)
{
	int first = ipc_ns_open(), stop[2], ready[2], msqid;

	begin(stop, ready);
	ipc_ns_new();
	remove_it(CHECK_OK(get(IPC_CREAT | 0600)));
	take_out();
	module_load_as_before();
	CHECK_ERR(get(0), ENOENT);
	msqid = CHECK_OK(get(IPC_CREAT | 0600));
	ipc_ns_enter(first);
	CHECK_ERR(get(0), ENOENT);
	(void)msqid;
}

static int set_messages(int device, uint64_t messages)
{
	return ioctl(device, MSGQ_IOC_QUOTA, &(struct msgq_quota){
		.uid = 1000,
		.flags = MSGQ_QUOTA_MESSAGES,
		.messages = messages,
	});
}

/* A limit is forgotten, also one that a sender has waited for until the end. */
CASE(unloaded_with_limits)
{
	int stop[2], ready[2], device, msqid;
	pid_t pid;

	begin(stop, ready);
	device = CHECK_OK(open(DEVICE, O_RDWR | O_CLOEXEC));
	CHECK_OK(set_messages(device, 0));
	AS((&(struct identity){ .uid = 1000, .gid = 1000 }))
		CHECK_OK(get(IPC_CREAT | 0666));
	msqid = CHECK_OK(get(0));
	pid = CHECK_OK(fork());
	if (!pid) {
		long message[2] = { 1 };

		CHECK_ERR(ioctl(device, MSGQ_IOC_SND, &(struct msgq_snd){
			.msqid = msqid,
			.msgp = (uintptr_t)message,
			.msgsz = 1,
			.long_size = sizeof(long),
		}), EIDRM);
		_exit(0);
	}
	wait_asleep(pid);
	remove_it(msqid);
	child_passed(pid);
	close(device);
	take_out();
	module_load_as_before();
}

/* With a parameter all namespaces have the same queues. */
CASE(one_set_of_queues)
{
	int stop[2], ready[2], msqid;

	begin(stop, ready);
	take_out();
	CHECK_OK(module_load("namespaces=0"));
	CHECK(!ipc_ns_separated());
	msqid = CHECK_OK(get(IPC_CREAT | 0600));
	AS(NULL) {
		CHECK_OK(unshare(CLONE_NEWIPC));
		CHECK_INT(get(0), msqid);
	}
	remove_it(msqid);
	CHECK_OK(module_unload());
	module_load_as_before();
}
