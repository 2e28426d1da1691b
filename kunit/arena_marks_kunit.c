// SPDX-License-Identifier: GPL-2.0
/*
 * Marks: going back, nested, across chunks; and misuse of arenas, each kind
 * found by its report beside the legal twin.
 */
#include <linux/sizes.h>

#include "arena.h"

static const struct myslab_arena_args kinds[] = {
	{ }, { .flags = MYSLAB_ARENA_SHARED },
};

#define NR_KINDS	ARRAY_SIZE(kinds)

static void rewind_frees_what_came_after(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < NR_KINDS; i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);
		struct myslab_arena_mark mark;
		void *keep, *p;

		KUNIT_ASSERT_NOT_NULL(test, arena);
		skip_if_arena_debugged(test, arena);
		keep = myslab_arena_alloc(arena, 100, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, keep);
		memset(keep, 0x11, 100);
		mark = myslab_arena_mark(arena);
		p = myslab_arena_zalloc(arena, 100, GFP_KERNEL);
		myslab_arena_rewind(arena, mark);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_used, 112UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).frees, 1UL);
		KUNIT_EXPECT_PTR_EQ(test, p, myslab_arena_zalloc(arena, 50,
								 GFP_KERNEL));
		/* It stays valid. */
		myslab_arena_rewind(arena, mark);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).frees, 2UL);
		KUNIT_EXPECT_TRUE(test, all_bytes(keep, 0x11, 100));
	}
}

static void rewind_crosses_chunks_large_ones_too(struct kunit *test)
{
	unsigned int i, n;

	for (i = 0; i < NR_KINDS; i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);
		struct myslab_arena_mark mark;
		struct myslab_arena_stat before, after;

		KUNIT_ASSERT_NOT_NULL(test, arena);
		for (n = 0; n < 100; n++)
			myslab_arena_alloc(arena, 1000, GFP_KERNEL);
		myslab_arena_alloc(arena, 50000, GFP_KERNEL);
		before = arena_stat(arena);
		mark = myslab_arena_mark(arena);
		for (n = 0; n < 300; n++)
			myslab_arena_alloc(arena, n % 9 ? 1000 : 40000,
					   GFP_KERNEL);
		myslab_arena_rewind(arena, mark);
		after = arena_stat(arena);
		KUNIT_EXPECT_EQ(test, after.bytes_used, before.bytes_used);
		KUNIT_EXPECT_EQ(test, after.allocs, 401UL);
		KUNIT_EXPECT_EQ(test, after.frees, 300UL);
		/* All that came after is spare now. */
		myslab_arena_trim(arena);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, before.pages);
	}
}

static void marks_nest(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	static struct myslab_arena_mark marks[20];
	unsigned long used[20];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	for (i = 0; i < 20; i++) {
		used[i] = arena_stat(arena).bytes_used;
		marks[i] = myslab_arena_mark(arena);
		myslab_arena_alloc(arena, 5000, GFP_KERNEL);
	}
	for (i = 20; i--; ) {
		myslab_arena_rewind(arena, marks[i]);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_used, used[i]);
	}
	KUNIT_EXPECT_EQ(test, arena_stat(arena).frees, 20UL);
}

static void a_mark_of_the_start_survives_trim(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	struct myslab_arena_mark start;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	start = myslab_arena_mark(arena);
	myslab_arena_alloc(arena, 5, GFP_KERNEL);
	myslab_arena_rewind(arena, start);
	KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), 16UL);
	myslab_arena_alloc(arena, 5, GFP_KERNEL);
	myslab_arena_rewind(arena, start);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_used, 0UL);
}

/* One report, and nothing is freed. */
static void expect_refused(struct kunit *test, struct myslab_arena *arena,
			   struct myslab_arena_mark mark,
			   enum myslab_kind kind)
{
	unsigned long used = arena_stat(arena).bytes_used;

	expect_report(test, kind, NULL);
	myslab_arena_rewind(arena, mark);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_used, used);
}

