// SPDX-License-Identifier: GPL-2.0
/*
 * Guest instructions of myslab and of kmem_cache, side by side.
 *
 * Under QEMU's -icount the time stamp counter advances by one an instruction,
 * so the difference of two readings is a count, the same on each run. Each
 * workload runs once to warm up and is then counted; what an empty loop of
 * the same shape takes is not subtracted: both sides pay it.
 */
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include <myslab/cache.h>

#define MAX_OBJECTS	1000
#define PAIRS		2000
#define RUNS		10

static struct myslab_cache *ours;
static struct kmem_cache *theirs;
static void **objs;
static unsigned int *order;

static noinline void *our_alloc(void)
{
	return myslab_cache_alloc(ours, GFP_KERNEL);
}

static noinline void our_free(void *obj)
{
	myslab_cache_free(ours, obj);
}

static noinline void *their_alloc(void)
{
	return kmem_cache_alloc(theirs, GFP_KERNEL);
}

static noinline void their_free(void *obj)
{
	kmem_cache_free(theirs, obj);
}

/* An empty pair through the same pointers, to be subtracted by the reader. */
static noinline void *no_alloc(void)
{
	return objs;
}

static noinline void no_free(void *obj)
{
	barrier();
}

struct side {
	void *(*alloc)(void);
	void (*free)(void *obj);
};

static const struct side sides[] = {
	{ no_alloc, no_free },
	{ their_alloc, their_free },
	{ our_alloc, our_free },
};

static void hot_pair(const struct side *side, unsigned int unused)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		side->free(side->alloc());
}

/* @nr at a time, freed in the order of order[]. */
static void batch(const struct side *side, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		for (i = 0; i < nr; i++)
			objs[i] = side->alloc();
		for (i = 0; i < nr; i++)
			side->free(objs[order[i] % nr]);
	}
}

/* The lowest of some runs: the one that no interrupt fell into. */
static u64 count(void (*work)(const struct side *, unsigned int),
		 const struct side *side, unsigned int nr)
{
	u64 start, took, lowest = U64_MAX;
	int run;

	for (run = 0; run < RUNS; run++) {
		start = get_cycles();
		work(side, nr);
		took = get_cycles() - start;
		lowest = min(lowest, took);
	}
	return lowest;
}

/* Instructions an allocation and free, in tenths, without the empty loop. */
static void print_row(const char *name, size_t size,
		      void (*work)(const struct side *, unsigned int),
		      unsigned int nr, unsigned int pairs)
{
	u64 none = count(work, &sides[0], nr);
	u64 theirs_took = (count(work, &sides[1], nr) - none) * 10 / pairs;
	u64 ours_took = (count(work, &sides[2], nr) - none) * 10 / pairs;

	pr_info("bench: %s,%zu,%u,%llu.%llu,%llu.%llu,%llu.%02llu\n", name, size,
		nr, theirs_took / 10, theirs_took % 10, ours_took / 10,
		ours_took % 10, ours_took / theirs_took,
		ours_took * 100 / theirs_took % 100);
}

/* A permutation of 0..nr-1 by a fixed generator: the same on each run. */
static void shuffle(unsigned int nr)
{
	unsigned int i, j, seed = 1;

	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = nr - 1; i; i--) {
		seed = seed * 1103515245 + 12345;
		j = (seed >> 8) % (i + 1);
		swap(order[i], order[j]);
	}
}

static int bench_size(size_t size)
{
	int err = -ENOMEM;

	ours = myslab_cache_create("bench", size, NULL);
	if (IS_ERR(ours))
		return PTR_ERR(ours);
	theirs = kmem_cache_create("myslab_bench", size, 0, 0,
				   NULL);
	if (!theirs)
		goto out;
	shuffle(1);
	print_row("hot-pair", size, hot_pair, 1, PAIRS);
	if (size == 256) {
		shuffle(64);
		print_row("batch-random", size, batch, 64,
			  PAIRS / 64 * 64);
		shuffle(1000);
		print_row("batch-random", size, batch, 1000,
			  PAIRS / 1000 * 1000);
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
