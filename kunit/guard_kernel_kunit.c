// SPDX-License-Identifier: GPL-2.0
/*
 * Guarded objects: each access where nothing is faults, is reported with its
 * object, and goes on. Each case has a legal twin in the_whole_object_is_there.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "guard.h"
#include "threads.h"

static u8 read_at(const u8 *at)
{
	return READ_ONCE(*at);
}

static void write_at(u8 *at)
{
	WRITE_ONCE(*at, 1);
}

static void the_whole_object_is_there(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	unsigned int i;
	u8 *obj;

	for (i = 0; i < 80; i++) {
		obj = new_object(test, cache, i % 2);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)obj, 8));
		memset(obj, i, SIZE);
		KUNIT_EXPECT_TRUE(test, all_bytes(obj, i, SIZE));
		if (i % 3)
			myslab_cache_free(cache, obj);
		else
			myslab_cache_free_rcu(cache, obj);
	}
	KUNIT_EXPECT_TRUE(test, wait_until(stat_of(cache).objects_used == 0));
}

static void a_read_above_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	u8 *obj;

	obj = new_object(test, cache, true);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, obj);
	read_at(obj + SIZE);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

static void a_write_below_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	u8 *obj;

	obj = new_object(test, cache, false);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, obj);
	write_at(obj - 1);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
	/* The guard is there again for the next one. */
	obj = new_object(test, cache, false);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, obj);
	write_at(obj - 5);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

/* On the side that is in the page it is seen when it is freed. */
static void a_write_in_the_page_is_found_by_free(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	char *text;
	u8 *obj;

	obj = new_object(test, cache, true);
	write_at(obj - 1);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, obj);
	myslab_cache_free(cache, obj);
	text = proc_text("/proc/myslab/reports");
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, " 0xa5 is expected, 0x01 found"));
	obj = new_object(test, cache, false);
	write_at(obj + SIZE);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, obj);
	myslab_cache_free(cache, obj);
}

