// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging of caches: switched while they are used, and what it says about
 * the life of objects.
 */
#include <linux/rcupdate.h>

#include "debug.h"

#define NR	200

static void *objs[NR], *more[NR];

static const char * const letters[] = {
	"F", "Z", "P", "U", "Q", "ZPU", "full", "light", "off",
	"Q:100,debug*;off",
};

static void what_is_off_looks_at_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "off", 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	give_back(cache, objs, take(cache, objs, NR));
	KUNIT_EXPECT_EQ(test, stat_of(cache).checks, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 0UL);
}

static void objects_outlive_every_switch(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "off", 100, NULL);
	unsigned int i, k;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs + 20 * i, 20), 20U);
		for (k = 0; k < 20; k++)
			memset(objs[20 * i + k], i, 100);
		if (i < ARRAY_SIZE(letters) - 1)
			switch_to(test, letters[i]);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
				20UL * (i + 1));
	}
	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		for (k = 0; k < 20; k++)
			KUNIT_EXPECT_TRUE(test, all_bytes(objs[20 * i + k], i,
							  100));
		give_back(cache, objs + 20 * i, 20);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, stat_of(cache).frees);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void objects_of_before_are_not_checked_and_freed(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "off", 64, NULL);
	u8 *before, *after;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	before = myslab_cache_alloc(cache, GFP_KERNEL);
	switch_to(test, DRESSED);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 1UL);
	after = myslab_cache_alloc(cache, GFP_KERNEL);
	switch_to(test, "off");
	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, after);
	/* It was dressed, and stays so. */
	after[64] ^= 1;
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, after);
	myslab_cache_free(cache, after);
	myslab_cache_free(cache, before);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void a_cache_that_comes_later_is_debugged(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, DRESSED, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	destroy_cache(test, cache);
	/* By the rule of before, not by what new_debugged() does. */
	cache = myslab_cache_create(DEBUGGED, 100, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 1UL);
	give_back(cache, objs, take(cache, objs, 10));
	KUNIT_EXPECT_GE(test, stat_of(cache).checks, 20UL);
	myslab_cache_destroy(cache);
}

static void a_text_that_is_none_changes_nothing(struct kunit *test)
{
	static const char * const wrong[] = {
		"", "\n", "X", "G:0", "lightZ", "Z,", "Z,@", ",debugged",
		"Z;;P", "Z:5", "Q:", "Q:x", "Q:99999999999", "Z,deb ugged",
		"Z,nobody-is-called-so", "off,nobody-is-called-so", "FZ,a/b",
		"Z,debugged;P,@no_such_module", "full full", "Z\nP", "E:0",
	};
	struct myslab_cache *cache = new_debugged(test, "off", 64, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ_MSG(test, myslab_debug_set(wrong[i]), -EINVAL,
				    "%s", wrong[i]);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 0UL);
}

static void a_module_selects_what_it_created(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "off", 64, NULL);
	char text[80];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	snprintf(text, sizeof(text), "ZP,@%s\n", KBUILD_MODNAME);
	KUNIT_EXPECT_EQ(test, myslab_debug_set(text), 0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 1UL);
	snprintf(text, sizeof(text), "off,@%s", KBUILD_MODNAME);
	KUNIT_EXPECT_EQ(test, myslab_debug_set(text), 0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 0UL);
}

static void every_nth_allocation_fails(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "E:7", 64, NULL);
	unsigned int i, failed = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 70; i++) {
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
		failed += !objs[i];
	}
	KUNIT_EXPECT_EQ(test, failed, 10U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).failures, 10UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 60UL);
	give_back(cache, objs, 70);
	/* The twin: what must not fail does not. */
	for (i = 0; i < 70; i++) {
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
		failed += !objs[i];
	}
	give_back(cache, objs, 70);
	KUNIT_EXPECT_EQ(test, failed, 10U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

/* Every way to allocate and to free, and no count is lost. */
static void all_calls_work(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "full", 200, NULL);
	unsigned int i, nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, NR,
						      objs), NR);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, (unsigned long)NR);
	myslab_cache_free_bulk(cache, NR, objs);
	objs[nr++] = myslab_cache_alloc_node(cache, GFP_KERNEL, 0);
	objs[nr++] = myslab_cache_zalloc(cache, GFP_KERNEL);
	objs[nr++] = myslab_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
	objs[nr++] = myslab_cache_alloc(cache, GFP_ATOMIC);
	objs[nr] = myslab_cache_try_alloc(cache);
	nr += !!objs[nr];
	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	KUNIT_EXPECT_TRUE(test, all_bytes(objs[1], 0, 200));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, (unsigned long)nr);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, objs[0]));
	for (i = 1; i < nr; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, stat_of(cache).frees);
	KUNIT_EXPECT_EQ(test, stat_of(cache).undressed, 0UL);
}

static void strangers_are_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "full", 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_WRONG_OWNER, obj);
	myslab_cache_free(other, obj);
	expect_report(test, MYSLAB_INVALID_FREE, obj + 8);
	myslab_cache_free(cache, obj + 8);
	expect_report(test, MYSLAB_INVALID_FREE, obj - 16);
	myslab_cache_free_rcu(cache, obj - 16);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

