// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits under /proc/sys/msgq, and the identifier of the next queue.
 *
 * Locks: none.  A limit is one int, written at any time and read with
 * READ_ONCE() by those whom it bounds.
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/sysctl.h>

#include <asm/barrier.h>

#include "compat/sysctl.h"
#include "deliver.h"
#include "ns.h"
#include "sysctl.h"

static int mni_max = SVIPC_MNI_MAX;

static struct ctl_table_header *header;

/* A higher msgtql lets senders go on that wait for it. */
static int write_msgtql(msgq_const_table struct ctl_table *table, int write,
			void *buffer, size_t *lenp, loff_t *ppos)
{
	int err = proc_dointvec_minmax(table, write, buffer, lenp, ppos);

	if (!err && write) {
		/* A sender either sees the new limit or is seen here. */
		smp_mb();
		msgq_quota_wake(msgq_ns_of_caller());
	}
	return err;
}

/*
 * Linux opens its file for those who may restore, root or not.  A module can
 * only say who may not: root opens this one, lest somebody else has a stronger
 * program write to it, and needs the capability to write.
 */
static int write_next_id(msgq_const_table struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	struct msgq_ns *ns = msgq_ns_of_caller();

	if (write && !checkpoint_restore_ns_capable(ns->ids.instance->user_ns))
		return -EPERM;

	return proc_dointvec_minmax(table, write, buffer, lenp, ppos);
}

static struct ctl_table table[] = {
	{
		.procname = "msgmax",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_INT_MAX,
	},
	{
		.procname = "msgmnb",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_INT_MAX,
	},
	{
		.procname = "msgmni",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = proc_dointvec_minmax,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &mni_max,
	},
	{
		.procname = "msgtql",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = write_msgtql,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_INT_MAX,
	},
	{
		.procname = "msg_next_id",
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = write_next_id,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_INT_MAX,
	},
	MSGQ_TABLE_END
};

/**
 * msgq_sysctl_init() - show the limits, and what goes with them
 *
 * Context: while the module is loaded, after msgq_ns_init().
 * Return: 0, or -ENOMEM.
 */
int msgq_sysctl_init(void)
{
	struct msgq_ns *ns = msgq_ns_of_caller();
	struct msgq_limits *limits = &ns->limits;

	table[0].data = &limits->msgmax;
	table[1].data = &limits->msgmnb;
	table[2].data = &limits->msgmni;
	table[3].data = &limits->msgtql;
	table[4].data = &ns->ids.next_id;
	header = register_sysctl("msgq", table);
	return header ? 0 : -ENOMEM;
}

/**
 * msgq_sysctl_exit() - show them no more
 *
 * Context: while the module is unloaded, before msgq_ns_exit().
 */
void msgq_sysctl_exit(void)
{
	unregister_sysctl_table(header);
}
