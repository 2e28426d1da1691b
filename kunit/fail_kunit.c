// SPDX-License-Identifier: GPL-2.0
/*
 * Which calls fail by fault injection: of each allocator, all called DEBUGGED.
 */
#include <linux/bitmap.h>
#include <linux/sched.h>

#include "arena.h"
#include "debug.h"
#include "heap.h"
#include "pool.h"

#define NR	400
#define SIZE	64

enum kind { CACHE, TRIED, HEAP, POOL, ARENA, NR_KINDS };

static struct myslab_cache *cache;
static struct myslab_heap *heap;
static struct myslab_pool *pool;
static struct myslab_arena *arena;

static int fail_begin(struct kunit *test)
{
	int err = watch_begin(test);

	if (err)
		return err;
	heap = myslab_heap_create(DEBUGGED, NULL);
	pool = myslab_pool_create(DEBUGGED, SIZE, 4, NULL);
	arena = myslab_arena_create(DEBUGGED, NULL);
	cache = new_debugged(test, "off", SIZE, NULL);
	if (!cache || IS_ERR(heap) || IS_ERR(pool) || IS_ERR(arena))
		return -ENOMEM;
	return 0;
}

static void fail_end(struct kunit *test)
{
	myslab_debug_fail(NULL);
	myslab_arena_destroy(arena);
	myslab_pool_destroy(pool);
	myslab_heap_destroy(heap);
	debug_end(test);
}

/* Other letters, from the first call on. */
static void start(struct kunit *test, const char *letters)
{
	switch_to(test, "off");
	myslab_arena_reset(arena);
	switch_to(test, letters);
	myslab_arena_reset(arena);
}

static bool cache_fails(gfp_t gfp, bool tries)
{
	void *obj = tries ? myslab_cache_try_alloc(cache) :
			    myslab_cache_alloc(cache, gfp);

	myslab_cache_free(cache, obj);
	return !obj;
}

/* An allocation and a free: did it fail? */
static bool fails_with(enum kind kind, size_t size, gfp_t gfp)
{
	void *p;

	switch (kind) {
	case CACHE:
	case TRIED:
		return cache_fails(gfp, kind == TRIED);
	case HEAP:
		p = myslab_heap_alloc(heap, size, gfp);
		myslab_heap_free(heap, p);
		return !p;
	case POOL:
		p = myslab_pool_alloc(pool);
		myslab_pool_free(pool, p);
		return !p;
	default:
		return !myslab_arena_alloc(arena, size, gfp);
	}
}

static bool fails(enum kind kind)
{
	return fails_with(kind, SIZE, GFP_KERNEL);
}

static unsigned int failed_of(enum kind kind, unsigned int nr)
{
	unsigned int failed = 0;

	while (nr--)
		failed += fails(kind);
	return failed;
}

static void probability_is_in_percent(struct kunit *test)
{
	struct myslab_fail how = { .times = -1 };
	unsigned int failed;
	enum kind kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		start(test, "E:1");
		/* An object to try for is there. */
		myslab_debug_fail(&how);
		KUNIT_EXPECT_EQ(test, failed_of(CACHE, 1), 0U);
		KUNIT_EXPECT_EQ(test, failed_of(kind, NR), 0U);
		myslab_debug_fail(NULL);
		KUNIT_EXPECT_EQ(test, failed_of(kind, NR), (unsigned int)NR);
		how.probability = 30;
		myslab_debug_fail(&how);
		failed = failed_of(kind, NR);
		KUNIT_EXPECT_GT(test, failed, 70U);
		KUNIT_EXPECT_LT(test, failed, 170U);
		how.probability = 0;
	}
}

static void draw(struct kunit *test, unsigned long *bits, unsigned int seed)
{
	const struct myslab_fail how = {
		.probability = 50, .times = -1, .seed = seed,
	};
	enum kind kind;
	unsigned int i;

	myslab_debug_fail(&how);
	start(test, "E:1");
	bitmap_zero(bits, NR);
	for (i = 0; i < NR; i++) {
		kind = i % NR_KINDS;
		if (kind != TRIED && fails(kind))
			__set_bit(i, bits);
	}
}

static void the_same_seed_fails_the_same_calls(struct kunit *test)
{
	static DECLARE_BITMAP(first, NR);
	static DECLARE_BITMAP(again, NR);

	draw(test, first, 1);
	draw(test, again, 1);
	KUNIT_EXPECT_TRUE(test, bitmap_equal(first, again, NR));
	/* The twin: other calls with another. */
	draw(test, again, 2);
	KUNIT_EXPECT_FALSE(test, bitmap_equal(first, again, NR));
}

