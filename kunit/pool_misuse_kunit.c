// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse of pools, shared and private: found at the call, by kind and object,
 * with a legal twin that stays silent; the pool goes on.
 */
#include "pool.h"

#define NR	200

static void *blocks[NR];
static char module_data[64] __aligned(64);

static const unsigned int kinds[] = { 0, MYSLAB_POOL_PRIVATE };

static void expect_found(struct kunit *test, struct myslab_pool *pool,
			 void *ptr, enum myslab_kind kind)
{
	unsigned long used = pool_stat(pool).blocks_used;
	unsigned long reports = pool_stat(pool).reports;

	expect_report(test, kind, ptr);
	myslab_pool_free(pool, ptr);
	KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "pointer %p", ptr);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, used);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).reports, reports + 1);
}

/* All blocks but @gone of them still come, and all are different. */
static void expect_sound(struct kunit *test, struct myslab_pool *pool,
			 unsigned int gone)
{
	unsigned int total = pool_stat(pool).blocks_total, nr, i, wrong = 0;

	KUNIT_ASSERT_LE(test, total, (unsigned int)NR);
	nr = pool_take(pool, blocks, NR);
	KUNIT_EXPECT_EQ(test, nr, total - gone);
	for (i = 0; i < nr; i++)
		*(unsigned long *)blocks[i] = i;
	for (i = 0; i < nr; i++)
		wrong += *(unsigned long *)blocks[i] != i;
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	pool_give(pool, blocks, nr);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).quarantined,
			(unsigned long)gone);
}

static void freeing_what_is_no_memory_of_ours_is_found(struct kunit *test)
{
	unsigned long on_stack[16];
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 100, kinds[k]);
		void *foreign = kunit_kmalloc(test, 64, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_NOT_NULL(test, foreign);
		expect_found(test, pool, (void *)1, MYSLAB_INVALID_FREE);
		expect_found(test, pool, (void *)4096, MYSLAB_INVALID_FREE);
		expect_found(test, pool, ERR_PTR(-ENOMEM), MYSLAB_INVALID_FREE);
		expect_found(test, pool, (void *)~0UL, MYSLAB_INVALID_FREE);
		expect_found(test, pool, PTR_ALIGN(&on_stack[0], 64),
			     MYSLAB_INVALID_FREE);
		expect_found(test, pool, module_data, MYSLAB_INVALID_FREE);
		expect_found(test, pool, foreign, MYSLAB_INVALID_FREE);
		expect_found(test, pool, pool, MYSLAB_INVALID_FREE);
		expect_sound(test, pool, 0);
	}
}

static void freeing_the_middle_of_a_block_is_found(struct kunit *test)
{
	static const size_t sizes[] = { 8, 24, 64, 200, 4096, 70000 };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(kinds); i++) {
		size_t size = sizes[i / ARRAY_SIZE(kinds)];
		struct myslab_pool *pool;
		void *block;

		k = i % ARRAY_SIZE(kinds);
		pool = new_pool(test, size, 10, kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		block = myslab_pool_alloc(pool);
		KUNIT_ASSERT_NOT_NULL(test, block);
		expect_found(test, pool, block + 1, MYSLAB_INVALID_FREE);
		expect_found(test, pool, block + size / 2, MYSLAB_INVALID_FREE);
		expect_found(test, pool, block + size - 1, MYSLAB_INVALID_FREE);
		/* The twin: its start. */
		myslab_pool_free(pool, block);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		expect_sound(test, pool, 0);
	}
}

static void freeing_behind_the_last_block_is_found(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		/* 10 blocks of a page that has room for more. */
		struct myslab_pool *pool = new_pool(test, 64, 10, kinds[k]);
		void *last;

		KUNIT_ASSERT_NOT_NULL(test, pool);
		last = myslab_pool_block(pool, 9);
		expect_found(test, pool, last + 64, MYSLAB_INVALID_FREE);
		expect_found(test, pool, last + 54 * 64, MYSLAB_INVALID_FREE);
		expect_sound(test, pool, 0);
	}
}

static void freeing_to_another_pool_is_found(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *mine = new_pool(test, 64, 10, kinds[k]);
		struct myslab_pool *other = new_pool(test, 64, 10, 0);
		void *block;

		KUNIT_ASSERT_NOT_NULL(test, mine);
		KUNIT_ASSERT_NOT_NULL(test, other);
		block = myslab_pool_alloc(mine);
		expect_found(test, other, block, MYSLAB_WRONG_OWNER);
		/* The twin: its own pool; and the way back. */
		myslab_pool_free(mine, block);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		block = myslab_pool_alloc(other);
		expect_found(test, mine, block, MYSLAB_WRONG_OWNER);
		myslab_pool_free(other, block);
		expect_sound(test, mine, 0);
		expect_sound(test, other, 0);
	}
}

