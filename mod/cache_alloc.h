/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the single and the bulk calls share on their slow paths.
 */
#ifndef MYSLAB_CACHE_ALLOC_H
#define MYSLAB_CACHE_ALLOC_H

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "owner.h"
#include "types.h"

unsigned int myslab_take_batch(struct myslab_cache *cache, gfp_t gfp, int nid,
			       void **objs, unsigned int want,
			       unsigned long caller);
void *myslab_alloc_slow(struct myslab_cache *cache, gfp_t gfp);
void *myslab_alloc_special(struct myslab_cache *cache, gfp_t gfp);

/* cache_far.c */
void *myslab_alloc_far(struct myslab_cache *cache, gfp_t gfp, int node,
		       unsigned long caller);

/* cache_light.c */
void *myslab_light_alloc_special(struct myslab_cache *cache, gfp_t gfp);
int myslab_light_alloc_bulk(struct myslab_cache *cache, gfp_t gfp, size_t nr,
			    void **objs);
void myslab_light_free_slow(struct myslab_cache *cache, void *obj);
void myslab_free_elsewhere(struct myslab_cache *cache, void *obj);

/* As init_on_free asks; a waiting object only after its grace period. */
static inline void myslab_free_zero(struct myslab_cache *cache, void *obj)
{
	if (unlikely(cache->free_zeroes))
		memset(obj, 0, cache->size);
}

/*
 * Debug kernels see every call that may sleep. Where they are not configured
 * this is nothing: might_sleep() alone would cost a call where the kernel's
 * preemption model can be switched.
 */
static __always_inline void myslab_might_alloc(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) ||
	    IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

#endif
