// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging of caches: for each letter a planted bug that is found, by kind
 * and object, and its legal twin, which is looked at and silent.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "debug.h"

#define NR	200

static void *objs[NR];
static const size_t sizes[] = { 1, 7, 8, 24, 64, 100, 192, 512, 4096, 9000 };

/* One write where none may be is found by the free, and never forgotten. */
static void expect_found_by_free(struct kunit *test, struct myslab_cache *cache,
				 long offset, enum myslab_kind kind)
{
	u8 *obj = myslab_cache_alloc(cache, GFP_KERNEL);
	unsigned long used = stat_of(cache).objects_used;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj[offset] ^= 1;
	expect_report(test, kind, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "at %ld", offset);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, used - 1);
	KUNIT_EXPECT_FALSE(test, handed_out_again(cache, obj));
}

static void a_write_behind_is_found_to_the_byte(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cache = new_debugged(test, "ZU", sizes[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		expect_found_by_free(test, cache, sizes[i],
				     MYSLAB_OUT_OF_BOUNDS_RIGHT);
		expect_found_by_free(test, cache, sizes[i] + 7,
				     MYSLAB_OUT_OF_BOUNDS_RIGHT);
		destroy_cache(test, cache);
	}
}

static void a_write_before_is_found_to_the_byte(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cache = new_debugged(test, "Z", sizes[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		expect_found_by_free(test, cache, -1,
				     MYSLAB_OUT_OF_BOUNDS_LEFT);
		expect_found_by_free(test, cache, -16,
				     MYSLAB_OUT_OF_BOUNDS_LEFT);
		destroy_cache(test, cache);
	}
}

static void a_red_zone_copied_from_a_neighbour_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "Z", 64, NULL);
	u8 *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	a = myslab_cache_alloc(cache, GFP_KERNEL);
	b = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	memcpy(a + 64, b + 64, 8);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, a);
	myslab_cache_free(cache, a);
	myslab_cache_free(cache, b);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void all_of_an_object_may_be_written(struct kunit *test)
{
	unsigned int i, k, nr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct myslab_cache *cache = new_debugged(test, DRESSED,
							  sizes[i], NULL);
		unsigned long checks;

		KUNIT_ASSERT_NOT_NULL(test, cache);
		checks = stat_of(cache).checks;
		nr = take(cache, objs, 40);
		KUNIT_EXPECT_EQ(test, nr, 40U);
		for (k = 0; k < nr; k++)
			memset(objs[k], 0x5a + k, sizes[i]);
		give_back(cache, objs, nr);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_GE(test, stat_of(cache).checks, checks + 80);
		destroy_cache(test, cache);
	}
}

/* As asked, or the largest power of two in the size. */
static void objects_stay_aligned(struct kunit *test)
{
	static const struct { size_t size; unsigned int align; } kinds[] = {
		{ 8, 0 }, { 13, 0 }, { 192, 0 }, { 256, 0 }, { 4096, 0 },
		{ 10, 64 }, { 100, 4096 }, { 1, 128 }, { 65536, 0 },
	};
	unsigned int i, k, align, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct myslab_cache_args args = { .align = kinds[i].align };
		struct myslab_cache *cache = new_debugged(test, "full",
							  kinds[i].size, &args);

		KUNIT_ASSERT_NOT_NULL(test, cache);
		align = kinds[i].align ? :
			max_t(size_t, 8, kinds[i].size & -kinds[i].size);
		KUNIT_EXPECT_EQ(test, take(cache, objs, 20), 20U);
		for (k = 0; k < 20; k++)
			wrong += !IS_ALIGNED((unsigned long)objs[k], align);
		give_back(cache, objs, 20);
		destroy_cache(test, cache);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void a_write_after_the_free_is_found_at_reuse(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "P", 64, NULL);
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	obj[63] ^= 1;
	KUNIT_EXPECT_FALSE(test, handed_out_again(cache, obj));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 1UL);
}

static void a_write_after_the_free_is_found_on_demand(struct kunit *test)
{
	static const char * const letters[] = { "P", "PQ" };
	unsigned int i;
	u8 *obj;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		struct myslab_cache *cache = new_debugged(test, letters[i],
							  100, NULL);

		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		myslab_cache_free(cache, obj);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		obj[0] ^= 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		destroy_cache(test, cache);
	}
}

