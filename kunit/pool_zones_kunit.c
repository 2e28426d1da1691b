// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are debugged: what stands around their blocks, and in which order
 * those come back.
 */
#include <linux/mm.h>

#include "pool_debug.h"

/* A pool that was made while the rule was there; NULL: failed. */
static struct myslab_pool *zoned_pool(struct kunit *test, unsigned int flags)
{
	struct myslab_pool *pool = debugged_pool(test, "ZPU", flags);

	if (!pool)
		return NULL;
	myslab_pool_destroy(pool);
	return debugged_pool(test, "ZPU", flags);
}

static void zones_come_with_the_pool(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int i, k;
	u8 *p, *above;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = zoned_pool(test, kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, NR), NR);
		for (i = 0; i < NR; i++) {
			KUNIT_EXPECT_EQ(test, (unsigned long)blocks[i] % 64,
					0UL);
			memset(blocks[i], i, 64);
		}
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		p = myslab_pool_block(pool, 10);
		p[64] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, p);
		myslab_pool_free(pool, p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* Of the one that it is nearer to, whoever is freed first. */
		p = myslab_pool_block(pool, 20);
		above = myslab_pool_block(pool, 21);
		above[-1] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, above);
		if (!k)
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		myslab_pool_free(pool, p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		p[64] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, p);
		myslab_pool_free(pool, above);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* The twins; and nothing was given up. */
		for (i = 0; i < NR; i++)
			if (i != 10 && i != 20 && i != 21)
				myslab_pool_free(pool,
						 myslab_pool_block(pool, i));
		KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, NR), NR);
		pool_give(pool, blocks, NR);
		end_debugged(test, pool);
	}
}

/* Each chunk starts with a guard, which is no block. */
static void the_first_block_is_guarded(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int k;
	u8 *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = zoned_pool(test, kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, NR), NR);
		p = myslab_pool_block(pool, 0);
		KUNIT_EXPECT_EQ(test, myslab_pool_index(pool, p), 0);
		KUNIT_EXPECT_LT(test, myslab_pool_index(pool, p - 96), 0);
		p[-70] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, p);
		myslab_pool_free(pool, p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* The twin. */
		KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, 1), 1U);
		pool_give(pool, blocks, 1);
		pool_give(pool, blocks + 1, NR - 1);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).quarantined, 0UL);
		end_debugged(test, pool);
	}
}

static void what_is_freed_comes_back_late(struct kunit *test)
{
	struct myslab_pool *pool = debugged_pool(test, "Q", 0);
	unsigned int i;
	void *p, *q;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	p = myslab_pool_alloc(pool);
	KUNIT_ASSERT_NOT_NULL(test, p);
	myslab_pool_free(pool, p);
	for (i = 1; i < NR; i++) {
		q = myslab_pool_alloc(pool);
		KUNIT_EXPECT_PTR_NE(test, p, q);
		myslab_pool_free(pool, q);
	}
	KUNIT_EXPECT_PTR_EQ(test, p, myslab_pool_alloc(pool));
	myslab_pool_free(pool, p);
	/* All can be had. */
	KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, NR), NR);
	pool_give(pool, blocks, NR);
	/* The twin: without it the last one comes first. */
	switch_to(test, "P");
	p = myslab_pool_alloc(pool);
	myslab_pool_free(pool, p);
	KUNIT_EXPECT_PTR_EQ(test, p, myslab_pool_alloc(pool));
	myslab_pool_free(pool, p);
	end_debugged(test, pool);
}

/* As kfree() of a block does. */
static void a_page_that_was_put_is_found(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int k;
	void *p;

	for (k = 0; k < 3; k++) {
		pool = debugged_pool(test, "F", kinds[k % 2]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		p = myslab_pool_alloc(pool);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		put_page(virt_to_page(p));
		expect_report(test, MYSLAB_CORRUPT_METADATA, NULL);
		if (k == 2)
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		myslab_pool_free(pool, p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		get_page(virt_to_page(p));
		end_debugged(test, pool);
	}
}

static struct kunit_case pool_zones_cases[] = {
	KUNIT_CASE(zones_come_with_the_pool),
	KUNIT_CASE(the_first_block_is_guarded),
	KUNIT_CASE(what_is_freed_comes_back_late),
	KUNIT_CASE(a_page_that_was_put_is_found),
	{}
};

static struct kunit_suite pool_zones_suite = {
	.name = "myslab_pool_zones",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = pool_zones_cases,
};

kunit_test_suite(pool_zones_suite);

MODULE_DESCRIPTION("Tests of myslab: zones, chunks and order of a pool's blocks");
MODULE_LICENSE("GPL");
