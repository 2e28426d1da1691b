// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps interrupted at every point, by something that uses the same heap.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <mirror/control.h>
#include <myslab.h>

#include "intrude.h"

#define LIMIT	20UL			/* pages */
#define HELD	10UL

static struct myslab_heap *heap;
static unsigned int refused;

static void take_one(void *arg)
{
	void *p = myslab_heap_alloc(heap, PAGE_SIZE, GFP_ATOMIC);

	refused += !p;
	myslab_heap_free(heap, p);
}

/*
 * A block that is over the limit is refused. Meanwhile one that is not is had,
 * at each point.
 */
static void refuse_at_every_point(struct kunit *test, gfp_t gfp)
{
	void *held;

	heap = myslab_heap_create("points", &(struct myslab_heap_args){
				  .limit = LIMIT * PAGE_SIZE });
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	held = myslab_heap_alloc(heap, HELD * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, held);
	refused = 0;
	intruder_set(take_one, on_other_cpu);
	do {
		intruder_begin();
		KUNIT_EXPECT_NULL(test, myslab_heap_alloc(heap, LIMIT *
							  PAGE_SIZE, gfp));
		intruder_end();
		KUNIT_EXPECT_EQ_MSG(test, refused, 0U, "point %lu",
				    intruder.at);
	} while (intruder_next() && test->status != KUNIT_FAILURE);
	KUNIT_EXPECT_GT(test, intruder.count, 20UL);
	myslab_heap_free(heap, held);
	myslab_heap_destroy(heap);
}

static void what_is_refused_leaves_room_for_others(struct kunit *test)
{
	refuse_at_every_point(test, GFP_NOWAIT);
}

/* Contiguous pages are refused, then a mapping. */
static void a_refused_mapping_leaves_room_for_others(struct kunit *test)
{
	refuse_at_every_point(test, GFP_KERNEL);
}

static void points_exit(struct kunit *test)
{
	mirror_hook = NULL;
}

static struct kunit_case points_cases[] = {
	KUNIT_CASE(what_is_refused_leaves_room_for_others),
	KUNIT_CASE(a_refused_mapping_leaves_room_for_others),
	{}
};

static struct kunit_suite points_suite = {
	.name = "mirror_heap_points",
	.exit = points_exit,
	.test_cases = points_cases,
};

kunit_test_suite(points_suite);

MODULE_LICENSE("GPL");
