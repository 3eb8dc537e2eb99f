/* SPDX-License-Identifier: MIT */
/*
 * leftovers.h - objects and changed limits that a case may leave behind
 */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

/* Before a case: record the objects and the limits. */
void leftovers_note(void);

/* After it: remove the objects it left, restore limits; returns their number. */
int leftovers_clear(void);

#endif /* LEFTOVERS_H */
