// SPDX-License-Identifier: GPL-2.0
/*
 * Hot pairs of a cache beside whatever else hands out 256 bytes, or a page: the
 * kernel's, and a list written by hand, without a lock or a check.
 */
#include <linux/genalloc.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "sides.h"

#define PAIRS		2000
#define SIZE		256
#define POOL_BYTES	SZ_64K

static struct gen_pool *pool;
static void *pool_memory, *listed;

/* A size that is known when it is compiled is cheaper. */
static noinline void *kmalloc_alloc(size_t size)
{
	return kmalloc(SIZE, GFP_KERNEL);
}

static noinline void kmalloc_free(void *obj)
{
	kfree(obj);
}

static noinline void *pool_alloc(size_t size)
{
	return (void *)gen_pool_alloc(pool, SIZE);
}

static noinline void pool_free(void *obj)
{
	gen_pool_free(pool, (unsigned long)obj, SIZE);
}

static noinline void *page_alloc(size_t size)
{
	return (void *)__get_free_page(GFP_KERNEL);
}

static noinline void page_free(void *obj)
{
	free_page((unsigned long)obj);
}

static noinline void *list_alloc(size_t size)
{
	void *obj = listed;

	if (obj)
		listed = *(void **)obj;
	return obj;
}

static noinline void list_free(void *obj)
{
	*(void **)obj = listed;
	listed = obj;
}

static const struct {
	const char *name;
	size_t size;
	struct bench_side side;
	unsigned int limit;
} peers[] = {
	{ "kmalloc", SIZE, { kmalloc_alloc, kmalloc_free }, 100 },
	{ "gen_pool", SIZE, { pool_alloc, pool_free }, 100 },
	{ "list by hand", SIZE, { list_alloc, list_free }, 0 },
	{ "alloc_pages", PAGE_SIZE, { page_alloc, page_free }, 100 },
};

static void hot_pair(const struct bench_side *side, unsigned int unused)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		side->free(side->alloc(0));
}

static int bench_peer(unsigned int i)
{
	struct bench_row row = {
		.name = "hot-pair", .size = peers[i].size, .nr = 1,
		.ops = PAIRS, .peer = peers[i].name, .limit = peers[i].limit,
		.limit7 = peers[i].limit,
	};
	int err = create_sides(row.size, 0, NULL, NULL);

	if (err)
		return err;
	bench_compare(&row, hot_pair, &none, &peers[i].side, &own);
	destroy_sides();
	return 0;
}

static int __init bench_init(void)
{
	unsigned int i;
	int err = -ENOMEM;

	pool = gen_pool_create(ilog2(SIZE), NUMA_NO_NODE);
	pool_memory = kmalloc(POOL_BYTES, GFP_KERNEL);
	if (pool && pool_memory) {
		list_free(pool_memory);
		err = gen_pool_add(pool, (unsigned long)pool_memory,
				   POOL_BYTES, NUMA_NO_NODE);
		for (i = 0; i < ARRAY_SIZE(peers) && !err; i++)
			err = bench_peer(i);
	}
	if (pool)
		gen_pool_destroy(pool);
	kfree(pool_memory);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts instructions of a cache and of what is no cache");
MODULE_LICENSE("GPL");
