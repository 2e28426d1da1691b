// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of sides on its way back, as the cache's own goes: on demand, for the
 * shrinker, at the end of an interval. What is held back goes too.
 */
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/rculist.h>
#include <linux/workqueue.h>

#include "debug.h"

static unsigned long empty_all(struct myslab_cache *cache)
{
	struct myslab_side *side;
	unsigned long pages = 0;

	lockdep_assert_held(&myslab_sides_lock);
	hlist_for_each_entry(side, &cache->sides, link) {
		pages += myslab_side_release_held(side);
		pages += myslab_side_give_back(side);
	}
	return pages;
}

/* What was freed until now, and only waits for those. */
static void wait_for_readers(struct myslab_cache *cache)
{
	struct myslab_side *side;

	if (!(cache->flags & MYSLAB_TYPESAFE_BY_RCU))
		return;
	side = myslab_side_enter(cache);
	if (!side)
		return;
	/* The period under way, and that of what came since it began. */
	flush_rcu_work(&side->cache.rcu_work);
	flush_rcu_work(&side->cache.rcu_work);
	myslab_side_leave(side);
}

unsigned long myslab_debug_shrink(struct myslab_cache *cache)
{
	unsigned long pages;

	if (hlist_empty(&cache->sides))
		return 0;
	wait_for_readers(cache);
	mutex_lock(&myslab_sides_lock);
	pages = empty_all(cache);
	mutex_unlock(&myslab_sides_lock);
	myslab_sides_reap(cache);
	return pages;
}

/* The holder of the lock may itself wait for RCU: not here. */
unsigned long myslab_debug_reclaim(struct myslab_cache *cache)
{
	unsigned long pages;

	if (hlist_empty(&cache->sides) || !mutex_trylock(&myslab_sides_lock))
		return 0;
	pages = empty_all(cache);
	mutex_unlock(&myslab_sides_lock);
	return pages;
}

/* Pages in empty slabs, and those that held objects would fill. */
unsigned long myslab_debug_reclaimable(struct myslab_cache *cache)
{
	struct myslab_side *side;
	unsigned long pages = 0, slabs, held;
	struct myslab_node *node;
	int nid;

	rcu_read_lock();
	hlist_for_each_entry_rcu(side, &cache->sides, link) {
		held = READ_ONCE(side->held.nr);
		slabs = 0;
		for (nid = 0; nid < nr_node_ids; nid++) {
			node = side->cache.node[nid];
			held += READ_ONCE(node->depot.nr_objects);
			slabs += READ_ONCE(node->lists.nr_empty);
		}
		slabs += held / side->cache.layout.objects;
		pages += slabs * side->cache.layout.span.pages;
	}
	rcu_read_unlock();
	return pages;
}

/* Did nobody use the cache for an interval? */
static bool is_idle(struct myslab_side *side)
{
	/* Not its checks: the scan makes some. */
	long now = atomic_long_read(&side->parent->slow_allocs) +
		   atomic_long_read(&side->parent->slow_frees);
	bool idle = now == side->seen;

	side->seen = now;
	return idle;
}

void myslab_debug_upkeep(struct myslab_cache *cache)
{
	struct myslab_side *side;
	int nid;

	if (hlist_empty(&cache->sides))
		return;
	mutex_lock(&myslab_sides_lock);
	hlist_for_each_entry(side, &cache->sides, link) {
		if (myslab_side_has(side, MYSLAB_DEBUG_P))
			myslab_scan_arm();
		myslab_light_upkeep(side);
		if (is_idle(side))
			myslab_side_release_held(side);
		myslab_debug_look_last(side);
		for (nid = 0; nid < nr_node_ids; nid++)
			myslab_slab_reap(&side->cache,
					 &side->cache.node[nid]->lists);
	}
	mutex_unlock(&myslab_sides_lock);
	myslab_sides_reap(cache);
}
