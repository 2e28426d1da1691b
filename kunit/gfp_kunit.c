// SPDX-License-Identifier: GPL-2.0
/*
 * What gfp asks for: sleeping or not, zeroing, zones, nodes, no failure.
 */
#include <linux/irqflags.h>
#include <linux/numa.h>
#include <linux/preempt.h>

#include "watch.h"

#define NR	300

static DEFINE_SPINLOCK(some_lock);
static void *objs[NR];

/* As take(), for callers that may not sleep. */
static unsigned int take_gfp(struct myslab_cache *cache, gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		objs[i] = myslab_cache_alloc(cache, gfp);
		if (!objs[i])
			break;
	}
	return i;
}

static void nowait_works_with_preemption_off(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	preempt_disable();
	nr = take_gfp(cache, GFP_NOWAIT);
	give_back(cache, objs, nr);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
}

static void atomic_works_with_interrupts_off(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long flags;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	local_irq_save(flags);
	nr = take_gfp(cache, GFP_ATOMIC);
	give_back(cache, objs, nr);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
}

static void atomic_works_under_a_spinlock(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	spin_lock(&some_lock);
	nr = take_gfp(cache, GFP_ATOMIC);
	give_back(cache, objs, nr);
	spin_unlock(&some_lock);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
}

static void bulk_works_with_interrupts_off(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long flags;
	int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	local_irq_save(flags);
	nr = myslab_cache_alloc_bulk(cache, GFP_ATOMIC, NR, objs);
	myslab_cache_free_bulk(cache, nr, objs);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, nr, NR);
}

/*
 * A kernel with DEBUG_ATOMIC_SLEEP objects by itself, and its words would
 * fail the run: there the finding is the kernel's.
 */
#define skip_if_the_kernel_objects(test) do {				\
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))			\
		kunit_skip(test, "the kernel says it itself");		\
} while (0)

static void sleeping_with_preemption_off_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	skip_if_the_kernel_objects(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_CONTEXT, ANY_OBJECT);
	preempt_disable();
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* It goes on without sleeping: there is memory to be had. */
	KUNIT_EXPECT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
}

static void sleeping_with_interrupts_off_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long flags;
	void *obj;

	skip_if_the_kernel_objects(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_CONTEXT, ANY_OBJECT);
	local_irq_save(flags);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
}

static void sleeping_while_rcu_is_read_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	skip_if_the_kernel_objects(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	rcu_read_lock();
	if (!rcu_preempt_depth()) {
		rcu_read_unlock();
		kunit_skip(test, "the kernel does not know it");
	}
	expect_report(test, MYSLAB_BAD_CONTEXT, ANY_OBJECT);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	/* The twin. */
	rcu_read_lock();
	obj = myslab_cache_alloc(cache, GFP_ATOMIC);
	rcu_read_unlock();
	myslab_cache_free(cache, obj);
}

static void bulk_sleeping_under_a_spinlock_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	int nr;

	skip_if_the_kernel_objects(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_CONTEXT, ANY_OBJECT);
	spin_lock(&some_lock);
	nr = myslab_cache_alloc_bulk(cache, GFP_KERNEL, 8, objs);
	spin_unlock(&some_lock);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, nr, 8);
	myslab_cache_free_bulk(cache, nr, objs);
}

static void kernel_in_a_context_that_may_sleep_is_silent(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take_gfp(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	give_back(cache, objs, nr);
	nr = take_gfp(cache, GFP_NOFS);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	give_back(cache, objs, nr);
	nr = take_gfp(cache, GFP_NOIO);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	give_back(cache, objs, nr);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void zalloc_gives_zeroes_where_dirt_was(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 7, 8, 24, 100, 256, 1000, 4096, 10000, 100000,
	};
	unsigned int i, j, nr = 10;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct myslab_cache *cache = new_cache(test, sizes[i], NULL);

		KUNIT_ASSERT_NOT_NULL(test, cache);
		KUNIT_ASSERT_EQ(test, take(cache, objs, nr), nr);
		for (j = 0; j < nr; j++)
			memset(objs[j], 0xff, sizes[i]);
		give_back(cache, objs, nr);
		for (j = 0; j < nr; j++) {
			objs[j] = myslab_cache_zalloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[j]);
			KUNIT_EXPECT_TRUE_MSG(test,
					      all_bytes(objs[j], 0, sizes[i]),
					      "size %zu", sizes[i]);
		}
		give_back(cache, objs, nr);
	}
}

