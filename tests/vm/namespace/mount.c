// SPDX-License-Identifier: MIT
/*
 * The file system msgqfs: each mount has queues of its own, which all use that
 * open its file, and nobody else.
 *
 * The program is executed again without the drop-in library, whose descriptor
 * would hold the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <msgq.h>

#include "fault_raw.h"
#include "module.h"
#include "mounts.h"
#include "peer.h"
#include "user_ns.h"

#define KEY	0x0e0e

/* The capability to go above limits. */
#define WITHOUT_RESOURCE (&(struct identity){ .capabilities = ~CAPABILITY(24) })

__attribute__((constructor)) static void alone(void)
{
	module_alone("mount");
}

static int get(int fd, int key, int flags)
{
	return raw_get(fd, key, flags);
}

static int make(int fd)
{
	return CHECK_OK(get(fd, KEY, IPC_CREAT | IPC_EXCL | 0666));
}

static void put(int fd, int msqid, char byte)
{
	long message[2] = { 1, byte };

	CHECK_OK(raw_snd(fd, msqid, message, 1, IPC_NOWAIT, sizeof(long)));
}

static void take(int fd, int msqid, char byte)
{
	long message[2] = {};

	CHECK_INT(raw_rcv(fd, msqid, message, 1, 0, IPC_NOWAIT, sizeof(long)), 1);
	CHECK_INT((char)message[1], byte);
}

static struct msginfo limits_of(int fd)
{
	struct msginfo info;

	CHECK_OK(raw_ctl(fd, 0, IPC_INFO, &info, sizeof(long)));
	return info;
}

static int open_file(const char *folder)
{
	return CHECK_OK(mounts_open(folder, O_RDWR));
}

static dev_t id_of(int fd)
{
	struct stat file;

	CHECK_OK(fstat(fd, &file));
	return file.st_dev;
}

static void await_unlisted(dev_t id)
{
	for (unsigned int tries = 0; mounts_listed(id); tries++) {
		CHECK(tries < PATIENCE * 100);
		usleep(10000);
	}
}

CASE(queues_of_its_own)
{
	int device = raw_open(), first, second, msqid;

	mounts_own();
	first = open_file(mounts_new(NULL));
	second = open_file(mounts_new(NULL));
	msqid = make(first);
	put(first, msqid, 'a');
	CHECK_ERR(get(second, KEY, 0), ENOENT);
	CHECK_ERR(get(device, KEY, 0), ENOENT);
	CHECK_ERR(raw_ctl(second, msqid, IPC_RMID, NULL, sizeof(long)), EINVAL);
	CHECK_ERR(raw_ctl(device, msqid, IPC_RMID, NULL, sizeof(long)), EINVAL);
	CHECK_INT(mounts_listed(id_of(first)), 1);
	CHECK_INT(mounts_listed(id_of(second)), 1);

	/* A task of another IPC namespace is in the same set. */
	AS(NULL) {
		if (!unshare(CLONE_NEWIPC)) {
			CHECK_INT(get(first, KEY, 0), msqid);
			CHECK_ERR(get(raw_open(), KEY, 0), ENOENT);
		}
		take(first, msqid, 'a');
	}
	CHECK_INT(raw_ctl(first, msqid, IPC_RMID, NULL, sizeof(long)), 0);
}

static void check_options(const char *folder, const char *expected)
{
	char line[512], *options;
	bool found = false;
	FILE *file = fopen("/proc/self/mounts", "re");

	CHECK(file);
	while (!found && fgets(line, sizeof(line), file)) {
		found = strstr(line, folder);
		options = strstr(line, ",uid=");
	}
	CHECK(found && options);
	if (!strstr(options, expected))
		FAIL("%s is not in %s", expected, options);
	fclose(file);
}

/* statmount(2), which asks for the options without a file to show them in. */
struct statmount_answer {
	uint32_t size;
	uint32_t options;
	uint64_t mask;
	uint64_t more[62];
	char texts[1024];
};