static void a_mark_above_a_rewind_is_stale(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	struct myslab_arena_mark low, high;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	low = myslab_arena_mark(arena);
	myslab_arena_alloc(arena, 5, GFP_KERNEL);
	high = myslab_arena_mark(arena);
	myslab_arena_alloc(arena, 5, GFP_KERNEL);
	/* The twin: in order. */
	myslab_arena_rewind(arena, high);
	myslab_arena_rewind(arena, low);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_arena_alloc(arena, 5000, GFP_KERNEL);
	expect_refused(test, arena, high, MYSLAB_USE_AFTER_FREE);
	myslab_arena_rewind(arena, low);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_mark_before_a_reset_is_stale(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	struct myslab_arena_mark start, mark;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	start = myslab_arena_mark(arena);
	myslab_arena_alloc(arena, 5, GFP_KERNEL);
	mark = myslab_arena_mark(arena);
	myslab_arena_reset(arena);
	myslab_arena_alloc(arena, 500, GFP_KERNEL);
	expect_refused(test, arena, mark, MYSLAB_USE_AFTER_FREE);
	expect_refused(test, arena, start, MYSLAB_USE_AFTER_FREE);
	/* The twin: one that was made since. */
	mark = myslab_arena_mark(arena);
	myslab_arena_rewind(arena, mark);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_mark_of_another_arena_is_found(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	struct myslab_arena *other = new_arena(test, NULL);
	struct myslab_arena_mark mark, none = {};

	KUNIT_ASSERT_NOT_NULL(test, arena);
	KUNIT_ASSERT_NOT_NULL(test, other);
	mark = myslab_arena_mark(other);
	myslab_arena_mark(arena);
	myslab_arena_alloc(arena, 500, GFP_KERNEL);
	expect_refused(test, arena, mark, MYSLAB_WRONG_OWNER);
	expect_refused(test, arena, none, MYSLAB_BAD_ARGS);
	mark.arena = arena;
	mark.serial = 77;
	expect_refused(test, arena, mark, MYSLAB_USE_AFTER_FREE);
}

/* Marks of levels that stay, each with one above it that was undone. */
static void many_stale_marks_are_found_or_harmless(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	static struct myslab_arena_mark low[30], high[30];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	for (i = 0; i < 30; i++) {
		myslab_arena_alloc(arena, 5000, GFP_KERNEL);
		low[i] = myslab_arena_mark(arena);
		myslab_arena_alloc(arena, 9000, GFP_KERNEL);
		high[i] = myslab_arena_mark(arena);
		myslab_arena_rewind(arena, low[i]);
	}
	for (i = 29; i > 22; i--)
		expect_refused(test, arena, high[i], MYSLAB_USE_AFTER_FREE);
	/* None that is valid is ever called stale. */
	for (i = 30; i--; )
		myslab_arena_rewind(arena, low[i]);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* The oldest are forgotten, but lead nowhere that is gone. */
	myslab_arena_trim(arena);
	expect_refused(test, arena, high[29], MYSLAB_USE_AFTER_FREE);
}

static void expect_null(struct kunit *test, struct myslab_arena *arena,
			enum myslab_kind kind, void *p)
{
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void sizes_that_cannot_be_are_refused(struct kunit *test)
{
	static const size_t sizes[] = {
		0, MYSLAB_ARENA_MAX_SIZE + 1, SIZE_MAX, SIZE_MAX - 14,
		SIZE_MAX - 15, SIZE_MAX / 2, (size_t)LONG_MAX + 1,
	};
	unsigned int i, k;

	for (k = 0; k < NR_KINDS; k++) {
		struct myslab_arena *arena = new_arena(test, &kinds[k]);

		KUNIT_ASSERT_NOT_NULL(test, arena);
		myslab_arena_alloc(arena, 5, GFP_KERNEL);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			expect_report(test, MYSLAB_BAD_ARGS, NULL);
			expect_null(test, arena, MYSLAB_BAD_ARGS,
				    myslab_arena_alloc(arena, sizes[i],
						       GFP_KERNEL));
		}
		expect_report(test, MYSLAB_BAD_ARGS, NULL);
		expect_null(test, arena, MYSLAB_BAD_ARGS,
			    myslab_arena_memdup(arena, arena, SIZE_MAX,
						GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, arena_stat(arena).allocs, 1UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).failures, 8UL);
	}
}

static void alignments_and_gfps_that_cannot_be_are_refused(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);

	KUNIT_ASSERT_NOT_NULL(test, arena);
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	expect_null(test, arena, MYSLAB_BAD_ARGS,
		    myslab_arena_alloc_aligned(arena, 8, 2 * PAGE_SIZE,
					       GFP_KERNEL));
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	expect_null(test, arena, MYSLAB_BAD_ARGS,
		    myslab_arena_alloc_aligned(arena, 8, 24, GFP_KERNEL));
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	expect_null(test, arena, MYSLAB_BAD_ARGS,
		    myslab_arena_alloc(arena, 8, GFP_KERNEL | GFP_DMA));
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	expect_null(test, arena, MYSLAB_BAD_ARGS,
		    myslab_arena_alloc(arena, SZ_32K + 1,
				       GFP_KERNEL | __GFP_NOFAIL));
	/* The twin. */
	KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, SZ_32K,
						       GFP_KERNEL |
						       __GFP_NOFAIL));
}

