// SPDX-License-Identifier: MIT
/*
 * diff_task.c - the task that makes the calls; see diff.h
 */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "diff.h"
#include "test.h"

#define ALL		(~0ULL)

/* Keep the real and saved uid 0, so that the change can be undone. */
static void set_effective(struct diff_task *task, uint64_t capabilities)
{
	uint64_t effective = capabilities & task->permitted;
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = effective, .permitted = task->permitted },
		{ .effective = effective >> 32,
		  .permitted = task->permitted >> 32 },
	};

	CHECK_OK(syscall(SYS_capset, &header, data));
}

static void read_permitted(struct diff_task *task)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	CHECK_OK(syscall(SYS_capget, &header, data));
	task->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

void diff_become(struct diff_task *task, const struct diff_identity *who)
{
	if (!task->permitted)
		read_permitted(task);
	set_effective(task, ALL);
	CHECK_OK(setgroups(!!who->group, &who->group));
	CHECK_OK(setresgid(-1, who->gid, -1));
	CHECK_OK(setresuid(-1, who->uid, -1));
	set_effective(task, who->capabilities);
	task->who = *who;
}

void diff_become_root(struct diff_task *task)
{
	const struct diff_identity root = { .capabilities = ALL };

	diff_become(task, &root);
}

void diff_draw_identity(struct diff_task *task)
{
	static const uid_t uids[] = { 0, 1000, 1001, 1002 };
	static const gid_t gids[] = { 0, 2001, 2002, 2003 };
	static const uint64_t capabilities[] = {
		0, 0, 0, ALL,
		CAPABILITY(CAP_IPC_OWNER),
		CAPABILITY(CAP_SYS_ADMIN),
		CAPABILITY(CAP_SYS_RESOURCE),
		CAPABILITY(CAP_IPC_OWNER) | CAPABILITY(CAP_SYS_RESOURCE),
		CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER),
		~CAPABILITY(CAP_IPC_OWNER),
		~CAPABILITY(CAP_SYS_ADMIN),
		~CAPABILITY(CAP_SYS_RESOURCE),
	};
	struct fuzz_random *random = &task->world->random;
	struct diff_identity who = {
		.uid = uids[fuzz_below(random, 4)],
		.gid = gids[fuzz_below(random, 4)],
		.group = gids[fuzz_below(random, 4)],
		.capabilities = capabilities[fuzz_below(random, 12)],
	};

	if (fuzz_once_in(random, 3))
		diff_become_root(task);
	else
		diff_become(task, &who);
}