static void check_statmount(const char *folder, const char *expected)
{
	static struct statmount_answer answer;
	struct statx file;
	struct { uint32_t size, spare; uint64_t id, param; } request = { .size = 24 };

	/* Its unique number. */
	if (statx(AT_FDCWD, folder, 0, 0x4000, &file) ||
	    !(file.stx_mask & 0x4000))
		return;
	request.id = file.stx_mnt_id;
	request.param = 0x80;
	if (syscall(457, &request, &answer, sizeof(answer), 0) ||
	    !(answer.mask & 0x80))
		return;
	if (!strstr(answer.texts + answer.options, expected))
		FAIL("statmount has %s, and not %s",
		     answer.texts + answer.options, expected);
}

CASE(options)
{
	const char *folder;
	struct stat file;
	int fd;

	mounts_own();
	folder = mounts_new("uid=5,gid=6,mode=0640,msgmax=10,msgmnb=20,msgmni=1,msgtql=3,semmsl=4,semmni=1");
	fd = open_file(folder);
	CHECK_OK(fstat(fd, &file));
	CHECK_INT(file.st_uid, 5);
	CHECK_INT(file.st_gid, 6);
	CHECK_INT(file.st_mode, S_IFREG | 0640);
	CHECK_INT(limits_of(fd).msgmax, 10);
	CHECK_INT(limits_of(fd).msgmnb, 20);
	CHECK_INT(limits_of(fd).msgmni, 1);
	check_options(folder, ",uid=5,gid=6,mode=640,msgmax=10,msgmnb=20,msgmni=1,msgtql=3,semmsl=4,semmns=1024000000,semopm=500,semmni=1 ");
	check_statmount(folder, "uid=5,gid=6,mode=640,msgmax=10,msgmnb=20,msgmni=1,msgtql=3");
	make(fd);
	CHECK_ERR(get(fd, IPC_PRIVATE, 0600), ENOSPC);

	fd = open_file(mounts_new(NULL));
	CHECK_OK(fstat(fd, &file));
	CHECK_INT(file.st_uid, 0);
	CHECK_INT(file.st_mode, S_IFREG | 0666);
	CHECK_INT(limits_of(fd).msgmni, limits_of(raw_open()).msgmni);
}

static const char *const wrong_options[] = {
	"mode=01777", "mode=x", "mode", "uid=4294967295", "gid=-1", "uid=root",
	"msgmni=-1", "msgmni=32769", "msgmni=", "msgmni", "msgmax=x",
	"msgmax=2147483648", "msgtql=1k", "msg_next_id=5", "sem=5", "semmni=32769", "size=5", "msgmni=1,no",
};

CASE(wrong_options)
{
	const char *folder;

	mounts_own();
	folder = mounts_folder();
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong_options); i++) {
		if (!mounts_try(folder, wrong_options[i]))
			FAIL("option %s is accepted", wrong_options[i]);
		CHECK_INT(errno, EINVAL);
		CHECK_ERR(mounts_open(folder, O_RDWR), ENOENT);
	}
}

static int remount(const char *folder, const char *options)
{
	return mount("none", folder, "msgqfs", MS_REMOUNT, options);
}

CASE(remount)
{
	const char *folder;
	struct stat file;
	int fd, msqid, status;
	pid_t pid;

	mounts_own();
	folder = mounts_new("uid=5,msgmni=7,msgtql=0");
	fd = open_file(folder);
	msqid = make(fd);
	pid = CHECK_OK(fork());
	if (!pid) {
		long message[2] = { 1 };

		_exit(raw_snd(fd, msqid, message, 1, 0, sizeof(long)));
	}
	wait_asleep(pid);

	/* An option is wrong, so none is applied. */
	CHECK_ERR(remount(folder, "msgtql=5,msgmni=-5"), EINVAL);
	CHECK_ERR(remount(folder, "gid=3,mode=07777"), EINVAL);
	check_options(folder, ",uid=5,gid=0,mode=666,msgmax=8192,msgmnb=16384,msgmni=7,msgtql=0,");
	wait_asleep(pid);
	CHECK_OK(remount(folder, "mode=600,msgtql=1"));
	check_options(folder, ",uid=5,gid=0,mode=600,msgmax=8192,msgmnb=16384,msgmni=7,msgtql=1,");
	CHECK_OK(waitpid(pid, &status, 0));
	CHECK_INT(status, 0);
	take(fd, msqid, 0);
	CHECK_OK(fstat(fd, &file));
	CHECK_INT(file.st_mode, S_IFREG | 0600);
}