/* Nobody allocates or asks any more, but the page would be another's. */
static void a_write_is_found_before_its_slab_goes(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "P", 64, NULL);
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	obj[10] ^= 1;
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 1UL);
	KUNIT_EXPECT_GT(test, stat_of(cache).pages, 0UL);
}

static void a_slab_that_nobody_wrote_to_goes(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "P", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_GT(test, myslab_cache_shrink(cache), 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void new_objects_are_poisoned_or_zero(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "P", 64, NULL);
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_zalloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, all_bytes(obj, 0, 64));
	myslab_cache_free(cache, obj);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	/* init_on_alloc is stronger. */
	KUNIT_EXPECT_TRUE(test, all_bytes(obj, 0x5a, 64) ||
			  all_bytes(obj, 0, 64));
	myslab_cache_free(cache, obj);
}

static unsigned long built;

static int build(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0x77, 64);
	built++;
	return 0;
}

static void unbuild(void *obj, void *private)
{
	built--;
}

static void constructed_objects_are_poisoned_too(struct kunit *test)
{
	struct myslab_cache_args args = { .ctor = build, .dtor = unbuild };
	struct myslab_cache *cache = new_debugged(test, "P", 64, &args);
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, all_bytes(obj, 0x77, 64));
	KUNIT_EXPECT_EQ(test, built, 1UL);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, built, 0UL);
	/* The twin: nothing happens, and it is constructed again. */
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, all_bytes(obj, 0x77, 64));
	myslab_cache_free(cache, obj);
	obj[10] = 1;
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	KUNIT_EXPECT_FALSE(test, handed_out_again(cache, obj));
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, built, 0UL);
}

static void state_that_must_survive_is_summed(struct kunit *test)
{
	struct myslab_cache_args args = {
		.ctor = build, .dtor = unbuild, .flags = MYSLAB_DTOR_SLEEPS,
	};
	struct myslab_cache *cache = new_debugged(test, "P", 64, &args);
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	obj[3] = 1;
	myslab_cache_free(cache, obj);
	/* The twin: what was left is still there. */
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	KUNIT_EXPECT_TRUE(test, handed_out_again(cache, obj));
	KUNIT_EXPECT_EQ(test, obj[3], 1);
	obj[3] = 2;
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	KUNIT_EXPECT_FALSE(test, handed_out_again(cache, obj));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void readers_of_a_typesafe_cache_may_write(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = MYSLAB_TYPESAFE_BY_RCU };
	struct myslab_cache *cache = new_debugged(test, DRESSED, 64, &args);
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	rcu_read_lock();
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	obj[5] = 1;		/* a lock in it, say */
	rcu_read_unlock();
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Once the readers are gone it is a bug. */
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, wait_until(obj[5] == 0x6b));
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	obj[5] = 1;
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_page_that_others_put_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "F", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	put_page(virt_to_page(obj));
	expect_report(test, MYSLAB_CORRUPT_METADATA, ANY_OBJECT);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	get_page(virt_to_page(obj));
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(a_write_behind_is_found_to_the_byte),
	KUNIT_CASE(a_write_before_is_found_to_the_byte),
	KUNIT_CASE(a_red_zone_copied_from_a_neighbour_is_found),
	KUNIT_CASE(all_of_an_object_may_be_written),
	KUNIT_CASE(objects_stay_aligned),
	KUNIT_CASE(a_write_after_the_free_is_found_at_reuse),
	KUNIT_CASE(a_write_after_the_free_is_found_on_demand),
	KUNIT_CASE(a_write_is_found_before_its_slab_goes),
	KUNIT_CASE(a_slab_that_nobody_wrote_to_goes),
	KUNIT_CASE(new_objects_are_poisoned_or_zero),
	KUNIT_CASE(constructed_objects_are_poisoned_too),
	KUNIT_CASE(state_that_must_survive_is_summed),
	KUNIT_CASE(readers_of_a_typesafe_cache_may_write),
	KUNIT_CASE(a_page_that_others_put_is_found),
	{}
};

static struct kunit_suite debug_suite = {
	.name = "myslab_debug",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = debug_cases,
};

kunit_test_suite(debug_suite);

MODULE_DESCRIPTION("Tests of myslab: what debugging finds in caches");
MODULE_LICENSE("GPL");
