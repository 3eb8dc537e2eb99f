// SPDX-License-Identifier: MIT
/*
 * module.c - unloading the module and loading it again; see module.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <msgq.h>

#include "module.h"
#include "test.h"

#define PARAMETERS_FILE	"/vm/parameters"

void module_alone(const char *program)
{
	if (!getenv("LD_PRELOAD"))
		return;
	unsetenv("LD_PRELOAD");
	execl("/proc/self/exe", program, NULL);
	perror("/proc/self/exe");
	exit(EXIT_FAILURE);
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "msgq", O_NONBLOCK);
}

int module_load(const char *parameters)
{
	int file = CHECK_OK(open(MODULE_FILE, O_RDONLY | O_CLOEXEC));
	int ret = syscall(SYS_finit_module, file, parameters, 0);
	int error = errno;

	close(file);
	errno = error;
	return ret;
}

void module_take_out(void)
{
	if (access(MODULE_FILE, R_OK))
		SKIP("there is no " MODULE_FILE " to load again");
	CHECK_OK(module_unload());
	CHECK_ERR(access("/dev/" MSGQ_DEVICE_NAME, F_OK), ENOENT);
}

void module_load_as_before(void)
{
	char parameters[256] = "";
	FILE *file = fopen(PARAMETERS_FILE, "re");

	if (file) {
		parameters[fread(parameters, 1, sizeof(parameters) - 1,
				 file)] = '\0';
		fclose(file);
	}
	CHECK_OK(module_load(parameters));
}
