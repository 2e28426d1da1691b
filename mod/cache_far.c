// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating single objects past the magazines: of one node, or where it is to
 * be known for whom, should the cache be debugged.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/topology.h>

#include "cache.h"
#include "cache_alloc.h"
#include "cache_light.h"
#include "checkers.h"
#include "cpu_cache.h"
#include "report.h"
#include "slab.h"

/* From the slabs of one node: magazines hold what is near, mostly. */
void *myslab_alloc_far(struct myslab_cache *cache, gfp_t gfp, int node,
		       unsigned long caller)
{
	void *obj;

	gfp = myslab_gfp_checked(&cache->self, gfp);
	if (!myslab_take_batch(cache, gfp, node, &obj, 1, caller)) {
		atomic_long_inc(&cache->self.failures);
		return NULL;
	}
	atomic_long_inc(&cache->slow_allocs);
	if (gfp & __GFP_ZERO)
		myslab_kasan_zero(obj, cache->size);
	return obj;
}

/* May this be asked of the cache? Adds to @gfp what it always asks for. */
static bool is_allowed(struct myslab_cache *cache, gfp_t always, gfp_t *gfp)
{
	myslab_might_alloc(*gfp);
	*gfp |= always & ~MYSLAB_GFP_LIGHT;
	return likely(!(*gfp & READ_ONCE(cache->gfp_special))) ||
	       myslab_gfp_allowed(cache, *gfp);
}

/* No magazine of the cache's own has anything, unless this is at a switch. */
static noinline void *alloc_for(struct myslab_cache *cache, gfp_t gfp,
				unsigned long caller)
{
	gfp_t always = READ_ONCE(cache->gfp_always);
	void *obj = NULL;

	if (!is_allowed(cache, always, &gfp))
		return NULL;
	if (always & MYSLAB_GFP_LIGHT)
		obj = myslab_light_try(cache);
	if (!obj)
		return myslab_alloc_far(cache, gfp, numa_mem_id(), caller);
	if (gfp & __GFP_ZERO)
		myslab_kasan_zero(obj, cache->size);
	return obj;
}

/**
 * myslab_cache_alloc_caller() - Allocate one object for who calls a wrapper.
 * @cache: Cache to allocate from.
 * @gfp: As for myslab_cache_alloc().
 * @caller: Where it was called from: _RET_IP_ in the wrapper, or what that was
 *	    given itself. 0: as myslab_cache_alloc().
 *
 * What debugging tells of the object it tells of there, and E asks there.
 *
 * Context: As myslab_cache_alloc().
 * Return: As myslab_cache_alloc().
 */
void *myslab_cache_alloc_caller(struct myslab_cache *cache, gfp_t gfp,
				unsigned long caller)
{
	/* At a switch either value will do. */
	if (likely(READ_ONCE(cache->cpu) != &myslab_off))
		return myslab_cache_alloc(cache, gfp);
	return myslab_checkers_alloc(cache, alloc_for(cache, gfp, caller), gfp);
}
EXPORT_SYMBOL_GPL(myslab_cache_alloc_caller);

/**
 * myslab_cache_alloc_node() - Allocate one object, preferably of one node.
 * @cache: Cache to allocate from.
 * @gfp: As for myslab_cache_alloc(); with __GFP_THISNODE, that node or %NULL.
 * @node: Node, or NUMA_NO_NODE.
 *
 * Context: As myslab_cache_alloc().
 * Return: The object, or %NULL.
 */
void *myslab_cache_alloc_node(struct myslab_cache *cache, gfp_t gfp, int node)
{
	/*
	 * Magazines hold what was near when it came, mostly: where pages ran
	 * out, or the task was moved, it is not. Strict is from the slabs only.
	 */
	if (node == NUMA_NO_NODE ||
	    (node == numa_mem_id() &&
	     (!(gfp & __GFP_THISNODE) || nr_online_nodes == 1)))
		return myslab_cache_alloc(cache, gfp);
	if (unlikely(node < 0 || node >= nr_node_ids)) {
		myslab_report_cache(MYSLAB_BAD_ARGS, cache, NULL,
				    "alloc from node %d, which cannot be",
				    node);
		return NULL;
	}
	if (!node_online(node))
		return (gfp & __GFP_THISNODE) ? NULL :
		       myslab_cache_alloc(cache, gfp);
	if (!is_allowed(cache, READ_ONCE(cache->gfp_always), &gfp))
		return NULL;
	return myslab_checkers_alloc(cache,
				     myslab_alloc_far(cache, gfp, node, 0),
				     gfp);
}
EXPORT_SYMBOL_GPL(myslab_cache_alloc_node);
