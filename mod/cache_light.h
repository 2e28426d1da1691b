/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls of a cache that is debugged with the preset light: as fast ones,
 * from the magazines of a side, and an object's state changes with each.
 *
 * Alloc comes here by a bit in gfp_always, free by the owner in the pages,
 * both through exits that the fast paths have anyway, behind which this is
 * inlined: a call of a function would be a twentieth of it. cache->light_cpu
 * and ->light are read with preemption off, which a switch waits for.
 *
 * Of two frees of one object, on whatever CPUs, one brings its state from out
 * to free; the other one finds it free, and nothing is pushed twice. Who pops
 * an object has it, and is the only one to make it out again: of the frees
 * that come before that all are found, of those that come later one is the
 * new owner's. A slab whose object is out stays; that of a stale pointer may
 * go, but not its records, before the section ends that looked at its owner.
 */
#ifndef MYSLAB_CACHE_LIGHT_H
#define MYSLAB_CACHE_LIGHT_H

#include "cache_alloc.h"
#include "cpu_cache.h"
#include "debug.h"
#include "slab.h"

/* myslab_cpu_pop(), but NULL too if a sample is due, or it was withdrawn. */
static __always_inline void *
myslab_light_pop_fast(struct myslab_cache *cache, struct myslab_cpu *cpu)
{
	unsigned int nr = cpu->nr;
	void *obj = cpu->main->slot[nr];

	if (unlikely(--cpu->until < 0) || unlikely(!obj))
		return NULL;
	WRITE_ONCE(cpu->nr, nr - 1);
	if (unlikely(!myslab_light_hand_out(cache, obj)))
		return NULL;
	local_inc(&cpu->allocs);
	return obj;
}

/* As myslab_cache_alloc(), of no special kind. */
static __always_inline void *
myslab_light_alloc(struct myslab_cache *cache, gfp_t gfp)
{
	struct myslab_cpu *cpu;
	void *obj;

	preempt_disable();
	cpu = __myslab_cpu_enter(READ_ONCE(cache->light_cpu));
	if (unlikely(!cpu)) {
		preempt_enable();
		return myslab_alloc_slow(cache, gfp);
	}
	obj = myslab_light_pop_fast(cache, cpu);
	/* Left at two places, or the object is tested once more behind one. */
	if (unlikely(!obj)) {
		myslab_cpu_leave(cpu);
		return myslab_alloc_slow(cache, gfp);
	}
	myslab_cpu_leave(cpu);
	return obj;
}

/* The same, but NULL where that goes on to the slow path. */
static inline void *myslab_light_try(struct myslab_cache *cache)
{
	struct myslab_cpu *cpu;
	void *obj = NULL;

	preempt_disable();
	cpu = __myslab_cpu_enter(READ_ONCE(cache->light_cpu));
	if (likely(cpu)) {
		obj = myslab_light_pop_fast(cache, cpu);
		__myslab_cpu_leave(cpu);
	}
	preempt_enable();
	return obj;
}

/* The first of the frees of what is out? No sample, those are counted. */
static __always_inline bool
myslab_light_comes_back(struct myslab_cache *cache, struct myslab_slab *slab,
			void *obj)
{
	u8 out = MYSLAB_OUT_THERE;

	return try_cmpxchg(&myslab_light_record(cache, slab, obj)->state, &out,
			   MYSLAB_FREED);
}

/*
 * As myslab_cache_free(), of what is no object of the cache's own slabs.
 * @span: Where its slab starts, or did: the page there was of a light side.
 */
static __always_inline void
myslab_light_free(struct myslab_cache *cache, unsigned long span, void *obj)
{
	struct myslab_cpu *cpu;
	unsigned long light;

	preempt_disable();
	/* At a switch, which waits for us, either value will do. */
	light = data_race(cache->light);
	if (unlikely(READ_ONCE(myslab_pages_page(span)->private) != light) ||
	    unlikely(!myslab_slab_starts(cache, obj)) ||
	    unlikely(!myslab_light_comes_back(cache, myslab_slab_at(span),
					      obj))) {
		preempt_enable();
		return myslab_free_elsewhere(cache, obj);
	}
	cpu = __myslab_cpu_enter(READ_ONCE(cache->light_cpu));
	if (unlikely(!cpu))
		return myslab_light_free_slow(cache, obj);
	if (unlikely(!__myslab_cpu_push(cpu, obj, true))) {
		__myslab_cpu_leave(cpu);
		return myslab_light_free_slow(cache, obj);
	}
	myslab_cpu_leave(cpu);
}

#endif
