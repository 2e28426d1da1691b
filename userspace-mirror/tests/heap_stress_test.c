// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps from all CPUs at once, on real threads, under ThreadSanitizer: blocks
 * of all kinds are allocated, resized and freed, by others than they were
 * allocated by too, while canaries and letters of debugging go on and off,
 * memory is fragmented and whole again, and the heaps are trimmed. A block is
 * its owner's: whoever has the same bytes is found by what they are, or as a
 * race.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

#include "stress.h"

#define WORKERS		4
#define OWN		50
#define SHARED		16
#define EDGE		48	/* bytes that are looked at, at both ends */
#define MILLISECONDS	2000

/* What a block starts with; the rest is made of the tag. */
struct stamp {
	u32 size;
	u32 tag;
};

struct worker {
	struct task_struct *task;
	struct rnd_state random;
	u32 tag;
	unsigned long ops;
	void *own[OWN];
};

static struct myslab_heap *heap;
static struct worker workers[WORKERS];
static void *shared[SHARED];		/* from hand to hand, by xchg() */
static atomic_t wrong;

static size_t any_size(struct worker *w)
{
	static const u32 limits[] = { 64, 500, 500, 5000, 16384, 70000 };

	return sizeof(struct stamp) + any(w, limits[any(w, 6)]);
}

static void fill(struct worker *w, void *p, size_t size)
{
	struct stamp *stamp = p;
	size_t edge = min_t(size_t, size - sizeof(*stamp), EDGE);

	if (!p)
		return;
	*stamp = (struct stamp){ size, ++w->tag };
	memset(stamp + 1, (u8)w->tag, edge);
	memset(p + size - edge, (u8)w->tag, edge);
}

/* As it was filled, up to @size. */
static void check(const void *p, size_t size)
{
	const struct stamp *stamp = p;
	size_t edge = min_t(size_t, stamp->size - sizeof(*stamp), EDGE);

	if (memchr_inv(stamp + 1, (u8)stamp->tag,
		       min(edge, size - sizeof(*stamp))) ||
	    (size >= stamp->size && memchr_inv(p + stamp->size - edge,
					       (u8)stamp->tag, edge)))
		atomic_inc(&wrong);
}

static void lose(void *p)
{
	if (!p)
		return;
	check(p, ((struct stamp *)p)->size);
	myslab_heap_free(heap, p);
}

static void *get(struct worker *w, gfp_t gfp)
{
	size_t size = any_size(w);
	void *p;

	switch (any(w, 8)) {
	case 0:
		p = myslab_heap_alloc_aligned(heap, size, 1UL << any(w, 14),
					      gfp);
		break;
	case 1:
		p = myslab_heap_zalloc(heap, size, gfp);
		if (p && memchr_inv(p, 0, size))
			atomic_inc(&wrong);
		break;
	default:
		p = myslab_heap_alloc(heap, size, gfp);
	}
	fill(w, p, size);
	return p;
}

static void resize(struct worker *w, void **p)
{
	size_t size = any_size(w), old = ((struct stamp *)*p)->size;
	void *new = myslab_heap_realloc(heap, *p, size, GFP_KERNEL);

	if (!new)
		return;
	check(new, min(size, old));
	fill(w, new, size);
	*p = new;
}

static void in_interrupt_context(void *arg)
{
	struct worker *w = arg;
	void *p = get(w, GFP_ATOMIC);

	lose(xchg(&shared[any(w, SHARED)], p));
}

static void one_op(struct worker *w)
{
	unsigned int i = any(w, OWN);

	w->ops++;
	if (any(w, 32) == 0)
		mirror_interrupt(MIRROR_HARDIRQ, in_interrupt_context, w);
	else if (any(w, 8) == 0)
		w->own[i] = xchg(&shared[any(w, SHARED)], w->own[i]);
	else if (!w->own[i])
		w->own[i] = get(w, any(w, 4) ? GFP_KERNEL : GFP_NOWAIT);
	else if (any(w, 4) == 0)
		resize(w, &w->own[i]);
	else
		lose(xchg(&w->own[i], NULL));
}

static int work_hard(void *data)
{
	struct worker *w = data;
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 100; i++)
			one_op(w);
		usleep_range(1, 2);	/* others may be this CPU */
	}
	return 0;
}

/* Blocks outlive it, and nothing is found. */
static void switch_debugging(struct kunit *test, unsigned int turn)
{
	static const char * const texts[] = {
		"full,stress", "off,stress", "ZP,stress", "UL,stress",
		"PQ:20000,stress", "off,stress", "L,stress", "ZUQ,stress",
	};

	KUNIT_EXPECT_EQ(test, myslab_debug_set(texts[turn % 8]), 0);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
}

