// SPDX-License-Identifier: GPL-2.0
/*
 * Guard pages of heaps, pools and arenas, and of what is larger than a page.
 * Each case has a legal twin in the first one.
 */
#include <linux/mm.h>

#include "heap_debug.h"
#include "threads.h"

#define SIZE	104
#define LARGE	5000

#define skip_if_impossible(test) do {					\
	if (!has_guard_pages())						\
		kunit_skip(test, "no guard pages on this kernel");	\
} while (0)

/* What hands out memory, to be asked the same. */
struct source {
	struct myslab_heap *heap;
	struct myslab_pool *pool;
	struct myslab_arena *arena;
	struct myslab_cache *cache;
	size_t size;
};

static u8 *get(const struct source *s)
{
	if (s->heap)
		return myslab_heap_alloc(s->heap, s->size, GFP_KERNEL);
	if (s->pool)
		return myslab_pool_alloc(s->pool);
	if (s->arena)
		return myslab_arena_alloc(s->arena, s->size, GFP_KERNEL);
	return myslab_cache_alloc(s->cache, GFP_KERNEL);
}

static void put(const struct source *s, u8 *p)
{
	if (s->heap)
		myslab_heap_free(s->heap, p);
	else if (s->pool)
		myslab_pool_free(s->pool, p);
	else if (s->arena)
		myslab_arena_reset(s->arena);
	else
		myslab_cache_free(s->cache, p);
}

static void end(struct kunit *test, struct source *s)
{
	if (s->heap)
		end_heap(test, s->heap);
	myslab_pool_destroy(s->pool);
	myslab_arena_destroy(s->arena);
	if (s->cache)
		destroy_cache(test, s->cache);
}

#define NR_SOURCES	6

/* Each debugged with @letters, one after the other. */
static struct source source_of(struct kunit *test, unsigned int nr,
			       const char *letters)
{
	const struct myslab_pool_args private = {
		.flags = MYSLAB_POOL_PRIVATE,
	};
	struct source s = { .size = nr == 1 ? LARGE : SIZE };

	switch (nr) {
	case 0:
	case 1:
		s.heap = myslab_heap_create(DEBUGGED, NULL);
		break;
	case 2:
		s.pool = myslab_pool_create(DEBUGGED, SIZE, 20, NULL);
		break;
	case 3:
		s.pool = myslab_pool_create(DEBUGGED, SIZE, 20, &private);
		break;
	case 4:
		s.arena = myslab_arena_create(DEBUGGED, NULL);
		/* 16 bytes more would be in the page. */
		s.size = 112;
		break;
	default:
		s.size = LARGE;
		s.cache = new_debugged(test, "off", LARGE, NULL);
	}
	switch_to(test, letters);
	return s;
}

/* At the end of its pages first, then at their start, and so on. */
static void the_whole_of_it_is_there(struct kunit *test)
{
	unsigned int nr, i, max;
	struct source s;
	u8 *p[10];

	skip_if_impossible(test);
	for (nr = 0; nr < 2 * NR_SOURCES; nr++) {
		s = source_of(test, nr / 2, nr % 2 ? "FZPUQLG" : "G");
		max = s.size == LARGE ? 3 : 10;	/* of 16, none twice */
		for (i = 0; i < max; i++) {
			p[i] = get(&s);
			KUNIT_ASSERT_NOT_NULL(test, p[i]);
			KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p[i]));
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((long)p[i], 8));
			memset(p[i], i, s.size);
		}
		for (i = 0; i < max; i++)
			KUNIT_EXPECT_TRUE(test, all_bytes(p[i], i, s.size));
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		for (i = 0; i < max; i++)
			if (!s.arena || !i)
				put(&s, p[i]);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		end(test, &s);
	}
}

static void wrong_reads_and_writes_are_found(struct kunit *test)
{
	struct source s;
	unsigned int nr;
	u8 *a, *b;

	skip_if_impossible(test);
	for (nr = 0; nr < NR_SOURCES; nr++) {
		s = source_of(test, nr, nr % 2 ? "FZPUQLG" : "G");
		a = get(&s);
		b = get(&s);
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_RIGHT, a);
		READ_ONCE(a[s.size]);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, b);
		WRITE_ONCE(b[-1], 1);
		/* In the page it is seen when it is freed. */
		WRITE_ONCE(a[-1], 1);
		expect_report(test, MYSLAB_OUT_OF_BOUNDS_LEFT, a);
		put(&s, a);
		if (!s.arena)
			put(&s, b);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		expect_report(test, MYSLAB_USE_AFTER_FREE, a);
		READ_ONCE(a[s.size - 1]);
		expect_report(test, MYSLAB_USE_AFTER_FREE, b);
		WRITE_ONCE(b[7], 1);
		KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "source %u", nr);
		end(test, &s);
	}
}

