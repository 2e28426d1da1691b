// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas that are debugged: each letter finds what it is for, and its twin, the
 * same without the bug, stays silent.
 */
#include "arena_debug.h"

static void expect_filled(struct kunit *test, unsigned int nr, size_t size)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], i, size));
}

static void what_is_off_looks_at_nothing(struct kunit *test)
{
	struct myslab_arena *arena = debugged_arena(test, "off", 0);

	KUNIT_ASSERT_NOT_NULL(test, arena);
	fill(test, arena, 100);
	myslab_arena_reset(arena);
	fill(test, arena, 100);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).checks, 0UL);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).debugged, 0UL);
	myslab_arena_destroy(arena);
}

/* Small, aligned and large ones, again and again, with marks in between. */
static void nothing_is_found_without_a_bug(struct kunit *test)
{
	static const char * const letters[] = {
		"full", "off", "P", "U", "ZL", "off", "full", "Z", "off", "PL",
	};
	static const size_t sizes[] = { 1, 100, 3000, 30000 };
	struct myslab_arena *arena;
	struct myslab_arena_mark mark;
	unsigned int i, k, s;

	/* Each size meets each letter, as both are even in number, in two. */
	for (k = 0; k < 4; k++) {
		arena = debugged_arena(test, "full", kinds[k / 2]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		for (i = 0; i < 30; i++) {
			s = i % ARRAY_SIZE(sizes);
			fill(test, arena, sizes[s]);
			mark = myslab_arena_mark(arena);
			switch_to(test, letters[(i + k) % 10]);
			myslab_arena_alloc_aligned(arena, 500, 1024,
						   GFP_KERNEL);
			myslab_arena_alloc(arena, 200000, GFP_KERNEL);
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
			myslab_arena_rewind(arena, mark);
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
			expect_filled(test, NR, sizes[s]);
			if (i % 3)
				myslab_arena_reset(arena);
		}
		end_debugged(test, arena);
	}
}

/* By who gets the same place; not what was not freed. */
static void a_write_after_reset_is_found(struct kunit *test)
{
	struct myslab_arena *arena;
	struct myslab_arena_mark mark;
	unsigned int k;
	u8 *p;

	for (k = 0; k < 4; k++) {
		arena = debugged_arena(test, k / 2 ? "PU" : "P", kinds[k % 2]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		fill(test, arena, 100);
		myslab_arena_reset(arena);
		objs[50][99] ^= 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, objs[50]);
		fill(test, arena, 100);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		mark = myslab_arena_mark(arena);
		p = myslab_arena_alloc(arena, 200000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_arena_rewind(arena, mark);
		/* The twin. */
		objs[50][99] ^= 1;
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		p[100000] = 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, p);
		KUNIT_EXPECT_PTR_EQ(test, p, myslab_arena_alloc(arena, 200000,
								GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		end_debugged(test, arena);
	}
}

static void validate_finds_it_once(struct kunit *test)
{
	struct myslab_arena *arena;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		arena = debugged_arena(test, "P", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		fill(test, arena, 3000);
		myslab_arena_reset(arena);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		objs[99][5] ^= 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		fill(test, arena, 3000);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		end_debugged(test, arena);
	}
}

static void what_is_new_is_poisoned_unless_zeroed(struct kunit *test)
{
	struct myslab_arena *arena;
	unsigned int k;
	u8 *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		arena = debugged_arena(test, "P", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		fill(test, arena, 100);
		myslab_arena_reset(arena);
		p = myslab_arena_zalloc(arena, 1000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, 1000));
		p = myslab_arena_alloc(arena, 1000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		/* Zero where the kernel zeroes all. */
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0x5a, 1000) ||
				  all_bytes(p, 0, 1000));
		end_debugged(test, arena);
	}
}

static void every_nth_allocation_fails(struct kunit *test)
{
	struct myslab_arena *arena;
	unsigned int i, k, failed;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		arena = debugged_arena(test, "E:7", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		for (i = 0, failed = 0; i < 70; i++)
			failed += !myslab_arena_alloc(arena, 50, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, failed, 10U);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).failures, 10UL);
		/* The twin: what must not fail does not. */
		for (i = 0; i < 14; i++)
			KUNIT_EXPECT_NOT_NULL(test,
					      myslab_arena_alloc(arena, 50,
								 GFP_KERNEL |
								 __GFP_NOFAIL));
		myslab_arena_destroy(arena);
	}
}

/* On and off by the writer, when he is next behind the inline path. */
static void a_writer_sees_a_switch_at_reset(struct kunit *test)
{
	struct myslab_arena *arena = debugged_arena(test, "off", 0);

	KUNIT_ASSERT_NOT_NULL(test, arena);
	fill(test, arena, 100);
	switch_to(test, "P");
	myslab_arena_reset(arena);
	objs[3][0] ^= 1;
	expect_report(test, MYSLAB_USE_AFTER_FREE, objs[3]);
	fill(test, arena, 100);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	switch_to(test, "off");
	myslab_arena_reset(arena);
	objs[3][0] ^= 1;
	fill(test, arena, 100);
	/* What was bumped through meanwhile is not what was left there. */
	switch_to(test, "P");
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	myslab_arena_reset(arena);
	fill(test, arena, 100);
	end_debugged(test, arena);
}

static void what_an_arena_has_not_is_refused(struct kunit *test)
{
	struct myslab_arena *arena = debugged_arena(test, "off", 0);

	KUNIT_ASSERT_NOT_NULL(test, arena);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("QF," DEBUGGED), -EINVAL);
	/* The twin: what it has of them. */
	KUNIT_EXPECT_EQ(test, myslab_debug_set("QP," DEBUGGED), 0);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).debugged, 1UL);
	myslab_arena_destroy(arena);
}

static struct kunit_case arena_debug_cases[] = {
	KUNIT_CASE(what_is_off_looks_at_nothing),
	KUNIT_CASE(nothing_is_found_without_a_bug),
	KUNIT_CASE(a_write_after_reset_is_found),
	KUNIT_CASE(validate_finds_it_once),
	KUNIT_CASE(what_is_new_is_poisoned_unless_zeroed),
	KUNIT_CASE(every_nth_allocation_fails),
	KUNIT_CASE(a_writer_sees_a_switch_at_reset),
	KUNIT_CASE(what_an_arena_has_not_is_refused),
	{}
};

static struct kunit_suite arena_debug_suite = {
	.name = "myslab_arena_debug",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = arena_debug_cases,
};

kunit_test_suite(arena_debug_suite);

MODULE_DESCRIPTION("Tests of myslab: arenas that are debugged");
MODULE_LICENSE("GPL");
