// SPDX-License-Identifier: GPL-2.0
/*
 * A pool beside mempool, objpool and kmem_cache.
 */
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/slab.h>
#ifdef HAVE_OBJPOOL
#include <linux/objpool.h>
#endif

#include <myslab/pool.h>

#include "bench.h"

#define SIZE		256
#define BLOCKS		1024
#define AT_ONCE		64
#define PAIRS		2048

static struct myslab_pool *ours, *alone;
static struct kmem_cache *cache;
static mempool_t *mempool;
static void *blocks[BLOCKS];

static noinline void *our_alloc(size_t size)
{
	return myslab_pool_alloc(ours);
}

static noinline void our_free(void *block)
{
	myslab_pool_free(ours, block);
}

static noinline void *cache_alloc(size_t size)
{
	return kmem_cache_alloc(cache, GFP_ATOMIC);
}

static noinline void cache_free(void *block)
{
	kmem_cache_free(cache, block);
}

static noinline void *mempool_take(size_t size)
{
	return mempool_alloc(mempool, GFP_ATOMIC);
}

static noinline void mempool_give(void *block)
{
	mempool_free(block, mempool);
}

static noinline void *no_alloc(size_t size)
{
	return blocks;
}

static noinline void no_free(void *block)
{
	barrier();
}

static const struct bench_side none = { no_alloc, no_free };
static const struct bench_side own = { our_alloc, our_free };
static const struct bench_side of_cache = { cache_alloc, cache_free };
static const struct bench_side of_mempool = { mempool_take, mempool_give };

#ifdef HAVE_OBJPOOL
static struct objpool_head objpool;

static noinline void *objpool_take(size_t size)
{
	return objpool_pop(&objpool);
}

static noinline void objpool_give(void *block)
{
	objpool_push(block, &objpool);
}

static const struct bench_side of_objpool = { objpool_take, objpool_give };

static int objpool_make(void)
{
	return objpool_init(&objpool, BLOCKS, SIZE, GFP_KERNEL, NULL, NULL,
			    NULL);
}

static void objpool_unmake(void)
{
	objpool_fini(&objpool);
}
#else
static int objpool_make(void)
{
	return 0;
}

static void objpool_unmake(void)
{
}
#endif

/* @nr at a time, given back in the order of coming. */
static void in_turn(const struct bench_side *side, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		for (i = 0; i < nr; i++)
			blocks[i] = side->alloc(0);
		for (i = 0; i < nr; i++)
			side->free(blocks[i]);
	}
}

static void compare(unsigned int nr, const char *peer, unsigned int limit,
		    const struct bench_side *theirs)
{
	struct bench_row row = {
		.name = nr == 1 ? "pool-pair" : "pool-drained", .size = SIZE,
		.nr = nr, .ops = PAIRS, .peer = peer, .limit = limit,
	};

	bench_compare(&row, in_turn, &none, theirs, &own);
}

/* The private pool's calls stand where they are called. */
static void private_loop(const struct bench_side *side, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		for (i = 0; i < nr; i++)
			WRITE_ONCE(blocks[i], myslab_pool_alloc(alone));
		for (i = 0; i < nr; i++)
			myslab_pool_free(alone, READ_ONCE(blocks[i]));
	}
}

static void private_pairs(const struct bench_side *side, unsigned int unused)
{
	struct myslab_pool *pool = alone;
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *block = myslab_pool_alloc(pool);

		/* It is used, and may be anything by now. */
		asm volatile("" : "+r" (block) : : "memory");
		myslab_pool_free(pool, block);
	}
}

static void private_nothing(const struct bench_side *side, unsigned int unused)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		barrier();
}

static void private_copies(const struct bench_side *side, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < PAIRS / nr; round++) {
		for (i = 0; i < nr; i++)
			WRITE_ONCE(blocks[i], NULL);
		for (i = 0; i < nr; i++)
			READ_ONCE(blocks[i]);
	}
}

