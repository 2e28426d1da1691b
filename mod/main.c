// SPDX-License-Identifier: GPL-2.0
/*
 * The module: parameters, start, end, and other modules' ends.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/workqueue.h>

#include <myslab/debug.h>

#include "caller.h"
#include "compat.h"
#include "cpu_cache.h"
#include "debug.h"
#include "debug_guard.h"
#include "heap.h"
#include "proc.h"
#include "reclaim.h"
#include "registry.h"
#include "report.h"
#include "types.h"

struct workqueue_struct *myslab_wq;

module_param_named(panic_on_bug, myslab_panic_on_bug, bool, 0644);
MODULE_PARM_DESC(panic_on_bug, "Panic after the first finding (default: no)");
module_param_named(interval_ms, myslab_interval_ms, uint, 0644);
MODULE_PARM_DESC(interval_ms, "Milliseconds after which unused memory is given back (default: 4000)");
module_param_named(heap_canaries, myslab_heap_canaries, bool, 0644);
MODULE_PARM_DESC(heap_canaries, "Guard the blocks of heaps created from now on (default: no)");

module_param_named(scan_ms, myslab_scan_ms, uint, 0644);
MODULE_PARM_DESC(scan_ms, "Milliseconds between looks at poisoned objects, with debug letter P; 0: none (default: 1000)");
module_param_named(guard_pages, myslab_guard_slots, uint, 0444);
MODULE_PARM_DESC(guard_pages, "Objects that are guarded at a time, with debug letter G (default: 256)");

/* The kernel's names, and what it means by them. */
module_param_named(fail_probability, myslab_fail.probability, uint, 0644);
MODULE_PARM_DESC(fail_probability, "Percent that fail of those whose turn it is, with debug letter E (default: 100)");
module_param_named(fail_times, myslab_fail.times, int, 0644);
MODULE_PARM_DESC(fail_times, "How many fail yet, with E; -1: no limit (default)");
module_param_named(fail_nth, myslab_fail.nth, int, 0644);
MODULE_PARM_DESC(fail_nth, "Count down to 0 with each call, and fail that one, with E; 0: no (default)");
module_param_named(fail_task_filter, myslab_fail.task, int, 0644);
MODULE_PARM_DESC(fail_task_filter, "Process whose calls alone fail, with E; 0: all (default)");
module_param_named(fail_min_size, myslab_fail.min_size, ulong, 0644);
MODULE_PARM_DESC(fail_min_size, "Bytes below which no call fails, with E (default: 0)");
module_param_named(fail_max_size, myslab_fail.max_size, ulong, 0644);
MODULE_PARM_DESC(fail_max_size, "Bytes above which no call fails, with E; 0: no limit (default)");
module_param_named(fail_require_start, myslab_fail.require_start, ulong, 0600);
MODULE_PARM_DESC(fail_require_start, "Code that a call must come through to fail, with E");
module_param_named(fail_require_end, myslab_fail.require_end, ulong, 0600);
MODULE_PARM_DESC(fail_require_end, "Where that ends; 0: nowhere (default)");
module_param_named(fail_reject_start, myslab_fail.reject_start, ulong, 0600);
MODULE_PARM_DESC(fail_reject_start, "Code that no failing call may come through, with E");
module_param_named(fail_reject_end, myslab_fail.reject_end, ulong, 0600);
MODULE_PARM_DESC(fail_reject_end, "Where that ends; 0: there is none (default)");
module_param_named(fail_space, myslab_fail.space, ulong, 0644);
MODULE_PARM_DESC(fail_space, "Bytes that are had before any call fails, with E (default: 0)");
module_param_named(fail_stack, myslab_fail.stack, bool, 0644);
MODULE_PARM_DESC(fail_stack, "Each call stack fails once, with E (default: no)");
module_param_named(fail_seed, myslab_fail.seed, uint, 0644);
MODULE_PARM_DESC(fail_seed, "What the draw by probability comes from, with E (default: 0)");

static char *debug;
module_param(debug, charp, 0400);
MODULE_PARM_DESC(debug, "What to debug from the start, as /proc/myslab/debug takes it");

/*
 * Called after the module's init function, and after its exit function, before
 * the code of either is gone.
 */
static int module_event(struct notifier_block *nb, unsigned long state,
			void *data)
{
	if (state == MODULE_STATE_LIVE) {
		myslab_track_module_loaded(data);
		myslab_sites_module_loaded(data);
	}
	if (state == MODULE_STATE_GOING) {
		myslab_registry_end_all(data);
		myslab_track_module_gone(data);
		myslab_sites_module_gone(data);
	}
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

static int __init myslab_init(void)
{
	int err;

	myslab_caller_init();
	myslab_cpu_init();
	err = myslab_debug_init(debug);
	if (err)
		return err;
	myslab_wq = alloc_workqueue("myslab", WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	if (!myslab_wq) {
		err = -ENOMEM;
		goto err_guard_end;
	}
	err = myslab_reclaim_init();
	if (err)
		goto err_destroy_wq;
	err = register_module_notifier(&module_notifier);
	if (err)
		goto err_reclaim_exit;
	err = myslab_proc_init();
	if (err)
		goto err_unregister;
	return 0;

err_unregister:
	unregister_module_notifier(&module_notifier);
err_reclaim_exit:
	myslab_reclaim_exit();
err_destroy_wq:
	destroy_workqueue(myslab_wq);
err_guard_end:
	myslab_guard_end();
	return err;
}

/* No client is left: each of them holds a reference through our symbols. */
static void __exit myslab_exit(void)
{
	myslab_proc_exit();
	unregister_module_notifier(&module_notifier);
	myslab_reclaim_exit();
	myslab_scan_end();
	myslab_registry_end_all(NULL);
	myslab_registry_bury_all();
	myslab_guard_end();
	destroy_workqueue(myslab_wq);
}

module_init(myslab_init);
module_exit(myslab_exit);

MODULE_DESCRIPTION("Slab caches, arenas, pools and heaps for other modules");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
