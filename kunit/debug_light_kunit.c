// SPDX-License-Identifier: GPL-2.0
/*
 * The preset light: every second free is found at once, wherever the object is
 * by then, magazines stay, and sites are estimated.
 */
#include <linux/mm.h>

#include "debug.h"

#define NR	4000

static void *objs[NR], *more[200];

/* Freed, so many others freed on top of it, and freed again. */
static void a_second_free_is_found_wherever_it_is(struct kunit *test)
{
	static const unsigned int on_top[] = { 0, 1, 30, 63, 64, 65, 199 };
	struct myslab_cache *cache;
	unsigned int i, nr;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(on_top); i++) {
		cache = new_debugged(test, "light", 64, NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		/* Beyond what is sampled one by one. */
		give_back(cache, objs, take(cache, objs, 500));
		nr = take(cache, more, ARRAY_SIZE(more));
		KUNIT_ASSERT_EQ(test, nr, 200U);
		obj = more[0];
		myslab_cache_free(cache, obj);
		give_back(cache, more + 1, on_top[i]);
		expect_report(test, MYSLAB_DOUBLE_FREE, obj);
		myslab_cache_free(cache, obj);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		KUNIT_EXPECT_FALSE(test, handed_out_again(cache, obj));
		give_back(cache, more + 1 + on_top[i], nr - 1 - on_top[i]);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
		destroy_cache(test, cache);
	}
}

static void every_second_free_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "light", 200, NULL);
	unsigned int i, guarded = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	give_back(cache, objs, take(cache, objs, NR));
	KUNIT_ASSERT_EQ(test, take(cache, objs, 40), 40U);
	/* From the middle of what is out, so that their slabs stay. */
	KUNIT_ASSERT_EQ(test, take(cache, more, 100), 100U);
	for (i = 0; i < 40; i++) {
		guarded += is_vmalloc_addr(objs[i]);
		myslab_cache_free(cache, objs[i]);
		expect_report(test, MYSLAB_DOUBLE_FREE, objs[i]);
	}
	for (i = 0; i < 40; i++)
		myslab_cache_free(cache, objs[i]);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Once more, about what is withdrawn, nothing is said. */
	myslab_cache_free(cache, objs[7]);
	give_back(cache, more, 100);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	/* A guarded one is in no slab that it could be withdrawn from. */
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 40UL - guarded);
}

static void magazines_stay(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "light", 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	give_back(cache, objs, take(cache, objs, 1000));
	give_back(cache, objs, take(cache, objs, 100));
	KUNIT_EXPECT_GT(test, stat_of(cache).objects_cached, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, 1100UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 1100UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 1UL);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void all_calls_work(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "light", 104, NULL);
	unsigned int nr = 0, i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 300,
						      objs), 300);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 300UL);
	myslab_cache_free_bulk(cache, 300, objs);
	objs[nr++] = myslab_cache_alloc_node(cache, GFP_KERNEL, 0);
	objs[nr++] = myslab_cache_zalloc(cache, GFP_KERNEL);
	objs[nr++] = myslab_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
	objs[nr++] = myslab_cache_alloc(cache, GFP_ATOMIC);
	objs[nr++] = myslab_cache_try_alloc(cache);
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	KUNIT_EXPECT_TRUE(test, all_bytes(objs[1], 0, 104));
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, objs[0]));
	expect_report(test, MYSLAB_DOUBLE_FREE, objs[0]);
	myslab_cache_free(cache, objs[0]);
	myslab_cache_free_rcu(cache, objs[1]);
	expect_report(test, MYSLAB_DOUBLE_FREE, objs[1]);
	myslab_cache_free(cache, objs[1]);
	for (i = 2; i < nr; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void switches_lose_nothing(struct kunit *test)
{
	static const char * const letters[] = {
		"light", "full", "light", "off", "light", "Q",
	};
	struct myslab_cache *cache = new_debugged(test, "off", 72, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs + 100 * i, 100), 100U);
		switch_to(test, letters[i]);
		/* Half of each of those from before. */
		give_back(cache, objs + 100 * i, 50);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
				50UL * (i + 1));
	}
	for (i = 0; i < ARRAY_SIZE(letters); i++)
		give_back(cache, objs + 100 * i + 50, 50);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, stat_of(cache).frees);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static int fill(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0x5c, 64);
	return 0;
}

