// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing many objects at once: magazines are copied whole,
 * and one claim serves as many objects as they hold.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/nodemask.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache.h"
#include "cache_alloc.h"
#include "checkers.h"
#include "cpu_cache.h"
#include "debug.h"
#include "slab.h"

/* Copy the top of main out. */
static unsigned int pop_many(struct myslab_cpu *cpu, void **objs,
			     unsigned int want)
{
	unsigned int nr = min(want, cpu->nr);

	memcpy(objs, &cpu->main->slot[cpu->nr - nr + 1], nr * sizeof(*objs));
	WRITE_ONCE(cpu->nr, cpu->nr - nr);
	local_add(nr, &cpu->allocs);
	return nr;
}

/* What magazines have, up to @want. */
static size_t take_cached(struct myslab_cache *cache, void **objs, size_t want)
{
	struct myslab_cpu *cpu = myslab_cpu_enter(cache);
	size_t nr = 0;

	if (!cpu)
		return 0;
	while (nr < want && (cpu->nr || myslab_cpu_refill(cache, cpu)))
		nr += pop_many(cpu, objs + nr,
			       min_t(size_t, want - nr, UINT_MAX));
	myslab_cpu_leave(cpu);
	return nr;
}

/* What slabs have, up to @want. */
static size_t take_from_slabs(struct myslab_cache *cache, gfp_t gfp,
			      void **objs, size_t want)
{
	size_t nr = 0;
	unsigned int got;

	while (nr < want) {
		got = myslab_take_batch(cache, gfp, numa_mem_id(), objs + nr,
					min_t(size_t, want - nr, 256), 0);
		if (!got)
			break;
		nr += got;
	}
	atomic_long_add(nr, &cache->slow_allocs);
	return nr;
}

/**
 * myslab_cache_alloc_bulk() - Allocate many objects.
 * @cache: Cache to allocate from.
 * @gfp: As for myslab_cache_alloc().
 * @nr: How many.
 * @objs: Where they are put.
 *
 * Context: As myslab_cache_alloc().
 * Return: @nr, or 0 and nothing is taken.
 */
int myslab_cache_alloc_bulk(struct myslab_cache *cache, gfp_t gfp, size_t nr,
			    void **objs)
{
	size_t got, i;

	myslab_might_alloc(gfp);
	/* At a switch either value will do. */
	gfp |= data_race(cache->gfp_always);
	/* The same. */
	if (unlikely(gfp & data_race(cache->gfp_special))) {
		if (gfp & MYSLAB_GFP_LIGHT)
			return myslab_light_alloc_bulk(cache, gfp, nr, objs);
		if (!myslab_gfp_allowed(cache, gfp))
			return 0;
	}

	got = 0;
	if (!(gfp & __GFP_THISNODE) || nr_online_nodes == 1)
		got = take_cached(cache, objs, nr);
	if (got < nr) {
		gfp = myslab_gfp_checked(&cache->self, gfp);
		got += take_from_slabs(cache, gfp, objs + got, nr - got);
	}
	for (i = 0; MYSLAB_CHECKERS && i < got; i++)
		myslab_checkers_alloc(cache, objs[i], gfp);
	if (unlikely(got < nr)) {
		myslab_cache_free_bulk(cache, got, objs);
		atomic_long_inc(&cache->self.failures);
		return 0;
	}
	if (gfp & __GFP_ZERO)
		for (i = 0; i < nr; i++)
			memset(objs[i], 0, cache->size);
	return nr;
}
EXPORT_SYMBOL_GPL(myslab_cache_alloc_bulk);

/*
 * Of both arrays, what follows is given by the end and minus the number of what
 * is left: counting up to 0 takes no comparison.
 *
 * Push objects that follow @obj in its slab, one after the other; at most
 * -@left of them are in the slab, and as they are where objects are, they are
 * good.
 */
static __always_inline long push_run(void **slot, void **objs, long left,
				     void *obj, u32 stride)
{
	for (; left; left++) {
		obj += stride;
		if (objs[left] != obj)
			break;
		slot[left + 1] = obj;
	}
	return left;
}

/*
 * Push what is good on main, while there is room. That an object is in the slab
 * of the one before it would take as long to see as to prove it anew; that it
 * comes next there is seen at once.
 */
static size_t push_main(struct myslab_cache *cache, struct myslab_cpu *cpu,
			void **objs, size_t nr)
{
	const u32 stride = cache->layout.stride;
	void **slot = &cpu->main->slot[cpu->nr];
	long left, run;

	nr = min_t(size_t, nr, cpu->capacity - cpu->nr);
	slot += nr;
	objs += nr;
	for (left = -nr; left;) {
		void *obj = objs[left];
		u32 idx = myslab_layout_index((unsigned long)obj &
					      cache->span_mask,
					      cache->inverse, cache->shift);

		if (unlikely(obj == slot[left]) ||
		    unlikely(idx >= cache->objects) ||
		    unlikely(!myslab_slab_is_of(cache, (unsigned long)cache,
						obj)))
			break;
		slot[++left] = obj;
		if (left && objs[left] == obj + stride) {
			run = max_t(long, left, (long)idx + 1 - cache->objects);
			left += push_run(slot + left - run, objs + left - run,
					 run, obj, stride) - run;
		}
	}
	nr += left;
	for (run = nr; MYSLAB_CHECKERS && run; run--)
		myslab_checkers_free(cache, objs[left - run]);
	WRITE_ONCE(cpu->nr, cpu->nr + nr);
	local_add(nr, &cpu->frees);
	return nr;
}

/*
 * Push as many objects as go in one claim. What stops it, no room or an object
 * that must be looked at, is for the single call to handle.
 */
static noinline size_t push_many(struct myslab_cache *cache, void **objs,
				 size_t nr)
{
	struct myslab_cpu *cpu = myslab_cpu_enter(cache);
	size_t pushed;

	if (!cpu)
		return 0;
	pushed = push_main(cache, cpu, objs, nr);
	myslab_cpu_leave(cpu);
	return pushed;
}

/**
 * myslab_cache_free_bulk() - Free many objects.
 * @cache: Cache they were allocated from.
 * @nr: How many.
 * @objs: The objects; %NULL entries are skipped, others that are not objects
 *	  of @cache are reported and skipped.
 *
 * Context: As myslab_cache_free().
 */
void myslab_cache_free_bulk(struct myslab_cache *cache, size_t nr, void **objs)
{
	size_t i = 0;

	while (i < nr) {
		if (!cache->free_special)
			i += push_many(cache, objs + i, nr - i);
		if (i < nr)
			myslab_cache_free(cache, objs[i++]);
	}
}
EXPORT_SYMBOL_GPL(myslab_cache_free_bulk);