static int refuse(void *obj, void *private, gfp_t gfp)
{
	bool *fails = private;

	memset(obj, 1, 64);
	return *fails ? -ENODEV : 0;
}

static void a_constructor_may_fail(struct kunit *test)
{
	bool fails = false;
	struct myslab_cache_args args = { .ctor = refuse, .private = &fails };
	struct myslab_cache *cache = new_debugged(test, "full", 64, &args);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	give_back(cache, objs, take(cache, objs, 20));
	fails = true;
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, stat_of(cache).failures, 1UL);
	fails = false;
	give_back(cache, more, take(cache, more, 40));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	/* The caches's end comes before that of what its private points to. */
	switch_to(test, "off");
	destroy_cache(test, cache);
}

static int refuse_once(void *obj, void *private, gfp_t gfp)
{
	unsigned int *refusals = private;

	memset(obj, 2, 64);
	if (!*refusals)
		return 0;
	--*refusals;
	return -ENOMEM;
}

/* Without P it would have been constructed still. */
static void if_a_constructor_fails_another_object_is_tried(struct kunit *test)
{
	unsigned int refusals = 0;
	struct myslab_cache_args args = {
		.ctor = refuse_once, .private = &refusals,
	};
	struct myslab_cache *cache = new_debugged(test, "ZP", 64, &args);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	give_back(cache, objs, take(cache, objs, 20));
	refusals = 1;
	objs[0] = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, objs[0]);
	KUNIT_EXPECT_EQ(test, refusals, 0U);
	KUNIT_EXPECT_TRUE(test, all_bytes(objs[0], 2, 64));
	KUNIT_EXPECT_EQ(test, stat_of(cache).failures, 0UL);
	/* Two, and no more: it may be that each one fails. */
	refusals = 5;
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, refusals, 3U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).failures, 1UL);
	refusals = 0;
	/* Those that were refused are free, and poisoned. */
	KUNIT_EXPECT_EQ(test, take(cache, objs + 1, NR - 1), NR - 1U);
	give_back(cache, objs, NR);
	switch_to(test, "off");
	destroy_cache(test, cache);
}

/* Whatever happened to the object between the two frees. */
static void a_second_free_is_found_at_once(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i;
	void *a, *b;

	for (i = 0; i < 8; i++) {
		cache = new_debugged(test, letters[i], 64, NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		a = myslab_cache_alloc(cache, GFP_KERNEL);
		b = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, a);
		KUNIT_ASSERT_NOT_NULL(test, b);
		myslab_cache_free(cache, a);
		myslab_cache_free(cache, b);
		expect_report(test, MYSLAB_DOUBLE_FREE, a);
		myslab_cache_free(cache, a);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		KUNIT_EXPECT_FALSE(test, handed_out_again(cache, a));
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
		destroy_cache(test, cache);
	}
}

static void a_free_of_what_free_rcu_has_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "full", 64, NULL);
	void *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	a = myslab_cache_alloc(cache, GFP_KERNEL);
	b = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	rcu_read_lock();
	myslab_cache_free_rcu(cache, a);
	expect_report(test, MYSLAB_DOUBLE_FREE, a);
	myslab_cache_free(cache, a);
	rcu_read_unlock();
	/* The twin. */
	myslab_cache_free_rcu(cache, b);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 2UL);
}

static void a_quarantined_object_comes_back_late(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "Q:6400", 64, NULL);
	unsigned int i;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	for (i = 0; i < 99; i++) {
		objs[0] = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[0]);
		KUNIT_EXPECT_PTR_NE(test, objs[0], obj);
		myslab_cache_free(cache, objs[0]);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_GT(test, stat_of(cache).pages, 0UL);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void a_leak_names_the_object(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "full", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	/* What is held back is no leak. */
	give_back(cache, objs, take(cache, objs, 20));
	expect_report(test, MYSLAB_LEAK, obj);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Later is too late, and harmless. */
	myslab_cache_free(cache, obj);
}

static struct kunit_case debug_switch_cases[] = {
	KUNIT_CASE(what_is_off_looks_at_nothing),
	KUNIT_CASE(objects_outlive_every_switch),
	KUNIT_CASE(objects_of_before_are_not_checked_and_freed),
	KUNIT_CASE(a_cache_that_comes_later_is_debugged),
	KUNIT_CASE(a_text_that_is_none_changes_nothing),
	KUNIT_CASE(a_module_selects_what_it_created),
	KUNIT_CASE(every_nth_allocation_fails),
	KUNIT_CASE(all_calls_work),
	KUNIT_CASE(strangers_are_refused),
	KUNIT_CASE(a_constructor_may_fail),
	KUNIT_CASE(if_a_constructor_fails_another_object_is_tried),
	KUNIT_CASE(a_second_free_is_found_at_once),
	KUNIT_CASE(a_free_of_what_free_rcu_has_is_found),
	KUNIT_CASE(a_quarantined_object_comes_back_late),
	KUNIT_CASE(a_leak_names_the_object),
	{}
};

static struct kunit_suite debug_switch_suite = {
	.name = "myslab_debug_switch",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = debug_switch_cases,
};

kunit_test_suite(debug_switch_suite);

MODULE_DESCRIPTION("Tests of myslab: debugging switched while caches are used");
MODULE_LICENSE("GPL");
