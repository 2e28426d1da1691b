// SPDX-License-Identifier: GPL-2.0
/*
 * Frees that must not be: each is found, by kind and object, harms nothing,
 * and has a twin that does the legal thing and stays silent.
 */
#include "watch.h"

#define NR	400

static void *objs[NR];
static char module_data[256] __aligned(64);

/* One bad free, one report; the cache goes on as if nothing had been. */
static void expect_found(struct kunit *test, struct myslab_cache *cache,
			 void *ptr, enum myslab_kind kind)
{
	unsigned long used = stat_of(cache).objects_used;
	unsigned long reports = stat_of(cache).reports;

	expect_report(test, kind, ptr);
	myslab_cache_free(cache, ptr);
	KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "pointer %p", ptr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, used);
	KUNIT_EXPECT_EQ(test, stat_of(cache).reports, reports + 1);
}

/* Objects still come, are all different, and none of them is @gone. */
static void expect_sound(struct kunit *test, struct myslab_cache *cache,
			 const void *gone)
{
	unsigned int i, wrong = 0, nr = take(cache, objs, NR);

	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	for (i = 0; i < nr; i++) {
		wrong += objs[i] == gone;
		*(unsigned long *)objs[i] = i;
	}
	for (i = 0; i < nr; i++)
		wrong += *(unsigned long *)objs[i] != i;
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	give_back(cache, objs, nr);
	myslab_cache_shrink(cache);
}

static void freeing_null_is_silent(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	myslab_cache_free(cache, NULL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 0UL);
}

static void freeing_a_small_integer_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_found(test, cache, (void *)1, MYSLAB_INVALID_FREE);
	expect_found(test, cache, (void *)64, MYSLAB_INVALID_FREE);
	expect_found(test, cache, (void *)4095, MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_an_error_pointer_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_found(test, cache, ERR_PTR(-ENOMEM), MYSLAB_INVALID_FREE);
	expect_found(test, cache, (void *)~0UL, MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_the_stack_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long on_stack[16];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_found(test, cache, PTR_ALIGN(&on_stack[0], 64),
		     MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_module_data_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_found(test, cache, module_data, MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_kmalloc_memory_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *foreign = kunit_kmalloc(test, 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, foreign);
	expect_found(test, cache, foreign, MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_the_cache_itself_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_found(test, cache, cache, MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_the_middle_of_an_object_is_found(struct kunit *test)
{
	static const unsigned int sizes[] = { 8, 24, 64, 200, 4096, 70000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct myslab_cache *cache = new_cache(test, sizes[i], NULL);
		void *obj;

		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		expect_found(test, cache, obj + 1, MYSLAB_INVALID_FREE);
		expect_found(test, cache, obj + sizes[i] / 2,
			     MYSLAB_INVALID_FREE);
		expect_found(test, cache, obj + sizes[i] - 1,
			     MYSLAB_INVALID_FREE);
		/* The twin: its start. */
		myslab_cache_free(cache, obj);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	}
}

static void freeing_past_the_last_object_of_a_slab_is_found(struct kunit *test)
{
	/* 3 objects of 1360 leave 16 bytes of a page that are nobody's. */
	struct myslab_cache *cache = new_cache(test, 1360, NULL);
	unsigned int i;
	u8 *last;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 1), 1U);
	while (stat_of(cache).objects_used < stat_of(cache).objects_total) {
		i = stat_of(cache).objects_used;
		KUNIT_ASSERT_LT(test, i, (unsigned int)NR);
		KUNIT_ASSERT_EQ(test, take(cache, objs + i, 1), 1U);
	}
	KUNIT_ASSERT_EQ(test, stat_of(cache).slabs, 1UL);
	last = objs[0];
	for (i = 0; i < stat_of(cache).objects_used; i++)
		last = max_t(u8 *, last, objs[i]);
	expect_found(test, cache, last + 1360, MYSLAB_INVALID_FREE);
	give_back(cache, objs, stat_of(cache).objects_used);
}

static void freeing_to_another_cache_is_found(struct kunit *test)
{
	struct myslab_cache *mine = new_cache(test, 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, mine);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(mine, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_found(test, other, obj, MYSLAB_WRONG_OWNER);
	KUNIT_EXPECT_EQ(test, stat_of(mine).objects_used, 1UL);
	/* The twin: its own cache. */
	myslab_cache_free(mine, obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(mine).objects_used, 0UL);
	expect_sound(test, mine, NULL);
	expect_sound(test, other, NULL);
}

static void freeing_to_a_cache_of_another_size_is_found(struct kunit *test)
{
	struct myslab_cache *mine = new_cache(test, 5000, NULL);
	struct myslab_cache *other = new_cache(test, 16, NULL);
	void *obj, *small;

	KUNIT_ASSERT_NOT_NULL(test, mine);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(mine, GFP_KERNEL);
	small = myslab_cache_alloc(other, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, small);
	expect_found(test, other, obj, MYSLAB_WRONG_OWNER);
	expect_found(test, mine, small, MYSLAB_WRONG_OWNER);
	myslab_cache_free(mine, obj);
	myslab_cache_free(other, small);
}

static void freeing_twice_in_a_row_is_found_at_once(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	preempt_disable();
	myslab_cache_free(cache, obj);
	myslab_cache_free(cache, obj);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 1UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	expect_sound(test, cache, obj);
}

static void freeing_twice_with_another_between_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	a = myslab_cache_alloc(cache, GFP_KERNEL);
	b = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	expect_report(test, MYSLAB_DOUBLE_FREE, a);
	myslab_cache_free(cache, a);
	myslab_cache_free(cache, b);
	myslab_cache_free(cache, a);
	/* At the latest where it returns to its slab. */
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_sound(test, cache, a);
}

static void freeing_again_after_shrink_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj, *keep;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	keep = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_ASSERT_NOT_NULL(test, keep);
	myslab_cache_free(cache, obj);
	myslab_cache_shrink(cache);
	expect_report(test, MYSLAB_DOUBLE_FREE, obj);
	myslab_cache_free(cache, obj);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_sound(test, cache, obj);
	myslab_cache_free(cache, keep);
}

static void freeing_an_object_of_a_slab_long_gone_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	myslab_cache_shrink(cache);
	KUNIT_ASSERT_EQ(test, stat_of(cache).pages, 0UL);
	expect_found(test, cache, obj, MYSLAB_INVALID_FREE);
	expect_sound(test, cache, NULL);
}

static void freeing_and_allocating_again_is_silent(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int i;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 1000; i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		myslab_cache_free(cache, obj);
		if (i % 100 == 99)
			myslab_cache_shrink(cache);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 0UL);
}

static void freeing_to_a_destroyed_cache_does_no_harm(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	destroy_cache(test, cache);
	/* All its pages are gone: the pointer is nobody's. */
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_sound(test, other, NULL);
}

static void a_leaked_object_may_still_be_freed(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache *other = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, other);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	/* The twin: once is harmless, and silent. */
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_sound(test, other, NULL);
}