static void expect_no_arena(struct kunit *test, const char *name, int err,
			    const struct myslab_arena_args *args)
{
	struct myslab_arena *arena;

	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	arena = myslab_arena_create(name, args);
	KUNIT_EXPECT_PTR_EQ(test, arena, ERR_PTR(err));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void bad_creations_are_refused(struct kunit *test)
{
	struct myslab_arena *twin;

	expect_no_arena(test, "9lives", -EINVAL, NULL);
	expect_no_arena(test, NULL, -EINVAL, NULL);
	expect_no_arena(test, "kunit-x", -EINVAL, &(struct myslab_arena_args){
			.chunk_size = MYSLAB_ARENA_MAX_SIZE + 1 });
	expect_no_arena(test, "kunit-x", -EINVAL, &(struct myslab_arena_args){
			.limit = 100 });
	expect_no_arena(test, "kunit-x", -EINVAL, &(struct myslab_arena_args){
			.flags = BIT(30) });
	expect_no_arena(test, "kunit-x", -EINVAL, &(struct myslab_arena_args){
			.flags = MYSLAB_ARENA_MAP_WRITE });
	twin = myslab_arena_create("kunit-x", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(twin));
	expect_no_arena(test, "kunit-x", -EEXIST, NULL);
	myslab_arena_destroy(twin);
}

static void a_destroyed_arena_gives_nothing(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	struct myslab_arena_mark mark;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	myslab_arena_alloc(arena, 64, GFP_KERNEL);
	mark = myslab_arena_mark(arena);
	destroy_arena(arena);
	for (i = 0; i < 6; i++)
		expect_report(test, MYSLAB_USE_AFTER_FREE, NULL);
	KUNIT_EXPECT_NULL(test, myslab_arena_alloc(arena, 64, GFP_KERNEL));
	myslab_arena_rewind(arena, mark);
	myslab_arena_reset(arena);
	mark = myslab_arena_mark(arena);
	KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), 0UL);
	myslab_arena_destroy(arena);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, 0UL);
}

static void freeing_from_an_arena_to_a_cache_is_found(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	p = myslab_arena_alloc(arena, 64, GFP_KERNEL);
	expect_report(test, MYSLAB_WRONG_OWNER, p);
	myslab_cache_free(cache, p);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void foreign_pointers_have_no_offset(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test,
		&(struct myslab_arena_args){ .flags = MYSLAB_ARENA_MAPPABLE });
	struct myslab_arena *plain = new_arena(test, NULL);
	void *mine, *other;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	KUNIT_ASSERT_NOT_NULL(test, plain);
	mine = myslab_arena_alloc(arena, 64, GFP_KERNEL);
	other = myslab_arena_alloc(plain, 64, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, mine), 0LL);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, mine + 5), 5LL);
	expect_report(test, MYSLAB_WRONG_OWNER, other);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, other),
			(loff_t)-EINVAL);
	expect_report(test, MYSLAB_BAD_ARGS, &mine);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, &mine),
			(loff_t)-EINVAL);
	expect_report(test, MYSLAB_BAD_ARGS, NULL + 7);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, NULL + 7),
			(loff_t)-EINVAL);
	expect_report(test, MYSLAB_BAD_ARGS, other);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(plain, other),
			(loff_t)-EINVAL);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static struct kunit_case arena_marks_cases[] = {
	KUNIT_CASE(rewind_frees_what_came_after),
	KUNIT_CASE(rewind_crosses_chunks_large_ones_too),
	KUNIT_CASE(marks_nest),
	KUNIT_CASE(a_mark_of_the_start_survives_trim),
	KUNIT_CASE(a_mark_above_a_rewind_is_stale),
	KUNIT_CASE(a_mark_before_a_reset_is_stale),
	KUNIT_CASE(a_mark_of_another_arena_is_found),
	KUNIT_CASE(many_stale_marks_are_found_or_harmless),
	KUNIT_CASE(sizes_that_cannot_be_are_refused),
	KUNIT_CASE(alignments_and_gfps_that_cannot_be_are_refused),
	KUNIT_CASE(bad_creations_are_refused),
	KUNIT_CASE(a_destroyed_arena_gives_nothing),
	KUNIT_CASE(freeing_from_an_arena_to_a_cache_is_found),
	KUNIT_CASE(foreign_pointers_have_no_offset),
	{}
};

static struct kunit_suite arena_marks_suite = {
	.name = "myslab_arena_marks",
	.init = watch_begin,
	.exit = arena_end,
	.test_cases = arena_marks_cases,
};

kunit_test_suite(arena_marks_suite);

MODULE_DESCRIPTION("Tests of myslab: marks and misuse of arenas");
MODULE_LICENSE("GPL");
