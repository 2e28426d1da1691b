// SPDX-License-Identifier: GPL-2.0
/*
 * A cache beside kmem_cache: one object at a time, many, in bulk, constructed.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "sides.h"

#define MAX_OBJECTS	1000
#define PAIRS		2000
#define BULK		64
#define MAX_K		130

static void **objs, **shuffled;
static unsigned int *order;

/*
 * One at a time, and many.
 */

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

static void bench_pair(size_t size)
{
	/* The targets are for the sizes that most objects have. */
	bool usual = size >= 64 && size <= 4096;
	struct bench_row row = {
		.name = "hot-pair", .size = size, .nr = 1, .ops = PAIRS,
		.peer = "kmem_cache", .limit = usual ? 50 : 0,
		.limit7 = usual ? 65 : 0,
	};

	bench_compare(&row, hot_pair, &none, &peer, &own);
}

static void lifo(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		order[i] = nr - 1 - i;
}

static void fifo(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		order[i] = i;
}

static void random(unsigned int nr)
{
	bench_shuffle(order, nr);
}

static void bench_batch(const char *name, void (*sort)(unsigned int nr),
			unsigned int nr, unsigned int limit,
			unsigned int limit7)
{
	struct bench_row row = {
		.name = name, .size = 256, .nr = nr, .ops = PAIRS / nr * nr,
		.peer = "kmem_cache", .limit = limit, .limit7 = limit7,
	};

	sort(nr);
	bench_compare(&row, batch, &none, &peer, &own);
}

/*
 * Around the boundaries of magazines: k allocations, k frees, again and again.
 */

static void bench_alternation(void)
{
	struct bench_row row = {
		.name = "alternation", .size = 256, .peer = "kmem_cache",
		.limit = 33, .limit7 = 55,
	};
	u64 base, theirs_worst = 0, ours_worst = 0, cost;
	unsigned int k, pairs;

	for (k = 1; k <= MAX_K; k++) {
		lifo(k);
		pairs = PAIRS / k * k;
		base = bench_count(batch, &none, k);
		cost = (bench_count(batch, &peer, k) - base) * 10;
		theirs_worst = max(theirs_worst, div_u64(cost, pairs));
		cost = div_u64((bench_count(batch, &own, k) - base) * 10,
			       pairs);
		if (cost > ours_worst) {
			ours_worst = cost;
			row.nr = k;
		}
	}
	bench_print(&row, theirs_worst, ours_worst);
}

/*
 * In bulk. The calls differ, so each side has its own loop.
 */

static void their_bulk(const struct bench_side *in_order, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		if (!kmem_cache_alloc_bulk(theirs, GFP_KERNEL, nr, objs))
			return;
		for (i = 0; i < nr; i++)
			shuffled[i] = objs[in_order ? i : order[i]];
		kmem_cache_free_bulk(theirs, nr, shuffled);
	}
}

static void our_bulk(const struct bench_side *in_order, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		if (!myslab_cache_alloc_bulk(ours, GFP_KERNEL, nr, objs))
			return;
		for (i = 0; i < nr; i++)
			shuffled[i] = objs[in_order ? i : order[i]];
		myslab_cache_free_bulk(ours, nr, shuffled);
	}
}

static void no_bulk(const struct bench_side *in_order, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		for (i = 0; i < nr; i++)
			shuffled[i] = objs[in_order ? i : order[i]];
		barrier();
	}
}

/* @in_order: any non-NULL side stands for yes. */
static void bench_bulk(const char *name, const struct bench_side *in_order,
		       unsigned int nr, unsigned int limit,
		       unsigned int limit7)
{
	struct bench_row row = {
		.name = name, .size = 256, .nr = nr, .ops = PAIRS / nr * nr,
		.peer = "kmem_cache", .limit = limit, .limit7 = limit7,
	};
	u64 base;

	random(nr);
	base = bench_count(no_bulk, in_order, nr);
	bench_print(&row,
		    div_u64((bench_count(their_bulk, in_order, nr) - base) *
			    10, row.ops),
		    div_u64((bench_count(our_bulk, in_order, nr) - base) * 10,
			    row.ops));
}

