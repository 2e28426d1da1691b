// SPDX-License-Identifier: GPL-2.0
/*
 * Canaries of heaps: each byte before and behind a block is guarded, forged
 * ones are found, and blocks with and without them live side by side.
 */
#include "heap.h"

/* Write one byte beyond a block and free it. */
static void write_and_free(struct kunit *test, size_t size, long offset,
			   enum myslab_kind kind)
{
	struct myslab_heap *heap = guarded_heap(test);
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), size);
	memset(p, 0xee, size);
	p[offset] ^= 0x40;
	expect_report(test, kind, p);
	myslab_heap_free(heap, p);
	KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "size %zu, byte %ld",
			      size, offset);
	/* Withdrawn: not free, and nobody's. */
	KUNIT_EXPECT_EQ(test, heap_stat(heap).quarantined, 1UL);
	end_heap(test, heap);
}

static const size_t sizes[] = { 1, 8, 13, 64, 100, 500, 4000, 20000, 70000 };

static void a_write_behind_a_block_is_found_to_the_byte(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		write_and_free(test, sizes[i], sizes[i],
			       MYSLAB_OUT_OF_BOUNDS_RIGHT);
		write_and_free(test, sizes[i], sizes[i] + 7,
			       MYSLAB_OUT_OF_BOUNDS_RIGHT);
	}
}

static void a_write_before_a_block_is_found(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		write_and_free(test, sizes[i], -1, MYSLAB_OUT_OF_BOUNDS_LEFT);
		write_and_free(test, sizes[i], -16, MYSLAB_OUT_OF_BOUNDS_LEFT);
	}
}

/* Every byte up to the next block. */
static void all_of_the_gap_is_guarded(struct kunit *test)
{
	long offset;

	/* 576 bytes, 16 of them in front. */
	for (offset = 545; offset < 576 - 16; offset++)
		write_and_free(test, 545, offset, MYSLAB_OUT_OF_BOUNDS_RIGHT);
}

static void writing_all_of_a_block_is_silent(struct kunit *test)
{
	struct myslab_heap *heap = guarded_heap(test);
	unsigned int i;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(heap_sizes); i++) {
		p = myslab_heap_zalloc(heap, heap_sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, heap_sizes[i]));
		memset(p, 0xff, heap_sizes[i]);
		p = myslab_heap_realloc(heap, p, heap_sizes[i] + 100,
					GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xff, heap_sizes[i] + 100);
		myslab_heap_free(heap, p);
	}
	end_heap(test, heap);
}

/* The canaries of one block are of no use at another of the same size. */
static void copied_canaries_are_found(struct kunit *test)
{
	struct myslab_heap *heap = guarded_heap(test);
	u8 *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	a = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	b = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	memcpy(b + 100, a + 100, 8);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, b);
	myslab_heap_free(heap, b);
	/* Nor is what another size had at the same place. */
	b = myslab_heap_alloc(heap, 99, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b);
	memset(b + 99, 0, 8);
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, b);
	myslab_heap_free(heap, b);
	myslab_heap_free(heap, a);
	end_heap(test, heap);
}

static void two_heaps_do_not_share_a_secret(struct kunit *test)
{
	struct myslab_heap *a = guarded_heap(test), *b = guarded_heap(test);
	u8 *p, *q;

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	p = myslab_heap_alloc(a, 40, GFP_KERNEL);
	q = myslab_heap_alloc(b, 40, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NE(test, memcmp(p - 16, q - 16, 16), 0);
	KUNIT_EXPECT_NE(test, memcmp(p + 40, q + 40, 8), 0);
	myslab_heap_free(a, p);
	myslab_heap_free(b, q);
	end_heap(test, a);
	end_heap(test, b);
}

static void realloc_checks_and_moves_what_is_damaged(struct kunit *test)
{
	struct myslab_heap *heap = guarded_heap(test);
	u8 *p, *q;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, 40, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 9, 40);
	p[40] ^= 1;
	expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, p);
	q = myslab_heap_realloc(heap, p, 41, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_PTR_NE(test, p, q);
	KUNIT_EXPECT_TRUE(test, all_bytes(q, 9, 40));
	myslab_heap_free(heap, q);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).quarantined, 1UL);
	end_heap(test, heap);
}

