// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing single objects.
 *
 * The fast paths are myslab_cache_alloc() and myslab_cache_free(); what they
 * do not do themselves has a name and stands above them, what fails their
 * checks is judged in owner.c.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache.h"
#include "cache_alloc.h"
#include "cache_light.h"
#include "checkers.h"
#include "cpu_cache.h"
#include "debug.h"
#include "report.h"
#include "slab.h"

static void report_dead(struct myslab_cache *cache)
{
	myslab_report_cache(MYSLAB_USE_AFTER_FREE, cache, NULL,
			    "alloc from a cache that was destroyed");
}

/*
 * Up to @want constructed objects from the slabs of a node, at least one
 * unless memory or a constructor failed. @caller: who they are for, or 0.
 */
unsigned int myslab_take_batch(struct myslab_cache *cache, gfp_t gfp, int nid,
			       void **objs, unsigned int want,
			       unsigned long caller)
{
	unsigned int nr;

	/* Switched off since it was added. */
	gfp &= ~MYSLAB_GFP_LIGHT;
	if (!myslab_is_live(cache->allocator)) {
		report_dead(cache);
		return 0;
	}
	if (unlikely(READ_ONCE(cache->debug))) {
		int taken = myslab_debug_take(cache, gfp, nid, objs,
					      caller);

		if (taken != MYSLAB_ORDINARY)
			return taken;
		want = 1;	/* no magazine would keep the rest */
	}
	nr = myslab_slab_get(cache, gfp, nid, objs, want);
	return myslab_slab_construct(cache, gfp, objs, nr);
}

/* One object from the slabs of this node, and a stock for the next calls. */
static void *alloc_from_slabs(struct myslab_cache *cache, gfp_t gfp)
{
	void *objs[MYSLAB_MAX_BATCH];
	unsigned int nr, kept;

	nr = myslab_take_batch(cache, gfp, numa_mem_id(), objs, cache->batch,
			       0);
	if (!nr)
		return NULL;
	atomic_long_inc(&cache->slow_allocs);
	if (nr == 1)
		return objs[0];

	kept = myslab_cpu_fill(cache, objs + 1, nr - 1);
	if (kept < nr - 1 && myslab_cpu_add_magazine(cache))
		kept += myslab_cpu_fill(cache, objs + 1, nr - 1 - kept);
	if (kept < nr - 1)
		myslab_slab_put(cache, objs + 1, nr - 1 - kept);
	return objs[0];
}

noinline void *myslab_alloc_slow(struct myslab_cache *cache, gfp_t gfp)
{
	void *obj;

	gfp = myslab_gfp_checked(&cache->self, gfp);
	obj = myslab_cpu_alloc_slow(cache);
	if (!obj)
		obj = alloc_from_slabs(cache, gfp);
	if (unlikely(!obj))
		atomic_long_inc(&cache->self.failures);
	return obj;
}

/* The gfp asks for more than an object of the kind that magazines hold. */
noinline void *myslab_alloc_special(struct myslab_cache *cache, gfp_t gfp)
{
	struct myslab_cpu *cpu;
	void *obj = NULL;

	if (unlikely(gfp & (cache->gfp_refused | __GFP_NOFAIL)) &&
	    !myslab_gfp_allowed(cache, gfp))
		return NULL;
	if ((gfp & __GFP_THISNODE) && nr_online_nodes > 1)
		return myslab_alloc_far(cache, gfp, numa_mem_id(), 0);
	cpu = myslab_cpu_enter(cache);
	if (likely(cpu)) {
		obj = myslab_cpu_pop(cpu);
		myslab_cpu_leave(cpu);
	}
	if (unlikely(!obj))
		obj = myslab_alloc_slow(cache, gfp);
	if (likely(obj) && (gfp & __GFP_ZERO))
		myslab_kasan_zero(obj, cache->size);
	return obj;
}

static __always_inline void *alloc(struct myslab_cache *cache, gfp_t gfp)
{
	struct myslab_cpu *cpu;
	gfp_t special;
	void *obj;

	myslab_might_alloc(gfp);
	/* At a switch either value will do. */
	gfp |= data_race(cache->gfp_always);
	/* The same. */
	special = gfp & data_race(cache->gfp_special);
	if (unlikely(special)) {
		if (likely(special == MYSLAB_GFP_LIGHT))
			return myslab_light_alloc(cache, gfp);
		if (special & MYSLAB_GFP_LIGHT)
			return myslab_light_alloc_special(cache, gfp);
		return myslab_alloc_special(cache, gfp);
	}

	cpu = myslab_cpu_enter(cache);
	if (unlikely(!cpu))
		return myslab_alloc_slow(cache, gfp);
	obj = myslab_cpu_pop(cpu);
	if (unlikely(!obj)) {
		myslab_cpu_leave(cpu);
		return myslab_alloc_slow(cache, gfp);
	}
	myslab_cpu_leave(cpu);
	return obj;
}

/**
 * myslab_cache_alloc() - Allocate one object.
 * @cache: Cache to allocate from.
 * @gfp: Whether the call may sleep, and zones; __GFP_ZERO needs a cache
 *	 without constructor.
 *
 * The object is in the state its constructor left it in, or in the state in
 * which it was last freed.
 *
 * Context: Any context except NMI. Sleeps only if @gfp allows it.
 * Return: The object, or %NULL if no page could be had, the constructor
 *	   failed, or @gfp was refused.
 */
void *myslab_cache_alloc(struct myslab_cache *cache, gfp_t gfp)
{
	return myslab_checkers_alloc(cache, alloc(cache, gfp), gfp);
}
EXPORT_SYMBOL_GPL(myslab_cache_alloc);