static void disturb(struct kunit *test)
{
	u64 end = ktime_get_ns() + MILLISECONDS * NSEC_PER_MSEC;
	struct myslab_heap_stat stat;
	unsigned int turn = 0;

	while (ktime_get_ns() < end) {
		myslab_heap_set_canaries(heap, ++turn & 1);
		mirror_fragment(turn & 4 ? 2 : MAX_PAGE_ORDER);
		if (turn % 8 == 0)
			myslab_heap_trim(heap);
		if (turn % 32 == 0)
			switch_debugging(test, turn / 32);
		myslab_heap_stat(heap, &stat);
		if (stat.bytes_requested > stat.bytes_used)
			KUNIT_FAIL(test, "more bytes are asked for than used");
		usleep_range(200, 400);
	}
	mirror_fragment(MAX_PAGE_ORDER);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,stress"), 0);
}

static void start_workers(int (*work)(void *))
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .tag = i << 24 };
		prandom_seed_state(&workers[i].random, mirror_random());
		workers[i].task = kthread_create(work, &workers[i],
						 "heap-%u", i);
		kthread_bind(workers[i].task, i);
		wake_up_process(workers[i].task);
	}
}

static unsigned long stop_workers(void)
{
	unsigned long ops = 0;
	unsigned int i, j;

	for (i = 0; i < WORKERS; i++) {
		kthread_stop(workers[i].task);
		ops += workers[i].ops;
	}
	for (i = 0; i < WORKERS; i++)
		for (j = 0; j < OWN; j++)
			lose(workers[i].own[j]);
	for (i = 0; i < SHARED; i++)
		lose(xchg(&shared[i], NULL));
	return ops;
}

static void run(struct kunit *test, const struct myslab_heap_args *args)
{
	struct myslab_heap_stat stat;
	unsigned long ops;

	heap = myslab_heap_create("stress", args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	start_workers(work_hard);
	disturb(test);
	ops = stop_workers();
	myslab_heap_stat(heap, &stat);
	kunit_info(test, "%lu calls, %lu without memory", ops, stat.failures);
	KUNIT_EXPECT_GT(test, ops, 1000UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, stat.frees);
	KUNIT_EXPECT_EQ(test, stat.bytes_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.bytes_requested, 0UL);
	if (args->limit)
		KUNIT_EXPECT_LE(test, stat.pages, args->limit >> PAGE_SHIFT);
	else
		KUNIT_EXPECT_EQ(test, stat.pages_mapped, 0UL);
	myslab_heap_trim(heap);
	myslab_heap_stat(heap, &stat);
	KUNIT_EXPECT_EQ(test, stat.pages, 0UL);
	myslab_heap_destroy(heap);
	KUNIT_EXPECT_EQ(test, atomic_read(&wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), 0);
}

static void blocks_are_their_owners(struct kunit *test)
{
	run(test, &(struct myslab_heap_args){ });
}

static void blocks_are_their_owners_at_a_limit(struct kunit *test)
{
	run(test, &(struct myslab_heap_args){ .limit = SZ_1M });
}

/*
 * The first blocks of a heap, which make its classes, by all at once.
 */
#define HEAPS	150

static unsigned int heaps;		/* so many were made */
static atomic_t users;			/* of the last one, still */

static void use_new_heap(u32 tag)
{
	size_t size;
	u32 *p;

	for (size = 8; size < 3000; size += 1 + size / 4) {
		p = myslab_heap_alloc(heap, size, GFP_KERNEL);
		if (!p)
			continue;
		*p = tag;
		myslab_heap_free(heap, p);
	}
}

static int wait_for_heaps(void *data)
{
	struct worker *w = data;
	unsigned int seen = 0;

	while (!kthread_should_stop()) {
		if (smp_load_acquire(&heaps) == seen) {
			usleep_range(1, 2);
			continue;
		}
		use_new_heap(w->tag);
		seen++;
		atomic_dec_return(&users);
	}
	return 0;
}

static void classes_are_made_by_all_at_once(struct kunit *test)
{
	unsigned int i;

	heaps = 0;
	start_workers(wait_for_heaps);
	for (i = 1; i <= HEAPS; i++) {
		heap = myslab_heap_create("stress", NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
		atomic_set(&users, WORKERS);
		smp_store_release(&heaps, i);
		while (atomic_read_acquire(&users))
			usleep_range(10, 20);
		myslab_heap_destroy(heap);
	}
	stop_workers();
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), 0);
}

static struct kunit_case heap_stress_cases[] = {
	KUNIT_CASE(blocks_are_their_owners),
	KUNIT_CASE(blocks_are_their_owners_at_a_limit),
	KUNIT_CASE(classes_are_made_by_all_at_once),
	{}
};

static struct kunit_suite heap_stress_suite = {
	.name = "mirror_heap_stress",
	.init = reports_begin,
	.exit = reports_end,
	.test_cases = heap_stress_cases,
};

kunit_test_suite(heap_stress_suite);

MODULE_LICENSE("GPL");