static struct kunit_case misuse_cases[] = {
	KUNIT_CASE(freeing_null_is_silent),
	KUNIT_CASE(freeing_a_small_integer_is_found),
	KUNIT_CASE(freeing_an_error_pointer_is_found),
	KUNIT_CASE(freeing_the_stack_is_found),
	KUNIT_CASE(freeing_module_data_is_found),
	KUNIT_CASE(freeing_kmalloc_memory_is_found),
	KUNIT_CASE(freeing_the_cache_itself_is_found),
	KUNIT_CASE(freeing_the_middle_of_an_object_is_found),
	KUNIT_CASE(freeing_past_the_last_object_of_a_slab_is_found),
	KUNIT_CASE(freeing_to_another_cache_is_found),
	KUNIT_CASE(freeing_to_a_cache_of_another_size_is_found),
	KUNIT_CASE(freeing_twice_in_a_row_is_found_at_once),
	KUNIT_CASE(freeing_twice_with_another_between_is_found),
	KUNIT_CASE(freeing_again_after_shrink_is_found),
	KUNIT_CASE(freeing_an_object_of_a_slab_long_gone_is_found),
	KUNIT_CASE(freeing_and_allocating_again_is_silent),
	KUNIT_CASE(freeing_to_a_destroyed_cache_does_no_harm),
	KUNIT_CASE(a_leaked_object_may_still_be_freed),
	{}
};

static struct kunit_suite misuse_suite = {
	.name = "myslab_misuse",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = misuse_cases,
};

kunit_test_suite(misuse_suite);

MODULE_DESCRIPTION("Tests of myslab: misuse is found and does no harm");
MODULE_LICENSE("GPL");