static void so_many_times_and_no_more(struct kunit *test)
{
	const struct myslab_fail how = { .probability = 100, .times = 3 };
	enum kind kind;
	unsigned int i;

	for (kind = 0; kind < NR_KINDS; kind++) {
		start(test, "E:2");
		/* An object to try for is there; the first of two. */
		KUNIT_EXPECT_FALSE(test, fails(CACHE));
		if (kind == CACHE || kind == TRIED)
			KUNIT_EXPECT_TRUE(test, fails(CACHE));
		myslab_debug_fail(&how);
		for (i = 1; i <= 20; i++)
			KUNIT_EXPECT_EQ(test, fails(kind),
					i == 2 || i == 4 || i == 6);
		myslab_debug_fail(NULL);
	}
}

/* Whosever it is: that is how a tool fails each call in turn. */
static void the_nth_call_fails_and_no_other(struct kunit *test)
{
	struct myslab_fail how = { .times = -1 };
	unsigned int i;

	start(test, "E:1");
	myslab_debug_fail(&how);
	KUNIT_EXPECT_FALSE(test, fails(CACHE));
	for (how.nth = 1; how.nth <= 10; how.nth++) {
		myslab_debug_fail(&how);
		for (i = 1; i <= 20; i++)
			KUNIT_EXPECT_EQ(test, fails(i % NR_KINDS),
					(int)i == how.nth);
	}
	how.nth = 5;
	how.probability = 100;
	myslab_debug_fail(&how);
	for (i = 1; i <= 10; i++)
		KUNIT_EXPECT_EQ(test, fails(CACHE), i >= 5);
}

