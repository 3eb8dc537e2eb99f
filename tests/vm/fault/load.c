// SPDX-License-Identifier: MIT
/*
 * load.c - memory runs out while the module is loaded: what was set up until
 * then is taken away again, and the module can be loaded later
 *
 * The program is executed again without the drop-in library, whose descriptor
 * would hold the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgq.h>

#include "fault_inject.h"
#include "module.h"
#include "test.h"

/* A load has fewer places that can fail. */
#define PLACES_MAX	(1U << 13)

__attribute__((constructor)) static void alone(void)
{
	module_alone("load");
}

static void check_absent(void)
{
	CHECK_ERR(access("/dev/" MSGQ_DEVICE_NAME, F_OK), ENOENT);
	CHECK_ERR(access("/proc/" MSGQ_DEVICE_NAME, F_OK), ENOENT);
	CHECK_ERR(access("/proc/sys/msgq", F_OK), ENOENT);
}

/* Load it with a failure at a place; returns true if that was reached. */
static bool load(int file, const char *parameters, unsigned int nth, int *error)
{
	inject_arm(nth);
	*error = syscall(SYS_finit_module, file, parameters, 0) ? errno : 0;
	return inject_disarm();
}

/*
 * The kernel's own part in a load comes first, and is not our concern.  Its last
 * place is the last one in a load that the module refuses at once.
 */
static unsigned int last_before_module(int file)
{
	unsigned int reached = 0, beyond = PLACES_MAX;

	while (beyond - reached > 1) {
		unsigned int nth = reached + (beyond - reached) / 2;
		int error;

		if (load(file, "msgmax=-1", nth, &error)) {
			reached = nth;
		} else {
			CHECK_INT(error, EINVAL);
			beyond = nth;
		}
	}
	return reached;
}

/*
 * Load the module again and again, each time with a failure at the next place.
 * Some failures are of no account, and it is loaded all the same.
 */
static void fail_each_place(int file)
{
	unsigned int first, nth, loaded = 0;
	bool injected;
	int error;

	CHECK(inject_prepare(INJECT_ALL));
	first = last_before_module(file);
	nth = first;
	do {
		CHECK(nth < PLACES_MAX);
		injected = load(file, "", ++nth, &error);
		if (!error) {
			loaded++;
			CHECK_OK(module_unload());
		} else if (!injected || error != ENOMEM) {
			FAIL("place %u: expected ENOMEM, got %s", nth,
			     strerrorname_np(error));
		}
		check_absent();
	} while (injected);
	printf("# tried %u places behind %u, loaded %u times\n",
	       nth - first - 1, first, loaded);
}

CASE_SECONDS(memory_runs_out, 100)
{
	int file, status;
	pid_t child;

	DEVICE_ONLY();
	if (!inject_prepare(INJECT_ALL))
		SKIP("the kernel has no fault injection");
	module_take_out();
	file = CHECK_OK(open(MODULE_FILE, O_RDONLY | O_CLOEXEC));

	/* Other programs need the module, whatever happens. */
	child = CHECK_OK(fork());
	if (!child) {
		fail_each_place(file);
		fflush(stdout);
		_exit(0);
	}
	CHECK_OK(waitpid(child, &status, 0));
	module_unload();
	module_load_as_before();
	CHECK_INT(status, 0);
	CHECK_OK(access("/dev/" MSGQ_DEVICE_NAME, F_OK));
}

CASE_SECONDS(nothing_leaked, 60)
{
	DEVICE_ONLY();
	leaks_check();
}
