// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas: what is handed out, what a reset keeps, what goes back.
 */
#include "arena.h"

#define NR	20000

static unsigned int random;

/* A fixed generator: 16 to 512 bytes, as requests have them. */
static size_t mixed_size(void)
{
	random = random * 1103515245 + 12345;
	return 16 + (random >> 8) % 497;
}

/* The two ways to bump. */
static const struct myslab_arena_args kinds[] = {
	{ }, { .flags = MYSLAB_ARENA_SHARED },
};

/* @nr objects of mixed sizes, each its own: filled, then looked at. */
static unsigned long use(struct kunit *test, struct myslab_arena *arena,
			 u8 **objs, unsigned int nr)
{
	unsigned long asked = 0;
	unsigned int i, wrong = 0, seed = random;
	size_t size;

	for (i = 0; i < nr; i++) {
		size = mixed_size();
		objs[i] = myslab_arena_alloc(arena, size, GFP_KERNEL);
		if (!objs[i] || !IS_ALIGNED((unsigned long)objs[i], 16)) {
			KUNIT_FAIL(test, "object %u: %p", i, objs[i]);
			return 0;
		}
		memset(objs[i], i, size);
		asked += size;
	}
	random = seed;
	for (i = 0; i < nr; i++)
		wrong += !all_bytes(objs[i], i, mixed_size());
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	return asked;
}

static void objects_are_aligned_and_apart(struct kunit *test)
{
	u8 **objs = kunit_kzalloc(test, 2000 * sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);

		KUNIT_ASSERT_NOT_NULL(test, arena);
		use(test, arena, objs, 2000);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).allocs, 2000UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).frees, 0UL);
	}
}

static void chunks_are_hardly_more_than_was_asked_for(struct kunit *test)
{
	u8 **objs = kvmalloc_array(NR, sizeof(*objs), GFP_KERNEL);
	struct myslab_arena *arena = new_arena(test, NULL);
	unsigned long rounded = 0, pages, asked;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, objs);
	KUNIT_ASSERT_NOT_NULL(test, arena);
	random = 1;
	for (i = 0; i < NR; i++)
		rounded += ALIGN(mixed_size(), 16);
	random = 1;
	asked = use(test, arena, objs, NR);
	kvfree(objs);

	skip_if_arena_debugged(test, arena);
	pages = arena_stat(arena).pages;
	kunit_info(test, "%lu pages for %lu, %lu with alignment", pages,
		   DIV_ROUND_UP(asked, PAGE_SIZE),
		   DIV_ROUND_UP(rounded, PAGE_SIZE));
	KUNIT_EXPECT_LE(test, pages * PAGE_SIZE, rounded / 100 * 102);
}

static void a_reset_keeps_chunks_and_frees_all(struct kunit *test)
{
	u8 **objs = kunit_kzalloc(test, 1000 * sizeof(*objs), GFP_KERNEL);
	unsigned int i, round;

	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);
		unsigned long pages = 0;

		KUNIT_ASSERT_NOT_NULL(test, arena);
		for (round = 0; round < 5; round++) {
			random = 7;
			use(test, arena, objs, 1000);
			KUNIT_EXPECT_EQ(test, arena_stat(arena).frees,
					round * 1000UL);
			pages = pages ? : arena_stat(arena).pages;
			myslab_arena_reset(arena);
			KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, pages);
			KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_used,
					0UL);
		}
		KUNIT_EXPECT_EQ(test, arena_stat(arena).allocs, 5000UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).frees, 5000UL);
	}
}

static void zeroes_are_zero_after_a_reset_too(struct kunit *test)
{
	unsigned int i, round, n;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);

		KUNIT_ASSERT_NOT_NULL(test, arena);
		for (round = 0; round < 3; round++) {
			for (n = 1; n < 3000; n += 100) {
				void *p = myslab_arena_zalloc(arena, n,
							      GFP_KERNEL);

				KUNIT_ASSERT_NOT_NULL(test, p);
				KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, n));
				memset(p, 0xa5, n);
			}
			myslab_arena_reset(arena);
		}
	}
}

