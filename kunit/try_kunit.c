// SPDX-License-Identifier: GPL-2.0
/*
 * The try calls: never waiting, allowed to say no, never losing an object.
 */
#include <linux/irqflags.h>

#include "watch.h"

#define NR	200

static void *objs[NR];

/* A cache whose magazines here hold some objects. */
static struct myslab_cache *new_warm_cache(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	if (cache)
		give_back(cache, objs, take(cache, objs, 40));
	return cache;
}

static unsigned int try_take(struct myslab_cache *cache, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		objs[i] = myslab_cache_try_alloc(cache);
		if (!objs[i])
			break;
	}
	return i;
}

static void an_empty_cache_has_nothing_to_try(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NULL(test, myslab_cache_try_alloc(cache));
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void a_warm_cache_gives_objects_to_who_tries(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = try_take(cache, 20);
	KUNIT_EXPECT_GT(test, nr, 0U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, (unsigned long)nr);
	give_back(cache, objs, nr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void what_try_free_refuses_is_still_the_callers(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	unsigned int i, nr, refused = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, NR);
	for (i = 0; i < nr; i++) {
		memset(objs[i], 0x11, 64);
		if (myslab_cache_try_free(cache, objs[i]))
			continue;
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], 0x11, 64));
		objs[refused++] = objs[i];
	}
	KUNIT_EXPECT_LT(test, refused, nr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
			(unsigned long)refused);
	give_back(cache, objs, refused);
}

static void trying_works_with_interrupts_off(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	unsigned int i, nr, freed = 0;
	unsigned long flags;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	local_irq_save(flags);
	nr = try_take(cache, 10);
	for (i = 0; i < nr; i++)
		freed += myslab_cache_try_free(cache, objs[i]);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, freed, nr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void tried_and_ordinary_calls_mix(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	unsigned int i;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 1000; i++) {
		obj = myslab_cache_try_alloc(cache);
		if (!obj)
			obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		memset(obj, i, 64);
		if (i % 2 || !myslab_cache_try_free(cache, obj))
			myslab_cache_free(cache, obj);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, 1040UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void try_free_of_null_does_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, NULL));
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 0UL);
}

static void try_free_of_a_stranger_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(other, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_WRONG_OWNER, obj);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, obj));
	KUNIT_EXPECT_TRUE(test, wait_until(reports_came(test)));
	myslab_cache_free(other, obj);
}

static void try_free_twice_in_a_row_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	preempt_disable();
	myslab_cache_try_free(cache, obj);
	myslab_cache_try_free(cache, obj);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, wait_until((myslab_cache_shrink(cache),
					    reports_came(test))));
}

static void trying_a_destroyed_cache_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_cache_try_alloc(cache));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

/* The twin: it is harmless, silent, and there is an end to trying. */
static void a_leaked_object_may_be_tried_to_be_freed(struct kunit *test)
{
	struct myslab_cache *cache = new_warm_cache(test);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, wait_until(myslab_cache_try_free(cache, obj)));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static struct kunit_case try_cases[] = {
	KUNIT_CASE(an_empty_cache_has_nothing_to_try),
	KUNIT_CASE(a_warm_cache_gives_objects_to_who_tries),
	KUNIT_CASE(what_try_free_refuses_is_still_the_callers),
	KUNIT_CASE(trying_works_with_interrupts_off),
	KUNIT_CASE(tried_and_ordinary_calls_mix),
	KUNIT_CASE(try_free_of_null_does_nothing),
	KUNIT_CASE(try_free_of_a_stranger_is_found),
	KUNIT_CASE(try_free_twice_in_a_row_is_found),
	KUNIT_CASE(trying_a_destroyed_cache_is_found),
	KUNIT_CASE(a_leaked_object_may_be_tried_to_be_freed),
	{}
};

static struct kunit_suite try_suite = {
	.name = "myslab_try",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = try_cases,
};

kunit_test_suite(try_suite);

MODULE_DESCRIPTION("Tests of myslab: the try calls");
MODULE_LICENSE("GPL");
