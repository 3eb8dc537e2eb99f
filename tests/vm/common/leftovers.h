/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h - what a case may leave behind: queues and changed limits
 */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

/* Before a case: note the queues that there are, and the limits. */
void leftovers_note(void);

/* After it: remove the queues it left, restore the limits; how many queues. */
int leftovers_clear(void);

#endif /* LEFTOVERS_H */
