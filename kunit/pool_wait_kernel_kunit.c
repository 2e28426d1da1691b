// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for blocks of a pool: in the order of coming, woken by each free,
 * whatever interrupts or CPUs do.
 */
#include <linux/sched/signal.h>
#include <linux/signal.h>

#include "pool.h"
#include "threads.h"

#define WAITERS		8

/* A task that waits once, and what it got. */
struct waiter {
	struct myslab_pool *pool;
	struct task_struct *task;
	struct completion done;
	long timeout;
	void *block;
	unsigned int order;		/* 1: the first that got one */
};

static struct waiter waiters[WAITERS];
static atomic_t served;

static int wait_once(void *data)
{
	struct waiter *w = data;

	allow_signal(SIGINT);
	w->block = myslab_pool_alloc_wait(w->pool, w->timeout);
	if (w->block)
		w->order = atomic_inc_return(&served);
	complete(&w->done);
	while (!kthread_should_stop()) {
		flush_signals(current);
		msleep(20);
	}
	return 0;
}

/* Start it, and see it waiting: those behind it come later. */
static void start_waiter(struct kunit *test, struct waiter *w,
			 struct myslab_pool *pool, long timeout)
{
	unsigned long before = pool_stat(pool).waiting;

	*w = (struct waiter){ .pool = pool, .timeout = timeout };
	init_completion(&w->done);
	w->task = kthread_run(wait_once, w, "myslab_waiter");
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->task));
	KUNIT_ASSERT_TRUE(test, wait_until(pool_stat(pool).waiting > before));
}

static void finish_waiter(struct kunit *test, struct waiter *w)
{
	KUNIT_EXPECT_GT(test,
			wait_for_completion_timeout(&w->done, 30 * HZ), 0UL);
	kthread_stop(w->task);
}

static void who_waits_first_is_served_first(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 2, 0);
	unsigned int i;
	void *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	a = myslab_pool_alloc(pool);
	b = myslab_pool_alloc(pool);
	atomic_set(&served, 0);
	for (i = 0; i < WAITERS; i++)
		start_waiter(test, &waiters[i], pool, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).waits, (unsigned long)WAITERS);
	myslab_pool_free(pool, a);
	for (i = 0; i < WAITERS; i++) {
		finish_waiter(test, &waiters[i]);
		KUNIT_EXPECT_EQ(test, waiters[i].order, i + 1);
		myslab_pool_free(pool, waiters[i].block);
	}
	myslab_pool_free(pool, b);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
}

static void a_block_that_is_owed_is_not_taken(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);
	unsigned long flags;
	void *block, *stolen;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	start_waiter(test, &waiters[0], pool, MAX_SCHEDULE_TIMEOUT);
	local_irq_save(flags);
	myslab_pool_free(pool, block);
	stolen = myslab_pool_alloc(pool);
	local_irq_restore(flags);
	KUNIT_EXPECT_NULL(test, stolen);
	finish_waiter(test, &waiters[0]);
	KUNIT_EXPECT_PTR_EQ(test, waiters[0].block, block);
	myslab_pool_free(pool, waiters[0].block);
}

static void who_gives_up_is_owed_nothing(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	start_waiter(test, &waiters[0], pool, HZ / 5);
	start_waiter(test, &waiters[1], pool, MAX_SCHEDULE_TIMEOUT);
	finish_waiter(test, &waiters[0]);
	KUNIT_EXPECT_NULL(test, waiters[0].block);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).waiting, 1UL);
	myslab_pool_free(pool, block);
	finish_waiter(test, &waiters[1]);
	KUNIT_EXPECT_PTR_EQ(test, waiters[1].block, block);
	myslab_pool_free(pool, waiters[1].block);
	/* Nobody waits, so it can be had. */
	block = myslab_pool_alloc(pool);
	KUNIT_EXPECT_NOT_NULL(test, block);
	myslab_pool_free(pool, block);
}

static void a_signal_ends_the_wait(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	start_waiter(test, &waiters[0], pool, MAX_SCHEDULE_TIMEOUT);
	send_sig(SIGINT, waiters[0].task, 1);
	finish_waiter(test, &waiters[0]);
	KUNIT_EXPECT_NULL(test, waiters[0].block);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).waiting, 0UL);
	myslab_pool_free(pool, block);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
}

