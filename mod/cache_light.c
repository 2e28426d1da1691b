// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of a cache that is debugged with the preset light: as fast ones,
 * from the magazines of a side, and an object's state changes with each.
 *
 * Alloc comes here by a bit in gfp_always, free by the owner in the pages,
 * both through exits that the fast paths have anyway. cache->light_cpu and
 * ->light are read with preemption off, which a switch waits for.
 *
 * Of two frees of one object, on whatever CPUs, one brings its state from out
 * to free; the other one finds it free, and nothing is pushed twice. Who pops
 * an object has it, and is the only one to make it out again: of the frees
 * that come before that all are found, of those that come later one is the
 * new owner's. A slab whose object is out stays; that of a stale pointer may
 * go, but not its records, before the section ends that looked at its owner.
 */
#include <linux/string.h>

#include "cache.h"
#include "cache_alloc.h"
#include "cpu_cache.h"
#include "debug.h"
#include "slab.h"

/* More than an object of the kind that magazines hold. */
#define SPECIAL	(GFP_ZONEMASK | __GFP_NOFAIL | __GFP_THISNODE | __GFP_ZERO)

/* Claim this CPU's magazines of the side; preemption is off, and stays so. */
static __always_inline struct myslab_cpu *enter(struct myslab_cache *cache)
{
	struct myslab_cpu *cpu = this_cpu_ptr(READ_ONCE(cache->light_cpu));

	if (!cpu)
		__builtin_unreachable();
	if (unlikely(READ_ONCE(cpu->busy)))
		return NULL;
	WRITE_ONCE(cpu->busy, 1);
	barrier();
	return cpu;
}

static noinline void *zalloc(struct myslab_cache *cache, gfp_t gfp)
{
	void *obj;

	if ((gfp & (SPECIAL & ~__GFP_ZERO)) ||
	    (gfp & cache->gfp_refused & __GFP_ZERO))
		return myslab_alloc_special(cache, gfp & ~MYSLAB_GFP_LIGHT);
	obj = myslab_light_alloc(cache, gfp & ~__GFP_ZERO);
	if (obj)
		memset(obj, 0, cache->size);
	return obj;
}

/* As myslab_cache_alloc(); no sample may be due. */
void *myslab_light_alloc(struct myslab_cache *cache, gfp_t gfp)
{
	struct myslab_cpu *cpu;
	void *obj = NULL;

	if (unlikely(gfp & SPECIAL))
		return zalloc(cache, gfp);
	preempt_disable();
	cpu = enter(cache);
	if (unlikely(!cpu)) {
		preempt_enable();
		return myslab_alloc_slow(cache, gfp);
	}
	if (likely(--cpu->until > 0))
		obj = myslab_cpu_pop(cpu);
	if (likely(obj) && unlikely(!myslab_light_hand_out(cache, obj))) {
		local_dec(&cpu->allocs);
		obj = NULL;
	}
	myslab_cpu_leave(cpu);
	if (unlikely(!obj))
		return myslab_alloc_slow(cache, gfp);
	return obj;
}

int myslab_light_alloc_bulk(struct myslab_cache *cache, gfp_t gfp, size_t nr,
			    void **objs)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		objs[i] = myslab_light_alloc(cache, gfp);
		if (!objs[i]) {
			myslab_cache_free_bulk(cache, i, objs);
			return 0;
		}
	}
	return nr;
}

/* The first of the frees of what is out? No sample, those are counted. */
static __always_inline bool comes_back(struct myslab_cache *cache, void *obj)
{
	struct myslab_record *record = myslab_light_record(cache, obj);

	return cmpxchg(&record->state, MYSLAB_OUT_THERE, MYSLAB_FREED) ==
	       MYSLAB_OUT_THERE;
}

static void free_refused(struct myslab_cache *cache, void *obj)
{
	if (!myslab_debug_free(cache, obj, MYSLAB_FREE_NOW))
		myslab_free_refused(&cache->self, obj);
}

/* Where frees have more to do: see free_special in types.h. */
static noinline void free_special(struct myslab_cache *cache, void *obj)
{
	struct myslab_side *side;
	bool light;

	rcu_read_lock();
	side = myslab_side_find(cache, obj);
	light = side && myslab_side_is_light(side) &&
		__myslab_slab_owns(cache, side->cache.owner, obj) &&
		comes_back(cache, obj);
	if (light) {
		myslab_free_zero(cache, obj);
		myslab_light_put(side, obj);
	}
	rcu_read_unlock();
	if (!light)
		free_refused(cache, obj);
}

/* No room for it, or no magazines; RCU is being read. */
static noinline void free_slow(struct myslab_cache *cache, void *obj)
{
	struct myslab_side *side = myslab_side_find(cache, obj);

	preempt_enable();
	/* In no slab yet, so that it keeps its own, and that the side. */
	myslab_light_put(side, obj);
}

/* Is freed, but no object of the cache's own slabs. */
void myslab_free_elsewhere(struct myslab_cache *cache, void *obj)
{
	struct myslab_cpu *cpu;

	preempt_disable();
	if (unlikely(!__myslab_slab_owns(cache, READ_ONCE(cache->light), obj) ||
		     !comes_back(cache, obj))) {
		preempt_enable();
		if (cache->free_special)
			free_special(cache, obj);
		else
			free_refused(cache, obj);
		return;
	}
	cpu = enter(cache);
	if (likely(cpu)) {
		if (likely(myslab_cpu_push(cpu, obj))) {
			myslab_cpu_leave(cpu);
			return;
		}
		WRITE_ONCE(cpu->busy, 0);
	}
	rcu_read_lock();
	free_slow(cache, obj);
	rcu_read_unlock();
}
