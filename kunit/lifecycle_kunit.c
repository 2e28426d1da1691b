// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a cache: what creation accepts and refuses, what destruction
 * leaves behind, and what becomes of a cache that is used afterwards.
 */
#include <linux/mm.h>

#include "watch.h"

static void a_new_cache_holds_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	struct myslab_cache_stat stat;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	stat = stat_of(cache);
	KUNIT_EXPECT_EQ(test, stat.object_size, 200UL);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.objects_total, 0UL);
	KUNIT_EXPECT_EQ(test, stat.slabs, 0UL);
	KUNIT_EXPECT_EQ(test, stat.pages, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, 0UL);
	KUNIT_EXPECT_EQ(test, stat.reports, 0UL);
}

static void one_object_lives_and_dies(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	memset(obj, 0x5a, 64);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 1UL);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void the_name_is_copied(struct kunit *test)
{
	char name[] = "kunit-copied";
	struct myslab_cache *cache = myslab_cache_create(name, 64, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	memset(name, 'x', sizeof(name) - 1);
	KUNIT_EXPECT_STREQ(test, myslab_cache_name(cache), "kunit-copied");
	myslab_cache_destroy(cache);
}

static void expect_refused(struct kunit *test, const char *name, size_t size,
			   const struct myslab_cache_args *args, long err)
{
	struct myslab_cache *cache;

	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	cache = myslab_cache_create(name, size, args);
	KUNIT_EXPECT_TRUE_MSG(test, IS_ERR(cache), "name '%s', size %zu",
			      name ?: "(none)", size);
	if (IS_ERR(cache))
		KUNIT_EXPECT_EQ(test, PTR_ERR(cache), err);
	myslab_cache_destroy(cache);
}

static void names_outside_the_alphabet_are_refused(struct kunit *test)
{
	static const char * const bad[] = {
		NULL, "", "1st", "_a", "-a", ".a", "a b", "a/b", "a\tb",
		"a\n", "a%d", "\303\244", "pool-a", "arena-a", "heap-a",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_refused(test, bad[i], 64, NULL, -EINVAL);
}

static void names_inside_the_alphabet_are_taken(struct kunit *test)
{
	static const char * const good[] = {
		"k", "K9", "kunit_a.b-c", "pool", "poolx", "arena.a", "heap_a",
	};
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		cache = myslab_cache_create(good[i], 64, NULL);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, cache);
		myslab_cache_destroy(cache);
	}
}

static void a_name_of_63_characters_is_taken(struct kunit *test)
{
	char name[MYSLAB_MAX_NAME + 1];
	struct myslab_cache *cache;

	memset(name, 'n', MYSLAB_MAX_NAME);
	name[MYSLAB_MAX_NAME] = '\0';
	cache = myslab_cache_create(name, 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_STREQ(test, myslab_cache_name(cache), name);
	myslab_cache_destroy(cache);
}

static void a_name_of_64_characters_is_too_long(struct kunit *test)
{
	char name[MYSLAB_MAX_NAME + 2];

	memset(name, 'n', MYSLAB_MAX_NAME + 1);
	name[MYSLAB_MAX_NAME + 1] = '\0';
	expect_refused(test, name, 64, NULL, -ENAMETOOLONG);
}

static void a_second_cache_of_a_name_is_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_refused(test, myslab_cache_name(cache), 32, NULL, -EEXIST);
}

static void a_name_is_free_again_after_destroy(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		cache = myslab_cache_create("kunit-again", 64, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
		myslab_cache_destroy(cache);
	}
}

static void size_zero_is_refused(struct kunit *test)
{
	expect_refused(test, "kunit-size", 0, NULL, -EINVAL);
}

static void sizes_beyond_1_mib_are_refused(struct kunit *test)
{
	expect_refused(test, "kunit-size", MYSLAB_MAX_SIZE + 1, NULL, -EINVAL);
	expect_refused(test, "kunit-size", SIZE_MAX, NULL, -EINVAL);
	expect_refused(test, "kunit-size", SIZE_MAX - 7, NULL, -EINVAL);
	expect_refused(test, "kunit-size", 1UL << 32, NULL, -EINVAL);
}

static void alignments_that_are_no_power_of_two_are_refused(struct kunit *test)
{
	struct myslab_cache_args args = { .align = 3 };

	expect_refused(test, "kunit-align", 64, &args, -EINVAL);
	args.align = 96;
	expect_refused(test, "kunit-align", 64, &args, -EINVAL);
	args.align = UINT_MAX;
	expect_refused(test, "kunit-align", 64, &args, -EINVAL);
}

static void alignments_beyond_1_mib_are_refused(struct kunit *test)
{
	struct myslab_cache_args args = { .align = 2U << 20 };

	expect_refused(test, "kunit-align", 64, &args, -EINVAL);
	args.align = 1U << 31;
	expect_refused(test, "kunit-align", 64, &args, -EINVAL);
}

static void unknown_flags_are_refused(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = 1U << 31 };

	expect_refused(test, "kunit-flags", 64, &args, -EINVAL);
}