static void only_sizes_between_fail(struct kunit *test)
{
	struct myslab_fail how = {
		.probability = 100, .times = -1,
		.min_size = 100, .max_size = 5000,
	};
	static const enum kind any_size[] = { HEAP, ARENA };
	unsigned int i;

	start(test, "E:1");
	myslab_debug_fail(&how);
	for (i = 0; i < ARRAY_SIZE(any_size); i++) {
		KUNIT_EXPECT_FALSE(test, fails_with(any_size[i], 99,
						    GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, fails_with(any_size[i], 100,
						   GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, fails_with(any_size[i], 5000,
						   GFP_KERNEL));
		KUNIT_EXPECT_FALSE(test, fails_with(any_size[i], 5001,
						    GFP_KERNEL));
	}
	KUNIT_EXPECT_FALSE(test, fails(CACHE) || fails(POOL));
	how.min_size = SIZE;
	how.max_size = SIZE;
	myslab_debug_fail(&how);
	KUNIT_EXPECT_TRUE(test, fails(CACHE) && fails(POOL));
}

static void only_calls_of_a_task_fail(struct kunit *test)
{
	struct myslab_fail how = {
		.probability = 100, .times = -1, .task = current->tgid,
	};
	enum kind kind;

	start(test, "E:1");
	for (kind = 0; kind < NR_KINDS; kind++) {
		myslab_debug_fail(&how);
		KUNIT_EXPECT_TRUE(test, fails(kind));
		how.task++;
		myslab_debug_fail(&how);
		/* An object to try for is there. */
		KUNIT_EXPECT_FALSE(test, fails(CACHE) || fails(kind));
		how.task--;
	}
}

static void what_must_not_fail_is_not_even_counted(struct kunit *test)
{
	static const enum kind with_gfp[] = { CACHE, HEAP, ARENA };
	const struct myslab_fail how = { .nth = 1 };
	unsigned int i;

	start(test, "E:1");
	for (i = 0; i < ARRAY_SIZE(with_gfp); i++) {
		KUNIT_EXPECT_FALSE(test, fails_with(with_gfp[i], SIZE,
						    GFP_KERNEL | __GFP_NOFAIL));
		myslab_debug_fail(&how);
		KUNIT_EXPECT_FALSE(test, fails_with(with_gfp[i], SIZE,
						    GFP_KERNEL | __GFP_NOFAIL));
		KUNIT_EXPECT_TRUE(test, fails(with_gfp[i]));
		myslab_debug_fail(NULL);
	}
}

/* A pool, which cannot fail, fails where just that is asked for. */
static void without_the_letter_nothing_fails(struct kunit *test)
{
	enum kind kind;

	start(test, "F");
	myslab_debug_fail(NULL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("E:1,debugge?"), 0);
	KUNIT_EXPECT_TRUE(test, fails(HEAP));
	KUNIT_EXPECT_FALSE(test, fails(POOL));
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,debugge?"), 0);
	start(test, "F");
	KUNIT_EXPECT_FALSE(test, fails(CACHE));
	for (kind = 0; kind < NR_KINDS; kind++)
		KUNIT_EXPECT_EQ(test, failed_of(kind, NR), 0U);
}

/* Four calls' bytes. */
static void space_is_had_first(struct kunit *test)
{
	struct myslab_fail how = {
		.probability = 100, .times = -1, .space = 4 * SIZE + 1,
	};
	unsigned int i;

	start(test, "E:1");
	myslab_debug_fail(&how);
	for (i = 1; i <= 8; i++)
		KUNIT_EXPECT_EQ(test, fails(HEAP), i > 4);
}

static unsigned long here;

static noinline bool note_caller(enum kind kind)
{
	bool fail = fails(kind);

	here = (unsigned long)__builtin_return_address(0);
	return fail;
}

static noinline bool fails_here(enum kind kind)
{
	bool fail = note_caller(kind);

	barrier();
	return fail;
}

static noinline bool fails_there(enum kind kind)
{
	bool fail = fails(kind);

	barrier();
	return fail;
}

static void only_calls_through_code_fail(struct kunit *test)
{
	struct myslab_fail how = { .probability = 100, .times = -1 };

	start(test, "E:1");
	KUNIT_EXPECT_TRUE(test, fails_here(HEAP));
	how.require_start = here;
	how.require_end = here + 1;
	myslab_debug_fail(&how);
	KUNIT_EXPECT_TRUE(test, fails_here(HEAP) && !fails_there(HEAP));
	how.reject_start = here;
	how.reject_end = here + 1;
	myslab_debug_fail(&how);
	KUNIT_EXPECT_FALSE(test, fails_here(HEAP));
	how.require_start = 0;
	how.require_end = 0;
	myslab_debug_fail(&how);
	KUNIT_EXPECT_TRUE(test, !fails_here(HEAP) && fails_there(HEAP));
}

static unsigned int stacks_that(const char *word)
{
	const char *line = proc_text("/proc/myslab/stacks");
	unsigned int nr = 0;

	while ((line = strchr(line, '\n')))
		nr += !strncmp(++line, word, strlen(word));
	return nr;
}

/* However often they are called: two ways to a heap, from a loop. */
static void each_call_stack_fails_once(struct kunit *test)
{
	struct myslab_fail how = {
		.probability = 100, .times = -1, .stack = true,
	};
	unsigned int i;

	start(test, "E:1");
	myslab_debug_fail(&how);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, fails_here(HEAP), i == 0);
		KUNIT_EXPECT_EQ(test, fails_there(HEAP), i == 0);
	}
	KUNIT_EXPECT_EQ(test, stacks_that("failed 5 "), 2U);
	/* Those that it is not the turn of are listed, too. */
	how.times = 1;
	myslab_debug_fail(&how);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, fails_here(HEAP), i == 0);
		KUNIT_EXPECT_FALSE(test, fails_there(HEAP));
	}
	KUNIT_EXPECT_EQ(test, stacks_that("failed 5 "), 1U);
	KUNIT_EXPECT_EQ(test, stacks_that("not-tried 5 "), 1U);
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE(probability_is_in_percent),
	KUNIT_CASE(the_same_seed_fails_the_same_calls),
	KUNIT_CASE(so_many_times_and_no_more),
	KUNIT_CASE(the_nth_call_fails_and_no_other),
	KUNIT_CASE(only_sizes_between_fail),
	KUNIT_CASE(only_calls_of_a_task_fail),
	KUNIT_CASE(space_is_had_first),
	KUNIT_CASE(only_calls_through_code_fail),
	KUNIT_CASE(each_call_stack_fails_once),
	KUNIT_CASE(what_must_not_fail_is_not_even_counted),
	KUNIT_CASE(without_the_letter_nothing_fails),
	{}
};

static struct kunit_suite fail_suite = {
	.name = "myslab_fail",
	.init = fail_begin,
	.exit = fail_end,
	.test_cases = fail_cases,
};

kunit_test_suite(fail_suite);

MODULE_DESCRIPTION("Tests of myslab: fault injection");
MODULE_LICENSE("GPL");
