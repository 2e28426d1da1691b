// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels that zero memory: with init_on_alloc, whatever is handed out is zero;
 * with init_on_free, whatever is free. But not what must keep its state.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

#define NR	150	/* blocks of a pool: more than two words */
#define SIZE	200
#define GARBAGE	0x5a

static void *blocks[NR];

static void expect_zero(struct kunit *test, const void *p, size_t size)
{
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
}

/* All blocks, in an order that varies, some out while others come back. */
static void use_pool(struct kunit *test, unsigned int flags,
		     void (*freed)(struct kunit *test, const void *p, size_t n))
{
	const struct myslab_pool_args args = { .flags = flags };
	struct myslab_pool *pool;
	unsigned int i, round;

	pool = myslab_pool_create("zeroing", SIZE, NR, &args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	for (round = 0; round < 8; round++) {
		for (i = 0; i < NR; i++) {
			if (blocks[i])
				continue;
			blocks[i] = myslab_pool_alloc(pool);
			expect_zero(test, blocks[i], SIZE);
			memset(blocks[i], GARBAGE, SIZE);
		}
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc(pool));
		for (i = 0; i < NR; i++) {
			if (round < 7 && mirror_random() % 3 == 0)
				continue;
			myslab_pool_free(pool, blocks[i]);
			freed(test, blocks[i], SIZE);
			blocks[i] = NULL;
		}
	}
	myslab_pool_destroy(pool);
}

static void any_contents(struct kunit *test, const void *p, size_t size)
{
}

static void a_pool_hands_out_zeroes(struct kunit *test)
{
	static_branch_enable(&init_on_alloc);
	use_pool(test, 0, any_contents);
	use_pool(test, MYSLAB_POOL_PRIVATE, any_contents);
	static_branch_disable(&init_on_alloc);
}

/* The pages are zero too: the kernel has both on. */
static void a_pool_zeroes_what_is_free(struct kunit *test)
{
	static_branch_enable(&init_on_alloc);
	static_branch_enable(&init_on_free);
	use_pool(test, 0, expect_zero);
	use_pool(test, MYSLAB_POOL_PRIVATE, expect_zero);
	static_branch_disable(&init_on_free);
	static_branch_disable(&init_on_alloc);
}

