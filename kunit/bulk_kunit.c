// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk calls: all or nothing, any number, mixed with single calls.
 */
#include <linux/mm.h>

#include "watch.h"

#define NR	1000

static void *objs[NR];

static void expect_distinct(struct kunit *test, unsigned int nr, size_t size)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		memset(objs[i], i, size);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE_MSG(test, all_bytes(objs[i], i, size),
				      "object %u of %u", i, nr);
}

static void bulk_of_any_number_gives_distinct_objects(struct kunit *test)
{
	static const int numbers[] = {
		1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 127, 128, 129,
		255, 256, 257, 500, NR,
	};
	struct myslab_cache *cache = new_cache(test, 40, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		int nr = numbers[i];

		KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL,
							      nr, objs), nr);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
				(unsigned long)nr);
		expect_distinct(test, nr, 40);
		myslab_cache_free_bulk(cache, nr, objs);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	}
}

static void bulk_of_none_does_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 40, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	objs[0] = test;
	KUNIT_EXPECT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 0,
						      objs), 0);
	myslab_cache_free_bulk(cache, 0, objs);
	KUNIT_EXPECT_PTR_EQ(test, objs[0], test);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 0UL);
}

static void bulk_counts_every_object(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 40, NULL);
	struct myslab_cache_stat stat;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 300,
						      objs), 300);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, 300UL);
	myslab_cache_free_bulk(cache, 299, objs);
	stat = stat_of(cache);
	KUNIT_EXPECT_EQ(test, stat.frees, 299UL);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 1UL);
	myslab_cache_free(cache, objs[299]);
}

static void bulk_objects_may_be_freed_one_by_one(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 100, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 500,
						      objs), 500);
	give_back(cache, objs, 500);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void single_objects_may_be_freed_in_bulk(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 100, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 500), 500U);
	myslab_cache_free_bulk(cache, 500, objs);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void bulk_free_skips_null(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 100, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 2), 2U);
	objs[2] = objs[1];
	objs[1] = NULL;
	myslab_cache_free_bulk(cache, 3, objs);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 2UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void bulk_zeroes_when_asked(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 72, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 200,
						      objs), 200);
	for (i = 0; i < 200; i++)
		memset(objs[i], 0xff, 72);
	myslab_cache_free_bulk(cache, 200, objs);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL |
						      __GFP_ZERO, 200,
						      objs), 200);
	for (i = 0; i < 200; i++)
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], 0, 72));
	myslab_cache_free_bulk(cache, 200, objs);
}

static void bulk_of_large_objects_works(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 70000, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 20,
						      objs), 20);
	expect_distinct(test, 20, 70000);
	myslab_cache_free_bulk(cache, 20, objs);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void a_stranger_in_a_bulk_free_spares_the_others(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *stranger;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	stranger = myslab_cache_alloc(other, GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 50), 50U);
	objs[50] = objs[25];
	objs[25] = stranger;
	expect_report(test, MYSLAB_WRONG_OWNER, stranger);
	myslab_cache_free_bulk(cache, 51, objs);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 50UL);
	KUNIT_EXPECT_EQ(test, stat_of(other).objects_used, 1UL);
	myslab_cache_free(other, stranger);
}

static void one_object_twice_in_a_row_in_bulk_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 2), 2U);
	objs[2] = objs[1];
	expect_report(test, MYSLAB_DOUBLE_FREE, objs[1]);
	myslab_cache_free_bulk(cache, 3, objs);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

#define SIZE	96
#define IN_PAGE	42	/* and 64 bytes that belong to none */

/* The start of a page whose objects are all among the first @nr; or NULL. */
static void *whole_page(unsigned int nr)
{
	unsigned int i, j, found;

	for (i = 0; i < nr; i++) {
		for (found = 0, j = 0; j < nr; j++)
			found += (size_t)(objs[j] - objs[i]) < PAGE_SIZE;
		if (offset_in_page(objs[i]) == 0 && found == IN_PAGE)
			return objs[i];
	}
	return NULL;
}

static void a_run_ends_where_its_slab_does(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	void *page, *run[IN_PAGE + 1];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	page = whole_page(NR);
	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i <= IN_PAGE; i++)
		run[i] = page + i * SIZE;
	expect_report(test, MYSLAB_INVALID_FREE, run[IN_PAGE]);
	myslab_cache_free_bulk(cache, IN_PAGE + 1, run);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, NR - IN_PAGE + 0UL);
	for (i = 0; i < NR; i++)
		if (objs[i] < page || objs[i] >= page + PAGE_SIZE)
			myslab_cache_free(cache, objs[i]);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static struct kunit_case bulk_cases[] = {
	KUNIT_CASE(bulk_of_any_number_gives_distinct_objects),
	KUNIT_CASE(bulk_of_none_does_nothing),
	KUNIT_CASE(bulk_counts_every_object),
	KUNIT_CASE(bulk_objects_may_be_freed_one_by_one),
	KUNIT_CASE(single_objects_may_be_freed_in_bulk),
	KUNIT_CASE(bulk_free_skips_null),
	KUNIT_CASE(bulk_zeroes_when_asked),
	KUNIT_CASE(bulk_of_large_objects_works),
	KUNIT_CASE(a_stranger_in_a_bulk_free_spares_the_others),
	KUNIT_CASE(one_object_twice_in_a_row_in_bulk_is_found),
	KUNIT_CASE(a_run_ends_where_its_slab_does),
	{}
};

static struct kunit_suite bulk_suite = {
	.name = "myslab_bulk",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = bulk_cases,
};

kunit_test_suite(bulk_suite);

MODULE_DESCRIPTION("Tests of myslab: bulk calls");
MODULE_LICENSE("GPL");