static void wrong_frees_are_found(struct kunit *test)
{
	struct source s;
	unsigned int nr;
	u8 *a;

	skip_if_impossible(test);
	for (nr = 0; nr < NR_SOURCES; nr++) {
		s = source_of(test, nr, nr % 2 ? "G" : "FZPUQLG");
		if (s.arena)
			goto next;
		a = get(&s);
		expect_report(test, MYSLAB_INVALID_FREE, a + 8);
		put(&s, a + 8);
		expect_report(test, MYSLAB_DOUBLE_FREE, a);
		put(&s, a);
		put(&s, a);
		KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "source %u", nr);
next:
		end(test, &s);
	}
}

/* What is out at a switch is freed without a word, whatever the letters are. */
static void switching_leaves_what_is_out(struct kunit *test)
{
	struct source s;
	unsigned int nr;
	u8 *a, *b, *c;

	skip_if_impossible(test);
	for (nr = 0; nr < NR_SOURCES; nr++) {
		s = source_of(test, nr, "off");
		a = get(&s);
		switch_to(test, "ZG");
		b = get(&s);
		/* An inline path may not have seen it yet. */
		if (!s.arena && nr != 3)
			KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(b));
		switch_to(test, "off");
		c = get(&s);
		put(&s, b);
		if (!s.arena) {
			put(&s, a);
			KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(c));
			put(&s, c);
		}
		KUNIT_EXPECT_TRUE_MSG(test, reports_came(test), "source %u", nr);
		end(test, &s);
	}
}

static void a_block_of_a_heap_keeps_its_size(struct kunit *test)
{
	struct myslab_heap *heap;
	u8 *p, *q;

	skip_if_impossible(test);
	heap = debugged_heap(test, "FZPUQLG");
	p = myslab_heap_zalloc(heap, SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, SIZE));
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), (size_t)SIZE);
	switch_to(test, "off");
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), (size_t)SIZE);
	switch_to(test, "G");
	memset(p, 7, SIZE);
	q = myslab_heap_realloc(heap, p, 3 * SIZE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_TRUE(test, all_bytes(q, 7, SIZE));
	KUNIT_EXPECT_TRUE(test, all_bytes(q + SIZE, 0, 2 * SIZE));
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_EQ(test, myslab_heap_size(heap, p), 0UL);
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_NULL(test, myslab_heap_realloc(heap, p, 8, GFP_KERNEL));
	p = myslab_heap_alloc_aligned(heap, SIZE, 256, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, 256));
	myslab_heap_free(heap, p);
	myslab_heap_free(heap, q);
	end_debugged(test, heap);
}

