// SPDX-License-Identifier: GPL-2.0
/*
 * Grace periods: frees that wait for one, and memory that keeps its type
 * until one has passed.
 */
#include <linux/rcupdate.h>

#include "watch.h"

#define NR	300

static void *objs[NR];

/* Whether an allocation meets @obj again; what was taken is given back. */
static bool handed_out_again(struct myslab_cache *cache, const void *obj)
{
	unsigned int nr;
	bool met = false;

	for (nr = 0; nr < NR; nr++) {
		objs[nr] = myslab_cache_alloc(cache, GFP_NOWAIT);
		if (!objs[nr])
			break;
		met |= objs[nr] == obj;
	}
	give_back(cache, objs, nr);
	return met;
}

static void free_rcu_waits_for_a_reader(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	bool met, intact;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	memset(obj, 0x42, 64);

	rcu_read_lock();
	myslab_cache_free_rcu(cache, obj);
	met = handed_out_again(cache, obj);
	intact = all_bytes(obj, 0x42, 64);
	rcu_read_unlock();

	KUNIT_EXPECT_FALSE(test, met);
	KUNIT_EXPECT_TRUE(test, intact);
}

static void free_rcu_frees_in_the_end(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	for (i = 0; i < NR; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, (unsigned long)NR);
	KUNIT_EXPECT_TRUE(test, wait_until((myslab_cache_shrink(cache),
					    !stat_of(cache).pages)));
}

static void free_rcu_in_several_waves_frees_all(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	unsigned int wave, i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (wave = 0; wave < 5; wave++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
		for (i = 0; i < NR; i++) {
			myslab_cache_free_rcu(cache, objs[i]);
			if (i == NR / 2)
				msleep(20);
		}
	}
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 5UL * NR);
}

static void free_rcu_works_with_interrupts_off(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long flags;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 100), 100U);
	local_irq_save(flags);
	for (i = 0; i < 100; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
}

static void free_rcu_of_null_does_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	myslab_cache_free_rcu(cache, NULL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 0UL);
}

static void destroy_waits_for_what_free_rcu_was_given(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	for (i = 0; i < NR; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	/* No leak: they are all as good as freed. */
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void free_rcu_twice_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	rcu_read_lock();
	myslab_cache_free_rcu(cache, obj);
	myslab_cache_free_rcu(cache, obj);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, wait_until(reports_came(test)));
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
}

static void free_after_free_rcu_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	rcu_read_lock();
	myslab_cache_free_rcu(cache, obj);
	myslab_cache_free(cache, obj);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, wait_until((myslab_cache_shrink(cache),
					    reports_came(test))));
}

static void free_rcu_of_a_stranger_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(other, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_WRONG_OWNER, obj);
	expect_report(test, MYSLAB_INVALID_FREE, obj + 8);
	myslab_cache_free_rcu(cache, obj);
	myslab_cache_free_rcu(other, obj + 8);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(other, obj);
}

static int make_0x77(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0x77, 64);
	return 0;
}

/*
 * Of more objects than magazines and depot keep, so that slabs go while the
 * reader is there: their pages stay until it is gone. Shrink may wait for
 * readers: only the frees are inside.
 */
static void typesafe_memory_stays_readable_in_a_reader(struct kunit *test)
{
	struct myslab_cache_args args = {
		.flags = MYSLAB_TYPESAFE_BY_RCU, .ctor = make_0x77,
	};
	struct myslab_cache *cache = new_cache(test, 4000, &args);
	void **objs = kunit_kzalloc(test, 1200 * sizeof(*objs), GFP_KERNEL);
	unsigned int i, nr, right = 0;
	unsigned long most, now;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	nr = take(cache, objs, 1200);
	most = stat_of(cache).slabs;
	rcu_read_lock();
	give_back(cache, objs, nr);
	now = stat_of(cache).slabs;
	for (i = 0; i < nr; i++)
		right += all_bytes(objs[i], 0x77, 64);
	rcu_read_unlock();
	if (!stat_of(cache).debugged)
		KUNIT_EXPECT_LT(test, now, most);
	KUNIT_EXPECT_EQ(test, right, nr);
	KUNIT_EXPECT_TRUE(test, wait_until((myslab_cache_shrink(cache),
					    !stat_of(cache).pages)));
}

static void a_typesafe_cache_is_destroyed_with_its_readers_gone(struct kunit *t)
{
	struct myslab_cache_args args = { .flags = MYSLAB_TYPESAFE_BY_RCU };
	struct myslab_cache *cache;
	unsigned int round, nr;

	for (round = 0; round < 5; round++) {
		cache = new_cache(t, 128, &args);
		KUNIT_ASSERT_NOT_NULL(t, cache);
		nr = take(cache, objs, NR);
		give_back(cache, objs, nr);
		destroy_cache(t, cache);
	}
	KUNIT_EXPECT_TRUE(t, reports_came(t));
}

/* A multiple of what the worker takes at a time, and of a slab. */
static void free_rcu_of_whole_slabs_frees_all(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	void **objs = kunit_kzalloc(test, 960 * sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 960), 960U);
	for (i = 0; i < 960; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

/* Their slabs go as soon as they are back: the worker must not look again. */
static void free_rcu_of_leaked_objects_is_harmless(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	void *objs[64];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 64), 64U);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	for (i = 0; i < 64; i++)
		myslab_cache_free_rcu(cache, objs[i]);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).pages));
}

static struct kunit_case rcu_cases[] = {
	KUNIT_CASE(free_rcu_waits_for_a_reader),
	KUNIT_CASE(free_rcu_frees_in_the_end),
	KUNIT_CASE(free_rcu_in_several_waves_frees_all),
	KUNIT_CASE(free_rcu_works_with_interrupts_off),
	KUNIT_CASE(free_rcu_of_null_does_nothing),
	KUNIT_CASE(destroy_waits_for_what_free_rcu_was_given),
	KUNIT_CASE(free_rcu_twice_is_found),
	KUNIT_CASE(free_after_free_rcu_is_found),
	KUNIT_CASE(free_rcu_of_a_stranger_is_found),
	KUNIT_CASE(free_rcu_of_whole_slabs_frees_all),
	KUNIT_CASE(free_rcu_of_leaked_objects_is_harmless),
	KUNIT_CASE(typesafe_memory_stays_readable_in_a_reader),
	KUNIT_CASE(a_typesafe_cache_is_destroyed_with_its_readers_gone),
	{}
};

static struct kunit_suite rcu_suite = {
	.name = "myslab_rcu",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = rcu_cases,
};

kunit_test_suite(rcu_suite);

MODULE_DESCRIPTION("Tests of myslab: RCU");
MODULE_LICENSE("GPL");
