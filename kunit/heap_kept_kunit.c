// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks that a heap keeps when they are freed: used again, counted,
 * given back, and no less guarded against misuse than those with a client.
 */
#include <linux/mm.h>

#include "heap.h"

/* A heap of 1000 pages may keep 25. */
#define NR		100
#define EACH		(10 * PAGE_SIZE)

static void *blocks[NR];

/*
 * A heap full of blocks, most of which stay; NULL: it failed. One that is
 * debugged keeps nothing: empty, for a test that skips it.
 */
static struct myslab_heap *full_heap(struct kunit *test, size_t limit,
				     unsigned int flags)
{
	struct myslab_heap *heap = new_heap(test, &(struct myslab_heap_args){
					    .limit = limit, .flags = flags });
	/* With canaries, as many pages. */
	size_t size = flags ? EACH - 64 : EACH;
	unsigned int i;

	if (heap && heap_stat(heap).debugged)
		return heap;
	for (i = 0; heap && i < NR; i++) {
		blocks[i] = myslab_heap_alloc(heap, size, GFP_KERNEL);
		if (!blocks[i])
			KUNIT_FAIL(test, "no memory for block %u", i);
	}
	return heap;
}

static void end_full_heap(struct kunit *test, struct myslab_heap *heap)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		myslab_heap_free(heap, blocks[i]);
	end_heap(test, heap);
}

static void a_freed_block_is_kept_for_the_next(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	struct myslab_heap_stat stat;
	void *p = blocks[50];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, p);
	stat = heap_stat(heap);
	KUNIT_EXPECT_EQ(test, stat.pages, 10UL * NR);
	KUNIT_EXPECT_EQ(test, stat.bytes_used, (NR - 1) * EACH);
	KUNIT_EXPECT_EQ(test, stat.bytes_free, EACH);
	KUNIT_EXPECT_EQ(test, stat.largest_free, EACH);
	blocks[50] = myslab_heap_alloc(heap, EACH - 5, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, blocks[50], p);
	stat = heap_stat(heap);
	KUNIT_EXPECT_EQ(test, stat.bytes_requested, NR * EACH - 5);
	KUNIT_EXPECT_EQ(test, stat.bytes_free, 0UL);
	KUNIT_EXPECT_EQ(test, stat.largest_free, 0UL);
	KUNIT_EXPECT_EQ(test, stat.frees, 1UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, NR + 1UL);
	end_full_heap(test, heap);
}

static void a_fortieth_of_the_pages_is_kept_at_most(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	for (i = 0; i < 4; i++) {
		myslab_heap_free(heap, blocks[i]);
		blocks[i] = NULL;
	}
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_free, 2 * EACH);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * (NR - 2));
	end_full_heap(test, heap);
}

static void a_longer_one_is_cut(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	void *p = blocks[7];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, p);
	blocks[7] = myslab_heap_alloc(heap, 6 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, blocks[7], p);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), 6 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * NR - 4);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_used,
			(10UL * NR - 4) * PAGE_SIZE);
	/* What was cut off is nobody's. */
	bad_free(test, heap, p + 6 * PAGE_SIZE, MYSLAB_INVALID_FREE);
	end_full_heap(test, heap);
}

/* By an eighth, the block has it all. */
static void one_that_is_little_longer_is_not_cut(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, blocks[7]);
	blocks[7] = myslab_heap_alloc(heap, 9 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, blocks[7]), EACH);
	memset(blocks[7], 1, EACH);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * NR);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested,
			(10UL * NR - 1) * PAGE_SIZE);
	end_full_heap(test, heap);
}

static void trim_gives_back_what_is_kept(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, blocks[3]);
	blocks[3] = NULL;
	KUNIT_EXPECT_EQ(test, myslab_heap_trim(heap), 10UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * (NR - 1));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_free, 0UL);
	KUNIT_EXPECT_EQ(test, myslab_heap_trim(heap), 0UL);
	end_full_heap(test, heap);
}