static void a_block_of_a_pool_keeps_its_index(struct kunit *test)
{
	struct myslab_pool *pool;
	void *blocks[20];
	unsigned int i;
	int index;

	skip_if_impossible(test);
	pool = myslab_pool_create(DEBUGGED, SIZE, 20, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	switch_to(test, "G");
	for (i = 0; i < 20; i++) {
		blocks[i] = myslab_pool_alloc(pool);
		index = myslab_pool_index(pool, blocks[i]);
		KUNIT_EXPECT_GE(test, index, 0);
		KUNIT_EXPECT_PTR_EQ(test, myslab_pool_block(pool, index),
				    blocks[i]);
	}
	KUNIT_EXPECT_NULL(test, myslab_pool_alloc(pool));
	for (i = 0; i < 20; i++)
		myslab_pool_free(pool, blocks[i]);
	KUNIT_EXPECT_EQ(test, myslab_pool_index(pool, blocks[0]), -EINVAL);
	myslab_pool_destroy(pool);
}

static void a_rewind_frees_what_came_after(struct kunit *test)
{
	struct myslab_arena_mark mark;
	struct myslab_arena *arena;
	u8 *before, *after;

	skip_if_impossible(test);
	arena = myslab_arena_create(DEBUGGED, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	switch_to(test, "G");
	before = myslab_arena_zalloc(arena, SIZE, GFP_KERNEL);
	mark = myslab_arena_mark(arena);
	after = myslab_arena_zalloc(arena, SIZE, GFP_KERNEL);
	myslab_arena_rewind(arena, mark);
	KUNIT_EXPECT_TRUE(test, all_bytes(before, 0, SIZE));
	expect_report(test, MYSLAB_USE_AFTER_FREE, after);
	READ_ONCE(after[0]);
	myslab_arena_destroy(arena);
	expect_report(test, MYSLAB_USE_AFTER_FREE, before);
	READ_ONCE(before[0]);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void what_is_out_at_the_end_leaked(struct kunit *test)
{
	struct myslab_heap *heap;
	struct myslab_pool *pool;
	u8 *p;

	skip_if_impossible(test);
	heap = debugged_heap(test, "G");
	p = myslab_heap_alloc(heap, SIZE, GFP_KERNEL);
	expect_report(test, MYSLAB_LEAK, p);
	myslab_heap_destroy(heap);
	myslab_heap_free(heap, p);
	pool = myslab_pool_create(DEBUGGED, SIZE, 2, NULL);
	switch_to(test, "G");
	p = myslab_pool_alloc(pool);
	expect_report(test, MYSLAB_LEAK, p);
	myslab_pool_destroy(pool);
	/* Still there, for who has not noticed. */
	WRITE_ONCE(*p, 1);
	myslab_pool_free(pool, p);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

/* Those that are asked for by flag are never guarded. */
static void no_guard_means_none(struct kunit *test)
{
	const struct myslab_heap_args heap = { .flags = MYSLAB_HEAP_NO_GUARD };
	const struct myslab_pool_args pool = { .flags = MYSLAB_NO_GUARD };
	const struct myslab_arena_args arena = {
		.flags = MYSLAB_ARENA_MAPPABLE,
	};
	struct source s[] = {
		{ .heap = myslab_heap_create(DEBUGGED, &heap), .size = SIZE },
		{ .pool = myslab_pool_create(DEBUGGED, SIZE, 2, &pool) },
		{ .arena = myslab_arena_create(DEBUGGED, &arena),
		  .size = SIZE },
	};
	unsigned int i;
	u8 *p;

	KUNIT_EXPECT_EQ(test, myslab_debug_set("G," DEBUGGED),
			has_guard_pages() ? -EINVAL : -EOPNOTSUPP);
	if (has_guard_pages())
		switch_to(test, "UG");
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		p = get(&s[i]);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		put(&s[i], p);
	}
	for (i = 0; i < ARRAY_SIZE(s); i++)
		end(test, &s[i]);
}

static int use(struct worker *w)
{
	const struct source *s = w->shared;
	unsigned int i;
	u8 *p;

	for (i = 0; goes_on(w, i, 1000); i++) {
		p = get(s);
		if (!p)
			continue;
		memset(p, w->nr, s->size);
		w->wrong += !all_bytes(p, w->nr, s->size);
		put(s, p);
		if (!w->nr && i % 20 == 0)
			w->wrong += myslab_debug_set(i % 40 ? "ZG," DEBUGGED :
						     "PU," DEBUGGED);
	}
	return 0;
}

/* A page that is closed for one is never open for another. */
static void all_cpus_use_them(struct kunit *test)
{
	static const unsigned int nrs[] = { 0, 1, 2, 5 };
	struct source s;
	unsigned int i;

	skip_if_impossible(test);
	for (i = 0; i < ARRAY_SIZE(nrs); i++) {
		s = source_of(test, nrs[i], "G");
		run_on_all_cpus(test, 2, use, &s);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		end(test, &s);
	}
}

static struct kunit_case covers_cases[] = {
	KUNIT_CASE(the_whole_of_it_is_there),
	KUNIT_CASE(wrong_reads_and_writes_are_found),
	KUNIT_CASE(wrong_frees_are_found),
	KUNIT_CASE(switching_leaves_what_is_out),
	KUNIT_CASE(a_block_of_a_heap_keeps_its_size),
	KUNIT_CASE(a_block_of_a_pool_keeps_its_index),
	KUNIT_CASE(a_rewind_frees_what_came_after),
	KUNIT_CASE(what_is_out_at_the_end_leaked),
	KUNIT_CASE(no_guard_means_none),
	KUNIT_CASE_SLOW(all_cpus_use_them),
	{}
};

static struct kunit_suite covers_suite = {
	.name = "myslab_covers",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = covers_cases,
};

kunit_test_suite(covers_suite);

MODULE_DESCRIPTION("Tests of myslab: guard pages of heaps, pools and arenas");
MODULE_LICENSE("GPL");
