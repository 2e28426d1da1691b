/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the suite of the _caller calls: whatever they allocate from, and who
 * calls them.
 */
#ifndef MYSLAB_KUNIT_CALLERS_H
#define MYSLAB_KUNIT_CALLERS_H

#include <linux/instruction_pointer.h>

#include "arena.h"
#include "heap.h"
#include "pool.h"
#include "sites.h"

#define NR	30
#define SIZE	100

/* Something that is not code, so that it has no name but its number. */
#define ELSEWHERE	0x1234560UL
#define ELSEWHERE_TEXT	"0x1234560"

enum kind { CACHE, HEAP, POOL, PRIVATE, ARENA, SHARED, NR_KINDS };

static const char * const types[] __maybe_unused = {
	"cache", "heap", "pool", "pool", "arena", "arena",
};

static inline bool is_arena(enum kind kind)
{
	return kind == ARENA || kind == SHARED;
}

static struct myslab_cache *cache;
static struct myslab_heap *heap;
static struct myslab_pool *pool;
static struct myslab_arena *arena;
static void *objs[NR];

/* Of one kind, called DEBUGGED; false: failed. */
static inline bool create(struct kunit *test, enum kind kind)
{
	const struct myslab_pool_args of_pool = {
		.flags = kind == PRIVATE ? MYSLAB_POOL_PRIVATE : 0,
	};
	const struct myslab_arena_args of_arena = {
		.flags = kind == SHARED ? MYSLAB_ARENA_SHARED : 0,
	};

	switch (kind) {
	case CACHE:
		cache = new_debugged(test, "off", SIZE, NULL);
		return cache;
	case HEAP:
		heap = myslab_heap_create(DEBUGGED, NULL);
		return !IS_ERR(heap);
	case POOL:
	case PRIVATE:
		pool = myslab_pool_create(DEBUGGED, SIZE, NR, &of_pool);
		return !IS_ERR(pool);
	default:
		arena = myslab_arena_create(DEBUGGED, &of_arena);
		return !IS_ERR(arena);
	}
}

static inline void destroy(struct kunit *test, enum kind kind)
{
	switch (kind) {
	case CACHE:
		destroy_cache(test, cache);
		break;
	case HEAP:
		end_heap(test, heap);
		break;
	case POOL:
	case PRIVATE:
		myslab_pool_destroy(pool);
		break;
	default:
		myslab_arena_destroy(arena);
	}
}

/* Inline, as the next: they are no callers of their own. */
static __always_inline void *take_for(enum kind kind, gfp_t gfp,
				      unsigned long caller)
{
	switch (kind) {
	case CACHE:
		return myslab_cache_alloc_caller(cache, gfp, caller);
	case HEAP:
		return myslab_heap_alloc_caller(heap, SIZE, gfp, caller);
	case POOL:
	case PRIVATE:
		return myslab_pool_alloc_caller(pool, caller);
	default:
		return myslab_arena_alloc_caller(arena, SIZE, gfp, caller);
	}
}

static __always_inline void *take_plainly(enum kind kind)
{
	switch (kind) {
	case CACHE:
		return myslab_cache_alloc(cache, GFP_KERNEL);
	case HEAP:
		return myslab_heap_alloc(heap, SIZE, GFP_KERNEL);
	case POOL:
	case PRIVATE:
		return myslab_pool_alloc(pool);
	default:
		return myslab_arena_alloc(arena, SIZE, GFP_KERNEL);
	}
}

static inline void put(enum kind kind, void *p)
{
	if (kind == CACHE)
		myslab_cache_free(cache, p);
	else if (kind == HEAP)
		myslab_heap_free(heap, p);
	else if (kind == POOL || kind == PRIVATE)
		myslab_pool_free(pool, p);
}

/* How a wrapper allocates. */
enum how { PLAINLY, FOR_NOBODY, FOR_CALLER };

/* By name: not static, so that the mirror can name them too. */
void *callers_kunit_wraps(enum kind kind, enum how how);
void *callers_kunit_here(enum kind kind, enum how how);
void *callers_kunit_there(enum kind kind, enum how how);

/* What a driver has around an allocator. */
noinline void *callers_kunit_wraps(enum kind kind, enum how how)
{
	void *p;

	if (how == PLAINLY)
		p = take_plainly(kind);
	else
		p = take_for(kind, GFP_KERNEL,
			     how == FOR_CALLER ? _RET_IP_ : 0);
	/* No call is the last thing, so that it returns to here. */
	barrier();
	return p;
}

noinline void *callers_kunit_here(enum kind kind, enum how how)
{
	void *p = callers_kunit_wraps(kind, how);

	barrier();
	return p;
}

noinline void *callers_kunit_there(enum kind kind, enum how how)
{
	void *p = callers_kunit_wraps(kind, how);

	barrier();
	return p;
}

/* Ten from here, twenty from there. */
static inline void fill(struct kunit *test, enum kind kind, enum how how)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		objs[i] = i < 10 ? callers_kunit_here(kind, how) :
				   callers_kunit_there(kind, how);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], 0x5a, SIZE);
	}
}

/* Those from @from up to @to; of an arena all, with the first. */
static inline void put_some(enum kind kind, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++)
		put(kind, objs[i]);
	if (is_arena(kind) && !from)
		myslab_arena_reset(arena);
}

#endif