/* For a block that cannot be it, since it is to be aligned. */
static void what_is_kept_makes_room_at_the_limit(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, NR * EACH, 0);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, PAGE_SIZE, GFP_KERNEL));
	myslab_heap_free(heap, blocks[0]);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * NR);
	blocks[0] = myslab_heap_alloc_aligned(heap, EACH, 2 * PAGE_SIZE,
					      GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, blocks[0]);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * NR);
	end_full_heap(test, heap);
}

static void zalloc_of_a_kept_block_gives_zeroes(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	void *p = blocks[1];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	memset(p, 0xff, EACH);
	myslab_heap_free(heap, p);
	blocks[1] = myslab_heap_zalloc(heap, EACH - PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, blocks[1], p);
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, EACH));
	end_full_heap(test, heap);
}

/* To the byte, where it is longer than what was asked for. */
static void a_kept_block_is_guarded_anew(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, MYSLAB_HEAP_CANARY);
	size_t size = 9 * PAGE_SIZE - 60;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, blocks[0]);
	p = myslab_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * NR);
	memset(p, 1, size);
	myslab_heap_free(heap, p);
	/* As the next is, which writes a byte too much. */
	blocks[0] = NULL;
	p = myslab_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	p[size] ^= 1;
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, p);
	myslab_heap_free(heap, p);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	end_full_heap(test, heap);
}

static void freeing_a_kept_block_is_found(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	void *p = blocks[2];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, p);
	blocks[2] = NULL;
	bad_free(test, heap, p + PAGE_SIZE, MYSLAB_INVALID_FREE);
	bad_free(test, heap, p, MYSLAB_DOUBLE_FREE);
	/* It is withdrawn: nobody gets it again, nor is it free. */
	KUNIT_EXPECT_EQ(test, heap_stat(heap).quarantined, 1UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_free, 0UL);
	blocks[2] = myslab_heap_alloc(heap, EACH, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, blocks[2], p);
	/* It was reported when it was withdrawn. */
	myslab_heap_free(heap, p);
	end_full_heap(test, heap);
}

static void using_a_kept_block_is_found(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	void *p = blocks[2];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, p);
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), (size_t)0);
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 100, GFP_KERNEL));
	/* The twin, once it is a client's again. */
	blocks[2] = myslab_heap_alloc(heap, EACH, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, blocks[2], p);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), EACH);
	end_full_heap(test, heap);
}

/* It goes with the heap, and leaks that return later are not kept either. */
static void what_is_kept_is_no_leak(struct kunit *test)
{
	struct myslab_heap *heap = full_heap(test, 0, 0);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	myslab_heap_free(heap, blocks[0]);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_free, EACH);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	myslab_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * (NR - 1));
	myslab_heap_free(heap, blocks[1]);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 10UL * (NR - 2));
	for (i = 2; i < NR; i++)
		myslab_heap_free(heap, blocks[i]);
}

static struct kunit_case kept_cases[] = {
	KUNIT_CASE(a_freed_block_is_kept_for_the_next),
	KUNIT_CASE(a_fortieth_of_the_pages_is_kept_at_most),
	KUNIT_CASE(a_longer_one_is_cut),
	KUNIT_CASE(one_that_is_little_longer_is_not_cut),
	KUNIT_CASE(trim_gives_back_what_is_kept),
	KUNIT_CASE(what_is_kept_makes_room_at_the_limit),
	KUNIT_CASE(zalloc_of_a_kept_block_gives_zeroes),
	KUNIT_CASE(a_kept_block_is_guarded_anew),
	KUNIT_CASE(freeing_a_kept_block_is_found),
	KUNIT_CASE(using_a_kept_block_is_found),
	KUNIT_CASE(what_is_kept_is_no_leak),
	{}
};

static struct kunit_suite kept_suite = {
	.name = "myslab_heap_kept",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = kept_cases,
};

kunit_test_suite(kept_suite);

MODULE_DESCRIPTION("Tests of myslab: large blocks that a heap keeps");
MODULE_LICENSE("GPL");
