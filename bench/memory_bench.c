// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that a cache and a kmem_cache hold, by the kernel's own count (Slab in
 * /proc/meminfo): what each needs beside its objects is in it.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "held.h"
#include "sides.h"

#define OBJECTS		10000

static void **objs;
static unsigned int *order;

/* When the pages are looked at. */
enum moment {
	FULL,		/* all objects out */
	SPARSE,		/* one in 16 left, at random */
	IDLE,		/* all free, for some intervals */
	SHRUNK,
	NR_MOMENTS,
};

static void shrink(const struct bench_side *side)
{
	if (side == &own)
		myslab_cache_shrink(ours);
	else
		kmem_cache_shrink(theirs);
}

static void free_some(const struct bench_side *side, unsigned int from,
		      unsigned int to)
{
	while (from < to)
		side->free(objs[order[from++]]);
}

static void watch(const struct bench_side *side, long *pages)
{
	long before = slab_pages();
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		objs[i] = side->alloc(0);
	pages[FULL] = slab_pages() - before;
	free_some(side, 0, OBJECTS - OBJECTS / 16);
	msleep(20000);
	pages[SPARSE] = slab_pages() - before;
	free_some(side, OBJECTS - OBJECTS / 16, OBJECTS);
	msleep(20000);
	pages[IDLE] = slab_pages() - before;
	shrink(side);
	pages[SHRUNK] = slab_pages() - before;
}

static void print(const char *name, size_t size, long theirs_hold,
		  long ours_hold, unsigned int limit)
{
	struct bench_row row = {
		.name = name, .size = size, .nr = OBJECTS,
		.peer = "kmem_cache", .limit = limit, .limit7 = limit,
	};

	bench_print(&row, max(theirs_hold, 0L) * 10, max(ours_hold, 0L) * 10);
}

static int bench_memory(void)
{
	static const size_t sizes[] = {
		8, 16, 24, 32, 48, 64, 80, 96, 128, 192, 256, 320, 384, 512,
		768, 1024, 1280, 2048, 3072, 4096, 8192 };
	long by_them[NR_MOMENTS], by_us[NR_MOMENTS];
	long sum_theirs = 0, sum_ours = 0;
	unsigned int i, limit;
	int err;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		err = create_sides(sizes[i], SLAB_NO_MERGE, NULL, NULL);
		if (err)
			return err;
		watch(&peer, by_them);
		watch(&own, by_us);
		destroy_sides();
		sum_theirs += by_them[FULL];
		sum_ours += by_us[FULL];
		/* What describes slabs, and two pages. */
		limit = max(104L, (by_them[FULL] + 2) * 100 / by_them[FULL]);
		print("pages", sizes[i], by_them[FULL], by_us[FULL], limit);
		if (sizes[i] != 256)
			continue;
		print("pages-sparse", sizes[i], by_them[SPARSE],
		      by_us[SPARSE], 107);
		print("pages-idle", sizes[i], by_them[IDLE], by_us[IDLE], 0);
		print("pages-shrunk", sizes[i], by_them[SHRUNK],
		      by_us[SHRUNK], 0);
	}
	print("pages-in-all", 0, sum_theirs, sum_ours, 102);
	return 0;
}

static int __init bench_init(void)
{
	int err = -ENOMEM;

	objs = vmalloc(OBJECTS * sizeof(*objs));
	order = vmalloc(OBJECTS * sizeof(*order));
	if (objs && order) {
		bench_shuffle(order, OBJECTS);
		err = bench_memory();
	}
	vfree(order);
	vfree(objs);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts pages of myslab and kmem_cache");
MODULE_LICENSE("GPL");