CASE(ceilings)
{
	int most = limits_of(raw_open()).msgmni;
	const char *folder, *lower;
	char options[32], other[48];

	mounts_own();
	snprintf(options, sizeof(options), "msgmni=%d", most + 1);
	folder = mounts_new(options);
	lower = mounts_new(NULL);
	AS(WITHOUT_RESOURCE) {
		CHECK_ERR(mounts_try(mounts_folder(), options), EPERM);
		CHECK_ERR(remount(lower, options), EPERM);
		snprintf(other, sizeof(other), "msgmni=%d", most + 2);
		CHECK_ERR(remount(folder, other), EPERM);
		/* What is not raised is permitted, as mount(8) repeats it. */
		snprintf(other, sizeof(other), "mode=600,msgmni=%d", most + 1);
		CHECK_OK(remount(folder, other));
	}
	CHECK_INT(limits_of(open_file(folder)).msgmni, most + 1);
	CHECK_INT(limits_of(open_file(lower)).msgmni, most);
}

static int open_queue_by(int fd, int msqid)
{
	return CHECK_OK(ioctl(fd, MSGQ_IOC_OPEN, &(struct msgq_open){
		.name = msqid,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.type = 1,
	}));
}

static void await_end(int queue)
{
	struct pollfd poller = { .fd = queue };
	char byte;

	CHECK_INT(poll(&poller, 1, PATIENCE * 1000), 1);
	CHECK_INT(poller.revents, POLLHUP | POLLERR);
	CHECK_ERR(read(queue, &byte, 1), EIDRM);
}

/* The file keeps the queues while it is open, and their descriptors do not. */
CASE(lazy_umount)
{
	const char *folder;
	int fd, msqid, queue;
	dev_t id;

	mounts_own();
	folder = mounts_new(NULL);
	fd = open_file(folder);
	id = id_of(fd);
	msqid = make(fd);
	queue = open_queue_by(fd, msqid);
	CHECK_ERR(umount(folder), EBUSY);
	CHECK_OK(umount2(folder, MNT_DETACH));
	CHECK_ERR(mounts_open(folder, O_RDWR), ENOENT);
	put(fd, msqid, 'b');
	take(fd, msqid, 'b');
	CHECK_INT(write(queue, "c", 1), 1);
	CHECK_INT(mounts_listed(id), 1);
	close(fd);
	await_end(queue);
	close(queue);
	await_unlisted(id);
}

/* A task that waits is in a call, and so has the file open. */
CASE(waiter_and_umount)
{
	const char *folder;
	int fd, msqid, status;
	pid_t pid;

	mounts_own();
	folder = mounts_new(NULL);
	fd = open_file(folder);
	msqid = make(fd);
	pid = CHECK_OK(fork());
	if (!pid) {
		long message[2];

		_exit(raw_rcv(fd, msqid, message, 1, 0, 0, sizeof(long)) == 1 ?
		      0 : 1);
	}
	wait_asleep(pid);
	CHECK_OK(umount2(folder, MNT_DETACH));
	put(fd, msqid, 'd');
	CHECK_OK(waitpid(pid, &status, 0));
	CHECK_INT(status, 0);
}

