// SPDX-License-Identifier: GPL-2.0
/*
 * Growing arrays.
 */
#include "heap.h"

struct point {
	u32 x, y, z;
};

static void elements_come_back_as_they_were_pushed(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	struct myslab_vec vec;
	struct point point, *at;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_EQ(test, myslab_vec_init(&vec, heap, sizeof(point)), 0);
	for (i = 0; i < 5000; i++) {
		point = (struct point){ i, i * 2, ~i };
		KUNIT_ASSERT_EQ(test, myslab_vec_push(&vec, &point,
						      GFP_KERNEL), 0);
	}
	KUNIT_EXPECT_LE(test, vec.capacity, (size_t)10000);
	for (i = 0; i < 5000; i++) {
		at = myslab_vec_get(&vec, i);
		KUNIT_ASSERT_NOT_NULL(test, at);
		KUNIT_EXPECT_EQ(test, at->z, ~i);
	}
	while (i--) {
		KUNIT_ASSERT_EQ(test, myslab_vec_pop(&vec, &point), 0);
		KUNIT_EXPECT_EQ(test, point.y, i * 2);
	}
	myslab_vec_destroy(&vec);
	end_heap(test, heap);
}

static void what_is_not_there_is_said_so(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	struct myslab_vec vec;
	int value = 1;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_EXPECT_EQ(test, myslab_vec_init(&vec, heap, 0), -EINVAL);
	KUNIT_ASSERT_EQ(test, myslab_vec_init(&vec, heap, sizeof(value)), 0);
	KUNIT_EXPECT_EQ(test, myslab_vec_pop(&vec, &value), -ENOENT);
	KUNIT_EXPECT_NULL(test, myslab_vec_get(&vec, 0));
	KUNIT_EXPECT_EQ(test, myslab_vec_set(&vec, 0, &value), -ERANGE);
	KUNIT_ASSERT_EQ(test, myslab_vec_push(&vec, &value, GFP_KERNEL), 0);
	value = 2;
	KUNIT_EXPECT_EQ(test, myslab_vec_set(&vec, 0, &value), 0);
	KUNIT_EXPECT_EQ(test, myslab_vec_set(&vec, 1, &value), -ERANGE);
	KUNIT_EXPECT_EQ(test, *(int *)myslab_vec_get(&vec, 0), 2);
	KUNIT_EXPECT_NULL(test, myslab_vec_get(&vec, SIZE_MAX));
	KUNIT_EXPECT_EQ(test, myslab_vec_pop(&vec, NULL), 0);
	myslab_vec_destroy(&vec);
	end_heap(test, heap);
}

static void a_push_without_memory_changes_nothing(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, &(struct myslab_heap_args){
						.limit = 4 * PAGE_SIZE });
	struct myslab_vec vec, before;
	u64 i = 0;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	skip_if_heap_debugged(test, heap);
	KUNIT_ASSERT_EQ(test, myslab_vec_init(&vec, heap, sizeof(i)), 0);
	do {
		before = vec;
		i++;
	} while (i < 100000 && !myslab_vec_push(&vec, &i, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, myslab_vec_push(&vec, &i, GFP_KERNEL), -ENOMEM);
	KUNIT_EXPECT_EQ(test, memcmp(&vec, &before, sizeof(vec)), 0);
	KUNIT_EXPECT_GE(test, vec.nr * sizeof(i), 2 * PAGE_SIZE - 64);
	KUNIT_EXPECT_EQ(test, *(u64 *)myslab_vec_get(&vec, vec.nr - 1),
			(u64)vec.nr);
	myslab_vec_destroy(&vec);
	end_heap(test, heap);
}

static void sizes_that_wrap_are_refused(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	struct myslab_vec vec;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_EQ(test, myslab_vec_init(&vec, heap, 1000), 0);
	KUNIT_EXPECT_EQ(test, myslab_vec_reserve(&vec, SIZE_MAX / 999,
						 GFP_KERNEL), -ENOMEM);
	KUNIT_EXPECT_EQ(test, myslab_vec_reserve(&vec, 10, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, vec.capacity, (size_t)10);
	/* The same room in any context, without memory. */
	KUNIT_EXPECT_EQ(test, myslab_vec_push(&vec, vec.data, 0), 0);
	myslab_vec_destroy(&vec);
	end_heap(test, heap);
}

static struct kunit_case vec_cases[] = {
	KUNIT_CASE(elements_come_back_as_they_were_pushed),
	KUNIT_CASE(what_is_not_there_is_said_so),
	KUNIT_CASE(a_push_without_memory_changes_nothing),
	KUNIT_CASE(sizes_that_wrap_are_refused),
	{}
};

static struct kunit_suite vec_suite = {
	.name = "myslab_vec",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = vec_cases,
};

kunit_test_suite(vec_suite);

MODULE_DESCRIPTION("Tests of myslab: growing arrays");
MODULE_LICENSE("GPL");
