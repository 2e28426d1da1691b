// SPDX-License-Identifier: GPL-2.0
/*
 * Pools from all CPUs at once, on real threads, under ThreadSanitizer: with
 * many blocks and with fewer than there are threads, so that some wait.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <mirror/control.h>
#include <myslab.h>

#include "stress.h"

#define WORKERS		4
#define OWN		40
#define POOLS		3
#define MILLISECONDS	1500

struct worker {
	struct task_struct *task;
	struct rnd_state random;
	u32 id;
	unsigned long ops, waits;
	void *own[POOLS][OWN];
	unsigned int nr[POOLS];
	struct myslab_pool *pool;	/* that the interrupt uses */
};

static const struct {
	size_t size;
	unsigned int nr;
	unsigned int keep;		/* by each worker at most */
} kinds[POOLS] = {
	{ 64, 200, OWN },
	{ 70000, 8, 3 },		/* a word for each block */
	{ 256, 2, 1 },
};

static struct myslab_pool *pools[POOLS];
static struct worker workers[WORKERS];
static atomic_t wrong;

/* A block is its owner's: whoever writes it too is wrong, or a race. */
static void keep(struct worker *w, unsigned int p, void *block)
{
	if (!block)
		return;
	*(u32 *)block = w->id;
	w->own[p][w->nr[p]++] = block;
}

static void lose(struct worker *w, unsigned int p)
{
	unsigned int i = any(w, w->nr[p]);
	void *block = w->own[p][i];

	if (*(u32 *)block != w->id)
		atomic_inc(&wrong);
	w->own[p][i] = w->own[p][--w->nr[p]];
	myslab_pool_free(pools[p], block);
}

static void in_interrupt_context(void *arg)
{
	struct worker *w = arg;
	void *block = myslab_pool_alloc(w->pool);

	if (block)
		*(u32 *)block = w->id;
	myslab_pool_free(w->pool, block);
}

static void one_op(struct worker *w)
{
	unsigned int p = any(w, POOLS);

	w->pool = pools[p];
	w->ops++;
	switch (any(w, 32)) {
	case 0:
		mirror_interrupt(MIRROR_HARDIRQ, in_interrupt_context, w);
		return;
	case 1:
		mirror_interrupt(MIRROR_NMI, in_interrupt_context, w);
		return;
	}
	if (any(w, kinds[p].keep + 1) < w->nr[p])
		lose(w, p);
	else if (w->nr[p] < kinds[p].keep)
		keep(w, p, myslab_pool_alloc(pools[p]));
}

/* Holding nothing: nobody waits for one who waits. */
static void wait_for_one(struct worker *w, unsigned int p)
{
	void *block;

	block = myslab_pool_alloc_wait(pools[p], any(w, 4) ?
				       MAX_SCHEDULE_TIMEOUT : 1);
	if (block)
		*(u32 *)block = w->id;
	w->waits++;
	myslab_pool_free(pools[p], block);
}

static void give_all(struct worker *w)
{
	unsigned int p;

	for (p = 0; p < POOLS; p++)
		while (w->nr[p])
			lose(w, p);
}

static int work_hard(void *data)
{
	struct worker *w = data;
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 200; i++)
			one_op(w);
		give_all(w);
		wait_for_one(w, any(w, POOLS));
		usleep_range(1, 2);	/* others may be this CPU */
	}
	return 0;
}

/* Blocks outlive it, and nothing is found. */
static void switch_debugging(struct kunit *test, unsigned int turn)
{
	static const char * const texts[] = { "PU", "off", "full", "L", "off" };

	KUNIT_EXPECT_EQ(test, myslab_debug_set(texts[turn % 5]), 0);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
}

static void watch_counts(struct kunit *test)
{
	u64 end = ktime_get_ns() + MILLISECONDS * NSEC_PER_MSEC;
	struct myslab_pool_stat stat;
	unsigned int turn = 0;

	while (ktime_get_ns() < end) {
		myslab_pool_stat(pools[turn++ % POOLS], &stat);
		if (stat.blocks_used > stat.blocks_total ||
		    stat.blocks_peak > stat.blocks_total ||
		    stat.frees > stat.allocs)
			KUNIT_FAIL(test, "counts contradict themselves");
		if (turn % 256 == 0)
			switch_debugging(test, turn / 256);
		usleep_range(10, 20);
	}
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
}