/* The last file is closed by a waiter that is killed. */
CASE(killed_waiter)
{
	const char *folder;
	int fd, msqid, queue;
	dev_t id;
	pid_t pid;

	mounts_own();
	folder = mounts_new(NULL);
	fd = open_file(folder);
	id = id_of(fd);
	msqid = make(fd);
	queue = open_queue_by(fd, msqid);
	pid = CHECK_OK(fork());
	if (!pid) {
		long message[2];

		close(queue);
		raw_rcv(fd, msqid, message, 1, 0, 0, sizeof(long));
		_exit(1);
	}
	wait_asleep(pid);
	close(fd);
	CHECK_OK(umount2(folder, MNT_DETACH));
	CHECK_INT(mounts_listed(id), 1);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_OK(waitpid(pid, NULL, 0));
	await_end(queue);
	await_unlisted(id);
}

CASE(bound)
{
	const char *folder, *other;
	char file[128];
	int msqid;

	mounts_own();
	folder = mounts_new(NULL);
	msqid = make(open_file(folder));
	other = mounts_folder();
	CHECK_OK(mount(folder, other, NULL, MS_BIND, NULL));
	snprintf(file, sizeof(file), "%s/" MSGQ_DEVICE_NAME, folder);
	/* As a container gets it: the file alone, in the place of the device. */
	CHECK_OK(mount(file, "/dev/" MSGQ_DEVICE_NAME, NULL, MS_BIND, NULL));
	CHECK_INT(get(open_file(other), KEY, 0), msqid);
	CHECK_INT(get(raw_open(), KEY, 0), msqid);
	CHECK_OK(umount2(folder, MNT_DETACH));
	CHECK_OK(umount2(other, MNT_DETACH));
	CHECK_INT(get(raw_open(), KEY, 0), msqid);
	CHECK_OK(umount2("/dev/" MSGQ_DEVICE_NAME, MNT_DETACH));
	CHECK_ERR(get(raw_open(), KEY, 0), ENOENT);
}

/* A mount and its umount reach a copy of the mounts, if these are shared. */
CASE(propagation)
{
	int begin[2], mounted[2], unmounted[2], fd;
	const char *folder;
	dev_t id;
	char byte;
	pid_t pid;

	mounts_own();
	CHECK_OK(mount(NULL, "/tmp", NULL, MS_SHARED, NULL));
	folder = mounts_folder();
	CHECK_OK(pipe(begin));
	CHECK_OK(pipe(mounted));
	CHECK_OK(pipe(unmounted));
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_OK(unshare(CLONE_NEWNS));
		CHECK_INT(write(begin[1], "", 1), 1);
		CHECK_INT(read(mounted[0], &byte, 1), 1);
		CHECK_OK(get(open_file(folder), KEY, 0));
		CHECK_INT(write(begin[1], "", 1), 1);
		CHECK_INT(read(unmounted[0], &byte, 1), 1);
		CHECK_ERR(mounts_open(folder, O_RDWR), ENOENT);
		_exit(0);
	}
	CHECK_INT(read(begin[0], &byte, 1), 1);
	CHECK_OK(mounts_try(folder, NULL));
	fd = open_file(folder);
	id = id_of(fd);
	make(fd);
	CHECK_INT(write(mounted[1], "", 1), 1);
	CHECK_INT(read(begin[0], &byte, 1), 1);
	close(fd);
	CHECK_OK(umount2(folder, MNT_DETACH));
	CHECK_INT(write(unmounted[1], "", 1), 1);
	child_passed(pid);
	await_unlisted(id);
}

