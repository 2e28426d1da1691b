// SPDX-License-Identifier: GPL-2.0
/*
 * What a heap does with pages where a kernel cannot be brought to: when the
 * interval ends and memory is short, when pages must be zero, when there are
 * no contiguous ones.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <mirror/control.h>
#include <myslab.h>

#define NR	100
#define EACH	(10 * PAGE_SIZE)

static struct myslab_heap *heap;
static void *blocks[NR];

static struct myslab_heap_stat stat_now(void)
{
	struct myslab_heap_stat stat;

	myslab_heap_stat(heap, &stat);
	return stat;
}

/* Of 1000 pages, of which 20 can be kept. */
static void begin(struct kunit *test)
{
	unsigned int i;

	heap = myslab_heap_create("pages", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	for (i = 0; i < NR; i++) {
		blocks[i] = myslab_heap_alloc(heap, EACH, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
	}
}

static void end(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		myslab_heap_free(heap, blocks[i]);
	myslab_heap_trim(heap);
	KUNIT_EXPECT_EQ(test, stat_now().pages, 0UL);
	KUNIT_EXPECT_EQ(test, stat_now().reports, 0UL);
	myslab_heap_destroy(heap);
}

static void drop(unsigned int i)
{
	myslab_heap_free(heap, blocks[i]);
	blocks[i] = NULL;
}

/* Two kept; one of them is used now and then, the other never. */
static void what_is_not_used_goes_after_an_interval(struct kunit *test)
{
	begin(test);
	drop(0);
	drop(1);
	mirror_advance(5 * HZ);
	blocks[0] = myslab_heap_alloc(heap, EACH, GFP_KERNEL);
	drop(0);
	KUNIT_EXPECT_EQ(test, stat_now().bytes_free, 2 * EACH);
	mirror_advance(5 * HZ);
	KUNIT_EXPECT_EQ(test, stat_now().bytes_free, EACH);
	mirror_advance(10 * HZ);
	KUNIT_EXPECT_EQ(test, stat_now().bytes_free, 0UL);
	KUNIT_EXPECT_EQ(test, stat_now().pages, 10UL * (NR - 2));
	end(test);
}

static void the_shrinker_gets_what_is_kept(struct kunit *test)
{
	unsigned long before;

	begin(test);
	before = mirror_shrink_count();
	drop(0);
	drop(1);
	KUNIT_EXPECT_EQ(test, mirror_shrink_count(), before + 20);
	mirror_shrink(GFP_KERNEL, before + 20);
	KUNIT_EXPECT_EQ(test, stat_now().bytes_free, 0UL);
	end(test);
}

/* Blocks that are held: small and large, 12 pages and a few. */
static void hold_some(struct kunit *test)
{
	unsigned int i;
	void *p;

	KUNIT_EXPECT_EQ(test, myslab_debug_set("PQ:1000000,pages"), 0);
	for (i = 0; i < 20; i++) {
		p = myslab_heap_alloc(heap, i ? 100 : EACH, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_heap_free(heap, p);
	}
	KUNIT_EXPECT_GT(test, stat_now().pages, 10UL * NR + 10);
}

static void what_is_held_goes_when_nobody_uses_the_heap(struct kunit *test)
{
	begin(test);
	hold_some(test);
	mirror_advance(5 * HZ);
	myslab_heap_free(heap, myslab_heap_alloc(heap, 100, GFP_KERNEL));
	mirror_advance(4 * HZ);
	KUNIT_EXPECT_GT(test, stat_now().pages, 10UL * NR + 10);
	mirror_advance(5 * HZ);
	mirror_advance(5 * HZ);
	mirror_advance(5 * HZ);
	KUNIT_EXPECT_EQ(test, stat_now().pages, 10UL * NR);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,pages"), 0);
	end(test);
}

static void the_shrinker_gets_what_is_held(struct kunit *test)
{
	unsigned long before;

	begin(test);
	before = mirror_shrink_count();
	hold_some(test);
	KUNIT_EXPECT_GE(test, mirror_shrink_count(), before + 10);
	mirror_shrink(GFP_KERNEL, before + 20);
	KUNIT_EXPECT_EQ(test, stat_now().pages, 10UL * NR);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,pages"), 0);
	end(test);
}

static void blocks_are_zero_where_the_kernel_zeroes_all(struct kunit *test)
{
	void *p;

	static_branch_enable(&init_on_alloc);
	begin(test);
	p = blocks[0];
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, EACH));
	memset(p, 7, EACH);
	drop(0);
	blocks[0] = myslab_heap_alloc(heap, EACH - 1, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, blocks[0], p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, EACH));
	end(test);
	static_branch_disable(&init_on_alloc);
}

/* What is free must be zero: that is left to who has the pages then. */
static void nothing_is_kept_where_the_kernel_zeroes_free_memory(
							struct kunit *test)
{
	static_branch_enable(&init_on_free);
	begin(test);
	drop(0);
	KUNIT_EXPECT_EQ(test, stat_now().bytes_free, 0UL);
	KUNIT_EXPECT_EQ(test, stat_now().pages, 10UL * (NR - 1));
	end(test);
	static_branch_disable(&init_on_free);
}

