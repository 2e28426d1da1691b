/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites about debugged heaps share: one heap, "debugged". Their exit
 * is debug_end.
 */
#ifndef MYSLAB_KUNIT_HEAP_DEBUG_H
#define MYSLAB_KUNIT_HEAP_DEBUG_H

#include "debug.h"
#include "heap.h"

/* A heap that is debugged with @letters; NULL: failed. */
static inline struct myslab_heap *debugged_heap(struct kunit *test,
						const char *letters)
{
	struct myslab_heap *heap = myslab_heap_create(DEBUGGED, NULL);

	if (IS_ERR(heap)) {
		KUNIT_FAIL(test, "creating: %ld", PTR_ERR(heap));
		return NULL;
	}
	switch_to(test, letters);
	return heap;
}

/* Whatever was found, or not: its looks were counted. */
static inline void end_debugged(struct kunit *test, struct myslab_heap *heap)
{
	KUNIT_EXPECT_GT(test, heap_stat(heap).checks, 0UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).undressed, 0UL);
	end_heap(test, heap);
}

#endif
