/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_SYSCTL_H
#define MSGQ_SYSCTL_H

#ifdef CONFIG_SYSCTL
int msgq_sysctl_init(void);
void msgq_sysctl_exit(void);
#else
static inline int msgq_sysctl_init(void)
{
	return 0;
}

static inline void msgq_sysctl_exit(void)
{
}
#endif

#endif /* MSGQ_SYSCTL_H */
