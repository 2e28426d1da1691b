// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps that are debugged: each letter finds what it is for, and its twin, the
 * same without the bug, stays silent.
 */
#include <linux/mm.h>

#include "heap_debug.h"

#define NR	100

static void *blocks[NR];

static const size_t sizes[] = { 1, 24, 100, 512, 600, 4096, 5000, 70000 };

static void what_is_new_is_poisoned_unless_zeroed(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "P");
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = myslab_heap_zalloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0,
						  myslab_heap_size(heap, p)));
		memset(p, 1, sizes[i]);
		myslab_heap_free(heap, p);
		p = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		/* Zero where the kernel zeroes all. */
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0x5a, sizes[i]) ||
				  all_bytes(p, 0, sizes[i]));
		myslab_heap_free(heap, p);
	}
	end_debugged(test, heap);
}

/* A byte behind the block, one before it, and one in the gap of alignment. */
static void a_write_out_of_bounds_is_found(struct kunit *test)
{
	static const char * const letters[] = { "Z", DRESSED };
	struct myslab_heap *heap;
	unsigned int i, k;
	u8 *p, *twin;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		heap = debugged_heap(test, letters[i]);
		KUNIT_ASSERT_NOT_NULL(test, heap);
		for (k = 0; k < 4 * ARRAY_SIZE(sizes); k++) {
			size_t size = sizes[k / 4];
			long at = k % 2 ? -1 : (long)size + (k & 2);

			twin = myslab_heap_alloc(heap, size, GFP_KERNEL);
			p = myslab_heap_alloc(heap, size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, twin);
			KUNIT_ASSERT_NOT_NULL(test, p);
			memset(twin, k, size);
			p[at] ^= 1;
			expect_report(test, at < 0 ? MYSLAB_OUT_OF_BOUNDS_LEFT :
				      MYSLAB_OUT_OF_BOUNDS_RIGHT, p);
			if (k & 2)
				KUNIT_EXPECT_EQ(test, myslab_debug_validate(),
						1UL);
			myslab_heap_free(heap, p);
			KUNIT_EXPECT_TRUE(test, reports_came(test));
			myslab_heap_free(heap, twin);
		}
		end_debugged(test, heap);
	}
}

static void a_write_after_free_is_found(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "P");
	unsigned int i;
	u8 *p, *q;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	/* By the next who would get it. */
	q = myslab_heap_alloc(heap, 64, GFP_KERNEL);
	p = myslab_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_ASSERT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	p[10] = 1;
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	for (i = 0; i < NR; i++) {
		blocks[i] = myslab_heap_alloc(heap, 64, GFP_KERNEL);
		KUNIT_EXPECT_PTR_NE(test, blocks[i], (void *)p);
	}
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	while (i--)
		myslab_heap_free(heap, blocks[i]);
	/* By validate: once, and not the twin. */
	p = blocks[5];
	p[63] = 1;
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	myslab_heap_free(heap, q);
	end_debugged(test, heap);
}

/* Of any size, as long as it is held back. */
static void a_write_to_what_is_held_is_found(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "PUQ:1000000");
	unsigned int i;
	u8 *p, *twin;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		p = myslab_heap_alloc(heap, sizes[i / 2], GFP_KERNEL);
		twin = myslab_heap_alloc(heap, sizes[i / 2], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_ASSERT_NOT_NULL(test, twin);
		myslab_heap_free(heap, p);
		myslab_heap_free(heap, twin);
		p[sizes[i / 2] - 1] = 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, p);
		if (i % 2)
			myslab_debug_validate();
		myslab_heap_trim(heap);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* Withdrawn: it is no longer asked about. */
		myslab_heap_free(heap, p);
	}
	end_debugged(test, heap);
}