static void destroying_a_pool_that_is_waited_for_is_found(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	start_waiter(test, &waiters[0], pool, MAX_SCHEDULE_TIMEOUT);
	expect_report(test, MYSLAB_USE_AFTER_FREE, NULL);
	expect_report(test, MYSLAB_LEAK, block);
	destroy_pool(pool);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	finish_waiter(test, &waiters[0]);
	KUNIT_EXPECT_NULL(test, waiters[0].block);
	myslab_pool_free(pool, block);
}

static void waiting_in_atomic_context_is_found(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);
	void *block;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		kunit_skip(test, "the kernel says it itself");
	KUNIT_ASSERT_NOT_NULL(test, pool);
	block = myslab_pool_alloc(pool);
	expect_report(test, MYSLAB_BAD_CONTEXT, NULL);
	preempt_disable();
	KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool, HZ));
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	myslab_pool_free(pool, block);
}

/*
 * Stress: more tasks than blocks; a lost wakeup would leave one asleep.
 */

#define TURNS	2000

static int wait_and_give(struct worker *w)
{
	unsigned int i;
	u32 *block;

	for (i = 0; goes_on(w, i, TURNS); i++) {
		block = myslab_pool_alloc_wait(w->shared, 60 * HZ);
		if (!block)
			return -ETIMEDOUT;
		WRITE_ONCE(*block, w->nr);
		/* With a block in hand, from the first on: others must wait. */
		if (i % 64 == 0)
			schedule_timeout_uninterruptible(1);
		w->wrong += READ_ONCE(*block) != w->nr;
		myslab_pool_free(w->shared, block);
	}
	return 0;
}

/* Some give up just when a block comes. */
static int wait_impatiently(struct worker *w)
{
	unsigned int i;
	u32 *block;

	for (i = 0; goes_on(w, i, TURNS / 8); i++) {
		block = myslab_pool_alloc_wait(w->shared, w->nr % 3);
		if (!block)
			continue;
		WRITE_ONCE(*block, w->nr);
		if (i % 4 == 0)
			schedule_timeout_uninterruptible(1);
		w->wrong += READ_ONCE(*block) != w->nr;
		myslab_pool_free(w->shared, block);
	}
	return 0;
}

static void expect_whole(struct kunit *test, struct myslab_pool *pool,
			 unsigned int nr)
{
	void *blocks[4];

	KUNIT_EXPECT_EQ(test, pool_stat(pool).waiting, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).allocs, pool_stat(pool).frees);
	KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, 4), nr);
	pool_give(pool, blocks, nr);
	kunit_info(test, "%lu of %lu had to wait\n", pool_stat(pool).waits,
		   pool_stat(pool).allocs);
}

static void no_wakeup_is_lost(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 2, 0);

	KUNIT_ASSERT_NOT_NULL(test, pool);
	run_on_all_cpus(test, 4, wait_and_give, pool);
	KUNIT_EXPECT_GT(test, pool_stat(pool).waits, 0UL);
	expect_whole(test, pool, 2);
}

static void giving_up_loses_no_block(struct kunit *test)
{
	struct myslab_pool *pool = new_pool(test, 64, 1, 0);

	KUNIT_ASSERT_NOT_NULL(test, pool);
	run_on_all_cpus(test, 5, wait_impatiently, pool);
	KUNIT_EXPECT_GT(test, pool_stat(pool).failures, 0UL);
	expect_whole(test, pool, 1);
}

static struct kunit_case pool_wait_cases[] = {
	KUNIT_CASE(who_waits_first_is_served_first),
	KUNIT_CASE(a_block_that_is_owed_is_not_taken),
	KUNIT_CASE(who_gives_up_is_owed_nothing),
	KUNIT_CASE(a_signal_ends_the_wait),
	KUNIT_CASE(destroying_a_pool_that_is_waited_for_is_found),
	KUNIT_CASE(waiting_in_atomic_context_is_found),
	KUNIT_CASE(no_wakeup_is_lost),
	KUNIT_CASE_SLOW(giving_up_loses_no_block),
	{}
};

static struct kunit_suite pool_wait_suite = {
	.name = "myslab_pool_wait",
	.init = pools_begin,
	.exit = pools_end,
	.test_cases = pool_wait_cases,
};

kunit_test_suite(pool_wait_suite);

MODULE_DESCRIPTION("Tests of myslab: waiting for a pool");
MODULE_LICENSE("GPL");
