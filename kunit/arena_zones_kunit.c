// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of debugged arenas that are still there: their zones, who has them,
 * and the same without a bug.
 */
#include "arena_debug.h"

/* An object's first byte, last byte, and size as it was asked for. */
static void zones_are_at_both_ends(struct kunit *test)
{
	struct myslab_arena *arena;
	unsigned int k;
	u8 *p;

	for (k = 0; k < 4; k++) {
		arena = debugged_arena(test, k / 2 ? "Z" : "ZU", kinds[k % 2]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		fill(test, arena, 100);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		objs[50][100] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, objs[50]);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* As copied from a neighbour. */
		memcpy(objs[3] + 100, objs[4] + 100, 8);
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, objs[3]);
		myslab_arena_reset(arena);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		p = myslab_arena_alloc(arena, 200000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		p[-1] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, p);
		end_debugged(test, arena);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
	}
}

/* Of what is freed, and of that alone; whatever is on by then. */
static void rewind_looks_at_zones(struct kunit *test)
{
	struct myslab_arena_mark mark;
	struct myslab_arena *arena;
	unsigned int k;
	u8 *low;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		arena = debugged_arena(test, "Z", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		low = myslab_arena_alloc(arena, 10, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, low);
		mark = myslab_arena_mark(arena);
		fill(test, arena, 1000);
		switch_to(test, "off");
		objs[99][1000] ^= 1;
		low[10] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, objs[99]);
		myslab_arena_rewind(arena, mark);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* Not debugged any more: the twin. */
		fill(test, arena, 1000);
		objs[99][-1] ^= 1;
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, low);
		myslab_arena_reset(arena);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		end_debugged(test, arena);
	}
}

static void alignment_holds_with_zones(struct kunit *test)
{
	struct myslab_arena *arena = debugged_arena(test, "full", 0);
	size_t align;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	for (align = 1; align <= PAGE_SIZE; align *= 2) {
		p = myslab_arena_alloc_aligned(arena, 100, align, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
						   max(align, 16)));
		memset(p, 1, 100);
	}
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	end_debugged(test, arena);
}

/* What fits without zones is not refused for them. */
static void a_limit_holds_as_without(struct kunit *test)
{
	const struct myslab_arena_args args = { .limit = PAGE_SIZE };
	struct myslab_arena *arena = myslab_arena_create(DEBUGGED, &args);
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	switch_to(test, "full");
	KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, PAGE_SIZE,
						       GFP_KERNEL));
	myslab_arena_reset(arena);
	for (i = 0; i < PAGE_SIZE / 512 - 1; i++)
		KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, 480,
							       GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, arena_stat(arena).failures, 0UL);
	end_debugged(test, arena);
}

static void sites_count_what_is_out(struct kunit *test)
{
	struct myslab_arena_mark mark;
	struct myslab_arena *arena;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		arena = debugged_arena(test, "L", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, arena);
		fill(test, arena, 100);
		mark = myslab_arena_mark(arena);
		fill(test, arena, 30);
		KUNIT_EXPECT_EQ(test, bytes_of_sites("arena"), NR * 130UL);
		myslab_arena_rewind(arena, mark);
		KUNIT_EXPECT_EQ(test, bytes_of_sites("arena"), NR * 100UL);
		switch_to(test, "off");
		myslab_arena_reset(arena);
		KUNIT_EXPECT_EQ(test, bytes_of_sites("arena"), 0UL);
		myslab_arena_destroy(arena);
	}
}

static void whatis_knows_the_object(struct kunit *test)
{
	struct myslab_arena *arena = debugged_arena(test, "U", 0);
	static char text[2000];

	KUNIT_ASSERT_NOT_NULL(test, arena);
	fill(test, arena, 100);
	myslab_whatis(objs[7] + 3, text, sizeof(text));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text,
					   "at +3 of an object of 100 bytes"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "allocated "));
	KUNIT_EXPECT_NULL(test, strstr(text, "freed 0"));
	/* The twin: nobody's any more. */
	myslab_arena_reset(arena);
	myslab_whatis(objs[7] + 3, text, sizeof(text));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "in a page"));
	KUNIT_EXPECT_NULL(test, strstr(text, "allocated "));
	myslab_arena_destroy(arena);
}

static struct kunit_case arena_zones_cases[] = {
	KUNIT_CASE(zones_are_at_both_ends),
	KUNIT_CASE(rewind_looks_at_zones),
	KUNIT_CASE(alignment_holds_with_zones),
	KUNIT_CASE(a_limit_holds_as_without),
	KUNIT_CASE(sites_count_what_is_out),
	KUNIT_CASE(whatis_knows_the_object),
	{}
};

static struct kunit_suite arena_zones_suite = {
	.name = "myslab_arena_zones",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = arena_zones_cases,
};

kunit_test_suite(arena_zones_suite);

MODULE_DESCRIPTION("Tests of myslab: zones and records of an arena's objects");
MODULE_LICENSE("GPL");