static void a_guarded_block_freed_twice_is_found(struct kunit *test)
{
	struct myslab_heap *heap = guarded_heap(test);
	u8 *keep, *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	keep = myslab_heap_alloc(heap, 40, GFP_KERNEL);
	p = myslab_heap_alloc(heap, 40, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	bad_free(test, heap, p - 16, MYSLAB_INVALID_FREE);
	bad_free(test, heap, p + 1, MYSLAB_INVALID_FREE);
	myslab_heap_free(heap, p);
	bad_free(test, heap, p, MYSLAB_DOUBLE_FREE);
	myslab_heap_free(heap, keep);
	end_heap(test, heap);
}

static void guarded_and_other_blocks_live_side_by_side(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *blocks[60];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		myslab_heap_set_canaries(heap, i & 1);
		/* The same class, with a guard and without. */
		blocks[i] = myslab_heap_alloc(heap, i & 1 ? 100 : 128,
					      GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		memset(blocks[i], i, i & 1 ? 100 : 128);
	}
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, blocks[i]),
				(size_t)(i & 1 ? 100 : 128));
		myslab_heap_free(heap, blocks[i]);
	}
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	end_heap(test, heap);
}

/* Two, since a slab's first block is aligned to more than it has to. */
static void expect_natural(struct kunit *test, struct myslab_heap *heap,
			   size_t size)
{
	size_t align = min_t(size_t, size & -size, PAGE_SIZE);
	void *p = myslab_heap_alloc(heap, size, GFP_KERNEL);
	void *q = myslab_heap_alloc(heap, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_EQ_MSG(test, (unsigned long)p % align, 0UL, "%zu", size);
	KUNIT_EXPECT_EQ_MSG(test, (unsigned long)q % align, 0UL, "%zu", size);
	myslab_heap_free(heap, p);
	p = myslab_heap_realloc(heap, q, size - 6, GFP_KERNEL);
	q = myslab_heap_realloc(heap, p, size, GFP_KERNEL);
	KUNIT_EXPECT_EQ_MSG(test, (unsigned long)q % align, 0UL, "%zu", size);
	myslab_heap_free(heap, q);
}

static void a_contiguous_heap_aligns_as_kmalloc(struct kunit *test)
{
	struct myslab_heap *heap;
	unsigned long canary;
	size_t size;

	for (canary = 0; canary <= MYSLAB_HEAP_CANARY;
	     canary += MYSLAB_HEAP_CANARY) {
		heap = new_heap(test, &(struct myslab_heap_args){
				.flags = MYSLAB_HEAP_CONTIGUOUS | canary });
		KUNIT_ASSERT_NOT_NULL(test, heap);
		for (size = 8; size <= SZ_16K; size += 8)
			expect_natural(test, heap, size);
		end_heap(test, heap);
	}
}

static struct kunit_case canary_cases[] = {
	KUNIT_CASE(a_write_behind_a_block_is_found_to_the_byte),
	KUNIT_CASE(a_write_before_a_block_is_found),
	KUNIT_CASE(all_of_the_gap_is_guarded),
	KUNIT_CASE(writing_all_of_a_block_is_silent),
	KUNIT_CASE(copied_canaries_are_found),
	KUNIT_CASE(two_heaps_do_not_share_a_secret),
	KUNIT_CASE(realloc_checks_and_moves_what_is_damaged),
	KUNIT_CASE(a_guarded_block_freed_twice_is_found),
	KUNIT_CASE(guarded_and_other_blocks_live_side_by_side),
	KUNIT_CASE(a_contiguous_heap_aligns_as_kmalloc),
	{}
};

static struct kunit_suite canary_suite = {
	.name = "myslab_heap_canary",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = canary_cases,
};

kunit_test_suite(canary_suite);

MODULE_DESCRIPTION("Tests of myslab: canaries of heaps");
MODULE_LICENSE("GPL");