static void expect_whole(struct kunit *test, unsigned int p)
{
	struct myslab_pool_stat stat;
	void *blocks[200];
	unsigned int i;

	myslab_pool_stat(pools[p], &stat);
	KUNIT_EXPECT_EQ(test, stat.blocks_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, stat.frees);
	KUNIT_EXPECT_EQ(test, stat.waiting, 0UL);
	for (i = 0; i < kinds[p].nr; i++)
		blocks[i] = myslab_pool_alloc(pools[p]);
	KUNIT_EXPECT_NOT_NULL(test, blocks[i - 1]);
	KUNIT_EXPECT_NULL(test, myslab_pool_alloc(pools[p]));
	while (i--)
		myslab_pool_free(pools[p], blocks[i]);
}

static void pools_from_all_cpus_at_once(struct kunit *test)
{
	unsigned long ops = 0, waits = 0;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[i];

		w->id = i + 1;
		prandom_seed_state(&w->random, mirror_random());
		w->task = kthread_create(work_hard, w, "worker-%u", i);
		wake_up_process(w->task);
	}
	watch_counts(test);
	for (i = 0; i < WORKERS; i++) {
		kthread_stop(workers[i].task);
		ops += workers[i].ops;
		waits += workers[i].waits;
	}
	mirror_idle();
	for (i = 0; i < POOLS; i++)
		expect_whole(test, i);
	kunit_info(test, "%lu operations, %lu waits", ops, waits);
	KUNIT_EXPECT_EQ(test, atomic_read(&wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), 0);
	KUNIT_EXPECT_GT(test, ops, 10000UL);
}

/*
 * First come, first served: threads that wait one after the other.
 */
static atomic_t served;

static int wait_in_line(void *data)
{
	struct worker *w = data;
	void *block = myslab_pool_alloc_wait(pools[2], MAX_SCHEDULE_TIMEOUT);

	w->ops = atomic_inc_return(&served);
	myslab_pool_free(pools[2], block);
	return 0;
}

static unsigned long waiting(void)
{
	struct myslab_pool_stat stat;

	myslab_pool_stat(pools[2], &stat);
	return stat.waiting;
}

static void who_waits_first_is_served_first(struct kunit *test)
{
	void *a = myslab_pool_alloc(pools[2]), *b = myslab_pool_alloc(pools[2]);
	unsigned int i;

	atomic_set(&served, 0);
	for (i = 0; i < WORKERS; i++) {
		workers[i].task = kthread_run(wait_in_line, &workers[i],
					      "waiter-%u", i);
		while (waiting() != i + 1)
			usleep_range(10, 20);
	}
	myslab_pool_free(pools[2], a);
	for (i = 0; i < WORKERS; i++) {
		kthread_stop(workers[i].task);
		KUNIT_EXPECT_EQ(test, workers[i].ops, i + 1UL);
	}
	myslab_pool_free(pools[2], b);
	expect_whole(test, 2);
}

static int stress_init(struct kunit *test)
{
	unsigned int i;
	char name[16];

	for (i = 0; i < POOLS; i++) {
		scnprintf(name, sizeof(name), "stress-%u", i);
		pools[i] = myslab_pool_create(name, kinds[i].size, kinds[i].nr,
					      NULL);
	}
	return reports_begin(test);
}

static void stress_exit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < POOLS; i++)
		myslab_pool_destroy(pools[i]);
	reports_end(test);
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE(pools_from_all_cpus_at_once),
	KUNIT_CASE(who_waits_first_is_served_first),
	{}
};

static struct kunit_suite stress_suite = {
	.name = "mirror_pool_stress",
	.init = stress_init,
	.exit = stress_exit,
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);

MODULE_LICENSE("GPL");