static void gfp_zero_is_honoured_however_it_is_said(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	p = myslab_arena_alloc(arena, 4000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0xa5, 4000);
	myslab_arena_reset(arena);
	p = myslab_arena_alloc(arena, 4000, GFP_ATOMIC | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, 4000));
}

static void a_large_object_has_its_own_chunk(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);
		u8 *small, *large, *next;

		KUNIT_ASSERT_NOT_NULL(test, arena);
		skip_if_arena_debugged(test, arena);
		small = myslab_arena_alloc(arena, 48, GFP_KERNEL);
		large = myslab_arena_alloc(arena, 300000, GFP_KERNEL);
		next = myslab_arena_alloc(arena, 16, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, small);
		KUNIT_ASSERT_NOT_NULL(test, large);
		memset(large, 0x5a, 300000);
		/* The rest of the first chunk is not given up for it. */
		KUNIT_EXPECT_PTR_EQ(test, next, small + 48);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).chunks, 2UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, 16UL + 74);
		/* And it is used again. */
		myslab_arena_reset(arena);
		KUNIT_EXPECT_PTR_EQ(test, myslab_arena_alloc(arena, 290000,
							     GFP_KERNEL),
				    (void *)large);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).chunks, 2UL);
	}
}

static void the_largest_object_can_be_had(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	p = myslab_arena_alloc(arena, MYSLAB_ARENA_MAX_SIZE,
			       GFP_KERNEL | __GFP_NOWARN);
	/* Memory may be too fragmented for that. */
	if (p)
		p[MYSLAB_ARENA_MAX_SIZE - 1] = 1;
	KUNIT_EXPECT_EQ(test, arena_stat(arena).failures, p ? 0UL : 1UL);
}

static void trim_gives_back_what_is_not_used(struct kunit *test)
{
	u8 **objs = kunit_kzalloc(test, 1000 * sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);
		unsigned long pages;

		KUNIT_ASSERT_NOT_NULL(test, arena);
		use(test, arena, objs, 1000);
		KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), 0UL);
		myslab_arena_reset(arena);
		KUNIT_ASSERT_NOT_NULL(test, myslab_arena_alloc(arena, 5,
							       GFP_KERNEL));
		pages = arena_stat(arena).pages;
		KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), pages - 16);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, 16UL);
		myslab_arena_reset(arena);
		KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), 16UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, 0UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_total, 0UL);
		use(test, arena, objs, 1000);
	}
}

static void the_limit_fails_cleanly(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test,
		&(struct myslab_arena_args){ .limit = 100000 });
	unsigned long nr = 0;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	skip_if_arena_debugged(test, arena);
	while ((p = myslab_arena_alloc(arena, 1000, GFP_KERNEL)))
		nr++;
	/* 24 pages: 16 and 8. */
	KUNIT_EXPECT_EQ(test, nr, 65UL + 32);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_total, 24 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).failures, 1UL);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).allocs, nr);
	/* What is there already may be used up. */
	KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, 16, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, myslab_arena_alloc(arena, 70000, GFP_KERNEL));
	/* After a reset chunks go where the limit is needed for others. */
	myslab_arena_reset(arena);
	KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, 70000,
						       GFP_KERNEL));
	KUNIT_EXPECT_LE(test, arena_stat(arena).bytes_total, 24 * PAGE_SIZE);
}

static void objects_can_be_aligned_up_to_a_page(struct kunit *test)
{
	unsigned long align;
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);

		KUNIT_ASSERT_NOT_NULL(test, arena);
		for (align = 1; align <= PAGE_SIZE; align *= 2) {
			myslab_arena_alloc(arena, 1, GFP_KERNEL);
			p = myslab_arena_alloc_aligned(arena, 100, align,
						       GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
							   align));
			memset(p, 1, 100);
		}
		p = myslab_arena_alloc_aligned(arena, 200000, PAGE_SIZE,
					       GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, p && IS_ALIGNED((unsigned long)p,
							PAGE_SIZE));
	}
}

