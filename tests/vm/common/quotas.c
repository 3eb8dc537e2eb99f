// SPDX-License-Identifier: MIT
/*
 * quotas.c - limits of users and of instances; see quotas.h
 */
#define _GNU_SOURCE
#include <sys/ioctl.h>

#include "desc_claims.h"
#include "quotas.h"
#include "test.h"

struct msgq_quota quota_of(unsigned int uid, unsigned int flags)
{
	struct msgq_quota quota = { .uid = uid, .flags = flags };

	CHECK_OK(ioctl(the_device(), MSGQ_IOC_QUOTA, &quota));
	return quota;
}

int set_quota(unsigned int uid, unsigned int flags, uint64_t most)
{
	return ioctl(the_device(), MSGQ_IOC_QUOTA, &(struct msgq_quota){
		.uid = uid,
		.flags = flags,
		.queues = most,
		.bytes = most,
		.messages = most,
		.sets = most,
		.semaphores = most,
	});
}