static void objects_stay_constructed(struct kunit *test)
{
	struct myslab_cache_args args = { .ctor = fill };
	struct myslab_cache *cache = new_debugged(test, "light", 64, &args);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	give_back(cache, objs, take(cache, objs, 200));
	KUNIT_ASSERT_EQ(test, take(cache, objs, 200), 200U);
	for (i = 0; i < 200; i++)
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], 0x5c, 64));
	give_back(cache, objs, 200);
}

/* Few are counted one by one, but for those on guard pages; many about. */
static void sites_are_estimated(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "light", 64, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, 15);
	KUNIT_EXPECT_GE(test, bytes_of_sites("cache"), 13UL * 64);
	KUNIT_EXPECT_LE(test, bytes_of_sites("cache"), 15UL * 64);
	nr += take(cache, objs + nr, NR - nr);
	KUNIT_ASSERT_EQ(test, nr, (unsigned int)NR);
	KUNIT_EXPECT_GE(test, bytes_of_sites("cache"), NR * 64UL / 2);
	KUNIT_EXPECT_LE(test, bytes_of_sites("cache"), NR * 64UL * 3 / 2);
	KUNIT_EXPECT_NOT_NULL(test, strstr(proc_text("/proc/myslab/sites"),
					   " estimate\n"));
	give_back(cache, objs, nr);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 0UL);
}

static void a_leak_is_reported(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "light", 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* What lies in magazines is no leak. */
	give_back(cache, objs, take(cache, objs, 1000));
	objs[0] = myslab_cache_alloc(cache, GFP_KERNEL);
	expect_report(test, MYSLAB_LEAK, objs[0]);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Late, and harmless. */
	myslab_cache_free(cache, objs[0]);
}

static void strangers_are_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "light", 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	give_back(cache, objs, take(cache, objs, 100));
	objs[0] = myslab_cache_alloc(cache, GFP_KERNEL);
	objs[1] = myslab_cache_alloc(other, GFP_KERNEL);
	expect_report(test, MYSLAB_WRONG_OWNER, objs[0]);
	myslab_cache_free(other, objs[0]);
	expect_report(test, MYSLAB_WRONG_OWNER, objs[1]);
	myslab_cache_free(cache, objs[1]);
	expect_report(test, MYSLAB_INVALID_FREE, objs[0] + 8);
	myslab_cache_free(cache, objs[0] + 8);
	expect_report(test, MYSLAB_INVALID_FREE, &objs);
	myslab_cache_free(cache, &objs);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, objs[0]);
	myslab_cache_free(other, objs[1]);
}

static struct kunit_case debug_light_cases[] = {
	KUNIT_CASE(a_second_free_is_found_wherever_it_is),
	KUNIT_CASE(every_second_free_is_found),
	KUNIT_CASE(magazines_stay),
	KUNIT_CASE(all_calls_work),
	KUNIT_CASE(switches_lose_nothing),
	KUNIT_CASE(objects_stay_constructed),
	KUNIT_CASE(sites_are_estimated),
	KUNIT_CASE(a_leak_is_reported),
	KUNIT_CASE(strangers_are_refused),
	{}
};

static struct kunit_suite debug_light_suite = {
	.name = "myslab_debug_light",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = debug_light_cases,
};

kunit_test_suite(debug_light_suite);

MODULE_DESCRIPTION("Tests of myslab: caches that are debugged lightly");
MODULE_LICENSE("GPL");
