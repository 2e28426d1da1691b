// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps: blocks of all sizes, resizing, alignment, limits, figures.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "heap.h"

#define NR_SIZES	ARRAY_SIZE(heap_sizes)
#define NR		300

static void *blocks[NR];

static void blocks_of_every_size_can_be_written_whole(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < NR_SIZES; i++) {
		blocks[i] = myslab_heap_alloc(heap, heap_sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		KUNIT_EXPECT_GE(test, myslab_heap_size(heap, blocks[i]),
				heap_sizes[i]);
		memset(blocks[i], i + 1, myslab_heap_size(heap, blocks[i]));
	}
	for (i = 0; i < NR_SIZES; i++) {
		KUNIT_EXPECT_TRUE(test, all_bytes(blocks[i], i + 1,
						  heap_sizes[i]));
		myslab_heap_free(heap, blocks[i]);
	}
	end_heap(test, heap);
}

/* A block of 56 bytes or less may have 7 more. */
static void small_blocks_waste_an_eighth_at_most(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	size_t size, usable, most;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (size = 1; size <= MYSLAB_HEAP_SMALL; size += size / 37 + 1) {
		p = myslab_heap_alloc(heap, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		usable = myslab_heap_size(heap, p);
		most = max_t(size_t, usable / 8, 7);
		KUNIT_EXPECT_LE(test, usable - size, most);
		myslab_heap_free(heap, p);
	}
	end_heap(test, heap);
}

static void powers_of_two_are_aligned_to_themselves(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i, guarded;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (guarded = 0; guarded < 2; guarded++) {
		myslab_heap_set_canaries(heap, guarded);
		for (i = 3; i <= 12; i++) {
			blocks[i] = myslab_heap_alloc(heap, 1UL << i,
						      GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
			KUNIT_EXPECT_EQ(test, (unsigned long)blocks[i] &
					((1UL << i) - 1), 0UL);
		}
		for (i = 3; i <= 12; i++)
			myslab_heap_free(heap, blocks[i]);
	}
	end_heap(test, heap);
}

static void aligned_blocks_start_where_they_should(struct kunit *test)
{
	static const size_t sizes[] = { 1, 100, 3000, 5000, 20000, 70000 };
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i, shift;
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (shift = 0; shift <= 20; shift++) {
			p = myslab_heap_alloc_aligned(heap, sizes[i],
						      1UL << shift, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
							   1UL << shift));
			memset(p, 1, sizes[i]);
			myslab_heap_free(heap, p);
		}
	}
	end_heap(test, heap);
}

static void zalloc_and_calloc_give_zeroes_after_use(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < NR_SIZES; i++) {
		p = myslab_heap_alloc(heap, heap_sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xff, heap_sizes[i]);
		myslab_heap_free(heap, p);
		p = myslab_heap_zalloc(heap, heap_sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, heap_sizes[i]));
		myslab_heap_free(heap, p);
	}
	p = myslab_heap_calloc(heap, 33, 7, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, 33 * 7));
	myslab_heap_free(heap, p);
	end_heap(test, heap);
}

static void overflowing_products_are_no_blocks(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_EXPECT_NULL(test, myslab_heap_calloc(heap, SIZE_MAX / 8 + 1, 8,
						   GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, myslab_heap_calloc(heap, 2, SIZE_MAX,
						   GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, SIZE_MAX, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).failures, 3UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).reports, 0UL);
	end_heap(test, heap);
}

static void no_bytes_are_refused(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, 0, GFP_KERNEL));
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc_aligned(heap, 8, 24,
							  GFP_KERNEL));
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc_aligned(heap, 8, SZ_2M,
							  GFP_KERNEL));
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, 8, GFP_KERNEL |
						  GFP_DMA));
	end_heap(test, heap);
}

static void nofail_is_honoured_where_it_can_be(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, SZ_32K, GFP_KERNEL | __GFP_NOFAIL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, SZ_32K + 1,
						  GFP_KERNEL | __GFP_NOFAIL));
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, 8, GFP_NOWAIT |
						  __GFP_NOFAIL));
	end_heap(test, heap);
}

static void realloc_of_null_and_to_nothing(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_realloc(heap, NULL, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested, 100UL);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 0, GFP_KERNEL));
	end_heap(test, heap);
}

static void realloc_keeps_what_is_in_the_block(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	size_t size = heap_sizes[0], next;
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_zalloc(heap, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0x5a, size);
	/* Up through all sizes, and down again. */
	for (i = 1; i < 2 * NR_SIZES - 1; i++) {
		next = heap_sizes[i < NR_SIZES ? i : 2 * NR_SIZES - 2 - i];
		p = myslab_heap_realloc(heap, p, next,
					GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0x5a, min(size, next)));
		if (next > size)
			KUNIT_EXPECT_TRUE(test, all_bytes(p + size, 0,
							  next - size));
		KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested, next);
		memset(p, 0x5a, next);
		size = next;
	}
	myslab_heap_free(heap, p);
	end_heap(test, heap);
}

static void realloc_stays_where_there_is_room(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p, *large;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	p = myslab_heap_alloc(heap, 600, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, p, myslab_heap_realloc(heap, p, 640, 0));
	KUNIT_EXPECT_PTR_EQ(test, p, myslab_heap_realloc(heap, p, 400, 0));
	myslab_heap_free(heap, p);
	large = myslab_heap_alloc(heap, 100000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_used, 25 * PAGE_SIZE);
	/* What it does not need goes back at once. */
	KUNIT_EXPECT_PTR_EQ(test, large,
			    myslab_heap_realloc(heap, large, 50000, 0));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_used, 13 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, large), 13 * PAGE_SIZE);
	myslab_heap_free(heap, large);
	end_heap(test, heap);
}

