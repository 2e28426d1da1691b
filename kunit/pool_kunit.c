// SPDX-License-Identifier: GPL-2.0
/*
 * Pools: all blocks and no more, in any order, with exact counts; shared and
 * private ones alike.
 */
#include "pool.h"

#define MOST	5000

static void *blocks[MOST];

static const unsigned int kinds[] = { 0, MYSLAB_POOL_PRIVATE };

/* Each block is written whole: one that overlaps another shows. */
static unsigned int wrong_bytes(void **taken, unsigned int nr, size_t size)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < nr; i++)
		memset(taken[i], i * 7 + 1, size);
	for (i = 0; i < nr; i++)
		wrong += !all_bytes(taken[i], i * 7 + 1, size);
	return wrong;
}

static void drain_and_refill(struct kunit *test, size_t size, unsigned int nr,
			     unsigned int flags)
{
	struct myslab_pool *pool = new_pool(test, size, nr, flags);
	unsigned int round, i;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, MOST), nr);
		KUNIT_EXPECT_EQ(test, wrong_bytes(blocks, nr, size), 0U);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used,
				(unsigned long)nr);
		/* Back in an order that is not that of coming. */
		for (i = 0; i < nr; i += 2)
			myslab_pool_free(pool, blocks[i]);
		for (i = 1; i < nr; i += 2)
			myslab_pool_free(pool, blocks[i]);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
	}
	KUNIT_EXPECT_EQ(test, pool_stat(pool).failures, 3UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).allocs, 3UL * nr);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).frees, 3UL * nr);
	destroy_pool(pool);
}

static void every_block_can_be_had_and_no_more(struct kunit *test)
{
	static const struct {
		size_t size;
		unsigned int nr;
	} shapes[] = {
		{ 1, 1 }, { 1, 700 }, { 8, 4500 }, { 24, 63 }, { 24, 64 },
		{ 24, 65 }, { 64, 4096 }, { 100, 4097 }, { 256, 129 },
		{ 1000, 333 }, { 4096, 70 }, { 5000, 40 }, { 70000, 7 },
		{ MYSLAB_MAX_SIZE, 3 },
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			drain_and_refill(test, shapes[i].size, shapes[i].nr,
					 kinds[k]);
}

static void the_peak_is_the_most_that_were_out(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 40, 300, kinds[k]);

		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_peak, 0UL);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, 130), 130U);
		pool_give(pool, blocks, 130);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, 70), 70U);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_peak, 130UL);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 70UL);
		pool_give(pool, blocks, 70);
	}
}

static void stat_says_what_was_asked_for(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 100, 50, 0);

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).block_size, 100UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_total, 50UL);
	/* 104 bytes each: two pages. */
	KUNIT_EXPECT_EQ(test, pool_stat(pool).pages, 2UL);
}

static void blocks_are_aligned_as_asked(struct kunit *test)
{
	static const unsigned int aligns[] = { 8, 64, 512, 4096, 65536 };
	unsigned int i, j, nr, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		const struct myslab_pool_args args = { .align = aligns[i] };
		struct myslab_pool *pool;

		pool = myslab_pool_create("aligned", 24, 20, &args);
		KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
		nr = pool_take(pool, blocks, 20);
		for (j = 0; j < nr; j++)
			wrong += !IS_ALIGNED((unsigned long)blocks[j],
					     aligns[i]);
		pool_give(pool, blocks, nr);
		myslab_pool_destroy(pool);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void index_and_block_are_each_others_inverse(struct kunit *test)
{
	static const size_t sizes[] = { 8, 24, 200, 5000 };
	unsigned int i, j, k, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(kinds); i++) {
		struct myslab_pool *pool;

		pool = new_pool(test, sizes[i / ARRAY_SIZE(kinds)], 150,
				kinds[i % ARRAY_SIZE(kinds)]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		for (j = 0; j < 150; j++) {
			void *block = myslab_pool_block(pool, j);

			wrong += myslab_pool_index(pool, block) != j;
			wrong += myslab_pool_index(pool, block + 1) != -EINVAL;
		}
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, 150), 150U);
		for (j = 0; j < 150; j++) {
			k = myslab_pool_index(pool, blocks[j]);
			wrong += myslab_pool_block(pool, k) != blocks[j];
		}
		pool_give(pool, blocks, 150);
		KUNIT_EXPECT_NULL(test, myslab_pool_block(pool, 150));
		KUNIT_EXPECT_EQ(test, myslab_pool_index(pool, blocks), -EINVAL);
		KUNIT_EXPECT_EQ(test, myslab_pool_index(pool, NULL), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void freeing_null_does_nothing(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 4, kinds[k]);

		KUNIT_ASSERT_NOT_NULL(test, pool);
		myslab_pool_free(pool, NULL);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).frees, 0UL);
	}
	myslab_pool_destroy(NULL);
	myslab_pool_destroy(ERR_PTR(-ENOMEM));
}