static void small_chunks_work_too(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test,
		&(struct myslab_arena_args){ .chunk_size = 1 });
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	skip_if_arena_debugged(test, arena);
	for (i = 0; i < 1024; i++)
		KUNIT_ASSERT_NOT_NULL(test, myslab_arena_alloc(arena, 64,
							       GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, arena_stat(arena).pages, 16UL);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).chunks, 16UL);
	KUNIT_EXPECT_EQ(test, arena_stat(arena).bytes_used, 16 * PAGE_SIZE);
}

static void copies_are_copies(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	char text[] = "a string";
	char *copy;

	KUNIT_ASSERT_NOT_NULL(test, arena);
	copy = myslab_arena_strdup(arena, text, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	text[0] = 'A';
	KUNIT_EXPECT_STREQ(test, copy, "a string");
	copy = myslab_arena_memdup(arena, text, 3, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_TRUE(test, !memcmp(copy, "A s", 3));
	KUNIT_EXPECT_NULL(test, myslab_arena_strdup(arena, NULL, GFP_KERNEL));
}

static void text_is_as_long_as_it_needs(struct kunit *test)
{
	unsigned int i, n;
	char want[16];

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_arena *arena = new_arena(test, &kinds[i]);
		char *text = "";

		KUNIT_ASSERT_NOT_NULL(test, arena);
		/* Across the ends of chunks, out of the arena itself. */
		for (n = 0; n < 600; n++) {
			text = myslab_arena_printf(arena, GFP_KERNEL, "%s%u",
						   text, n % 10);
			KUNIT_ASSERT_NOT_NULL(test, text);
			KUNIT_ASSERT_EQ(test, strlen(text), (size_t)n + 1);
			snprintf(want, sizeof(want), "%u", n % 10);
			KUNIT_ASSERT_STREQ(test, text + n, want);
		}
		KUNIT_EXPECT_GT(test, arena_stat(arena).chunks, 2UL);
		KUNIT_EXPECT_EQ(test, arena_stat(arena).allocs, 600UL);
	}
}

static void an_arena_ends_with_its_scope(struct kunit *test)
{
	struct myslab_arena *again;

	{
		struct myslab_arena *arena __free(myslab_arena) =
			myslab_arena_create("kunit-scope", NULL);

		KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
		KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, 9,
							       GFP_KERNEL));
	}
	again = myslab_arena_create("kunit-scope", NULL);
	KUNIT_EXPECT_FALSE(test, IS_ERR(again));
	myslab_arena_destroy(again);
	myslab_arena_destroy(NULL);
	myslab_arena_destroy(ERR_PTR(-ENOMEM));
}

static struct kunit_case arena_cases[] = {
	KUNIT_CASE(objects_are_aligned_and_apart),
	KUNIT_CASE(chunks_are_hardly_more_than_was_asked_for),
	KUNIT_CASE(a_reset_keeps_chunks_and_frees_all),
	KUNIT_CASE(zeroes_are_zero_after_a_reset_too),
	KUNIT_CASE(gfp_zero_is_honoured_however_it_is_said),
	KUNIT_CASE(a_large_object_has_its_own_chunk),
	KUNIT_CASE(the_largest_object_can_be_had),
	KUNIT_CASE(trim_gives_back_what_is_not_used),
	KUNIT_CASE(the_limit_fails_cleanly),
	KUNIT_CASE(objects_can_be_aligned_up_to_a_page),
	KUNIT_CASE(small_chunks_work_too),
	KUNIT_CASE(copies_are_copies),
	KUNIT_CASE(text_is_as_long_as_it_needs),
	KUNIT_CASE(an_arena_ends_with_its_scope),
	{}
};

static struct kunit_suite arena_suite = {
	.name = "myslab_arena",
	.init = watch_begin,
	.exit = arena_end,
	.test_cases = arena_cases,
};

kunit_test_suite(arena_suite);

MODULE_DESCRIPTION("Tests of myslab: arenas");
MODULE_LICENSE("GPL");