static void a_realloc_that_fails_leaves_the_block(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, &(struct myslab_heap_args){
						.limit = 16 * PAGE_SIZE });
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 7, 100);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 17 * PAGE_SIZE,
						    GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 7, 100));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested, 100UL);
	myslab_heap_free(heap, p);
	end_heap(test, heap);
}

static void a_limit_holds_and_all_of_it_can_be_used(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, &(struct myslab_heap_args){
						.limit = 16 * PAGE_SIZE });
	unsigned int i, nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	while (nr < NR && (blocks[nr] = myslab_heap_alloc(heap, 1024,
							  GFP_KERNEL)))
		nr++;
	KUNIT_EXPECT_EQ(test, nr, (unsigned int)(16 * PAGE_SIZE / 1024));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 16UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).failures, 1UL);
	for (i = 0; i < nr; i++)
		myslab_heap_free(heap, blocks[i]);
	/* What is free in other sizes makes room. */
	blocks[0] = myslab_heap_alloc(heap, 16 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, blocks[0]);
	myslab_heap_free(heap, blocks[0]);
	end_heap(test, heap);
}

static void trim_gives_back_from_the_middle(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	for (i = 0; i < 256; i++) {
		blocks[i] = myslab_heap_alloc(heap, 512, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
	}
	for (i = 64; i < 192; i++)
		myslab_heap_free(heap, blocks[i]);
	myslab_heap_trim(heap);
	KUNIT_EXPECT_LE(test, heap_stat(heap).pages, 18UL);
	for (i = 0; i < 64; i++)
		myslab_heap_free(heap, blocks[i]);
	for (i = 192; i < 256; i++)
		myslab_heap_free(heap, blocks[i]);
	end_heap(test, heap);
}

static void figures_tell_use_and_fragmentation(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	struct myslab_heap_stat stat;
	void *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	a = myslab_heap_alloc(heap, 500, GFP_KERNEL);
	b = myslab_heap_alloc(heap, 20000, GFP_KERNEL);
	stat = heap_stat(heap);
	KUNIT_EXPECT_EQ(test, stat.blocks, 2UL);
	KUNIT_EXPECT_EQ(test, stat.bytes_requested, 20500UL);
	KUNIT_EXPECT_EQ(test, stat.bytes_used, 504 + 5 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, stat.largest_free, 504UL);
	KUNIT_EXPECT_EQ(test, stat.bytes_free, 7 * 504UL);
	KUNIT_EXPECT_EQ(test, stat.pages, 6UL);
	myslab_heap_free(heap, a);
	myslab_heap_free(heap, b);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).allocs, 2UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).frees, 2UL);
	end_heap(test, heap);
}

static void strings_are_joined(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	char *s, *t;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	s = myslab_heap_strcat(heap, "one", " two", GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_STREQ(test, s, "one two");
	t = myslab_heap_strcat(heap, NULL, "", GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_EXPECT_STREQ(test, t, "");
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested, 9UL);
	myslab_heap_free(heap, s);
	myslab_heap_free(heap, t);
	end_heap(test, heap);
}

static void create_refuses_what_is_wrong(struct kunit *test)
{
	static const struct myslab_heap_args flags = { .flags = 0x80 };
	static const struct myslab_heap_args limit = { .limit = 100 };
	struct myslab_heap *heap = new_heap(test, NULL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(myslab_heap_create("a b", NULL)),
			(long)-EINVAL);
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(myslab_heap_create("flags", &flags)),
			(long)-EINVAL);
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(myslab_heap_create("limit", &limit)),
			(long)-EINVAL);
	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(myslab_heap_create(myslab_heap_name(heap),
							 NULL)),
			(long)-EEXIST);
	end_heap(test, heap);
	myslab_heap_destroy(NULL);
	myslab_heap_destroy(ERR_PTR(-ENOMEM));
}

static struct kunit_case heap_cases[] = {
	KUNIT_CASE(blocks_of_every_size_can_be_written_whole),
	KUNIT_CASE(small_blocks_waste_an_eighth_at_most),
	KUNIT_CASE(powers_of_two_are_aligned_to_themselves),
	KUNIT_CASE(aligned_blocks_start_where_they_should),
	KUNIT_CASE(zalloc_and_calloc_give_zeroes_after_use),
	KUNIT_CASE(overflowing_products_are_no_blocks),
	KUNIT_CASE(no_bytes_are_refused),
	KUNIT_CASE(nofail_is_honoured_where_it_can_be),
	KUNIT_CASE(realloc_of_null_and_to_nothing),
	KUNIT_CASE(realloc_keeps_what_is_in_the_block),
	KUNIT_CASE(realloc_stays_where_there_is_room),
	KUNIT_CASE(a_realloc_that_fails_leaves_the_block),
	KUNIT_CASE(a_limit_holds_and_all_of_it_can_be_used),
	KUNIT_CASE(trim_gives_back_from_the_middle),
	KUNIT_CASE(figures_tell_use_and_fragmentation),
	KUNIT_CASE(strings_are_joined),
	KUNIT_CASE(create_refuses_what_is_wrong),
	{}
};

static struct kunit_suite heap_suite = {
	.name = "myslab_heap",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = heap_cases,
};

kunit_test_suite(heap_suite);

MODULE_DESCRIPTION("Tests of myslab: heaps");
MODULE_LICENSE("GPL");