static void a_pool_and_a_cache_know_their_own(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_pool *pool = new_pool(test, 64, 10, 0);
	void *obj, *block;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	block = myslab_pool_alloc(pool);
	expect_found(test, pool, obj, MYSLAB_WRONG_OWNER);
	expect_report(test, MYSLAB_WRONG_OWNER, block);
	myslab_cache_free(cache, block);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
	myslab_pool_free(pool, block);
}

static void freeing_twice_is_found_at_the_free(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 10, kinds[k]);
		void *a, *b;

		KUNIT_ASSERT_NOT_NULL(test, pool);
		a = myslab_pool_alloc(pool);
		b = myslab_pool_alloc(pool);
		myslab_pool_free(pool, a);
		expect_found(test, pool, a, MYSLAB_DOUBLE_FREE);
		/* Withdrawn now; and found again. */
		expect_found(test, pool, a, MYSLAB_DOUBLE_FREE);
		/* The twin: its neighbour. */
		myslab_pool_free(pool, b);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		expect_sound(test, pool, 1);
		expect_found(test, pool, a, MYSLAB_DOUBLE_FREE);
	}
}

static void freeing_twice_with_others_between_is_found(struct kunit *test)
{
	unsigned int k, i;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 10, kinds[k]);

		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, 4), 4U);
		for (i = 0; i < 3; i++)
			myslab_pool_free(pool, blocks[i]);
		for (i = 0; i < 3; i++)
			expect_found(test, pool, blocks[i],
				     MYSLAB_DOUBLE_FREE);
		/* The twin: the one that is out. */
		myslab_pool_free(pool, blocks[3]);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		expect_sound(test, pool, 3);
	}
}

static void freeing_twice_what_was_out_twice_is_found(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 10, kinds[k]);
		void *a, *b;

		KUNIT_ASSERT_NOT_NULL(test, pool);
		a = myslab_pool_alloc(pool);
		b = myslab_pool_alloc(pool);
		myslab_pool_free(pool, a);
		a = myslab_pool_alloc(pool);
		/* A private pool keeps b where it kept a. */
		myslab_pool_free(pool, b);
		myslab_pool_free(pool, a);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
		expect_found(test, pool, a, MYSLAB_DOUBLE_FREE);
		expect_found(test, pool, b, MYSLAB_DOUBLE_FREE);
		expect_sound(test, pool, 2);
	}
}

static void freeing_what_was_never_allocated_is_found(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 100, kinds[k]);
		void *block;

		KUNIT_ASSERT_NOT_NULL(test, pool);
		block = myslab_pool_alloc(pool);
		expect_found(test, pool, myslab_pool_block(pool, 50),
			     MYSLAB_DOUBLE_FREE);
		expect_found(test, pool, myslab_pool_block(pool, 99),
			     MYSLAB_DOUBLE_FREE);
		myslab_pool_free(pool, block);
		expect_sound(test, pool, pool_stat(pool).quarantined);
	}
}

static void the_last_block_freed_twice_is_withdrawn(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 1, kinds[k]);
		void *block;

		KUNIT_ASSERT_NOT_NULL(test, pool);
		block = myslab_pool_alloc(pool);
		myslab_pool_free(pool, block);
		expect_found(test, pool, block, MYSLAB_DOUBLE_FREE);
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc(pool));
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
	}
}

static void use_after_destroy_is_found(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 64, 10, kinds[k]);
		void *block;

		KUNIT_ASSERT_NOT_NULL(test, pool);
		block = myslab_pool_alloc(pool);
		myslab_pool_free(pool, block);
		destroy_pool(pool);
		expect_report(test, MYSLAB_USE_AFTER_FREE, NULL);
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc(pool));
		expect_report(test, MYSLAB_USE_AFTER_FREE, NULL);
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool, HZ));
		expect_report(test, MYSLAB_USE_AFTER_FREE, block);
		myslab_pool_free(pool, block);
		expect_report(test, MYSLAB_USE_AFTER_FREE, NULL);
		myslab_pool_destroy(pool);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		KUNIT_EXPECT_NULL(test, myslab_pool_block(pool, 0));
		KUNIT_EXPECT_EQ(test, myslab_pool_index(pool, block), -EINVAL);
	}
}

