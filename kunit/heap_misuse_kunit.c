// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse of heaps without canaries: found by kind and block, harms nothing,
 * and the twin that does the legal thing stays silent.
 */
#include "heap.h"

static char module_data[256] __aligned(64);

static void freeing_what_is_no_memory_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned long on_stack[4];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	bad_free(test, heap, (void *)1, MYSLAB_INVALID_FREE);
	bad_free(test, heap, (void *)4095, MYSLAB_INVALID_FREE);
	bad_free(test, heap, ERR_PTR(-ENOMEM), MYSLAB_INVALID_FREE);
	bad_free(test, heap, on_stack, MYSLAB_INVALID_FREE);
	bad_free(test, heap, module_data, MYSLAB_INVALID_FREE);
	bad_free(test, heap, heap, MYSLAB_INVALID_FREE);
	/* The twin. */
	myslab_heap_free(heap, NULL);
	end_heap(test, heap);
}

static void freeing_kmalloc_memory_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *foreign = kunit_kmalloc(test, 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_NOT_NULL(test, foreign);
	bad_free(test, heap, foreign, MYSLAB_INVALID_FREE);
	end_heap(test, heap);
}

static void freeing_the_middle_of_a_block_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i;
	size_t size;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 1; i < ARRAY_SIZE(heap_sizes); i += 3) {
		size = heap_sizes[i];
		p = myslab_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		bad_free(test, heap, p + 1, MYSLAB_INVALID_FREE);
		bad_free(test, heap, p + size - 1, MYSLAB_INVALID_FREE);
		if (size > PAGE_SIZE)
			bad_free(test, heap, p + PAGE_SIZE,
				 MYSLAB_INVALID_FREE);
		/* The twin: its start. */
		myslab_heap_free(heap, p);
	}
	end_heap(test, heap);
}

static void freeing_twice_is_found_at_once(struct kunit *test)
{
	static const size_t sizes[] = { 8, 24, 100, 576, 1000 };
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p, *keep, *next;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		keep = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		p = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_heap_free(heap, p);
		bad_free(test, heap, p, MYSLAB_DOUBLE_FREE);
		/* It is withdrawn: nobody gets it again. */
		next = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_EXPECT_PTR_NE(test, next, p);
		myslab_heap_free(heap, next);
		myslab_heap_free(heap, keep);
	}
	KUNIT_EXPECT_EQ(test, heap_stat(heap).quarantined,
			(unsigned long)ARRAY_SIZE(sizes));
	end_heap(test, heap);
}

static void freeing_what_went_back_to_the_pages_is_found(struct kunit *test)
{
	static const size_t sizes[] = { 100, 5000, 100000 };
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_heap_free(heap, p);
		myslab_heap_trim(heap);
		bad_free(test, heap, p, MYSLAB_INVALID_FREE);
	}
	end_heap(test, heap);
}

static void freeing_to_another_heap_is_found(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 5000, 100000 };
	struct myslab_heap *heap = new_heap(test, NULL);
	struct myslab_heap *other = new_heap(test, NULL);
	unsigned int i;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_NOT_NULL(test, other);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = myslab_heap_alloc(heap, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		bad_free(test, other, p, MYSLAB_WRONG_OWNER);
		/* The twin. */
		myslab_heap_free(heap, p);
	}
	end_heap(test, heap);
	end_heap(test, other);
}

static void heap_and_cache_tell_each_other_apart(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *block, *obj;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	block = myslab_heap_alloc(heap, 64, GFP_KERNEL);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	bad_free(test, heap, obj, MYSLAB_WRONG_OWNER);
	expect_report(test, MYSLAB_WRONG_OWNER, block);
	myslab_cache_free(cache, block);
	myslab_heap_free(heap, block);
	myslab_cache_free(cache, obj);
	end_heap(test, heap);
}

static void using_a_free_block_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p, *keep;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	keep = myslab_heap_alloc(heap, 40, GFP_KERNEL);
	p = myslab_heap_alloc(heap, 40, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 100, GFP_KERNEL));
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), (size_t)0);
	expect_report(test, MYSLAB_INVALID_FREE, keep + 8);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, keep + 8, 100,
						    GFP_KERNEL));
	/* The twin. */
	keep = myslab_heap_realloc(heap, keep, 100, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, keep),
			heap_stat(heap).debugged ? 100UL : 104UL);
	myslab_heap_free(heap, keep);
	end_heap(test, heap);
}

static void a_leak_is_reported_and_its_free_does_no_harm(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *small, *large;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	small = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	large = myslab_heap_alloc(heap, 100000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, small);
	KUNIT_ASSERT_NOT_NULL(test, large);
	expect_report(test, MYSLAB_LEAK, small);
	myslab_heap_destroy(heap);
	/* The twin: once each is silent. */
	myslab_heap_free(heap, small);
	myslab_heap_free(heap, large);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_report(test, MYSLAB_USE_AFTER_FREE, small);
	myslab_heap_free(heap, small);
}

/* In place or not: the block stays as it is. */
static void resizing_what_a_destroyed_heap_left_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 7, 100);
	/* The twin. */
	KUNIT_EXPECT_PTR_EQ(test, p, myslab_heap_realloc(heap, p, 98, 0));
	expect_report(test, MYSLAB_LEAK, p);
	myslab_heap_destroy(heap);
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 99, GFP_KERNEL));
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 999, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 7, 98));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested, 98UL);
	/* To free it, in either way, is harmless. */
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 0, GFP_KERNEL));
}

static void using_a_destroyed_heap_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	myslab_heap_destroy(heap);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, 8, GFP_KERNEL));
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, 100000, GFP_KERNEL));
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	KUNIT_EXPECT_EQ(test, myslab_heap_trim(heap), 0UL);
	expect_report(test, MYSLAB_USE_AFTER_FREE, ANY_OBJECT);
	myslab_heap_destroy(heap);
}

static struct kunit_case misuse_cases[] = {
	KUNIT_CASE(freeing_what_is_no_memory_is_found),
	KUNIT_CASE(freeing_kmalloc_memory_is_found),
	KUNIT_CASE(freeing_the_middle_of_a_block_is_found),
	KUNIT_CASE(freeing_twice_is_found_at_once),
	KUNIT_CASE(freeing_what_went_back_to_the_pages_is_found),
	KUNIT_CASE(freeing_to_another_heap_is_found),
	KUNIT_CASE(heap_and_cache_tell_each_other_apart),
	KUNIT_CASE(using_a_free_block_is_found),
	KUNIT_CASE(a_leak_is_reported_and_its_free_does_no_harm),
	KUNIT_CASE(using_a_destroyed_heap_is_found),
	KUNIT_CASE(resizing_what_a_destroyed_heap_left_is_found),
	{}
};

static struct kunit_suite misuse_suite = {
	.name = "myslab_heap_misuse",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = misuse_cases,
};

kunit_test_suite(misuse_suite);

MODULE_DESCRIPTION("Tests of myslab: misuse of heaps is found and does no harm");
MODULE_LICENSE("GPL");
