// SPDX-License-Identifier: GPL-2.0
/*
 * Caches and the rest of the kernel: devices that own them, zones, nodes,
 * destructors that really sleep, and kfree() of what is not kmalloc's.
 */
#include <linux/device.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "watch.h"

#define NR	100

static void *objs[NR];

static struct platform_device *new_device(void)
{
	return platform_device_register_simple("myslab-kunit",
					       PLATFORM_DEVID_AUTO, NULL, 0);
}

static void a_device_destroys_its_caches(struct kunit *test)
{
	struct platform_device *device = new_device();
	struct myslab_cache *cache, *again;

	KUNIT_ASSERT_FALSE(test, IS_ERR(device));
	cache = devm_myslab_cache_create(&device->dev, "kunit-devm", 64, NULL);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, cache);
	if (!IS_ERR(cache))
		give_back(cache, objs, take(cache, objs, NR));
	platform_device_unregister(device);

	again = myslab_cache_create("kunit-devm", 64, NULL);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, again);
	myslab_cache_destroy(again);
}

static void a_refused_cache_leaves_its_device_alone(struct kunit *test)
{
	struct platform_device *device = new_device();
	struct myslab_cache *cache;

	KUNIT_ASSERT_FALSE(test, IS_ERR(device));
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	cache = devm_myslab_cache_create(&device->dev, "kunit-devm", 0, NULL);
	KUNIT_EXPECT_TRUE(test, IS_ERR(cache));
	platform_device_unregister(device);
}

static void expect_below(struct kunit *test, unsigned int flag, gfp_t gfp,
			 phys_addr_t limit)
{
	struct myslab_cache_args args = { .flags = flag };
	struct myslab_cache *cache = new_cache(test, 500, &args);
	unsigned int i, nr;

	if (!cache)
		return;
	nr = take(cache, objs, NR);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_LT(test, virt_to_phys(objs[i]), limit);
	give_back(cache, objs, nr);
	/* The twin of a refused zone: the one it was made for. */
	objs[0] = myslab_cache_alloc(cache, GFP_KERNEL | gfp);
	KUNIT_EXPECT_NOT_NULL(test, objs[0]);
	myslab_cache_free(cache, objs[0]);
}

static void a_dma_cache_lies_below_16_mib(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_ZONE_DMA))
		kunit_skip(test, "no ZONE_DMA");
	expect_below(test, MYSLAB_DMA, __GFP_DMA, 16UL << 20);
}

static void a_dma32_cache_lies_below_4_gib(struct kunit *test)
{
	expect_below(test, MYSLAB_DMA32, __GFP_DMA32, 4UL << 30);
}

static void both_dma_zones_at_once_are_refused(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = MYSLAB_DMA | MYSLAB_DMA32 };

	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_TRUE(test, IS_ERR(myslab_cache_create("kunit-dma", 64,
							   &args)));
}

static void accounted_and_reclaimable_caches_work(struct kunit *test)
{
	struct myslab_cache_args args = {
		.flags = MYSLAB_ACCOUNT | MYSLAB_RECLAIM_ACCOUNT |
			 MYSLAB_NO_GUARD,
	};
	struct myslab_cache *cache = new_cache(test, 64, &args);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, NR);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	give_back(cache, objs, nr);
}

static void a_node_that_cannot_be_is_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	int nodes[] = { -2, nr_node_ids, MAX_NUMNODES, INT_MAX };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
		KUNIT_EXPECT_NULL(test, myslab_cache_alloc_node(cache,
								GFP_KERNEL,
								nodes[i]));
	}
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static atomic_t destructed;

static int construct(void *obj, void *private, gfp_t gfp)
{
	/* Proves that no lock is held around it. */
	if (gfpflags_allow_blocking(gfp))
		usleep_range(10, 20);
	return 0;
}

static void destruct(void *obj, void *private)
{
	usleep_range(10, 20);
	atomic_inc(&destructed);
}

static void constructors_and_destructors_may_really_sleep(struct kunit *test)
{
	struct myslab_cache_args args = {
		.ctor = construct, .dtor = destruct,
		.flags = MYSLAB_DTOR_SLEEPS,
	};
	struct myslab_cache *cache = new_cache(test, 500, &args);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	atomic_set(&destructed, 0);
	nr = take(cache, objs, NR);
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)NR);
	give_back(cache, objs, nr);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_GE(test, atomic_read(&destructed), NR);
	nr = take(cache, objs, NR);
	give_back(cache, objs, nr);
	destroy_cache(test, cache);
	KUNIT_EXPECT_GE(test, atomic_read(&destructed), 2 * NR);
}

static void a_leak_names_the_first_object_that_is_out(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 3000, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_LEAK, obj);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

static long lost_since(long before)
{
	return before - si_mem_available();
}

static void a_thousand_lives_leave_nothing_behind(struct kunit *test)
{
	struct myslab_cache *cache;
	long before, max_lost = 900;
	unsigned int i;

	/* Freed memory is kept for a while there, so kmemleak has to judge. */
	if (IS_ENABLED(CONFIG_KASAN_GENERIC))
		kunit_skip(test, "KASAN holds freed memory in quarantine");
	before = si_mem_available();
	for (i = 0; i < 1000; i++) {
		cache = myslab_cache_create("kunit-life", 4096, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
		give_back(cache, objs, take(cache, objs, 20));
		if (stat_of(cache).debugged)
			max_lost = 5000;
		myslab_cache_destroy(cache);
	}
	/*
	 * 1000 times one lost page would be 1000; one lost slab far more. With
	 * debugging, a page of each slab would be 20,000; those that were split
	 * lie on the kernel's per-CPU lists for a while, and some for long.
	 */
	KUNIT_EXPECT_TRUE(test, wait_until(lost_since(before) < max_lost));
}

static struct kunit_case lifecycle_kernel_cases[] = {
	KUNIT_CASE(a_device_destroys_its_caches),
	KUNIT_CASE(a_refused_cache_leaves_its_device_alone),
	KUNIT_CASE(a_dma_cache_lies_below_16_mib),
	KUNIT_CASE(a_dma32_cache_lies_below_4_gib),
	KUNIT_CASE(both_dma_zones_at_once_are_refused),
	KUNIT_CASE(accounted_and_reclaimable_caches_work),
	KUNIT_CASE(a_node_that_cannot_be_is_refused),
	KUNIT_CASE(constructors_and_destructors_may_really_sleep),
	KUNIT_CASE(a_leak_names_the_first_object_that_is_out),
	KUNIT_CASE(a_thousand_lives_leave_nothing_behind),
	{}
};

static struct kunit_suite lifecycle_kernel_suite = {
	.name = "myslab_lifecycle_kernel",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = lifecycle_kernel_cases,
};

kunit_test_suite(lifecycle_kernel_suite);

MODULE_DESCRIPTION("Tests of myslab: devices, zones, nodes, sleep");
MODULE_LICENSE("GPL");
