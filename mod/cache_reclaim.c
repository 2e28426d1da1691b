// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a cache on its way back: what an interval did not need, what the
 * shrinker asks for, everything on demand.
 */
#include <linux/cpu.h>
#include <linux/export.h>
#include <linux/nodemask.h>
#include <linux/shrinker.h>

#include "cache.h"
#include "cpu_cache.h"
#include "debug.h"
#include "depot.h"
#include "report.h"
#include "slab.h"

/* Everything that is free, from magazines too, back to the pages. */
unsigned long myslab_cache_give_back(struct myslab_cache *cache)
{
	unsigned long pages = 0;
	struct myslab_node *node;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		node = cache->node[nid];
		pages += myslab_depot_flush(cache, &node->depot, ULONG_MAX);
		myslab_depot_free_empty(&node->depot, ULONG_MAX);
	}
	for (nid = 0; nid < nr_node_ids; nid++)
		pages += myslab_slab_release_empty(cache,
						   &cache->node[nid]->lists,
						   ULONG_MAX);
	return pages;
}

/* Above the working set of the last interval, back to the pages. */
static void reap(struct myslab_cache *cache)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		myslab_depot_reap(cache, &cache->node[nid]->depot);
		myslab_slab_reap(cache, &cache->node[nid]->lists);
	}
}

/* A cache that nobody called for a whole interval keeps nothing free. */
void myslab_cache_upkeep(struct myslab_allocator *allocator)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);

	myslab_debug_upkeep(cache);
	if (!atomic_long_read(&allocator->nr_pages))
		return;
	if (myslab_cpu_drain_idle(cache))
		myslab_cache_give_back(cache);
	else
		reap(cache);
}

/*
 * Pages in empty slabs, and those that the depot's objects would fill. Nothing
 * where this reclaim must not run the destructor: it may take client's locks.
 */
unsigned long myslab_cache_reclaimable(struct myslab_allocator *allocator,
				       struct shrink_control *sc)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);
	unsigned long objects = 0, slabs = 0;
	int nid;

	if (cache->dtor && !(sc->gfp_mask & __GFP_FS))
		return 0;
	for (nid = 0; nid < nr_node_ids; nid++) {
		objects += READ_ONCE(cache->node[nid]->depot.nr_objects);
		slabs += READ_ONCE(cache->node[nid]->lists.nr_empty);
	}
	return (slabs + objects / cache->layout.objects) *
	       cache->layout.span.pages + myslab_debug_reclaimable(cache);
}

unsigned long myslab_cache_reclaim(struct myslab_allocator *allocator)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);

	return myslab_cache_give_back(cache) + myslab_debug_reclaim(cache);
}

/**
 * myslab_cache_shrink() - Give back all memory that holds no client's object.
 * @cache: Cache to shrink.
 *
 * Context: Process context, may sleep; for a grace period if the cache is
 *	    RCU-typesafe.
 * Return: Pages given back.
 */
unsigned long myslab_cache_shrink(struct myslab_cache *cache)
{
	unsigned long pages;

	might_sleep();
	cpus_read_lock();
	if (!myslab_is_live(&cache->self)) {
		cpus_read_unlock();
		myslab_report_cache(MYSLAB_USE_AFTER_FREE, cache, NULL,
				    "shrink of a cache that was destroyed");
		return 0;
	}
	myslab_cpu_drain_all(cache);
	myslab_light_drain(cache);
	cpus_read_unlock();
	pages = myslab_cache_give_back(cache) + myslab_debug_shrink(cache);
	if (cache->flags & MYSLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	flush_work(&cache->dying_work);
	return pages;
}
EXPORT_SYMBOL_GPL(myslab_cache_shrink);