static void a_second_free_is_found(struct kunit *test)
{
	static const char * const letters[] = { "U", "UQ", "full" };
	struct myslab_heap *heap;
	unsigned int i, k;
	void *p, *twin;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		heap = debugged_heap(test, letters[i]);
		KUNIT_ASSERT_NOT_NULL(test, heap);
		/* Large ones that are not held back are gone: another kind. */
		for (k = 0; k < (i ? ARRAY_SIZE(sizes) - 1 : 5); k++) {
			p = myslab_heap_alloc(heap, sizes[k], GFP_KERNEL);
			twin = myslab_heap_alloc(heap, sizes[k], GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_ASSERT_NOT_NULL(test, twin);
			myslab_heap_free(heap, p);
			bad_free(test, heap, p, MYSLAB_DOUBLE_FREE);
			myslab_heap_free(heap, twin);
		}
		end_debugged(test, heap);
	}
}

/* At the free that follows, or by validate; said once of a slab. */
static void a_page_that_others_put_is_found(struct kunit *test)
{
	struct myslab_heap *heap;
	unsigned int i;
	void *p, *q;

	for (i = 0; i < 2; i++) {
		heap = debugged_heap(test, "F");
		KUNIT_ASSERT_NOT_NULL(test, heap);
		p = myslab_heap_alloc(heap, 64, GFP_KERNEL);
		q = myslab_heap_alloc(heap, 64, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_ASSERT_NOT_NULL(test, q);
		/* The twin. */
		myslab_heap_free(heap, q);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		put_page(virt_to_page(p));
		expect_report(test, MYSLAB_CORRUPT_METADATA, ANY_OBJECT);
		if (i)
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		myslab_heap_free(heap, p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		get_page(virt_to_page(p));
		end_debugged(test, heap);
	}
}

static void a_held_block_comes_back_late(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "Q:6400");
	unsigned int i;
	void *p, *q;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	for (i = 0; i < 99; i++) {
		q = myslab_heap_alloc(heap, 64, GFP_KERNEL);
		KUNIT_EXPECT_PTR_NE(test, q, p);
		myslab_heap_free(heap, q);
	}
	KUNIT_EXPECT_EQ(test, heap_stat(heap).blocks, 0UL);
	KUNIT_EXPECT_GT(test, heap_stat(heap).pages, 0UL);
	end_debugged(test, heap);
}

static void whatis_knows_who_had_it(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "ZPU");
	static char text[2000];
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_whatis(p + sizes[i] / 2, text, sizeof(text));
		KUNIT_EXPECT_NOT_NULL(test, strstr(text, "allocated 0"));
		KUNIT_EXPECT_NULL(test, strstr(text, "freed 0"));
		myslab_heap_free(heap, p);
		if (sizes[i] <= 512) {
			myslab_whatis(p, text, sizeof(text));
			KUNIT_EXPECT_NOT_NULL(test, strstr(text, "freed 0"));
		}
		/* The twin: what nobody kept a record of. */
		switch_to(test, "Z");
		p = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_whatis(p, text, sizeof(text));
		KUNIT_EXPECT_NULL(test, strstr(text, "allocated 0"));
		myslab_heap_free(heap, p);
		switch_to(test, "ZPU");
	}
	end_debugged(test, heap);
}

static struct kunit_case heap_debug_cases[] = {
	KUNIT_CASE(what_is_new_is_poisoned_unless_zeroed),
	KUNIT_CASE(a_write_out_of_bounds_is_found),
	KUNIT_CASE(a_write_after_free_is_found),
	KUNIT_CASE(a_write_to_what_is_held_is_found),
	KUNIT_CASE(a_second_free_is_found),
	KUNIT_CASE(a_page_that_others_put_is_found),
	KUNIT_CASE(a_held_block_comes_back_late),
	KUNIT_CASE(whatis_knows_who_had_it),
	{}
};

static struct kunit_suite heap_debug_suite = {
	.name = "myslab_heap_debug",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = heap_debug_cases,
};

kunit_test_suite(heap_debug_suite);

MODULE_DESCRIPTION("Tests of myslab: heaps that are debugged");
MODULE_LICENSE("GPL");
