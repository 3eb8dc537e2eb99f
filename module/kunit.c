// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports for the unit tests in tests/kunit.  This file is linked when they are
 * built (MSGQ_KUNIT=m); without them the module exports nothing.
 */
#include <linux/export.h>

#include <msgq.h>

#include "ipc/exit_notice.h"
#include "ipc/namespace.h"
#include "msg/batch.h"
#include "msg/claim.h"
#include "msg/control.h"
#include "msg/deliver.h"
#include "msg/descriptor.h"
#include "msg/instance.h"
#include "msg/message.h"
#include "msg/queue.h"
#include "msg/receive.h"
#include "msg/remove.h"
#include "msg/rule.h"
#include "msg/send.h"
#include "msg/store.h"
#include "msg/who.h"
#include "sem/apply.h"
#include "sem/match.h"
#include "sem/wait.h"
#include "util/index.h"
#include "device.h"

#define SHOW(name)	EXPORT_SYMBOL_GPL(name)

SHOW(msgq_index_insert);
SHOW(msgq_index_add_beside);
SHOW(msgq_index_erase);
SHOW(msgq_index_lowest);
SHOW(msgq_index_from);
SHOW(msgq_index_next);
SHOW(msgq_index_earliest);

SHOW(msgq_msg_init);
SHOW(msgq_msg_exit);
SHOW(msgq_msg_alloc);
SHOW(msgq_msg_alloc_short);
SHOW(msgq_msg_fill);
SHOW(msgq_user_type);
SHOW(msgq_msg_make);
SHOW(msgq_msg_store);
SHOW(msgq_msg_copy);
SHOW(msgq_msg_free);
SHOW(msgq_msg_free_many);

SHOW(msgq_calls_by_id);
SHOW(msgq_rule_of);

SHOW(msgq_store_index);
SHOW(msgq_store_search);

SHOW(svipc_initial_instance);
#ifdef SVIPC_NAMESPACES
SHOW(svipc_namespaces_given);
#endif
SHOW(svipc_ids_find);
SHOW(svipc_ids_highest);
SHOW(msgq_admit_quota_waiters);

SHOW(msgq_queue_index_unlocking);
SHOW(msgq_queue_put);
SHOW(svipc_permits);
SHOW(svipc_owned);

SHOW(msgq_get);
SHOW(msgq_stat);
SHOW(msgq_set);
SHOW(msgq_remove);
SHOW(msgq_totals);
SHOW(msgq_send);
SHOW(msgq_receive);
SHOW(msgq_open);
SHOW(msgq_send_batch);
SHOW(msgq_receive_batch);
SHOW(msgq_settle);

SHOW(msgq_who);

SHOW(semset_apply);
SHOW(semset_try);
SHOW(semset_pass_begin);
SHOW(semset_pass_end);
SHOW(semset_changed);
SHOW(semset_changed_by);
SHOW(semset_changed_all);
SHOW(semset_count_waiting);
SHOW(semset_wait_begin);
SHOW(semset_wait);
SHOW(semset_wait_end_all);
SHOW(semset_wake);

SHOW(svipc_notices_lock);
SHOW(svipc_notices_pending);
SHOW(svipc_notices_given);
SHOW(svipc_notices_serve);
SHOW(svipc_process_alloc);
SHOW(svipc_process_free);
SHOW(svipc_notice_add);
SHOW(svipc_notice_del);

SHOW(msgq_device_ioctl);
