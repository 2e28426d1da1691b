// SPDX-License-Identifier: GPL-2.0
/*
 * A cache beside kmem_cache.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <myslab/cache.h>

#include "bench.h"

#define MAX_OBJECTS	1000
#define PAIRS		2000

static struct myslab_cache *ours;
static struct kmem_cache *theirs;
static void **objs;
static unsigned int *order;

static noinline void *our_alloc(size_t size)
{
	return myslab_cache_alloc(ours, GFP_KERNEL);
}

static noinline void our_free(void *obj)
{
	myslab_cache_free(ours, obj);
}

static noinline void *their_alloc(size_t size)
{
	return kmem_cache_alloc(theirs, GFP_KERNEL);
}

static noinline void their_free(void *obj)
{
	kmem_cache_free(theirs, obj);
}

static noinline void *no_alloc(size_t size)
{
	return objs;
}

static noinline void no_free(void *obj)
{
	barrier();
}

static const struct bench_side none = { no_alloc, no_free };
static const struct bench_side peer = { their_alloc, their_free };
static const struct bench_side own = { our_alloc, our_free };

static void hot_pair(const struct bench_side *side, unsigned int unused)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		side->free(side->alloc(0));
}

/* @nr at a time, freed in the order of order[]. */
static void batch(const struct bench_side *side, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		for (i = 0; i < nr; i++)
			objs[i] = side->alloc(0);
		for (i = 0; i < nr; i++)
			side->free(objs[order[i]]);
	}
}

static void bench_pair(size_t size, unsigned int limit)
{
	struct bench_row row = {
		.name = "hot-pair", .size = size, .nr = 1, .ops = PAIRS,
		.peer = "kmem_cache", .limit = limit,
	};

	bench_compare(&row, hot_pair, &none, &peer, &own);
}

static void bench_batch(size_t size, unsigned int nr)
{
	struct bench_row row = {
		.name = "batch-random", .size = size, .nr = nr,
		.ops = PAIRS / nr * nr, .peer = "kmem_cache",
	};

	bench_shuffle(order, nr);
	bench_compare(&row, batch, &none, &peer, &own);
}

static int bench_size(size_t size)
{
	int err = -ENOMEM;

	ours = myslab_cache_create("bench", size, NULL);
	if (IS_ERR(ours))
		return PTR_ERR(ours);
	theirs = kmem_cache_create("myslab_bench", size, 0, 0, NULL);
	if (!theirs)
		goto out;
	bench_pair(size, size == 256 ? 55 : 0);
	if (size == 256) {
		bench_batch(size, 64);
		bench_batch(size, 1000);
	}
	kmem_cache_destroy(theirs);
	err = 0;
out:
	myslab_cache_destroy(ours);
	return err;
}

static int __init bench_init(void)
{
	static const size_t sizes[] = { 64, 256, 1024, 4096 };
	int err = -ENOMEM;
	unsigned int i;

	objs = vmalloc(MAX_OBJECTS * sizeof(*objs));
	order = vmalloc(MAX_OBJECTS * sizeof(*order));
	if (objs && order)
		for (i = 0, err = 0; i < ARRAY_SIZE(sizes) && !err; i++)
			err = bench_size(sizes[i]);
	vfree(order);
	vfree(objs);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts instructions of myslab and kmem_cache");
MODULE_LICENSE("GPL");