/* Misuse is found there as elsewhere. */
static void freeing_twice_is_found(struct kunit *test)
{
	static const struct myslab_pool_args kinds[] = {
		{ }, { .flags = MYSLAB_POOL_PRIVATE },
	};
	struct myslab_pool_stat stat;
	struct myslab_pool *pool;
	unsigned int i;
	void *p, *other;

	static_branch_enable(&init_on_alloc);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		pool = myslab_pool_create("zeroing", SIZE, NR, &kinds[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
		p = myslab_pool_alloc(pool);
		other = myslab_pool_alloc(pool);
		myslab_pool_free(pool, p);
		myslab_pool_free(pool, p);
		myslab_pool_free(pool, other + 8);
		myslab_pool_free(pool, other + SIZE);
		myslab_pool_stat(pool, &stat);
		KUNIT_EXPECT_EQ(test, stat.reports, 3UL);
		KUNIT_EXPECT_EQ(test, stat.blocks_used, 1UL);
		myslab_pool_free(pool, other);
		myslab_pool_destroy(pool);
	}
	static_branch_disable(&init_on_alloc);
}

/*
 * Arenas: objects of all sizes, then back to the start or to a mark, and again.
 */

static void fill_arena(struct kunit *test, struct myslab_arena *arena,
		       unsigned int nr)
{
	size_t size, align;
	void *p;

	while (nr--) {
		size = 1 + mirror_random() % (nr % 16 ? 600 : 30000);
		align = 1UL << mirror_random() % 13;
		if (nr % 5)
			p = myslab_arena_alloc(arena, size, GFP_KERNEL);
		else
			p = myslab_arena_alloc_aligned(arena, size, align,
						       GFP_KERNEL);
		expect_zero(test, p, size);
		memset(p, GARBAGE, size);
	}
}

static void use_arena(struct kunit *test, unsigned int flags)
{
	const struct myslab_arena_args args = { .flags = flags };
	struct myslab_arena_mark mark, inner;
	struct myslab_arena *arena;
	unsigned int round;

	arena = myslab_arena_create("zeroing", &args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	for (round = 0; round < 10; round++) {
		fill_arena(test, arena, 100);
		mark = myslab_arena_mark(arena);
		fill_arena(test, arena, 5);
		inner = myslab_arena_mark(arena);
		fill_arena(test, arena, 3);
		myslab_arena_rewind(arena, inner);
		fill_arena(test, arena, 100);
		myslab_arena_rewind(arena, mark);
		fill_arena(test, arena, 200);
		if (round % 4 == 0)
			myslab_arena_trim(arena);
		myslab_arena_reset(arena);
		if (round % 4 == 1)
			myslab_arena_trim(arena);
	}
	myslab_arena_destroy(arena);
}

static void an_arena_hands_out_zeroes(struct kunit *test)
{
	static_branch_enable(&init_on_alloc);
	use_arena(test, 0);
	use_arena(test, MYSLAB_ARENA_SHARED);
	use_arena(test, MYSLAB_ARENA_MAPPABLE);
	static_branch_disable(&init_on_alloc);
}

/*
 * Caches: each way out, and each way back.
 */

static void a_cache_hands_out_zeroes(struct kunit *test)
{
	struct myslab_cache *cache;
	void *p;
	int i;

	static_branch_enable(&init_on_alloc);
	cache = myslab_cache_create("zeroing", SIZE, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	for (i = 0; i < 4 * NR; i++) {
		p = NULL;
		if (i % 4 == 3)
			p = myslab_cache_try_alloc(cache);
		else if (i % 4 == 2)
			p = myslab_cache_alloc_node(cache, GFP_KERNEL, 0);
		else if (i % 4 == 1)
			myslab_cache_alloc_bulk(cache, GFP_KERNEL, 1, &p);
		else
			p = myslab_cache_alloc(cache, GFP_KERNEL);
		expect_zero(test, p, SIZE);
		memset(p, GARBAGE, SIZE);
		myslab_cache_free(cache, p);
	}
	myslab_cache_destroy(cache);
	static_branch_disable(&init_on_alloc);
}

static void a_cache_zeroes_what_is_free(struct kunit *test)
{
	struct myslab_cache *cache;
	int i;

	static_branch_enable(&init_on_free);
	cache = myslab_cache_create("zeroing", SIZE, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	for (i = 0; i < 5; i++) {
		blocks[i] = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		memset(blocks[i], GARBAGE, SIZE);
	}
	myslab_cache_free(cache, blocks[0]);
	myslab_cache_free_bulk(cache, 2, blocks + 1);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, blocks[3]));
	myslab_cache_free_rcu(cache, blocks[4]);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(blocks[4], 0, SIZE));
	mirror_advance(1);
	mirror_advance(1);
	for (i = 0; i < 5; i++) {
		expect_zero(test, blocks[i], SIZE);
		blocks[i] = NULL;
	}
	myslab_cache_destroy(cache);
	static_branch_disable(&init_on_free);
}

static int fill(void *obj, void *private, gfp_t gfp)
{
	memset(obj, GARBAGE, SIZE);
	return 0;
}

static void what_must_keep_its_state_is_not_zeroed(struct kunit *test)
{
	static const struct myslab_cache_args kinds[] = {
		{ .ctor = fill }, { .flags = MYSLAB_TYPESAFE_BY_RCU },
	};
	struct myslab_cache *cache;
	unsigned int i;
	void *p;

	static_branch_enable(&init_on_alloc);
	static_branch_enable(&init_on_free);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		cache = myslab_cache_create("zeroing", SIZE, &kinds[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
		p = myslab_cache_alloc(cache, GFP_KERNEL);
		memset(p, GARBAGE, SIZE);
		myslab_cache_free(cache, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, GARBAGE, SIZE));
		KUNIT_EXPECT_PTR_EQ(test, myslab_cache_alloc(cache, GFP_KERNEL),
				    p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, GARBAGE, SIZE));
		myslab_cache_free(cache, p);
		myslab_cache_destroy(cache);
	}
	static_branch_disable(&init_on_free);
	static_branch_disable(&init_on_alloc);
}

static struct kunit_case zeroing_cases[] = {
	KUNIT_CASE(a_cache_hands_out_zeroes),
	KUNIT_CASE(a_cache_zeroes_what_is_free),
	KUNIT_CASE(what_must_keep_its_state_is_not_zeroed),
	KUNIT_CASE(a_pool_hands_out_zeroes),
	KUNIT_CASE(a_pool_zeroes_what_is_free),
	KUNIT_CASE(freeing_twice_is_found),
	KUNIT_CASE(an_arena_hands_out_zeroes),
	{}
};

static struct kunit_suite zeroing_suite = {
	.name = "mirror_zeroing",
	.test_cases = zeroing_cases,
};

kunit_test_suite(zeroing_suite);

MODULE_LICENSE("GPL");
