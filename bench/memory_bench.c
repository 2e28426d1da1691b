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

/*
 * What described slabs, and magazines, are pieces of kmalloc(). What its caches
 * keep once these are free is for whoever comes next: not the cache's.
 */
static long pages_now(void)
{
	unsigned int type, i;

	/* 1 and 2 are those of 96 and 192 bytes. */
	for (type = 0; type < NR_KMALLOC_TYPES; type++)
		for (i = 1; i <= KMALLOC_SHIFT_HIGH; i++)
			if (kmalloc_caches[type][i])
				kmem_cache_shrink(kmalloc_caches[type][i]);
	return slab_pages();
}

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
	long before = pages_now();
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		objs[i] = side->alloc(0);
	pages[FULL] = pages_now() - before;
	free_some(side, 0, OBJECTS - OBJECTS / 16);
	msleep(20000);
	pages[SPARSE] = pages_now() - before;
	free_some(side, OBJECTS - OBJECTS / 16, OBJECTS);
	msleep(20000);
	pages[IDLE] = pages_now() - before;
	shrink(side);
	pages[SHRUNK] = pages_now() - before;
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

/* What a size holds, or all of them together where @size is 0. */
static void print_all(size_t size, const long *theirs, const long *ours)
{
	static const struct {
		const char *name;
		enum moment moment;
		unsigned int limit;
	} rows[] = {
		{ "pages-sparse", SPARSE, 103 },
		{ "pages-idle", IDLE, 100 },
		/* Of none: any page is more. */
		{ "pages-shrunk", SHRUNK, 100 },
	};
	unsigned int i;
	char name[32];

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(name, sizeof(name), "%s%s", rows[i].name,
			 size ? "" : "-in-all");
		print(name, size, theirs[rows[i].moment], ours[rows[i].moment],
		      rows[i].limit);
	}
}

static int bench_memory(void)
{
	static const size_t sizes[] = {
		8, 16, 24, 32, 48, 64, 80, 96, 128, 192, 256, 320, 384, 512,
		768, 1024, 1280, 2048, 3072, 4096, 8192 };
	long by_them[NR_MOMENTS], by_us[NR_MOMENTS];
	long sum_theirs[NR_MOMENTS] = { }, sum_ours[NR_MOMENTS] = { };
	unsigned int i, limit, moment;
	int err;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		err = create_sides(sizes[i], SLAB_NO_MERGE, NULL, NULL);
		if (err)
			return err;
		watch(&peer, by_them);
		watch(&own, by_us);
		destroy_sides();
		for (moment = 0; moment < NR_MOMENTS; moment++) {
			sum_theirs[moment] += by_them[moment];
			sum_ours[moment] += by_us[moment];
		}
		/*
		 * SLUB describes a slab in its struct page, we in 96 bytes:
		 * 1/42 of a page. Of more pages it would be less, and more of
		 * them would stay where few objects are left.
		 */
		limit = max(102L, DIV_ROUND_UP((by_them[FULL] + 2) * 100,
					       by_them[FULL]));
		print("pages", sizes[i], by_them[FULL], by_us[FULL], limit);
		if (sizes[i] == 256)
			print_all(sizes[i], by_them, by_us);
	}
	print("pages-in-all", 0, sum_theirs[FULL], sum_ours[FULL], 100);
	print_all(0, sum_theirs, sum_ours);
	return 0;
}

/*
 * A kernel that runs has a slab with room for some pieces of each size. Without
 * one the first magazine would count as the eight pages of such a slab.
 */
static int __init bench_init(void)
{
	void *piece[PAGE_SHIFT + 1] = { };
	int err = -ENOMEM;
	unsigned int i;

	objs = vmalloc(OBJECTS * sizeof(*objs));
	order = vmalloc(OBJECTS * sizeof(*order));
	/* As in pages_now(). */
	for (i = 1; i <= PAGE_SHIFT; i++)
		piece[i] = kmalloc(kmem_cache_size(kmalloc_caches[0][i]),
				   GFP_KERNEL);
	if (objs && order) {
		bench_shuffle(order, OBJECTS);
		err = bench_memory();
	}
	while (i--)
		kfree(piece[i]);
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
