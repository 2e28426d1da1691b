// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation of a request from an arena fails in turn: the call says so,
 * leaves nothing, and goes through when tried again.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

static const struct myslab_arena_args kinds[] = {
	{ },
	{ .flags = MYSLAB_ARENA_SHARED },
	{ .flags = MYSLAB_ARENA_SHARED | MYSLAB_ARENA_MAPPABLE,
	  .chunk_size = 20000 },
};

static bool request(struct myslab_arena *arena)
{
	struct myslab_arena_mark mark = myslab_arena_mark(arena);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (!myslab_arena_alloc(arena, i * 20 + 1, GFP_KERNEL) ||
		    (i % 30 == 7 &&
		     !myslab_arena_zalloc(arena, 60000, GFP_KERNEL))) {
			myslab_arena_rewind(arena, mark);
			return false;
		}
	}
	return true;
}

static void fail_each(struct kunit *test, const struct myslab_arena_args *args)
{
	unsigned long nth = 0;
	struct mirror_usage before, after;
	struct myslab_arena_stat stat;
	struct myslab_arena *arena;
	bool done, failed;

	do {
		mirror_usage(&before);
		mirror_fail_at(++nth);
		arena = myslab_arena_create("fails", args);
		done = !IS_ERR(arena) && request(arena);
		failed = mirror_failed();
		mirror_fail_at(0);
		if (!IS_ERR(arena) && !done) {
			myslab_arena_stat(arena, &stat);
			KUNIT_EXPECT_EQ(test, stat.bytes_used, 0UL);
			KUNIT_EXPECT_EQ(test, stat.allocs, stat.frees);
			KUNIT_EXPECT_GT(test, stat.failures, 0UL);
			KUNIT_EXPECT_TRUE(test, request(arena));
		}
		myslab_arena_destroy(arena);
		mirror_usage(&after);
		KUNIT_EXPECT_EQ(test, after.pages, before.pages);
	} while (failed && test->status != KUNIT_FAILURE);
	KUNIT_EXPECT_GT(test, nth, 8UL);
	kunit_info(test, "%lu allocations failed in turn", nth - 1);
}

static void each_failure_leaves_an_arena_whole(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		fail_each(test, &kinds[i]);
}

static void fragmented_memory_gives_smaller_chunks(struct kunit *test)
{
	struct myslab_arena *arena = myslab_arena_create("small", NULL);
	struct myslab_arena_stat stat;

	/* The descriptor, then 16, 8, 4 pages. */
	mirror_fail_at(2);
	KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, 100,
						       GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, mirror_failed());
	mirror_fail_at(0);
	myslab_arena_stat(arena, &stat);
	KUNIT_EXPECT_EQ(test, stat.pages, 8UL);
	KUNIT_EXPECT_EQ(test, stat.failures, 0UL);
	KUNIT_EXPECT_EQ(test, stat.bytes_total, 8 * PAGE_SIZE);
	myslab_arena_destroy(arena);
}

static void arena_fail_exit(struct kunit *test)
{
	mirror_fail_at(0);
}

static struct kunit_case arena_fail_cases[] = {
	KUNIT_CASE(each_failure_leaves_an_arena_whole),
	KUNIT_CASE(fragmented_memory_gives_smaller_chunks),
	{}
};

static struct kunit_suite arena_fail_suite = {
	.name = "mirror_arena_fail",
	.exit = arena_fail_exit,
	.test_cases = arena_fail_cases,
};

kunit_test_suite(arena_fail_suite);

MODULE_LICENSE("GPL");
