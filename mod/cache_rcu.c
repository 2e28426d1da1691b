// SPDX-License-Identifier: GPL-2.0
/*
 * Frees that wait for a grace period, without memory of their own: a bit in
 * the slab says that an object is on its way back.
 *
 * Two bitmaps take turns. Calls mark objects in the one that is open; the
 * other is closed and waits for the grace period that began after it was
 * closed. When that is over its objects return to their slabs, and the two
 * change roles by one assignment. So at most one grace period per cache is
 * waited for at any time, however many objects there are.
 *
 * rcu_lock covers the list of slabs that have bits, and the roles. Bits are
 * set under lists->lock too, where it is decided whether an object is back.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/sched.h>

#include "cache.h"
#include "cache_alloc.h"
#include "checkers.h"
#include "debug.h"
#include "report.h"
#include "slab.h"

#define BATCH 16

static unsigned long *open_bits(struct myslab_slab *slab)
{
	return myslab_slab_bits(slab, MYSLAB_DEFERRED + slab->cache->rcu_open);
}

static unsigned long *closed_bits(struct myslab_slab *slab)
{
	return myslab_slab_bits(slab, MYSLAB_DEFERRED + !slab->cache->rcu_open);
}

static void list_slab(struct myslab_slab *slab)
{
	struct myslab_cache *cache = slab->cache;

	lockdep_assert_held(&cache->rcu_lock);
	if (slab->rcu_listed)
		return;
	slab->rcu_next = cache->rcu_slabs;
	cache->rcu_slabs = slab;
	slab->rcu_listed = true;
}

/* Mark an object that is out; true: its grace period must be started. */
static bool mark(struct myslab_slab *slab, unsigned int idx)
{
	struct myslab_cache *cache = slab->cache;
	bool start;

	raw_spin_lock(&cache->rcu_lock);
	set_bit(idx, open_bits(slab));
	list_slab(slab);
	start = !cache->rcu_running;
	if (start) {
		WRITE_ONCE(cache->rcu_running, true);
		cache->rcu_open = !cache->rcu_open;
	}
	raw_spin_unlock(&cache->rcu_lock);
	return start;
}

/**
 * myslab_cache_free_rcu() - Free one object after a grace period.
 * @cache: Cache it was allocated from.
 * @obj: The object; %NULL: nothing happens.
 *
 * Until the grace period is over nothing writes to the object. Cannot fail,
 * needs no memory.
 *
 * Context: Any context except NMI. Never sleeps.
 */
void myslab_cache_free_rcu(struct myslab_cache *cache, void *obj)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	bool twice = true, start = false;
	unsigned long flags;
	unsigned int idx;

	if (unlikely(!myslab_slab_owns(cache, obj))) {
		if (!myslab_debug_free(cache, obj, MYSLAB_FREE_RCU))
			myslab_free_refused(&cache->self, obj);
		return;
	}
	myslab_checkers_known(cache, obj);
	/* An object with a bit is not free, so its slab cannot go. */
	idx = myslab_slab_index(cache, obj);
	lists = myslab_slab_lists_at(cache, obj);
	raw_spin_lock_irqsave(&lists->lock, flags);
	if (likely(myslab_slab_owns(cache, obj))) {
		slab = myslab_slab_of(cache, obj);
		twice = myslab_slab_is_back(slab, idx);
		if (likely(!twice && !myslab_slab_is_condemned(slab, idx)))
			start = mark(slab, idx);
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);

	if (start)
		queue_rcu_work(myslab_wq, &cache->rcu_work);
	if (unlikely(twice))
		myslab_report_with(MYSLAB_DOUBLE_FREE, &cache->self, obj,
				   &myslab_undebugged,
				   "is free, or waiting for a grace period already");
}
EXPORT_SYMBOL_GPL(myslab_cache_free_rcu);

/* The same for an object of a debug side, which the caller has claimed. */
void myslab_rcu_defer(struct myslab_slab *slab, unsigned int idx)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned long flags;
	bool start;

	raw_spin_lock_irqsave(&lists->lock, flags);
	start = mark(slab, idx);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (start)
		queue_rcu_work(myslab_wq, &slab->cache->rcu_work);
}

/*
 * Up to BATCH objects of the first slab whose grace period is over. When there
 * are no more the slab leaves the list, before its last object can leave it.
 */
static unsigned int collect(struct myslab_slab **first, void **objs)
{
	struct myslab_slab *slab = *first;
	struct myslab_cache *cache = slab->cache;
	unsigned int objects = cache->layout.objects;
	unsigned long flags;
	unsigned int idx, nr = 0;

	raw_spin_lock_irqsave(&cache->rcu_lock, flags);
	for_each_set_bit(idx, closed_bits(slab), objects) {
		if (nr == BATCH)
			break;
		clear_bit(idx, closed_bits(slab));
		objs[nr++] = slab->base + (size_t)idx * cache->layout.stride;
	}
	if (bitmap_empty(closed_bits(slab), objects)) {
		*first = slab->rcu_next;
		slab->rcu_next = NULL;
		slab->rcu_listed = false;
		if (!bitmap_empty(open_bits(slab), objects))
			list_slab(slab);
	}
	raw_spin_unlock_irqrestore(&cache->rcu_lock, flags);
	return nr;
}

/* Change roles if there is more to wait for. */
static bool next_period(struct myslab_cache *cache)
{
	unsigned long flags;
	bool again;

	raw_spin_lock_irqsave(&cache->rcu_lock, flags);
	again = cache->rcu_slabs;
	if (again)
		cache->rcu_open = !cache->rcu_open;
	WRITE_ONCE(cache->rcu_running, again);
	raw_spin_unlock_irqrestore(&cache->rcu_lock, flags);
	return again;
}

static void give_back(struct myslab_cache *cache, void **objs,
		      unsigned int nr)
{
	unsigned int i;

	if (myslab_is_side(cache)) {
		myslab_debug_returned(cache, objs, nr);
		return;
	}
	for (i = 0; i < nr; i++) {
		myslab_free_zero(cache, objs[i]);
		myslab_checkers_free(cache, objs[i]);
	}
	atomic_long_add(nr, &cache->slow_frees);
	myslab_slab_put(cache, objs, nr);
}

static void grace_period_over(struct work_struct *work)
{
	struct myslab_cache *cache = container_of(to_rcu_work(work),
						  struct myslab_cache,
						  rcu_work);
	struct myslab_slab *first;
	void *objs[BATCH];
	unsigned int nr;

	raw_spin_lock_irq(&cache->rcu_lock);
	first = cache->rcu_slabs;
	cache->rcu_slabs = NULL;
	raw_spin_unlock_irq(&cache->rcu_lock);

	while (first) {
		nr = collect(&first, objs);
		give_back(cache, objs, nr);
		cond_resched();
	}
	if (next_period(cache))
		queue_rcu_work(myslab_wq, &cache->rcu_work);
}

void myslab_rcu_init(struct myslab_cache *cache)
{
	raw_spin_lock_init(&cache->rcu_lock);
	INIT_RCU_WORK(&cache->rcu_work, grace_period_over);
}

/* Wait until what was deferred is free, and the worker has returned. */
void myslab_rcu_finish(struct myslab_cache *cache)
{
	do {
		flush_rcu_work(&cache->rcu_work);
		cond_resched();
	} while (READ_ONCE(cache->rcu_running));
}
