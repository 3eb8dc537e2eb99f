/* SPDX-License-Identifier: MIT */
/*
 * module.h - the module taken out of the kernel and loaded again, for cases
 * that want it with other parameters
 */
#ifndef MODULE_H
#define MODULE_H

/*
 * The drop-in library's descriptor would hold the module: execute the program
 * anew without it.  For a constructor of the program.
 */
void module_alone(const char *program);

/* The system calls: 0; or -1 and errno. */
int module_unload(void);
int module_load(const char *parameters);

/* Unload it, so that its device is gone.  The case ends where it cannot be loaded again. */
void module_take_out(void);

/* Load it with the parameters that it was loaded with first. */
void module_load_as_before(void);

#endif /* MODULE_H */
