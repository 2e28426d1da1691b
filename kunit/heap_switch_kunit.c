// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps that are debugged: blocks are what they are without, and live on
 * whatever is switched; what is counted of them.
 */
#include "heap_debug.h"

#define NR	100

static void *blocks[NR];

static const size_t sizes[] = { 1, 24, 100, 512, 600, 4096, 5000, 70000 };

static void what_is_off_looks_at_nothing(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "off");

	KUNIT_ASSERT_NOT_NULL(test, heap);
	myslab_heap_free(heap, myslab_heap_alloc(heap, 100, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).checks, 0UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).debugged, 0UL);
	end_heap(test, heap);
}

/* Contents, size and alignment are what they are without. */
static void blocks_of_all_sizes_are_as_ever(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "full");
	size_t size, usable;
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(heap_sizes); i++) {
		size = heap_sizes[i];
		p = myslab_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		usable = myslab_heap_size(heap, p);
		KUNIT_EXPECT_GE(test, usable, size);
		if (!(size & (size - 1)) && size <= PAGE_SIZE)
			KUNIT_EXPECT_EQ(test, (unsigned long)p % size, 0UL);
		memset(p, i, usable);
		myslab_debug_validate();
		switch_to(test, i % 2 ? "full" : "off");
		KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), usable);
		KUNIT_EXPECT_TRUE(test, all_bytes(p, i, usable));
		blocks[i] = p;
	}
	while (i--)
		myslab_heap_free(heap, blocks[i]);
	end_debugged(test, heap);
}

static void every_nth_allocation_fails(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "E:7");
	unsigned int i, failed = 0;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < 70; i++) {
		blocks[i] = myslab_heap_alloc(heap, 64, GFP_KERNEL);
		failed += !blocks[i];
	}
	KUNIT_EXPECT_EQ(test, failed, 10U);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).failures, 10UL);
	while (i--)
		myslab_heap_free(heap, blocks[i]);
	/* The twin: what must not fail does not. */
	for (i = 0; i < 14; i++) {
		blocks[i] = myslab_heap_alloc(heap, 64, GFP_KERNEL |
					      __GFP_NOFAIL);
		KUNIT_EXPECT_NOT_NULL(test, blocks[i]);
	}
	while (i--)
		myslab_heap_free(heap, blocks[i]);
	end_heap(test, heap);
}

/* What happens to a block while nobody looks is no finding later. */
static void blocks_outlive_every_switch(struct kunit *test)
{
	static const char * const letters[] = {
		"off", "P", "Z", "off", "U", "LQ", "full", "off", "PQ:100", "P",
	};
	struct myslab_heap *heap = debugged_heap(test, "off");
	unsigned int i, k, round;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(letters); i++) {
			switch_to(test, letters[i]);
			for (k = 0; k < 10; k++) {
				u8 *p = myslab_heap_alloc(heap, sizes[k % 8],
							  GFP_KERNEL);

				KUNIT_ASSERT_NOT_NULL(test, p);
				memset(p, i, sizes[k % 8]);
				blocks[10 * i + k] = p;
				/* The place of half of them is used again. */
				if (k % 2)
					continue;
				myslab_heap_free(heap, p);
				blocks[10 * i + k] = NULL;
			}
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		}
		for (i = 0; i < NR; i++) {
			KUNIT_EXPECT_TRUE(test, !blocks[i] ||
					  all_bytes(blocks[i], i / 10,
						    sizes[i % 10 % 8]));
			myslab_heap_free(heap, blocks[i]);
		}
	}
	end_debugged(test, heap);
}

static void a_block_is_resized(struct kunit *test)
{
	static const char * const letters[] = { "P", "full" };
	static const size_t to[] = { 90, 100, 3000, 2900, 70000, 60000, 20 };
	struct myslab_heap *heap;
	unsigned int i, k;
	u8 *p;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		heap = debugged_heap(test, letters[i]);
		KUNIT_ASSERT_NOT_NULL(test, heap);
		p = myslab_heap_alloc(heap, 100, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 3, 20);
		for (k = 0; k < ARRAY_SIZE(to); k++) {
			p = myslab_heap_realloc(heap, p, to[k], GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_TRUE(test, all_bytes(p, 3, 20));
			memset(p + 20, k, to[k] - 20);
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		}
		myslab_heap_free(heap, p);
		end_debugged(test, heap);
	}
}

/* Up, down, and with a block that is resized where it lies or moved. */
static void sites_count_bytes(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "L");
	void *p, *q, *large;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	q = myslab_heap_alloc(heap, 30, GFP_KERNEL);
	large = myslab_heap_alloc(heap, 70000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("heap"), 70130UL);
	p = myslab_heap_realloc(heap, p, 99, GFP_KERNEL);
	large = myslab_heap_realloc(heap, large, 60000, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("heap"), 60129UL);
	/* Whatever the letters are by then. */
	switch_to(test, "off");
	q = myslab_heap_realloc(heap, q, 3000, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("heap"), 60099UL);
	myslab_heap_free(heap, q);
	myslab_heap_free(heap, large);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("heap"), 99UL);
	myslab_heap_free(heap, p);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("heap"), 0UL);
	end_debugged(test, heap);
}

static void a_leak_names_the_block(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "full");
	void *p, *q;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, 64, GFP_KERNEL);
	/* What is held back is no leak. */
	q = myslab_heap_alloc(heap, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	myslab_heap_free(heap, q);
	expect_report(test, MYSLAB_LEAK, p);
	myslab_heap_destroy(heap);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Later is too late, and harmless. */
	myslab_heap_free(heap, p);
}

static void a_heap_that_comes_later_is_debugged(struct kunit *test)
{
	struct myslab_heap *heap = debugged_heap(test, "full");

	KUNIT_ASSERT_NOT_NULL(test, heap);
	myslab_heap_destroy(heap);
	/* By the rule of before, not by what debugged_heap() does. */
	heap = myslab_heap_create(DEBUGGED, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).debugged, 1UL);
	myslab_heap_free(heap, myslab_heap_alloc(heap, 64, GFP_KERNEL));
	end_debugged(test, heap);
}

static struct kunit_case heap_switch_cases[] = {
	KUNIT_CASE(what_is_off_looks_at_nothing),
	KUNIT_CASE(blocks_of_all_sizes_are_as_ever),
	KUNIT_CASE(every_nth_allocation_fails),
	KUNIT_CASE(blocks_outlive_every_switch),
	KUNIT_CASE(a_block_is_resized),
	KUNIT_CASE(sites_count_bytes),
	KUNIT_CASE(a_leak_names_the_block),
	KUNIT_CASE(a_heap_that_comes_later_is_debugged),
	{}
};

static struct kunit_suite heap_switch_suite = {
	.name = "myslab_heap_switch",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = heap_switch_cases,
};

kunit_test_suite(heap_switch_suite);

MODULE_DESCRIPTION("Tests of myslab: debugging switched while heaps are used");
MODULE_LICENSE("GPL");
