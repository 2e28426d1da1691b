// SPDX-License-Identifier: GPL-2.0
/*
 * What the flags of a kmem_cache come to that <myslab/dropin.h> moved.
 */
#include <linux/cache.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "watch.h"

#define NR	1000

static void *objs[NR];

static void aligned_objects_start_on_a_line(struct kunit *test)
{
	struct kmem_cache *cache;
	unsigned int i, nr;

	cache = kmem_cache_create("on-lines", 100, 0, SLAB_HWCACHE_ALIGN, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, 100);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[i],
						   cache_line_size()));
	give_back(cache, objs, nr);
	kmem_cache_destroy(cache);
}

/* Others make slabs too, and counters of CPUs lag behind. */
#define NOISE	700UL

static void expect_counted(struct kunit *test, slab_flags_t flags,
			   enum node_stat_item item)
{
	struct kmem_cache *cache;
	unsigned long before;
	unsigned int nr;

	cache = kmem_cache_create("counted", 8000, 0, flags, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	before = global_node_page_state_pages(item);
	nr = take(cache, objs, NR);
	KUNIT_EXPECT_GE(test, global_node_page_state_pages(item) + NOISE,
			before + nr * 2UL);
	give_back(cache, objs, nr);
	kmem_cache_destroy(cache);
	KUNIT_EXPECT_LE(test, global_node_page_state_pages(item),
			before + NOISE);
}

static void pages_count_as_what_they_are(struct kunit *test)
{
	expect_counted(test, SLAB_RECLAIM_ACCOUNT, NR_SLAB_RECLAIMABLE_B);
	expect_counted(test, SLAB_TEMPORARY, NR_SLAB_RECLAIMABLE_B);
	expect_counted(test, 0, NR_SLAB_UNRECLAIMABLE_B);
}

/* What one user leaves and the next one finds. */
static void expect_word(struct kunit *test, slab_flags_t flags,
			void (*ctor)(void *obj), unsigned long word)
{
	struct kmem_cache *cache;
	unsigned long *first, *again;

	cache = kmem_cache_create("words", 8, 0, flags, ctor);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	first = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, first);
	*first = 42;
	kmem_cache_free(cache, first);
	again = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, again);
	/* Or else it is another CPU by now. */
	if (again == first && !stat_of(cache).debugged)
		KUNIT_EXPECT_EQ(test, *again, word);
	kmem_cache_free(cache, again);
	kmem_cache_destroy(cache);
}

static void construct(void *obj)
{
	*(unsigned long *)obj = 41;
}

static void what_must_keep_its_state_is_not_zeroed(struct kunit *test)
{
	expect_word(test, 0, NULL, want_init_on_alloc(0) ? 0 : 42);
	expect_word(test, SLAB_TYPESAFE_BY_RCU, NULL, 42);
	expect_word(test, 0, construct, 42);
}

static struct kunit_case flags_cases[] = {
	KUNIT_CASE(aligned_objects_start_on_a_line),
	KUNIT_CASE(pages_count_as_what_they_are),
	KUNIT_CASE(what_must_keep_its_state_is_not_zeroed),
	{}
};

static struct kunit_suite flags_suite = {
	.name = "dropin_flags",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = flags_cases,
};

kunit_test_suite(flags_suite);

MODULE_DESCRIPTION("A client of kmem_cache that says what it wants by flags");
MODULE_LICENSE("GPL");
