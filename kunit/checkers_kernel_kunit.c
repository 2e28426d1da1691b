// SPDX-License-Identifier: GPL-2.0
/*
 * What KASAN believes of objects and blocks; what the other checkers of a debug
 * kernel are told is seen by what they say of planted bugs, qemu/selftest.
 */
#include <linux/kasan.h>
#include <linux/rcupdate.h>

#include "heap.h"

#define SIZE	100		/* four bytes short of where the next one is */
#define NR	200

static void *objs[NR];

#ifdef CONFIG_KASAN_GENERIC
/* How many of the first bytes at @p may be touched; up to @size. */
static size_t open_bytes(const void *p, size_t size)
{
	const s8 *shadow = kasan_mem_to_shadow(p);
	size_t n = 0;

	while (n < size && !shadow[n / 8])
		n += 8;
	if (n < size && shadow[n / 8] > 0)
		n += shadow[n / 8];
	return min(n, size);
}
#else
static size_t open_bytes(const void *p, size_t size)
{
	return 0;
}
#endif

#define NEEDS_KASAN(test)						\
do {									\
	if (!IS_ENABLED(CONFIG_KASAN_GENERIC))				\
		kunit_skip(test, "no KASAN in this kernel");		\
} while (0)

static int fill(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0x5a, SIZE);
	((u8 *)obj)[SIZE - 1] = 1;
	return 0;
}

static void an_object_is_open_while_it_is_out(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	void *obj;

	NEEDS_KASAN(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	/* Not the four bytes behind it. */
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE + 4), (size_t)SIZE);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE), 0UL);
	obj = myslab_cache_zalloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE + 4), (size_t)SIZE);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, obj));
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE), 0UL);
	obj = myslab_cache_try_alloc(cache);
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE + 4), (size_t)SIZE);
	myslab_cache_free_rcu(cache, obj);
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE), (size_t)SIZE);
}

static void so_is_each_of_many(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	unsigned int i, round;

	NEEDS_KASAN(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 2; round++) {
		KUNIT_ASSERT_EQ(test, NR,
				myslab_cache_alloc_bulk(cache, GFP_KERNEL, NR,
							objs));
		for (i = 0; i < NR; i++)
			KUNIT_EXPECT_EQ(test, open_bytes(objs[i], SIZE + 4),
					(size_t)SIZE);
		myslab_cache_free_bulk(cache, NR, objs);
		for (i = 0; i < NR; i++)
			KUNIT_EXPECT_EQ(test, open_bytes(objs[i], SIZE), 0UL);
	}
}

static void one_that_was_never_out_is_not_open(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	void *obj;

	NEEDS_KASAN(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, open_bytes(obj + SIZE + 4, SIZE), 0UL);
	myslab_cache_free(cache, obj);
}

static void constructor_and_destructor_may_touch_it(struct kunit *test)
{
	struct myslab_cache_args args = { .ctor = fill };
	struct myslab_cache *cache = new_cache(test, SIZE, &args);
	u8 *obj;

	NEEDS_KASAN(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, obj[SIZE - 1], 1);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE), 0UL);
}

static void readers_may_look_at_a_typesafe_one(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = MYSLAB_TYPESAFE_BY_RCU };
	struct myslab_cache *cache = new_cache(test, SIZE, &args);
	void *obj;

	NEEDS_KASAN(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, open_bytes(obj, SIZE + 4), (size_t)SIZE);
}

/* With letters on our own checks look at it, on and off as it comes. */
static void letters_and_kasan_do_not_meet(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	unsigned int i;

	NEEDS_KASAN(test);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR; i++)
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 0, myslab_debug_set("full"));
	for (i = 0; i < NR / 2; i++)
		myslab_cache_free(cache, objs[i]);
	for (i = 0; i < NR / 2; i++) {
		objs[i] = myslab_cache_zalloc(cache, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, open_bytes(objs[i], SIZE), (size_t)SIZE);
	}
	KUNIT_EXPECT_EQ(test, 0, myslab_debug_set("off"));
	for (i = 0; i < NR; i++)
		myslab_cache_free(cache, objs[i]);
	myslab_cache_shrink(cache);
	objs[0] = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, open_bytes(objs[0], SIZE + 4), (size_t)SIZE);
	myslab_cache_free(cache, objs[0]);
}

