/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_PROC_H
#define MSGQ_PROC_H

#ifdef CONFIG_PROC_FS
int msgq_proc_init(void);
void msgq_proc_exit(void);
#else
static inline int msgq_proc_init(void)
{
	return 0;
}

static inline void msgq_proc_exit(void)
{
}
#endif

#endif /* MSGQ_PROC_H */