static void a_use_after_the_free_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	u8 *obj;

	obj = new_object(test, cache, true);
	myslab_cache_free(cache, obj);
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	read_at(obj + 7);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	obj = new_object(test, cache, false);
	myslab_cache_free(cache, obj);
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	write_at(obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void wrong_frees_are_found(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	struct myslab_cache *other = new_cache(test, SIZE, NULL);
	u8 *obj;

	obj = new_object(test, cache, true);
	expect_report(test, MYSLAB_WRONG_OWNER, obj);
	myslab_cache_free(other, obj);
	expect_report(test, MYSLAB_INVALID_FREE, obj + 8);
	myslab_cache_free(cache, obj + 8);
	myslab_cache_free_rcu(cache, obj);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, wait_until(stat_of(cache).objects_used == 0));
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

/* More than there is room for: the others come from slabs. */
static void without_room_objects_are_not_guarded(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	static void *objs[2000];
	unsigned int i, nr, guarded = 0;

	nr = take(cache, objs, ARRAY_SIZE(objs));
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)ARRAY_SIZE(objs));
	for (i = 0; i < nr; i++)
		guarded += is_vmalloc_addr(objs[i]);
	KUNIT_EXPECT_GT(test, guarded, 100U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).unguarded,
			(unsigned long)nr - guarded);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, (unsigned long)nr);
	give_back(cache, objs, nr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

/* One in so many, or none of what needs its page. */
static void some_are_guarded_or_none(struct kunit *test)
{
	const struct myslab_cache_args args = { .flags = MYSLAB_NO_GUARD };
	struct myslab_cache *cache = new_guarded(test, &args);
	static void *objs[100];
	unsigned int i, nr, guarded = 0;

	nr = take(cache, objs, 100);
	for (i = 0; i < nr; i++)
		guarded += is_vmalloc_addr(objs[i]);
	KUNIT_EXPECT_EQ(test, guarded, 0U);
	give_back(cache, objs, nr);
	destroy_cache(test, cache);

	cache = new_debugged(test, "FG:10", SIZE, NULL);
	nr = take(cache, objs, 100);
	for (i = 0; i < nr; i++)
		guarded += is_vmalloc_addr(objs[i]);
	KUNIT_EXPECT_EQ(test, guarded, 10U);
	/* Those stay, switched off or not. */
	switch_to(test, "off");
	give_back(cache, objs, nr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void what_is_out_at_the_end_leaked(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	u8 *obj;

	obj = new_object(test, cache, true);
	expect_report(test, MYSLAB_LEAK, obj);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Still there, for who has not noticed. */
	write_at(obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void after_the_end_uses_are_found(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	u8 *obj = new_object(test, cache, true);

	myslab_cache_free(cache, obj);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	read_at(obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static int fail_first(void *obj, void *private, gfp_t gfp)
{
	unsigned int *calls = private;

	memset(obj, 7, SIZE);
	return calls[0]++ ? 0 : -ENOMEM;
}

static void count_call(void *obj, void *private)
{
	unsigned int *calls = private;

	calls[1]++;
}

/* A guarded object is constructed each time, whatever the next one needs. */
static void constructors_are_called(struct kunit *test)
{
	/* The end of the test calls the destructor, too. */
	static unsigned int calls[2];
	const struct myslab_cache_args args = {
		.ctor = fail_first, .dtor = count_call, .private = calls,
	};
	struct myslab_cache *cache = new_guarded(test, &args);
	u8 *obj;

	/* The first one fails, so that this is from a slab. */
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(obj));
	myslab_cache_free(cache, obj);
	obj = new_object(test, cache, true);
	KUNIT_EXPECT_TRUE(test, all_bytes(obj, 7, SIZE));
	KUNIT_EXPECT_GE(test, calls[0], 3U);
	calls[1] = 0;
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, calls[1], 1U);
}

/* Readers may look at what is freed, until they cannot any more. */
static void typesafe_objects_stay_for_a_grace_period(struct kunit *test)
{
	const struct myslab_cache_args args = {
		.flags = MYSLAB_TYPESAFE_BY_RCU,
	};
	struct myslab_cache *cache = new_guarded(test, &args);
	u8 *obj;

	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(obj));
	rcu_read_lock();
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	WRITE_ONCE(*obj, READ_ONCE(*obj) + 1);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	rcu_barrier();
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	WRITE_ONCE(*obj, 1);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

/* A pointer into it may be from then. */
static void who_had_the_pages_before_is_known(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	static char text[8192];
	unsigned long page;
	unsigned int i;
	u8 *obj;

	obj = new_object(test, cache, true);
	page = (unsigned long)obj & PAGE_MASK;
	myslab_whatis(obj, text, sizeof(text));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nallocated "));
	for (i = 0; i < 10000; i++) {
		myslab_cache_free(cache, obj);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		if (((unsigned long)obj & PAGE_MASK) == page)
			break;
		if (!is_vmalloc_addr(obj))
			msleep(20);
	}
	KUNIT_EXPECT_LT(test, i, 10000U);
	myslab_whatis(obj, text, sizeof(text));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "before that, allocated "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nfreed "));
	myslab_cache_free(cache, obj);
	myslab_whatis(obj, text, sizeof(text));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "before that, freed "));
}

static int use(struct worker *w)
{
	struct myslab_cache *cache = w->shared;
	unsigned int i;
	u8 *obj;

	for (i = 0; i < 2000; i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		if (!obj)
			return 0;
		memset(obj, w->nr, SIZE);
		w->wrong += !all_bytes(obj, w->nr, SIZE);
		myslab_cache_free(cache, obj);
	}
	return 0;
}

/* A page that is closed for one is never open for another. */
static void all_cpus_use_them(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);

	run_on_all_cpus(test, 2, use, cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static struct kunit_case guard_cases[] = {
	KUNIT_CASE(the_whole_object_is_there),
	KUNIT_CASE(a_read_above_is_found),
	KUNIT_CASE(a_write_below_is_found),
	KUNIT_CASE(a_write_in_the_page_is_found_by_free),
	KUNIT_CASE(a_use_after_the_free_is_found),
	KUNIT_CASE(wrong_frees_are_found),
	KUNIT_CASE(without_room_objects_are_not_guarded),
	KUNIT_CASE(some_are_guarded_or_none),
	KUNIT_CASE(what_is_out_at_the_end_leaked),
	KUNIT_CASE(after_the_end_uses_are_found),
	KUNIT_CASE(constructors_are_called),
	KUNIT_CASE(typesafe_objects_stay_for_a_grace_period),
	KUNIT_CASE_SLOW(who_had_the_pages_before_is_known),
	KUNIT_CASE_SLOW(all_cpus_use_them),
	{}
};

static struct kunit_suite guard_suite = {
	.name = "myslab_guard",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = guard_cases,
};

kunit_test_suite(guard_suite);

MODULE_DESCRIPTION("Tests of myslab: guard pages");
MODULE_LICENSE("GPL");