/*
 * Fragmented memory.
 */

static const size_t sizes[] = {
	8, 100, 4096, 4097, 5000, 9000, 12000, 16384, 20000, 65536, 100000,
	SZ_1M, SZ_4M + 1,
};

static void try_each_size(struct kunit *test, size_t align, unsigned int flags)
{
	unsigned int i;
	u8 *p;

	heap = myslab_heap_create("pages", &(struct myslab_heap_args){
				  .flags = flags });
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = myslab_heap_alloc_aligned(heap, sizes[i], align,
					      GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, align));
		memset(p, i + 1, sizes[i]);
		p = myslab_heap_realloc(heap, p, sizes[i] * 2, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, i + 1, sizes[i]));
		blocks[i] = p;
	}
	KUNIT_EXPECT_GT(test, stat_now().pages_mapped, 0UL);
	for (; i < NR; i++)
		blocks[i] = NULL;
	end(test);
}

static void who_may_sleep_gets_blocks_in_fragmented_memory(struct kunit *test)
{
	unsigned int order;

	for (order = 0; order < 4; order++) {
		mirror_fragment(order);
		try_each_size(test, 8, 0);
		try_each_size(test, 8, MYSLAB_HEAP_CANARY);
		try_each_size(test, SZ_64K, 0);
	}
	mirror_fragment(MAX_PAGE_ORDER);
}

/* The page fails: a block that fits in one is in the direct map or nowhere. */
static void what_fits_in_a_page_is_never_mapped(struct kunit *test)
{
	void *p;

	heap = myslab_heap_create("pages", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	mirror_fail_at(2);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, PAGE_SIZE, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, mirror_failed());
	mirror_fail_at(2);
	p = myslab_heap_alloc(heap, PAGE_SIZE + 1, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	mirror_fail_at(0);
	myslab_heap_destroy(heap);
}

/* Who may not gets those of a page, and no more is promised. */
static void who_may_not_sleep_gets_pages_in_fragmented_memory(
							struct kunit *test)
{
	void *p;

	heap = myslab_heap_create("pages", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	mirror_fragment(0);
	p = myslab_heap_alloc(heap, PAGE_SIZE, GFP_NOWAIT);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, 9 * PAGE_SIZE,
						  GFP_NOWAIT));
	mirror_fragment(MAX_PAGE_ORDER);
	KUNIT_EXPECT_EQ(test, stat_now().failures, 1UL);
	KUNIT_EXPECT_EQ(test, stat_now().reports, 0UL);
	myslab_heap_free(heap, p);
	myslab_heap_destroy(heap);
}

/* It cannot give back a part of its pages: what is much smaller moves. */
static void a_mapped_block_that_shrinks_gives_pages_back(struct kunit *test)
{
	const size_t size = 20000;
	u8 *p;

	heap = myslab_heap_create("pages", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	mirror_fragment(0);
	p = myslab_heap_alloc(heap, SZ_1M, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, stat_now().pages_mapped, SZ_1M / PAGE_SIZE);
	memset(p, 7, SZ_1M);
	p = myslab_heap_realloc(heap, p, size, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, stat_now().pages, PFN_UP(size));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 7, size));
	/* Where none are to be had it stays: to shrink does not fail. */
	p = myslab_heap_realloc(heap, p, SZ_1M, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_PTR_EQ(test, myslab_heap_realloc(heap, p, size,
						      GFP_NOWAIT), (void *)p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 7, size));
	mirror_fragment(MAX_PAGE_ORDER);
	myslab_heap_free(heap, p);
	KUNIT_EXPECT_EQ(test, stat_now().pages, 0UL);
	myslab_heap_destroy(heap);
}

static struct kunit_case pages_cases[] = {
	KUNIT_CASE(what_is_not_used_goes_after_an_interval),
	KUNIT_CASE(the_shrinker_gets_what_is_kept),
	KUNIT_CASE(what_is_held_goes_when_nobody_uses_the_heap),
	KUNIT_CASE(the_shrinker_gets_what_is_held),
	KUNIT_CASE(blocks_are_zero_where_the_kernel_zeroes_all),
	KUNIT_CASE(nothing_is_kept_where_the_kernel_zeroes_free_memory),
	KUNIT_CASE(who_may_sleep_gets_blocks_in_fragmented_memory),
	KUNIT_CASE(what_fits_in_a_page_is_never_mapped),
	KUNIT_CASE(who_may_not_sleep_gets_pages_in_fragmented_memory),
	KUNIT_CASE(a_mapped_block_that_shrinks_gives_pages_back),
	{}
};

static struct kunit_suite pages_suite = {
	.name = "mirror_heap_pages",
	.test_cases = pages_cases,
};

kunit_test_suite(pages_suite);

MODULE_LICENSE("GPL");
