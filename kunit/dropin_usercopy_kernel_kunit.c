// SPDX-License-Identifier: GPL-2.0
/*
 * Hardened usercopy of a client of kmem_cache that <myslab/dropin.h> moved.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "debug.h"

struct thing {
	unsigned long word;
	char text[40];
	unsigned long last;
};

static void user_space_has_what_it_may(struct kunit *test)
{
	struct kmem_cache *cache = KMEM_CACHE_USERCOPY(thing, 0, text);
	struct thing *thing = kmem_cache_zalloc(cache, GFP_KERNEL);
	char *theirs = kmalloc(100, GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, thing && theirs);
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(thing->text, 40));
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(thing->text + 39, 1));
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(thing, 0));
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(theirs, 100));
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(&thing, 8));
	kfree(theirs);
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

static void expect_kept(struct kunit *test, void *p, size_t n)
{
	expect_report(test, MYSLAB_BAD_ARGS, p);
	KUNIT_EXPECT_FALSE(test, myslab_check_usercopy(p, n));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void user_space_has_no_more(struct kunit *test)
{
	struct kmem_cache *cache = KMEM_CACHE_USERCOPY(thing, 0, text);
	struct thing *thing = kmem_cache_zalloc(cache, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, thing);
	expect_kept(test, thing, 8);
	expect_kept(test, thing->text - 1, 1);
	expect_kept(test, thing->text, 41);
	expect_kept(test, thing->text + 39, 2);
	expect_kept(test, thing->text + 40, 1);
	expect_kept(test, thing->text + 1, ULONG_MAX);
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);

	cache = KMEM_CACHE(thing, 0);
	thing = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, thing);
	expect_kept(test, thing->text, 1);
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

/* Two pages, of which one object leaves the most of one. */
static void what_is_no_object_is_told_as_such(struct kunit *test)
{
	struct kmem_cache *cache;
	u8 *obj;

	cache = kmem_cache_create_usercopy("lonely", 5000, 0, 0, 0, 5000, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(obj, 5000));
	expect_kept(test, obj + 8000, 8);
	KUNIT_EXPECT_NOT_NULL(test, strstr(proc_text("/proc/myslab/reports"),
					   "8 bytes behind the last object"));
	kmem_cache_free(cache, obj);
	kmem_cache_destroy(cache);
}

static void a_guarded_object_is_checked_too(struct kunit *test)
{
	struct kmem_cache *cache = KMEM_CACHE_USERCOPY(thing, 0, text);
	struct thing *thing;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (myslab_debug_set("G,thing")) {
		kmem_cache_destroy(cache);
		kunit_skip(test, "no guard pages on this kernel");
	}
	thing = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(thing));
	KUNIT_EXPECT_TRUE(test, myslab_check_usercopy(thing->text, 40));
	expect_kept(test, thing->text - 1, 1);
	expect_kept(test, thing->text + 1, 40);
	kmem_cache_free(cache, thing);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,thing"), 0);
	kmem_cache_destroy(cache);
}

/* To an address where a copy that is let through would be cut off silently. */
static void a_copy_to_user_space_is_checked(struct kunit *test)
{
#ifdef CONFIG_HARDENED_USERCOPY
	struct kmem_cache *cache = KMEM_CACHE(thing, 0);
	struct thing *thing = kmem_cache_zalloc(cache, GFP_KERNEL);
	void __user *nowhere = (void __user *)16;
	size_t n = READ_ONCE(thing->word) + 4;

	KUNIT_ASSERT_NOT_NULL(test, thing);
	expect_report(test, MYSLAB_BAD_ARGS, thing->text);
	KUNIT_EXPECT_EQ(test, copy_to_user(nowhere, thing->text, n), n);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_report(test, MYSLAB_BAD_ARGS, thing->text);
	KUNIT_EXPECT_EQ(test, copy_from_user(thing->text, nowhere, n), n);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
#endif
}

static struct kunit_case usercopy_cases[] = {
	KUNIT_CASE(user_space_has_what_it_may),
	KUNIT_CASE(user_space_has_no_more),
	KUNIT_CASE(what_is_no_object_is_told_as_such),
	KUNIT_CASE(a_guarded_object_is_checked_too),
	KUNIT_CASE(a_copy_to_user_space_is_checked),
	{}
};

static struct kunit_suite usercopy_suite = {
	.name = "dropin_usercopy",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = usercopy_cases,
};

kunit_test_suite(usercopy_suite);

MODULE_DESCRIPTION("A client of kmem_cache that user space reads");
MODULE_LICENSE("GPL");