/**
 * myslab_cache_try_alloc() - Allocate one object, from any context.
 * @cache: Cache to allocate from.
 *
 * Context: Any, NMI too. Never sleeps, never waits for a lock.
 * Return: The object, or %NULL: there may be objects all the same.
 */
void *myslab_cache_try_alloc(struct myslab_cache *cache)
{
	void *obj = myslab_cpu_alloc_slow(cache);

	if (!obj && READ_ONCE(cache->debug))
		obj = myslab_debug_try_take(cache);
	if (unlikely(!obj && !myslab_is_live(&cache->self)))
		report_dead(cache);
	if (obj && (READ_ONCE(cache->gfp_always) & __GFP_ZERO))
		myslab_kasan_zero(obj, cache->size);
	return myslab_checkers_alloc(cache, obj, GFP_NOWAIT | __GFP_NOWARN);
}
EXPORT_SYMBOL_GPL(myslab_cache_try_alloc);

/* Straight to its slab. */
static void free_to_slab(struct myslab_cache *cache, void *obj)
{
	atomic_long_inc(&cache->slow_frees);
	myslab_slab_put(cache, &obj, 1);
}

static void condemn_twice_freed(struct myslab_cache *cache, void *obj)
{
	myslab_slab_condemn(cache, obj);
	myslab_report_with(MYSLAB_DOUBLE_FREE, &cache->self, obj,
			   &myslab_undebugged,
			   "was freed just before, on this CPU");
}

static noinline void free_slow(struct myslab_cache *cache, void *obj)
{
	switch (myslab_cpu_free_slow(cache, obj)) {
	case MYSLAB_PUSHED:
		return;
	case MYSLAB_PUSH_TWICE:
		condemn_twice_freed(cache, obj);
		return;
	default:
		free_to_slab(cache, obj);
	}
}

/*
 * What some machines and settings want of a free: zeroing, and objects of
 * other nodes kept out of the magazines.
 */
static noinline void free_special(struct myslab_cache *cache, void *obj)
{
	myslab_free_zero(cache, obj);
	myslab_checkers_free(cache, obj);
	if (likely(page_to_nid(virt_to_page(obj)) == numa_mem_id()))
		free_slow(cache, obj);
	else
		free_to_slab(cache, obj);
}

/**
 * myslab_cache_free() - Free one object.
 * @cache: Cache it was allocated from.
 * @obj: The object; %NULL: nothing happens. Anything that is not an object of
 *	 @cache is reported and left alone.
 *
 * Context: Any context except NMI. Never sleeps.
 */
void myslab_cache_free(struct myslab_cache *cache, void *obj)
{
	/* Is it ours? As myslab_slab_owns() sees it, in three steps. */
	unsigned long span = (unsigned long)obj - PAGE_OFFSET, owner;
	struct myslab_cpu *cpu;

	if (unlikely(span >= READ_ONCE(myslab_pages_top)))
		return myslab_free_elsewhere(cache, obj);
	span &= cache->base_mask;
	owner = myslab_pages_owner(span);
	if (unlikely(owner != (unsigned long)cache)) {
		/* Looked at anew where no switch can come between. */
		if (likely(owner == data_race(cache->light)))
			return myslab_light_free(cache, span, obj);
		return myslab_free_elsewhere(cache, obj);
	}
	if (unlikely(!myslab_slab_starts(cache, obj)))
		return myslab_free_elsewhere(cache, obj);
	if (unlikely(cache->free_special))
		return free_special(cache, obj);
	myslab_checkers_free(cache, obj);

	cpu = myslab_cpu_enter(cache);
	if (unlikely(!cpu))
		return free_slow(cache, obj);
	if (unlikely(!myslab_cpu_push(cpu, obj))) {
		myslab_cpu_leave(cpu);
		return free_slow(cache, obj);
	}
	myslab_cpu_leave(cpu);
}
EXPORT_SYMBOL_GPL(myslab_cache_free);

static bool try_free_refused(struct myslab_cache *cache, void *obj)
{
	switch (myslab_debug_try_free(cache, obj)) {
	case MYSLAB_TRIED_BUSY:
		return false;
	case MYSLAB_TRIED_NONE:
		myslab_free_refused(&cache->self, obj);
		fallthrough;
	default:
		return true;
	}
}

/**
 * myslab_cache_try_free() - Free one object, from any context.
 * @cache: Cache it was allocated from.
 * @obj: The object, or %NULL.
 *
 * Context: Any, NMI too. Never sleeps, never waits for a lock.
 * Return: true if it was taken, which a refused and reported one counts as;
 *	   false: it is still the caller's, try later; where the kernel was
 *	   booted with init_on_free it may be zeroed by then.
 */
bool myslab_cache_try_free(struct myslab_cache *cache, void *obj)
{
	if (!myslab_slab_owns(cache, obj))
		return try_free_refused(cache, obj);
	myslab_free_zero(cache, obj);
	myslab_checkers_free(cache, obj);
	switch (myslab_cpu_push_slow(cache, obj)) {
	case MYSLAB_PUSHED:
		return true;
	case MYSLAB_PUSH_TWICE:
		condemn_twice_freed(cache, obj);
		return true;
	default:
		/* Out of magazines for good, not just for now. */
		if ((READ_ONCE(cache->debug) ||
		     !myslab_is_live(&cache->self)) &&
		    myslab_slab_try_put(cache, obj))
			return true;
		myslab_checkers_alloc(cache, obj, GFP_NOWAIT | __GFP_NOWARN);
		return false;
	}
}
EXPORT_SYMBOL_GPL(myslab_cache_try_free);