static void a_block_is_had_without_waiting_if_there_is_one(struct kunit *test)
{
	unsigned int k;
	void *block;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 1, kinds[k]);

		KUNIT_ASSERT_NOT_NULL(test, pool);
		block = myslab_pool_alloc_wait(pool, HZ);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool, 0));
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool, -1));
		KUNIT_EXPECT_EQ(test, pool_stat(pool).waits, 0UL);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).failures, 2UL);
		myslab_pool_free(pool, block);
	}
}

static void waiting_ends_when_the_time_is_over(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);
	unsigned long start;
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	KUNIT_ASSERT_NOT_NULL(test, block);
	start = jiffies;
	KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool, 5));
	KUNIT_EXPECT_GE(test, jiffies - start, 5UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).waits, 1UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).waiting, 0UL);
	/* Nothing is owed to who has gone. */
	myslab_pool_free(pool, block);
	KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, 2), 1U);
	pool_give(pool, blocks, 1);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
}

static void nothing_waits_for_a_private_pool(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, MYSLAB_POOL_PRIVATE);
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool,
						       MAX_SCHEDULE_TIMEOUT));
	myslab_pool_free(pool, block);
}

static void a_pool_ends_with_its_scope(struct kunit *test)
{
	struct myslab_pool *pool;

	{
		struct myslab_pool *scoped __free(myslab_pool) =
			myslab_pool_create("scoped", 64, 4, NULL);

		KUNIT_ASSERT_FALSE(test, IS_ERR(scoped));
		myslab_pool_free(scoped, myslab_pool_alloc(scoped));
	}
	/* Its name can be had again. */
	pool = myslab_pool_create("scoped", 64, 4, NULL);
	KUNIT_EXPECT_FALSE(test, IS_ERR(pool));
	KUNIT_EXPECT_STREQ(test, myslab_pool_name(pool), "scoped");
	myslab_pool_destroy(pool);
}

static void many_pools_come_and_go(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int i, wrong = 0;

	for (i = 0; i < 200; i++) {
		pool = myslab_pool_create("passing", 1 + i * 13, 1 + i * 3,
					  NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
		wrong += pool_take(pool, blocks, MOST) != 1 + i * 3;
		pool_give(pool, blocks, 1 + i * 3);
		myslab_pool_destroy(pool);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(every_block_can_be_had_and_no_more),
	KUNIT_CASE(the_peak_is_the_most_that_were_out),
	KUNIT_CASE(stat_says_what_was_asked_for),
	KUNIT_CASE(blocks_are_aligned_as_asked),
	KUNIT_CASE(index_and_block_are_each_others_inverse),
	KUNIT_CASE(freeing_null_does_nothing),
	KUNIT_CASE(a_block_is_had_without_waiting_if_there_is_one),
	KUNIT_CASE(waiting_ends_when_the_time_is_over),
	KUNIT_CASE(nothing_waits_for_a_private_pool),
	KUNIT_CASE(a_pool_ends_with_its_scope),
	KUNIT_CASE(many_pools_come_and_go),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "myslab_pool",
	.init = pools_begin,
	.exit = pools_end,
	.test_cases = pool_cases,
};

kunit_test_suite(pool_suite);

MODULE_DESCRIPTION("Tests of myslab: pools");
MODULE_LICENSE("GPL");