/*
 * Constructed once, or each time.
 */

/* What a constructor sets up, as drivers have it. */
struct constructed {
	spinlock_t lock;	/* nobody takes it */
	struct list_head list;
	struct mutex mutex;	/* nor this one */
	char data[128];
};

static void construct(void *obj)
{
	struct constructed *c = obj;

	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->list);
	mutex_init(&c->mutex);
}

static int our_construct(void *obj, void *private, gfp_t gfp)
{
	construct(obj);
	return 0;
}

static noinline void *alloc_and_construct(size_t size)
{
	void *obj = kmem_cache_alloc(theirs, GFP_KERNEL);

	if (obj)
		construct(obj);
	return obj;
}

static int bench_constructed(void)
{
	static const struct bench_side by_hand = {
		alloc_and_construct, their_free };
	struct bench_row row = {
		.name = "constructed", .size = sizeof(struct constructed),
		.nr = 1, .ops = PAIRS, .peer = "kmem_cache+ctor",
		.limit = 50, .limit7 = 65,
	};
	int err = create_sides(row.size, 0, construct,
			       &(struct myslab_cache_args){
				       .ctor = our_construct });

	if (err)
		return err;
	bench_compare(&row, hot_pair, &none, &peer, &own);
	row.peer = "by hand";
	bench_compare(&row, hot_pair, &none, &by_hand, &own);
	destroy_sides();
	return 0;
}

static int bench_sizes(void)
{
	static const size_t sizes[] = {
		8, 64, 256, 1024, 4096, SZ_16K, SZ_64K, SZ_1M };
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		err = create_sides(sizes[i], 0, NULL, NULL);
		if (err)
			return err;
		bench_pair(sizes[i]);
		destroy_sides();
	}
	return 0;
}

/*
 * The caches are new, as for the rows of runs; the last row is of magazines
 * that hold what thousands of others left.
 */
static int bench_bulk_random(void)
{
	int err = create_sides(256, 0, NULL, NULL);

	if (err)
		return err;
	bench_bulk("bulk-random", NULL, BULK, 28, 36);
	destroy_sides();
	return 0;
}

static int bench_many(void)
{
	int err = create_sides(256, 0, NULL, NULL);

	if (err)
		return err;
	/* While the magazines hold runs of one slab. */
	bench_bulk("bulk-in-order", &own, 16, 0, 0);
	bench_bulk("bulk-in-order", &own, BULK, 14, 20);
	bench_bulk("bulk-in-order", &own, 256, 0, 0);
	bench_batch("batch-lifo", lifo, 64, 36, 58);
	bench_batch("batch-fifo", fifo, 64, 36, 58);
	bench_batch("batch-random", random, 64, 36, 58);
	bench_batch("batch-lifo", lifo, 1000, 0, 0);
	bench_batch("batch-fifo", fifo, 1000, 0, 0);
	bench_batch("batch-random", random, 1000, 25, 30);
	bench_bulk("bulk-scattered", NULL, 16, 0, 0);
	bench_bulk("bulk-scattered", NULL, BULK, 28, 65);
	bench_bulk("bulk-scattered", NULL, 256, 0, 0);
	bench_alternation();
	destroy_sides();
	return 0;
}

static int __init bench_init(void)
{
	int err = -ENOMEM;

	objs = vmalloc(MAX_OBJECTS * sizeof(*objs));
	shuffled = vmalloc(MAX_OBJECTS * sizeof(*shuffled));
	order = vmalloc(MAX_OBJECTS * sizeof(*order));
	if (objs && shuffled && order)
		err = bench_sizes() ?: bench_bulk_random() ?:
		      bench_many() ?: bench_constructed();
	vfree(order);
	vfree(shuffled);
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
