// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a cache: taken out of service, emptied, its leaks reported.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "cache.h"
#include "cpu_cache.h"
#include "debug.h"
#include "depot.h"
#include "registry.h"
#include "report.h"
#include "slab.h"

void myslab_cache_free_struct(struct myslab_allocator *allocator)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);
	int nid;

	myslab_debug_settle(cache);
	for (nid = 0; nid < nr_node_ids; nid++)
		kfree(cache->node[nid]);
	kfree(cache);
}

static void report_leak(struct myslab_cache *cache, const char *why)
{
	void *first[MYSLAB_LEAKS_SHOWN];
	unsigned long nr = myslab_slab_out(cache, first, MYSLAB_LEAKS_SHOWN);
	unsigned long i;

	nr = myslab_debug_out(cache, first, MYSLAB_LEAKS_SHOWN, nr);
	if (!nr && !why)
		return;
	myslab_report_cache(MYSLAB_LEAK, cache, nr ? first[0] : NULL,
			    "%s, with %lu of its objects out, made by module %s",
			    why ? : "destroyed", nr, cache->self.owner_name);
	myslab_sites_print_leak(&cache->self, nr);
	for (i = 0; i < min_t(unsigned long, nr, MYSLAB_LEAKS_SHOWN); i++) {
		myslab_report_still_out(first[i], cache->size);
		myslab_debug_print_still_out(cache, first[i]);
	}
}

/*
 * Empty a cache that is no longer listed. @why is said where ending it is
 * itself a finding.
 *
 * Context: Process, may sleep; no lock held.
 */
void myslab_cache_end(struct myslab_allocator *allocator, const char *why)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);

	myslab_rcu_finish(cache);
	myslab_debug_end(cache);
	cpus_read_lock();
	myslab_cpu_replace(cache, &myslab_off);
	/* One that is debugged has none, since a grace period or ever. */
	if (cache->leaving)
		synchronize_rcu_expedited();
	myslab_cpu_left(cache);
	cpus_read_unlock();

	cache->max_empty = 0;
	myslab_cache_give_back(cache);
	if (cache->flags & MYSLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	flush_work(&cache->dying_work);
	myslab_slab_destruct_free(cache);

	report_leak(cache, why);
	cache->ctor = NULL;
	cache->dtor = NULL;
}

/* Workers of it that may not have returned yet. */
void myslab_cache_settle(struct myslab_allocator *allocator)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);

	myslab_debug_settle(cache);
	myslab_rcu_finish(cache);
	flush_work(&cache->dying_work);
}

void myslab_cache_forget(struct myslab_allocator *allocator)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);

	myslab_debug_forget(cache);
	myslab_rcu_finish(cache);
	myslab_slab_forget_all(cache);
}

/**
 * myslab_cache_destroy() - Destroy a cache.
 * @cache: What create returned; %NULL or an ERR_PTR: nothing happens.
 *
 * Objects that are still out are reported as a leak; freeing them later is
 * harmless. Deferred frees are waited for, and readers of an RCU-typesafe
 * cache. Afterwards neither constructor nor destructor runs again.
 *
 * Context: Process context, may sleep; not in a shrinker, as reclaim may have
 *	    come from a switch of debugging that this waits for. Nobody else
 *	    uses the cache.
 */
void myslab_cache_destroy(struct myslab_cache *cache)
{
	if (!IS_ERR_OR_NULL(cache))
		myslab_registry_destroy(&myslab_cache_type, &cache->self);
}
EXPORT_SYMBOL_GPL(myslab_cache_destroy);
