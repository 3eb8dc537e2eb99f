/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_PROC_H
#define SEMSET_PROC_H

#ifdef CONFIG_PROC_FS
int semset_proc_init(void);
void semset_proc_exit(void);
#else
static inline int semset_proc_init(void)
{
	return 0;
}

static inline void semset_proc_exit(void)
{
}
#endif

#endif /* SEMSET_PROC_H */
