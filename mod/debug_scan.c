// SPDX-License-Identifier: GPL-2.0
/*
 * What is poisoned is looked at in the background, so that a write after the
 * free is found where nobody allocates, frees or asks: a few slabs a round, and
 * on from there in the next. When all were seen, from the start again.
 *
 * A switch to P starts the rounds, or the upkeep of such a cache does where
 * they were off until then; they end when there is none. So where nobody debugs
 * nothing is run.
 */
#include <linux/jiffies.h>
#include <linux/nodemask.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "debug.h"

/* In a round. */
#define MAX_SLABS	64

unsigned int myslab_scan_ms = 1000;

static void scan(struct work_struct *work);
static DECLARE_DELAYED_WORK(scan_work, scan);
/* Of the rounds until all is seen. */
static u32 pass;

/* Look at up to @left slabs. False: there is nothing that is poisoned. */
static bool scan_cache(struct myslab_cache *cache, unsigned int *left)
{
	struct myslab_slab_lists *lists;
	struct myslab_side *side;
	unsigned long found = 0;
	bool any = false;
	int nid;

	rcu_read_lock();
	hlist_for_each_entry_rcu(side, &cache->sides, link) {
		if (!myslab_side_has(side, MYSLAB_DEBUG_P))
			continue;
		any = true;
		for (nid = 0; nid < nr_node_ids; nid++) {
			lists = &side->cache.node[nid]->lists;
			while (*left &&
			       myslab_debug_look(lists, MYSLAB_BIN_FULL, pass,
						 "by a scan", &found))
				--*left;
		}
	}
	rcu_read_unlock();
	return any;
}

static void scan(struct work_struct *work)
{
	struct myslab_allocator *allocator = NULL;
	unsigned int left = MAX_SLABS;
	bool any = false;

	while ((allocator = myslab_debug_next(allocator))) {
		if (myslab_is_cache(allocator))
			any |= scan_cache(myslab_cache_of(allocator), &left);
		cond_resched();
	}
	if (left)
		pass = myslab_debug_pass();
	if (any)
		myslab_scan_arm();
}

/* There is something to scan. Context: Any. */
void myslab_scan_arm(void)
{
	unsigned int ms = READ_ONCE(myslab_scan_ms);

	if (ms)
		queue_delayed_work(myslab_wq, &scan_work, msecs_to_jiffies(ms));
}

/* No upkeep is left that could start it. */
void myslab_scan_end(void)
{
	cancel_delayed_work_sync(&scan_work);
}