static void destroying_null_or_an_error_does_nothing(struct kunit *test)
{
	myslab_cache_destroy(NULL);
	myslab_cache_destroy(ERR_PTR(-ENOMEM));
	myslab_cache_destroy(ERR_PTR(-EINVAL));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_second_destroy_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void alloc_from_a_destroyed_cache_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void bulk_alloc_from_a_destroyed_cache_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *objs[4];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 4,
						      objs), 0);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_cache_destroyed_after_use_is_found_too(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	destroy_cache(test, cache);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void an_object_out_at_destroy_is_a_leak(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

static void a_leak_of_many_objects_is_one_report(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 512, NULL);
	static void *objs[100];
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, ARRAY_SIZE(objs));
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	give_back(cache, objs, nr);
}

static void a_leaked_object_stays_usable_memory(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 128, NULL);
	void *objs[2];
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 2), 2U);
	obj = objs[0];
	myslab_cache_free(cache, objs[1]);
	memset(obj, 0x77, 128);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, all_bytes(obj, 0x77, 128));
	memset(obj, 0x78, 128);
	myslab_cache_free(cache, obj);
}

/* As a kfree() of an object would. The twin: one that took it for that. */
static void a_page_that_somebody_put_is_found(struct kunit *test)
{
	unsigned int taken;

	for (taken = 0; taken < 2; taken++) {
		struct myslab_cache *cache = new_cache(test, 2000, NULL);
		struct page *page;
		void *obj;

		KUNIT_ASSERT_NOT_NULL(test, cache);
		skip_if_debugged(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		page = virt_to_head_page(obj);
		if (taken)
			get_page(page);
		else
			expect_report(test, MYSLAB_CORRUPT_METADATA,
				      ANY_OBJECT);
		put_page(page);
		myslab_cache_free(cache, obj);
		destroy_cache(test, cache);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
	}
}

static void a_leak_leaves_the_name_free(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("kunit-leak", 64, NULL);
	struct myslab_cache *again;
	void *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	myslab_cache_destroy(cache);
	again = myslab_cache_create("kunit-leak", 64, NULL);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, again);
	myslab_cache_free(cache, obj);
	myslab_cache_destroy(again);
}

#ifdef DEFINE_FREE
static void the_end_of_a_scope_destroys_its_cache(struct kunit *test)
{
	struct myslab_cache *again;

	{
		struct myslab_cache *cache __free(myslab_cache) =
			myslab_cache_create("kunit-scope", 64, NULL);

		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, cache);
	}
	again = myslab_cache_create("kunit-scope", 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, again);
	myslab_cache_destroy(again);
}
#endif

static void a_cache_for_another_owner_works(struct kunit *test)
{
	struct myslab_cache *cache;
	void *obj;

	cache = myslab_cache_create_for(NULL, "kunit-owner", 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	myslab_cache_destroy(cache);
}

static struct kunit_case lifecycle_cases[] = {
	KUNIT_CASE(a_new_cache_holds_nothing),
	KUNIT_CASE(one_object_lives_and_dies),
	KUNIT_CASE(the_name_is_copied),
	KUNIT_CASE(names_outside_the_alphabet_are_refused),
	KUNIT_CASE(names_inside_the_alphabet_are_taken),
	KUNIT_CASE(a_name_of_63_characters_is_taken),
	KUNIT_CASE(a_name_of_64_characters_is_too_long),
	KUNIT_CASE(a_second_cache_of_a_name_is_refused),
	KUNIT_CASE(a_name_is_free_again_after_destroy),
	KUNIT_CASE(size_zero_is_refused),
	KUNIT_CASE(sizes_beyond_1_mib_are_refused),
	KUNIT_CASE(alignments_that_are_no_power_of_two_are_refused),
	KUNIT_CASE(alignments_beyond_1_mib_are_refused),
	KUNIT_CASE(unknown_flags_are_refused),
	KUNIT_CASE(destroying_null_or_an_error_does_nothing),
	KUNIT_CASE(a_second_destroy_is_found),
	KUNIT_CASE(alloc_from_a_destroyed_cache_is_found),
	KUNIT_CASE(bulk_alloc_from_a_destroyed_cache_is_found),
	KUNIT_CASE(a_cache_destroyed_after_use_is_found_too),
	KUNIT_CASE(an_object_out_at_destroy_is_a_leak),
	KUNIT_CASE(a_leak_of_many_objects_is_one_report),
	KUNIT_CASE(a_leaked_object_stays_usable_memory),
	KUNIT_CASE(a_page_that_somebody_put_is_found),
	KUNIT_CASE(a_leak_leaves_the_name_free),
#ifdef DEFINE_FREE
	KUNIT_CASE(the_end_of_a_scope_destroys_its_cache),
#endif
	KUNIT_CASE(a_cache_for_another_owner_works),
	{}
};

static struct kunit_suite lifecycle_suite = {
	.name = "myslab_lifecycle",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = lifecycle_cases,
};

kunit_test_suite(lifecycle_suite);

MODULE_DESCRIPTION("Tests of myslab: life of a cache");
MODULE_LICENSE("GPL");
