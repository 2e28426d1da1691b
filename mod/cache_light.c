// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of a cache that is debugged lightly: what cache_light.h, which says
 * how they work, does not do itself.
 */
#include <linux/string.h>

#include "cache.h"
#include "cache_alloc.h"
#include "cache_light.h"
#include "checkers.h"
#include "cpu_cache.h"
#include "debug.h"
#include "slab.h"

/* More than an object of the kind that magazines hold. */
noinline void *myslab_light_alloc_special(struct myslab_cache *cache, gfp_t gfp)
{
	gfp_t more = gfp & cache->gfp_special & ~MYSLAB_GFP_LIGHT;
	void *obj;

	if (more & ~(__GFP_ZERO & ~cache->gfp_refused))
		return myslab_alloc_special(cache, gfp & ~MYSLAB_GFP_LIGHT);
	obj = myslab_light_alloc(cache, gfp);
	if (obj && more)
		myslab_kasan_zero(obj, cache->size);
	return obj;
}

int myslab_light_alloc_bulk(struct myslab_cache *cache, gfp_t gfp, size_t nr,
			    void **objs)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		objs[i] = myslab_light_alloc_special(cache, gfp);
		if (!objs[i]) {
			myslab_cache_free_bulk(cache, i, objs);
			return 0;
		}
		myslab_checkers_alloc(cache, objs[i], gfp);
	}
	return nr;
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
		myslab_light_comes_back(cache, myslab_slab_of(cache, obj), obj);
	if (light) {
		myslab_free_zero(cache, obj);
		myslab_light_put(side, obj);
	}
	rcu_read_unlock();
	if (!light)
		free_refused(cache, obj);
}

/* Is freed, but no object of the cache's own slabs, nor of light ones. */
noinline void myslab_free_elsewhere(struct myslab_cache *cache, void *obj)
{
	if (cache->free_special)
		free_special(cache, obj);
	else
		free_refused(cache, obj);
}

/* No room for it, or no magazines; preemption is off, and comes on. */
noinline void myslab_light_free_slow(struct myslab_cache *cache, void *obj)
{
	struct myslab_side *side;

	rcu_read_lock();
	side = myslab_side_find(cache, obj);
	preempt_enable();
	/* In no slab yet, so that it keeps its own, and that the side. */
	myslab_light_put(side, obj);
	rcu_read_unlock();
}