static void a_block_is_open_while_it_is_out(struct kunit *test)
{
	struct myslab_heap *heap;
	void *block;

	NEEDS_KASAN(test);
	heap = new_heap(test, NULL);
	KUNIT_ASSERT_NOT_NULL(test, heap);
	block = myslab_heap_alloc(heap, SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, block);
	/* All of it that may be used, and nothing of the next one. */
	KUNIT_EXPECT_EQ(test, open_bytes(block, 2 * SIZE),
			myslab_heap_size(heap, block));
	block = myslab_heap_realloc(heap, block, 10 * SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, open_bytes(block, 10 * SIZE), 10UL * SIZE);
	myslab_heap_free(heap, block);
	KUNIT_EXPECT_EQ(test, open_bytes(block, SIZE), 0UL);
	end_heap(test, heap);
}

static void a_large_one_that_is_kept_is_not_open(struct kunit *test)
{
	struct myslab_heap *heap;
	void *big, *block;

	NEEDS_KASAN(test);
	heap = new_heap(test, NULL);
	KUNIT_ASSERT_NOT_NULL(test, heap);
	/* Of which so little may be kept. */
	big = myslab_heap_alloc(heap, 200 * PAGE_SIZE, GFP_KERNEL);
	block = myslab_heap_alloc(heap, PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, open_bytes(block, PAGE_SIZE), PAGE_SIZE);
	myslab_heap_free(heap, block);
	KUNIT_EXPECT_EQ(test, open_bytes(block, PAGE_SIZE), 0UL);
	block = myslab_heap_zalloc(heap, PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, open_bytes(block, PAGE_SIZE), PAGE_SIZE);
	myslab_heap_free(heap, block);
	myslab_heap_free(heap, big);
	end_heap(test, heap);
}

/* The same for blocks, some with guards beside others without. */
static void letters_of_a_heap_neither(struct kunit *test)
{
	struct myslab_heap *heap;
	unsigned int i;

	NEEDS_KASAN(test);
	heap = new_heap(test, NULL);
	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (i = 0; i < NR; i++) {
		if (i == NR / 2)
			KUNIT_EXPECT_EQ(test, 0, myslab_debug_set("FZPUQ"));
		objs[i] = myslab_heap_alloc(heap, SIZE, GFP_KERNEL);
	}
	for (i = 0; i < NR; i += 2)
		myslab_heap_free(heap, objs[i]);
	myslab_debug_validate();
	KUNIT_EXPECT_EQ(test, 0, myslab_debug_set("off"));
	for (i = 0; i < NR; i += 2)
		objs[i] = myslab_heap_zalloc(heap, SIZE, GFP_KERNEL);
	for (i = 0; i < NR; i++)
		myslab_heap_free(heap, objs[i]);
	end_heap(test, heap);
}

static struct kunit_case checkers_cases[] = {
	KUNIT_CASE(an_object_is_open_while_it_is_out),
	KUNIT_CASE(so_is_each_of_many),
	KUNIT_CASE(one_that_was_never_out_is_not_open),
	KUNIT_CASE(constructor_and_destructor_may_touch_it),
	KUNIT_CASE(readers_may_look_at_a_typesafe_one),
	KUNIT_CASE(letters_and_kasan_do_not_meet),
	KUNIT_CASE(a_block_is_open_while_it_is_out),
	KUNIT_CASE(a_large_one_that_is_kept_is_not_open),
	KUNIT_CASE(letters_of_a_heap_neither),
	{}
};

static struct kunit_suite checkers_suite = {
	.name = "myslab_checkers",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = checkers_cases,
};

kunit_test_suite(checkers_suite);

MODULE_DESCRIPTION("Tests of myslab: what KASAN is told");
MODULE_LICENSE("GPL");
