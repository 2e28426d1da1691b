// SPDX-License-Identifier: GPL-2.0
/*
 * Frees of addresses that only a kernel has: every region of its address
 * space, from holes without a memory map to pages of others.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "watch.h"

static DEFINE_PER_CPU(u64, some_variable);

/* One bad free, one report; the cache goes on as if nothing had been. */
static void expect_invalid(struct kunit *test, void *bad)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	if (!cache)
		return;
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	expect_report(test, MYSLAB_INVALID_FREE, bad);
	myslab_cache_free(cache, bad);
	KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "pointer %p", bad);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 1UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 0UL);
	myslab_cache_free(cache, obj);
	destroy_cache(test, cache);
}

static void freeing_a_user_address_is_found(struct kunit *test)
{
	expect_invalid(test, (void *)0x400000UL);
	expect_invalid(test, (void *)0x7fffdeadb000UL);
	expect_invalid(test, (void *)(TASK_SIZE_MAX - 64));
}

static void freeing_a_non_canonical_address_is_found(struct kunit *test)
{
	expect_invalid(test, (void *)0x0123456789abcdc0UL);
	expect_invalid(test, (void *)0x8000000000000000UL);
	expect_invalid(test, (void *)0xdead000000000100UL);
}

static void freeing_vmalloc_memory_is_found(struct kunit *test)
{
	void *ptr = vmalloc(3 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, ptr);
	expect_invalid(test, ptr);
	expect_invalid(test, ptr + PAGE_SIZE);
	vfree(ptr);
	/* Even unmapped. */
	expect_invalid(test, ptr);
}

static void freeing_code_is_found(struct kunit *test)
{
	expect_invalid(test, (void *)freeing_code_is_found);
	expect_invalid(test, (void *)vfree);
	expect_invalid(test, THIS_MODULE);
}

static void freeing_a_per_cpu_variable_is_found(struct kunit *test)
{
	u64 __percpu *allocated = alloc_percpu(u64);

	KUNIT_ASSERT_TRUE(test, !!allocated);
	expect_invalid(test, raw_cpu_ptr(&some_variable));
	expect_invalid(test, per_cpu_ptr(allocated, 0));
	free_percpu(allocated);
}

static void freeing_pages_of_others_is_found(struct kunit *test)
{
	unsigned long single = __get_free_page(GFP_KERNEL);
	unsigned long many = __get_free_pages(GFP_KERNEL | __GFP_COMP, 3);

	KUNIT_ASSERT_NE(test, single, 0UL);
	KUNIT_ASSERT_NE(test, many, 0UL);
	expect_invalid(test, (void *)single);
	expect_invalid(test, (void *)(many + PAGE_SIZE));
	free_pages(many, 3);
	free_page(single);
}

static void freeing_a_page_that_is_free_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long page;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* First, or its slab might be the page that was freed last. */
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	page = __get_free_page(GFP_KERNEL);
	KUNIT_ASSERT_NE(test, page, 0UL);
	free_page(page);
	expect_report(test, MYSLAB_INVALID_FREE, (void *)page);
	myslab_cache_free(cache, (void *)page);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

static void freeing_slub_objects_of_all_sizes_is_found(struct kunit *test)
{
	size_t size;
	void *ptr;

	for (size = 8; size <= 64 * 1024; size *= 4) {
		ptr = kmalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, ptr);
		expect_invalid(test, ptr);
		kfree(ptr);
	}
}

/* What kfree() does with memory that is not SLUB's: nothing else is lost. */
static void what_the_core_frees_takes_nothing_along(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = MYSLAB_LOW_ORDER };
	struct myslab_cache *cache = new_cache(test, 600, &args);
	void *lost, *kept;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	lost = myslab_cache_alloc(cache, GFP_KERNEL);
	kept = myslab_cache_zalloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, lost && kept);
	put_page(virt_to_head_page(lost));
	KUNIT_EXPECT_GT(test, page_count(virt_to_head_page(kept)), 0);
	KUNIT_EXPECT_TRUE(test, all_bytes(kept, 0, 600));
	myslab_cache_free(cache, kept);
	/* Nobody else will. */
	myslab_cache_free(cache, lost);
	expect_report(test, MYSLAB_CORRUPT_METADATA, NULL);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void freeing_the_zero_page_is_found(struct kunit *test)
{
	expect_invalid(test, page_address(ZERO_PAGE(0)));
}

/* All of the direct map, holes of the machine's memory included. */
static void freeing_any_physical_address_is_found(struct kunit *test)
{
	unsigned long phys, end = 8UL << 30;

	for (phys = 0; phys < end; phys += 509UL << 20)
		expect_invalid(test, (void *)(PAGE_OFFSET + phys));
	/* Below 4 GiB a PC has a hole without memory map. */
	expect_invalid(test, (void *)(PAGE_OFFSET + 0xc0000000UL));
	expect_invalid(test, (void *)(PAGE_OFFSET + 0xfee00000UL));
	expect_invalid(test, (void *)(PAGE_OFFSET + 0xfffff000UL));
}

static void freeing_beyond_all_memory_is_found(struct kunit *test)
{
	expect_invalid(test, high_memory);
	expect_invalid(test, high_memory - 64);
	expect_invalid(test, high_memory + (1UL << 40));
	expect_invalid(test, (void *)(PAGE_OFFSET - 64));
}

static void freeing_the_memory_map_is_found(struct kunit *test)
{
	expect_invalid(test, virt_to_page(page_address(ZERO_PAGE(0))));
}

/* Destroying is no different: the pointer is looked up, not followed. */
static void destroying_what_is_no_cache_is_found(struct kunit *test)
{
	void *ptr = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, ptr);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	expect_report(test, MYSLAB_INVALID_FREE, ptr);
	myslab_cache_destroy(ptr);
	expect_report(test, MYSLAB_INVALID_FREE, obj);
	myslab_cache_destroy(obj);
	expect_report(test, MYSLAB_INVALID_FREE, (void *)16);
	myslab_cache_destroy((void *)16);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_cache_free(cache, obj);
}

static struct kunit_case misuse_kernel_cases[] = {
	KUNIT_CASE(freeing_a_user_address_is_found),
	KUNIT_CASE(freeing_a_non_canonical_address_is_found),
	KUNIT_CASE(freeing_vmalloc_memory_is_found),
	KUNIT_CASE(freeing_code_is_found),
	KUNIT_CASE(freeing_a_per_cpu_variable_is_found),
	KUNIT_CASE(freeing_pages_of_others_is_found),
	KUNIT_CASE(freeing_a_page_that_is_free_is_found),
	KUNIT_CASE(freeing_slub_objects_of_all_sizes_is_found),
	KUNIT_CASE(what_the_core_frees_takes_nothing_along),
	KUNIT_CASE(freeing_the_zero_page_is_found),
	KUNIT_CASE(freeing_any_physical_address_is_found),
	KUNIT_CASE(freeing_beyond_all_memory_is_found),
	KUNIT_CASE(freeing_the_memory_map_is_found),
	KUNIT_CASE(destroying_what_is_no_cache_is_found),
	{}
};

static struct kunit_suite misuse_kernel_suite = {
	.name = "myslab_misuse_kernel",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = misuse_kernel_cases,
};

kunit_test_suite(misuse_kernel_suite);

MODULE_DESCRIPTION("Tests of myslab: frees of all kinds of kernel addresses");
MODULE_LICENSE("GPL");