static void zeroing_leaves_the_neighbours_alone(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 24, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 200), 200U);
	for (i = 0; i < 200; i++)
		memset(objs[i], 0x66, 24);
	for (i = 0; i < 200; i += 2)
		myslab_cache_free(cache, objs[i]);
	for (i = 0; i < 200; i += 2)
		objs[i] = myslab_cache_zalloc(cache, GFP_KERNEL);
	for (i = 1; i < 200; i += 2)
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], 0x66, 24));
	give_back(cache, objs, 200);
}

static void expect_gfp_refused(struct kunit *test, size_t size, gfp_t gfp)
{
	struct myslab_cache *cache = new_cache(test, size, NULL);

	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	if (cache)
		KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, gfp));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void zones_that_a_cache_was_not_made_for_are_refused(struct kunit *test)
{
	expect_gfp_refused(test, 64, GFP_KERNEL | __GFP_DMA);
	expect_gfp_refused(test, 64, GFP_KERNEL | __GFP_DMA32);
	expect_gfp_refused(test, 64, GFP_KERNEL | __GFP_HIGHMEM);
}

static void a_refused_zone_takes_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache_stat stat;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_ATOMIC |
						   __GFP_DMA));
	stat = stat_of(cache);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.failures, 1UL);
	KUNIT_EXPECT_EQ(test, stat.reports, 1UL);
}

static void nofail_is_honoured_for_small_objects(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 512, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take_gfp(cache, GFP_KERNEL | __GFP_NOFAIL);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	give_back(cache, objs, nr);
}

static void nofail_for_an_object_of_order_1_is_honoured(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 2 * PAGE_SIZE, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
}

static void nofail_for_large_objects_is_refused(struct kunit *test)
{
	expect_gfp_refused(test, 16 * PAGE_SIZE, GFP_KERNEL | __GFP_NOFAIL);
	expect_gfp_refused(test, MYSLAB_MAX_SIZE, GFP_KERNEL | __GFP_NOFAIL);
}

static void nofail_without_reclaim_is_refused(struct kunit *test)
{
	expect_gfp_refused(test, 64, GFP_NOWAIT | __GFP_NOFAIL);
	expect_gfp_refused(test, 64, GFP_ATOMIC | __GFP_NOFAIL);
}

static void a_node_may_be_named_or_left_open(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 100; i++) {
		objs[i] = myslab_cache_alloc_node(cache, GFP_KERNEL,
						  i % 2 ? 0 : NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, 64);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 100UL);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_TRUE(test, all_bytes(objs[i], i, 64));
	give_back(cache, objs, 100);
}

static struct kunit_case gfp_cases[] = {
	KUNIT_CASE(nowait_works_with_preemption_off),
	KUNIT_CASE(atomic_works_with_interrupts_off),
	KUNIT_CASE(atomic_works_under_a_spinlock),
	KUNIT_CASE(bulk_works_with_interrupts_off),
	KUNIT_CASE(sleeping_with_preemption_off_is_found),
	KUNIT_CASE(sleeping_with_interrupts_off_is_found),
	KUNIT_CASE(sleeping_while_rcu_is_read_is_found),
	KUNIT_CASE(bulk_sleeping_under_a_spinlock_is_found),
	KUNIT_CASE(kernel_in_a_context_that_may_sleep_is_silent),
	KUNIT_CASE(zalloc_gives_zeroes_where_dirt_was),
	KUNIT_CASE(zeroing_leaves_the_neighbours_alone),
	KUNIT_CASE(zones_that_a_cache_was_not_made_for_are_refused),
	KUNIT_CASE(a_refused_zone_takes_nothing),
	KUNIT_CASE(nofail_is_honoured_for_small_objects),
	KUNIT_CASE(nofail_for_an_object_of_order_1_is_honoured),
	KUNIT_CASE(nofail_for_large_objects_is_refused),
	KUNIT_CASE(nofail_without_reclaim_is_refused),
	KUNIT_CASE(a_node_may_be_named_or_left_open),
	{}
};

static struct kunit_suite gfp_suite = {
	.name = "myslab_gfp",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = gfp_cases,
};

kunit_test_suite(gfp_suite);

MODULE_DESCRIPTION("Tests of myslab: gfp flags and contexts");
MODULE_LICENSE("GPL");
