/* SPDX-License-Identifier: MIT */
/*
 * module.h - unloading the module and loading it again, for cases that need it
 * with other parameters
 */
#ifndef MODULE_H
#define MODULE_H

#define MODULE_FILE	"/vm/msgq.ko"

/*
 * Execute the program again without the drop-in library, whose descriptor would
 * hold the module.  Call it in a constructor of the program.
 */
void module_alone(const char *program);

/* The system calls: return 0, or -1 and errno. */
int module_unload(void);
int module_load(const char *parameters);

/* Unload it with its device.  The case ends if it cannot be loaded again. */
void module_take_out(void);

/* Load it with the parameters that it was loaded with first. */
void module_load_as_before(void);

#endif /* MODULE_H */