static void blocks_out_at_destroy_are_a_leak(struct kunit *test)
{
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct myslab_pool *pool = new_pool(test, 40000, 13, kinds[k]);

		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, 13), 13U);
		pool_give(pool, blocks + 1, 12);
		expect_report(test, MYSLAB_LEAK, blocks[0]);
		destroy_pool(pool);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* The chunks of the others went; a late free is harmless. */
		KUNIT_EXPECT_LE(test, pool_stat(pool).pages, 64UL);
		KUNIT_EXPECT_GT(test, pool_stat(pool).pages, 0UL);
		memset(blocks[0], 1, 40000);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 1UL);
		myslab_pool_free(pool, blocks[0]);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
		expect_report(test, MYSLAB_DOUBLE_FREE, blocks[0]);
		myslab_pool_free(pool, blocks[0]);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
	}
}

static void expect_refused(struct kunit *test, const char *name, size_t size,
			   unsigned int nr,
			   const struct myslab_pool_args *args, int err)
{
	struct myslab_pool *pool;

	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	pool = myslab_pool_create(name, size, nr, args);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(pool), err);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void what_cannot_be_is_not_created(struct kunit *test)
{
	struct myslab_pool_args args = { .align = 24 };
	struct myslab_pool *pool;
	char name[80];

	memset(name, 'x', sizeof(name));
	name[64] = 0;
	expect_refused(test, NULL, 64, 1, NULL, -EINVAL);
	expect_refused(test, "", 64, 1, NULL, -EINVAL);
	expect_refused(test, "two words", 64, 1, NULL, -EINVAL);
	expect_refused(test, name, 64, 1, NULL, -ENAMETOOLONG);
	expect_refused(test, "zero", 0, 1, NULL, -EINVAL);
	expect_refused(test, "large", MYSLAB_MAX_SIZE + 1, 1, NULL, -EINVAL);
	expect_refused(test, "huge", SIZE_MAX, 1, NULL, -EINVAL);
	expect_refused(test, "none", 64, 0, NULL, -EINVAL);
	expect_refused(test, "many", 64, MYSLAB_POOL_MAX_BLOCKS + 1, NULL,
		       -EINVAL);
	expect_refused(test, "align", 64, 1, &args, -EINVAL);
	args = (struct myslab_pool_args){ .align = MYSLAB_MAX_SIZE * 2 };
	expect_refused(test, "align", 64, 1, &args, -EINVAL);
	args = (struct myslab_pool_args){ .flags = BIT(31) };
	expect_refused(test, "flags", 64, 1, &args, -EINVAL);
	args = (struct myslab_pool_args){ .flags = MYSLAB_DMA | MYSLAB_DMA32 };
	expect_refused(test, "zones", 64, 1, &args, -EINVAL);

	/* The twin; and the same name again. */
	pool = myslab_pool_create("right", 64, 1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	expect_refused(test, "right", 64, 1, NULL, -EEXIST);
	myslab_pool_destroy(pool);
}

static struct kunit_case pool_misuse_cases[] = {
	KUNIT_CASE(freeing_what_is_no_memory_of_ours_is_found),
	KUNIT_CASE(freeing_the_middle_of_a_block_is_found),
	KUNIT_CASE(freeing_behind_the_last_block_is_found),
	KUNIT_CASE(freeing_to_another_pool_is_found),
	KUNIT_CASE(a_pool_and_a_cache_know_their_own),
	KUNIT_CASE(freeing_twice_is_found_at_the_free),
	KUNIT_CASE(freeing_twice_with_others_between_is_found),
	KUNIT_CASE(freeing_twice_what_was_out_twice_is_found),
	KUNIT_CASE(freeing_what_was_never_allocated_is_found),
	KUNIT_CASE(the_last_block_freed_twice_is_withdrawn),
	KUNIT_CASE(use_after_destroy_is_found),
	KUNIT_CASE(blocks_out_at_destroy_are_a_leak),
	KUNIT_CASE(what_cannot_be_is_not_created),
	{}
};

static struct kunit_suite pool_misuse_suite = {
	.name = "myslab_pool_misuse",
	.init = pools_begin,
	.exit = pools_end,
	.test_cases = pool_misuse_cases,
};

kunit_test_suite(pool_misuse_suite);

MODULE_DESCRIPTION("Tests of myslab: misuse of pools");
MODULE_LICENSE("GPL");