/* It is no place for files, and its file is nothing but a device. */
CASE(nothing_else)
{
	const char *folder;
	char path[128];
	int fd;

	mounts_own();
	folder = mounts_new("mode=0777");
	snprintf(path, sizeof(path), "%s/new", folder);
	CHECK_ERR(open(path, O_CREAT | O_RDWR, 0600), EACCES);
	CHECK_ERR(mkdir(path, 0700), EPERM);
	CHECK_ERR(mknod(path, S_IFCHR | 0600, 0), EPERM);
	snprintf(path, sizeof(path), "%s/" MSGQ_DEVICE_NAME, folder);
	CHECK_ERR(unlink(path), EPERM);
	CHECK_ERR(truncate(path, 4096), EFBIG);
	CHECK_ERR(rename(path, "/tmp/renamed"), EXDEV);
	CHECK_ERR(setxattr(path, "user.name", "a", 1, 0), EOPNOTSUPP);
	CHECK_ERR(execl(path, path, NULL), EACCES);

	fd = CHECK_OK(mounts_open(folder, O_RDWR | O_TRUNC));
	CHECK_ERR(fallocate(fd, 0, 0, 4096), EFBIG);
	CHECK_ERR(read(fd, path, 1), EINVAL);
	CHECK_ERR(write(fd, path, 1), EINVAL);
	CHECK_ERR(ioctl(fd, 0x5401, path), ENOTTY);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_INT(errno, ENODEV);
}

CASE(permission)
{
	const char *folder;
	char path[128];

	mounts_own();
	folder = mounts_new("uid=1000,mode=0600");
	snprintf(path, sizeof(path), "%s/" MSGQ_DEVICE_NAME, folder);
	AS((&(struct identity){ .uid = 1000, .gid = 1000 }))
		make(open_file(folder));
	AS((&(struct identity){ .uid = 1001, .gid = 1001 }))
		CHECK_ERR(mounts_open(folder, O_RDWR), EACCES);
	CHECK_OK(chmod(path, 0666));
	AS((&(struct identity){ .uid = 1001, .gid = 1001 })) {
		CHECK_OK(get(open_file(folder), KEY, 0));
		CHECK_ERR(chmod(path, 0600), EPERM);
	}
}

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_restrict_self	446
#endif

/* Security modules see the file as any other: here one that lets nothing be opened to write. */
CASE(security_modules)
{
	struct { uint64_t handled; } rules = { .handled = 1 << 1 };
	const char *folder;
	int fd;

	mounts_own();
	folder = mounts_new(NULL);
	fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd < 0)
		SKIP("this kernel has no Landlock");
	CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK_OK(syscall(SYS_landlock_restrict_self, fd, 0));
	CHECK_ERR(mounts_open(folder, O_RDWR), EACCES);
	CHECK_OK(mounts_open(folder, O_RDONLY));
}

CASE(holds_the_module)
{
	unsigned int tries = 0;
	const char *folder;

	mounts_own();
	folder = mounts_new(NULL);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	make(open_file(folder));
	CHECK_OK(umount2(folder, MNT_DETACH));
	CHECK_OK(close_range(3, ~0U, 0));
	while (module_unload()) {
		CHECK_INT(errno, EWOULDBLOCK);
		CHECK(++tries < PATIENCE * 100);
		usleep(10000);
	}
	CHECK_ERR(mounts_try(folder, NULL), ENODEV);
	module_load_as_before();
}

static void mount_as_root_of_a_user_ns(int permitted)
{
	const char *folder;
	struct stat file;
	int fd, msqid;

	CHECK_OK(unshare(CLONE_NEWNS));
	CHECK_OK(mount("none", "/tmp", "tmpfs", 0, NULL));
	folder = mounts_folder();
	if (!permitted) {
		CHECK_ERR(mounts_try(folder, NULL), EPERM);
		return;
	}

	CHECK_ERR(mounts_try(folder, "uid=2000"), EINVAL);
	CHECK_ERR(mounts_try(folder, "msgmni=32001"), EPERM);
	CHECK_OK(mounts_try(folder, "uid=5,mode=0666,msgmni=100"));
	fd = open_file(folder);
	CHECK_OK(fstat(fd, &file));
	CHECK_INT(file.st_uid, 5);
	check_options(folder, ",uid=5,gid=0,mode=666,");
	/* Its root rules the queues of others in there. */
	AS((&(struct identity){ .uid = 7, .gid = 7 }))
		CHECK_OK(get(fd, KEY, IPC_CREAT | 0600));
	msqid = CHECK_OK(get(fd, KEY, 0));
	put(fd, msqid, 'e');
	CHECK_OK(raw_ctl(fd, msqid, IPC_RMID, NULL, sizeof(long)));
	CHECK_ERR(remount(folder, "msgmni=32001"), EPERM);
	CHECK_OK(remount(folder, "msgmni=50"));
}