/* Beside a kmem_cache; the loops are not the same, so each has its base. */
static u64 compare_private(unsigned int nr, bench_work *work,
			   bench_work *nothing)
{
	struct bench_row row = {
		.name = "pool-private", .size = SIZE, .nr = nr, .ops = PAIRS,
		.peer = "kmem_cache",
	};
	u64 peer = bench_count(in_turn, &of_cache, nr) -
		   bench_count(in_turn, &none, nr);
	u64 mine = bench_count(work, NULL, nr) - bench_count(nothing, NULL, nr);

	bench_print(&row, div_u64(peer * 10, PAIRS), div_u64(mine * 10, PAIRS));
	return div_u64(mine * 10, PAIRS);
}

/* What one call takes at most, over all fillings: lowest of some runs each. */
static void worst_single_calls(void)
{
	u64 empty = U64_MAX, alloc = 0, free = 0;
	static u64 took[2][BLOCKS];
	unsigned int i, run;

	memset(took, 0xff, sizeof(took));
	for (run = 0; run < BENCH_RUNS; run++) {
		for (i = 0; i < BLOCKS; i++) {
			u64 start = get_cycles();

			blocks[i] = our_alloc(0);
			took[0][i] = min_t(u64, took[0][i],
					   get_cycles() - start);
			start = get_cycles();
			no_alloc(0);
			empty = min_t(u64, empty, get_cycles() - start);
		}
		for (i = 0; i < BLOCKS; i++) {
			u64 start = get_cycles();

			our_free(blocks[i]);
			took[1][i] = min_t(u64, took[1][i],
					   get_cycles() - start);
		}
	}
	for (i = 0; i < BLOCKS; i++) {
		alloc = max(alloc, took[0][i] - empty);
		free = max(free, took[1][i] - empty);
	}
	bench_print(&(struct bench_row){ .name = "pool-worst-alloc",
		    .size = SIZE, .nr = 1, .peer = "the 150 wanted",
		    .limit = 100 }, 1500, alloc * 10);
	bench_print(&(struct bench_row){ .name = "pool-worst-free",
		    .size = SIZE, .nr = 1, .peer = "the 150 wanted",
		    .limit = 100 }, 1500, free * 10);
}

static void run_all(void)
{
	compare(1, "kmem_cache", 0, &of_cache);
	compare(1, "mempool", 29, &of_mempool);
	compare(AT_ONCE, "mempool", 24, &of_mempool);
#ifdef HAVE_OBJPOOL
	compare(1, "objpool", 0, &of_objpool);
	compare(AT_ONCE, "objpool", 0, &of_objpool);
#endif
	compare(BLOCKS, "kmem_cache", 0, &of_cache);
	bench_print(&(struct bench_row){ .name = "pool-private", .size = SIZE,
		    .nr = 1, .peer = "the 20 wanted", .limit = 100 }, 200,
		    compare_private(1, private_pairs, private_nothing));
	compare_private(AT_ONCE, private_loop, private_copies);
	worst_single_calls();
}

static int __init bench_init(void)
{
	const struct myslab_pool_args args = { .flags = MYSLAB_POOL_PRIVATE };
	int err = -ENOMEM;

	ours = myslab_pool_create("bench", SIZE, BLOCKS, NULL);
	alone = myslab_pool_create("bench-private", SIZE, BLOCKS, &args);
	cache = kmem_cache_create("myslab_bench", SIZE, 0, 0, NULL);
	if (!IS_ERR(ours) && !IS_ERR(alone) && cache) {
		mempool = mempool_create_slab_pool(BLOCKS, cache);
		if (mempool && !objpool_make()) {
			run_all();
			objpool_unmake();
			err = 0;
		}
		mempool_destroy(mempool);
	}
	kmem_cache_destroy(cache);
	myslab_pool_destroy(alone);
	myslab_pool_destroy(ours);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts instructions of myslab's pools and their peers");
MODULE_LICENSE("GPL");
