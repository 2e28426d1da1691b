/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two sides of the benchmarks of caches: a cache of ours and a kmem_cache
 * of the same size, and calls that do nothing.
 */
#ifndef MYSLAB_BENCH_SIDES_H
#define MYSLAB_BENCH_SIDES_H

#include <linux/err.h>
#include <linux/slab.h>

#include <myslab/cache.h>

#include "bench.h"

static struct myslab_cache *ours;
static struct kmem_cache *theirs;
static gfp_t bench_gfp = GFP_KERNEL;

static noinline void *our_alloc(size_t size)
{
	return myslab_cache_alloc(ours, bench_gfp);
}

static noinline void our_free(void *obj)
{
	myslab_cache_free(ours, obj);
}

static noinline void *their_alloc(size_t size)
{
	return kmem_cache_alloc(theirs, bench_gfp);
}

static noinline void their_free(void *obj)
{
	kmem_cache_free(theirs, obj);
}

static noinline void *no_alloc(size_t size)
{
	barrier();	/* or the compiler would leave the call out */
	return &bench_gfp;
}

static noinline void no_free(void *obj)
{
	barrier();
}

static const struct bench_side __maybe_unused none = { no_alloc, no_free };

static const struct bench_side __maybe_unused peer = {
	their_alloc, their_free
};

static const struct bench_side own = { our_alloc, our_free };

static inline void destroy_sides(void)
{
	kmem_cache_destroy(theirs);
	myslab_cache_destroy(ours);
	theirs = NULL;
	ours = NULL;
}

/* @their_ctor and @args->ctor do the same, or are NULL. */
static inline int create_sides(size_t size, slab_flags_t flags,
			       void (*their_ctor)(void *obj),
			       const struct myslab_cache_args *args)
{
	ours = myslab_cache_create("bench", size, args);
	if (IS_ERR(ours))
		return PTR_ERR(ours);
	theirs = kmem_cache_create("myslab_bench", size, 0, flags, their_ctor);
	if (theirs)
		return 0;
	destroy_sides();
	return -ENOMEM;
}

#endif