CASE(in_user_ns)
{
	in_user_ns(mount_as_root_of_a_user_ns, 0);
}

static const char *host_folder;
static int host_queue, host_file;

static void be_root_of_a_user_ns(int ignored)
{
	struct msqid_ds state;

	(void)ignored;
	CHECK_ERR(raw_ctl(host_file, host_queue, IPC_STAT, &state, sizeof(long)), EACCES);
	CHECK_ERR(raw_ctl(host_file, host_queue, IPC_RMID, NULL, sizeof(long)), EPERM);
	CHECK_OK(get(host_file, IPC_PRIVATE, 0600));
	/* The options stand there as a remount reads them. */
	check_options(host_folder, ",uid=5,");
}

/* Capabilities count where it was mounted: root of another namespace has none. */
CASE(of_the_host_in_user_ns)
{
	mounts_own();
	host_folder = mounts_new("uid=5");
	host_file = open_file(host_folder);
	host_queue = CHECK_OK(get(host_file, KEY, IPC_CREAT | 0600));
	in_user_ns(be_root_of_a_user_ns, 0);
}

/* The files of the IPC namespace do not show or set what is in a mount. */
CASE(not_in_proc)
{
	int fd, lines = 0, c;
	FILE *list;

	mounts_own();
	fd = open_file(mounts_new("msgmni=7"));
	make(fd);
	list = fopen("/proc/msgq", "re");
	CHECK(list);
	while ((c = getc(list)) != EOF)
		lines += c == '\n';
	fclose(list);
	CHECK_INT(lines, 1);
	AS(NULL) {
		if (!unshare(CLONE_NEWIPC))
			write_text("/proc/sys/msgq/msgmni", "5");
		CHECK_INT(limits_of(fd).msgmni, 7);
	}
}

/* Neither nodev nor a read-only mount keeps a task from its commands. */
CASE(mount_flags)
{
	const char *folder;
	int fd;

	mounts_own();
	folder = mounts_new(NULL);
	CHECK_OK(mount("none", folder, NULL,
		       MS_REMOUNT | MS_BIND | MS_NODEV | MS_RDONLY, NULL));
	CHECK_ERR(mounts_open(folder, O_RDWR), EROFS);
	fd = CHECK_OK(mounts_open(folder, O_RDONLY));
	make(fd);
}

CASE(in_user_ns_with_the_parameter)
{
	module_take_out();
	CHECK_OK(module_load("userns_mount=1"));
	in_user_ns(mount_as_root_of_a_user_ns, 1);
	module_take_out();
	module_load_as_before();
}

#define CHILDREN	4
#define ROUNDS		40

/* Mounts come and go while others use theirs, and list all. */
CASE_SECONDS(many, 60)
{
	pid_t pids[CHILDREN];

	mounts_own();
	for (unsigned int i = 0; i < CHILDREN; i++) {
		pids[i] = CHECK_OK(fork());
		if (pids[i])
			continue;
		for (unsigned int round = 0; round < ROUNDS; round++) {
			const char *folder = mounts_new(NULL);
			int fd = open_file(folder), msqid = make(fd), queue;

			queue = open_queue_by(fd, msqid);
			put(fd, msqid, 'f');
			CHECK_INT(mounts_listed(id_of(fd)), 1);
			close(fd);
			if (round % 2)
				close(queue);
			CHECK_OK(umount(folder));
			if (round % 2 == 0) {
				await_end(queue);
				close(queue);
			}
		}
		_exit(0);
	}
	for (unsigned int i = 0; i < CHILDREN; i++)
		child_passed(pids[i]);
}
