/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of heaps share: a heap under a name of its own, and figures
 * of it. A test destroys its heap itself: what is still out there is a leak.
 */
#ifndef MYSLAB_KUNIT_HEAP_H
#define MYSLAB_KUNIT_HEAP_H

#include "watch.h"

static inline struct myslab_heap *
new_heap(struct kunit *test, const struct myslab_heap_args *args)
{
	static unsigned int serial;
	struct myslab_heap *heap;
	char name[24];

	snprintf(name, sizeof(name), "kunit-%u", serial++);
	heap = myslab_heap_create(name, args);
	if (!IS_ERR(heap))
		return heap;
	KUNIT_FAIL(test, "creating %s: %ld", name, PTR_ERR(heap));
	return NULL;
}

static inline struct myslab_heap *guarded_heap(struct kunit *test)
{
	return new_heap(test, &(struct myslab_heap_args){
				.flags = MYSLAB_HEAP_CANARY });
}

static inline struct myslab_heap_stat heap_stat(struct myslab_heap *heap)
{
	struct myslab_heap_stat stat;

	myslab_heap_stat(heap, &stat);
	return stat;
}

/*
 * For what is not so while a heap is debugged: blocks take more than without,
 * and what is free is not handed out at once.
 */
#define skip_if_heap_debugged(test, heap) do {				\
	struct myslab_heap *__heap = (heap);				\
									\
	if (heap_stat(__heap).debugged) {				\
		myslab_heap_destroy(__heap);				\
		kunit_skip(test, "the heap is debugged");		\
	}								\
} while (0)

/* Nothing is out, all that is held can be given back; and the end of it. */
static inline void end_heap(struct kunit *test, struct myslab_heap *heap)
{
	KUNIT_EXPECT_EQ(test, heap_stat(heap).blocks, 0UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_used, 0UL);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).bytes_requested, 0UL);
	myslab_heap_trim(heap);
	if (!heap_stat(heap).quarantined)
		KUNIT_EXPECT_EQ(test, heap_stat(heap).pages, 0UL);
	myslab_heap_destroy(heap);
}

/* One bad free, one report; the heap goes on as if nothing had been. */
static inline void bad_free(struct kunit *test, struct myslab_heap *heap,
			    void *p, enum myslab_kind kind)
{
	unsigned long blocks = heap_stat(heap).blocks;
	unsigned long reports = heap_stat(heap).reports;

	expect_report(test, kind, p);
	myslab_heap_free(heap, p);
	KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "pointer %p", p);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).blocks, blocks);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).reports, reports + 1);
}

/* Sizes of all kinds: smallest, odd, at classes' edges, pages, large. */
static const size_t heap_sizes[] __maybe_unused = {
	1, 7, 8, 9, 31, 64, 100, 255, 256, 257, 511, 512, 513, 576, 577, 1000,
	1024, 2048, 4095, 4096, 4097, 8192, 9999, 16384, 16385, 20000, 40000,
	65536, 100000, 1048576, 1048577,
};

#endif
