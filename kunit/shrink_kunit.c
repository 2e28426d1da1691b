// SPDX-License-Identifier: GPL-2.0
/*
 * Giving memory back: shrink, and that what is in use stays.
 */
#include <linux/preempt.h>

#include "watch.h"

#define NR	1500

static void *objs[NR];

static void after_free_of_all_shrink_leaves_no_page(struct kunit *test)
{
	static const unsigned int sizes[] = {
		8, 24, 64, 200, 1000, 4096, 5000, 40000,
	};
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct myslab_cache *cache = new_cache(test, sizes[i], NULL);

		KUNIT_ASSERT_NOT_NULL(test, cache);
		nr = take(cache, objs, sizes[i] > 4096 ? 50 : NR);
		KUNIT_EXPECT_GT(test, stat_of(cache).pages, 0UL);
		give_back(cache, objs, nr);
		myslab_cache_shrink(cache);
		KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).slabs, 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_total, 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_cached, 0UL);
	}
}

static void shrink_says_how_many_pages_it_gave_back(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	unsigned long before, after, given;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, NR);
	give_back(cache, objs, nr);
	before = stat_of(cache).pages;
	given = myslab_cache_shrink(cache);
	after = stat_of(cache).pages;
	KUNIT_EXPECT_EQ(test, given, before - after);
	KUNIT_EXPECT_GT(test, given, 0UL);
}

static void shrinking_nothing_gives_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_cache_shrink(cache), 0UL);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 1), 1U);
	myslab_cache_free(cache, objs[0]);
	KUNIT_EXPECT_GT(test, myslab_cache_shrink(cache), 0UL);
	KUNIT_EXPECT_EQ(test, myslab_cache_shrink(cache), 0UL);
}

static void what_is_in_use_survives_shrink(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	unsigned int i, nr, kept = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, NR);
	for (i = 0; i < nr; i++)
		memset(objs[i], i, 200);
	for (i = 0; i < nr; i++) {
		if (i % 7)
			myslab_cache_free(cache, objs[i]);
		else
			objs[kept++] = objs[i];
	}
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
			(unsigned long)kept);
	for (i = 0; i < kept; i++)
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], 7 * i, 200));
	give_back(cache, objs, kept);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void one_object_keeps_one_slab(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, NR);
	KUNIT_EXPECT_GT(test, stat_of(cache).slabs, 1UL);
	give_back(cache, objs + 1, nr - 1);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).slabs, 1UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 1UL);
	myslab_cache_free(cache, objs[0]);
}

static void a_shrunk_cache_serves_again(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int round, nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 20; round++) {
		nr = take(cache, objs, 500);
		KUNIT_EXPECT_EQ(test, nr, 500U);
		give_back(cache, objs, nr);
		myslab_cache_shrink(cache);
		KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, 20 * 500UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 20 * 500UL);
}

/*
 * Runs of ten slabs, in turn three quarters full and with one object out: the
 * fullest are taken from first, so that the others have a chance to go.
 */
static void nearly_empty_slabs_become_empty(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	unsigned int i, nr, few = 0, many = 0;
	static void *kept[NR], *later[150];
	unsigned long most;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	nr = take(cache, objs, NR);
	most = stat_of(cache).slabs;
	for (i = 0; i < nr; i++) {
		if (i / 160 % 2 ? i % 16 : i % 4 == 0)
			myslab_cache_free(cache, objs[i]);
		else if (i / 160 % 2)
			objs[few++] = objs[i];
		else
			kept[many++] = objs[i];
	}
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_GT(test, stat_of(cache).slabs, most - 5);
	KUNIT_EXPECT_EQ(test, take(cache, later, 150), 150U);
	give_back(cache, objs, few);
	myslab_cache_shrink(cache);
	/* One object each in 44 of them. */
	KUNIT_EXPECT_LE(test, stat_of(cache).slabs, most - 40);
	give_back(cache, kept, many);
	give_back(cache, later, 150);
}

static unsigned int destructed, atomically;

static int construct(void *obj, void *private, gfp_t gfp)
{
	return 0;
}

static void destruct(void *obj, void *private)
{
	destructed++;
	atomically += !preemptible();
}

/* More come back than a cache keeps, where nobody may sleep. */
static void destructors_that_sleep_are_called_from_a_worker(struct kunit *test)
{
	struct myslab_cache_args args = {
		.ctor = construct, .dtor = destruct,
		.flags = MYSLAB_DTOR_SLEEPS,
	};
	struct myslab_cache *cache = new_cache(test, 4000, &args);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	destructed = 0;
	atomically = 0;
	nr = take(cache, objs, 1200);
	preempt_disable();
	give_back(cache, objs, nr);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, wait_until(READ_ONCE(destructed)));
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_GE(test, destructed, 1200U);
	KUNIT_EXPECT_EQ(test, atomically, 0U);
}

static void shrinking_a_destroyed_cache_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_EQ(test, myslab_cache_shrink(cache), 0UL);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static struct kunit_case shrink_cases[] = {
	KUNIT_CASE(after_free_of_all_shrink_leaves_no_page),
	KUNIT_CASE(shrink_says_how_many_pages_it_gave_back),
	KUNIT_CASE(shrinking_nothing_gives_nothing),
	KUNIT_CASE(what_is_in_use_survives_shrink),
	KUNIT_CASE(one_object_keeps_one_slab),
	KUNIT_CASE(a_shrunk_cache_serves_again),
	KUNIT_CASE(nearly_empty_slabs_become_empty),
	KUNIT_CASE(destructors_that_sleep_are_called_from_a_worker),
	KUNIT_CASE(shrinking_a_destroyed_cache_is_found),
	{}
};

static struct kunit_suite shrink_suite = {
	.name = "myslab_shrink",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = shrink_cases,
};

kunit_test_suite(shrink_suite);

MODULE_DESCRIPTION("Tests of myslab: giving memory back");
MODULE_LICENSE("GPL");
