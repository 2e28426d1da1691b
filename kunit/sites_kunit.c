// SPDX-License-Identifier: GPL-2.0
/*
 * Letter L: objects by call site, as /proc/myslab/sites tells them.
 */
#include "sites.h"

#define NR	30

static void *objs[NR];

/* Two call sites, by name: not static, so that the mirror can name them too. */
void *sites_kunit_leaks(struct myslab_cache *cache);
void *sites_kunit_frees(struct myslab_cache *cache);

noinline void *sites_kunit_leaks(struct myslab_cache *cache)
{
	void *obj = myslab_cache_alloc(cache, GFP_KERNEL);

	/* The call is not the last thing, so that it returns to here. */
	barrier();
	return obj;
}

noinline void *sites_kunit_frees(struct myslab_cache *cache)
{
	void *obj = myslab_cache_alloc(cache, GFP_KERNEL);

	barrier();
	return obj;
}

static void a_site_counts_what_it_has_out(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "L", 100, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NULL(test, row_of("cache", "sites_kunit_leaks"));
	for (i = 0; i < NR; i++)
		objs[i] = sites_kunit_leaks(cache);
	expect_row(test, "cache", "sites_kunit_leaks", NR, " peak 30 allocs 30");
	give_back(cache, objs, NR - 1);
	objs[0] = sites_kunit_leaks(cache);
	expect_row(test, "cache", "sites_kunit_leaks", 2, " peak 30 allocs 31");
	give_back(cache, objs, 1);
	give_back(cache, objs + NR - 1, 1);
	expect_row(test, "cache", "sites_kunit_leaks", 0, " peak 30 allocs 31");
}

/* What leaks is told from what does the same and frees. */
static void a_leak_is_named_by_its_site(struct kunit *test)
{
	static const char * const letters[] = { "L", "UL", "full" };
	struct myslab_cache *cache;
	unsigned int i, k;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		cache = new_debugged(test, letters[i], 100, NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = sites_kunit_leaks(cache);
		for (k = 0; k < NR; k++)
			myslab_cache_free(cache, sites_kunit_frees(cache));
		expect_row(test, "cache", "sites_kunit_leaks", 1, " peak 1 allocs 1");
		expect_row(test, "cache", "sites_kunit_frees", 0, " peak 1 allocs 30");
		expect_report(test, MYSLAB_LEAK, obj);
		destroy_cache(test, cache);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* It is still out, and then it is not. */
		expect_row(test, "cache", "sites_kunit_leaks", 1, " peak 1 allocs 1");
		myslab_cache_free(cache, obj);
		KUNIT_EXPECT_NULL(test, row_of("cache", "sites_kunit_leaks"));
	}
}

static void a_mark_tells_new_objects_from_old(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "L", 100, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR; i++) {
		if (i == 10 || i == 20)
			myslab_debug_mark();
		objs[i] = sites_kunit_leaks(cache);
	}
	expect_row(test, "cache", "sites_kunit_leaks", 30,
		   " since-mark 10 peak 30 allocs 30");
	/* Of before the first mark, between the two, after the second. */
	give_back(cache, objs, 5);
	give_back(cache, objs + 10, 5);
	give_back(cache, objs + 20, 3);
	expect_row(test, "cache", "sites_kunit_leaks", 17,
		   " since-mark 7 peak 30 allocs 30");
	myslab_debug_mark();
	expect_row(test, "cache", "sites_kunit_leaks", 17,
		   " since-mark 0 peak 30 allocs 30");
	give_back(cache, objs + 23, 7);
	objs[0] = sites_kunit_leaks(cache);
	expect_row(test, "cache", "sites_kunit_leaks", 11,
		   " since-mark 1 peak 30 allocs 31");
	give_back(cache, objs, 1);
	give_back(cache, objs + 5, 5);
	give_back(cache, objs + 15, 5);
	expect_row(test, "cache", "sites_kunit_leaks", 0,
		   " since-mark 0 peak 30 allocs 31");
}

/* Freed by any call, with any letters by then. */
static void what_was_counted_is_counted_off(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "L", 100, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR; i++) {
		if (i == 10)
			switch_to(test, "ZL");
		if (i == 20)
			switch_to(test, "off");
		objs[i] = sites_kunit_leaks(cache);
	}
	expect_row(test, "cache", "sites_kunit_leaks", 20, " peak 20 allocs 20");
	myslab_cache_free_bulk(cache, 5, objs);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, objs[5]));
	myslab_cache_free_rcu(cache, objs[6]);
	give_back(cache, objs + 20, 10);
	expect_row(test, "cache", "sites_kunit_leaks", 13, " peak 20 allocs 20");
	/* On again, with what is left of before. */
	switch_to(test, "L");
	objs[0] = sites_kunit_leaks(cache);
	expect_row(test, "cache", "sites_kunit_leaks", 14, " peak 20 allocs 21");
	give_back(cache, objs + 7, 13);
	expect_row(test, "cache", "sites_kunit_leaks", 1, " peak 20 allocs 21");
	/* The table goes with the last object. */
	switch_to(test, "off");
	give_back(cache, objs, 1);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_NULL(test, row_of("cache", "sites_kunit_leaks"));
}

/* From wherever in myslab an object comes, its caller is found. */
static void every_call_has_a_site(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "L", 100, NULL);
	unsigned int nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	objs[nr++] = myslab_cache_alloc(cache, GFP_KERNEL);
	objs[nr++] = myslab_cache_zalloc(cache, GFP_ATOMIC);
	objs[nr++] = myslab_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
	objs[nr++] = myslab_cache_alloc_node(cache, GFP_KERNEL, 0);
	objs[nr++] = myslab_cache_try_alloc(cache);
	nr += myslab_cache_alloc_bulk(cache, GFP_KERNEL, 5, objs + nr);
	KUNIT_EXPECT_EQ(test, nr, 10U);
	KUNIT_EXPECT_NULL(test, row_of("cache", " others "));
	give_back(cache, objs, nr);
}

static void a_second_free_counts_off_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "L", 100, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	objs[0] = sites_kunit_leaks(cache);
	obj = sites_kunit_leaks(cache);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	myslab_cache_free(cache, obj);
	expect_row(test, "cache", "sites_kunit_leaks", 1, " peak 2 allocs 2");
	give_back(cache, objs, 1);
}

static struct kunit_case sites_cases[] = {
	KUNIT_CASE(a_site_counts_what_it_has_out),
	KUNIT_CASE(a_leak_is_named_by_its_site),
	KUNIT_CASE(a_mark_tells_new_objects_from_old),
	KUNIT_CASE(what_was_counted_is_counted_off),
	KUNIT_CASE(every_call_has_a_site),
	KUNIT_CASE(a_second_free_counts_off_nothing),
	{}
};

static struct kunit_suite sites_suite = {
	.name = "myslab_sites",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = sites_cases,
};

kunit_test_suite(sites_suite);

MODULE_DESCRIPTION("Tests of myslab: objects by call site");
MODULE_LICENSE("GPL");
