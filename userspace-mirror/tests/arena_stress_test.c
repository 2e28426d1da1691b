// SPDX-License-Identifier: GPL-2.0
/*
 * One shared arena, many writers: threads on all CPUs and the interrupts that
 * hit them allocate at once, while others read its counters and trim it. Each
 * writer fills what it gets; who got the same bytes shows there, and under
 * ThreadSanitizer at once.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <mirror/control.h>
#include <myslab.h>

#define WORKERS		4
#define NR		3000
#define ROUNDS		12

struct worker {
	struct task_struct *task;
	u32 id;
	u32 random;
	bool done;
	bool interrupted;	/* by who allocates too */
	unsigned long allocs, wrong;
	u32 *objs[NR];
	unsigned int words[NR];
};

static struct myslab_arena *arena;
static struct worker workers[WORKERS];

static u32 any(struct worker *w, u32 below)
{
	w->random = w->random * 1103515245 + 12345;
	return (w->random >> 8) % below;
}

static void in_interrupt_context(void *arg)
{
	struct worker *w = arg;
	u32 *p = myslab_arena_zalloc(arena, 24, GFP_ATOMIC);

	if (!p)
		return;
	w->wrong += p[0] || p[5];
	memset(p, 0xee, 24);
	w->allocs++;
}

static void take(struct worker *w, unsigned int i)
{
	unsigned int words = 1 + any(w, any(w, 200) ? 120 : 8000), n;
	u32 *p = myslab_arena_alloc(arena, words * 4, GFP_KERNEL);

	w->objs[i] = p;
	w->words[i] = words;
	if (!p)
		return;
	w->allocs++;
	for (n = 0; n < words; n++)
		p[n] = w->id << 16 ^ i;
}

static int work_hard(void *data)
{
	struct worker *w = data;
	unsigned int i, n;

	for (i = 0; i < NR; i++) {
		take(w, i);
		if (w->interrupted && any(w, 16) == 0)
			mirror_interrupt(MIRROR_HARDIRQ, in_interrupt_context,
					 w);
		if (i % 500 == 0)
			usleep_range(1, 2);	/* others may be this CPU */
	}
	for (i = 0; i < NR; i++)
		for (n = 0; w->objs[i] && n < w->words[i]; n++)
			w->wrong += w->objs[i][n] != (w->id << 16 ^ i);
	smp_store_release(&w->done, true);
	while (!kthread_should_stop())
		usleep_range(100, 200);
	return 0;
}

static bool all_done(void)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (!smp_load_acquire(&workers[i].done))
			return false;
	return true;
}

static void start_workers(unsigned int nr, unsigned int round)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		workers[i].done = i >= nr;
	for (i = 0; i < nr; i++) {
		struct worker *w = &workers[i];

		w->id = i + 1;
		w->interrupted = nr > 1;
		w->random = mirror_random() + round;
		w->task = kthread_create(work_hard, w, "writer-%u", i);
		kthread_bind(w->task, i);
		wake_up_process(w->task);
	}
}

/* Nothing is found, whatever is poison and whatever is handed out. */
static void switch_debugging(struct kunit *test)
{
	static const char * const texts[] = {
		"P,stress", "off,stress", "PU,stress", "full,stress",
		"ZL,stress",
	};
	static unsigned int turn;

	KUNIT_EXPECT_EQ(test, myslab_debug_set(texts[turn++ % 5]), 0);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
}

static void disturb(struct kunit *test, bool trims)
{
	struct myslab_arena_stat stat;
	unsigned int turn = 0;

	while (!all_done()) {
		if (trims)
			myslab_arena_trim(arena);
		myslab_arena_stat(arena, &stat);
		if (stat.bytes_used > stat.bytes_total)
			KUNIT_FAIL(test, "more bytes are used than there are");
		if (turn++ % 8 == 0)
			switch_debugging(test);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		usleep_range(50, 100);
	}
}

/* @nr writers of an arena, again and again; nobody got what another has. */
static void stress(struct kunit *test, unsigned int nr, unsigned int flags)
{
	bool shared = flags & MYSLAB_ARENA_SHARED;
	unsigned long allocs = 0, wrong = 0;
	struct myslab_arena_stat stat;
	unsigned int round, i;

	memset(workers, 0, sizeof(workers));
	arena = myslab_arena_create("stress", &(struct myslab_arena_args){
		.chunk_size = 16384, .flags = flags });
	for (round = 0; round < ROUNDS; round++) {
		start_workers(nr, round);
		disturb(test, shared);
		for (i = 0; i < nr; i++)
			kthread_stop(workers[i].task);
		myslab_arena_reset(arena);
		/* Those that are kept are raced for in the next round. */
		if (round % 3 == 2)
			myslab_arena_trim(arena);
	}
	for (i = 0; i < nr; i++) {
		allocs += workers[i].allocs;
		wrong += workers[i].wrong;
	}
	myslab_arena_stat(arena, &stat);
	kunit_info(test, "%lu allocations", allocs);
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, allocs);
	KUNIT_EXPECT_EQ(test, stat.frees, allocs);
	KUNIT_EXPECT_EQ(test, stat.reports, 0UL);
	KUNIT_EXPECT_GT(test, allocs, 10000UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,stress"), 0);
	myslab_arena_destroy(arena);
}

static void writers_never_get_the_same(struct kunit *test)
{
	stress(test, WORKERS, MYSLAB_ARENA_SHARED);
}

/* It has one writer, in one context; others look at its counters. */
static void a_plain_arena_is_counted_while_it_is_used(struct kunit *test)
{
	stress(test, 1, 0);
}

static struct kunit_case arena_stress_cases[] = {
	KUNIT_CASE(writers_never_get_the_same),
	KUNIT_CASE(a_plain_arena_is_counted_while_it_is_used),
	{}
};

static struct kunit_suite arena_stress_suite = {
	.name = "mirror_arena_stress",
	.test_cases = arena_stress_cases,
};

kunit_test_suite(arena_stress_suite);

MODULE_LICENSE("GPL");
