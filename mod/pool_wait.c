// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for a block.
 *
 * Who waits takes one off avail as if there were a block, which makes or keeps
 * it negative, and is listed, both under wait_lock. From then on:
 *
 * - Others find nothing to claim: avail is not positive.
 * - A free adds one, and sees by the result, in the same instruction, that
 *   somebody waits; then it queues an irq_work, which can be done in NMI too.
 * - The tasks that no free has met yet are as many as avail is negative. When
 *   there are more in the list, the first of it are met: each is granted its
 *   claim and woken, by whoever holds the lock next: the irq_work, or a waiter
 *   whose time is over.
 *
 * So no wakeup can be lost: it is not an event but the difference of two
 * numbers, and whoever lowered it queues a work after that. A work that is
 * queued while it runs will run again, and one that is pending has not read
 * avail yet. Who gives up has to find avail negative to take himself out of it;
 * otherwise he has been met already, and takes what he was granted.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "owner.h"
#include "pool.h"
#include "report.h"

enum grant {
	WAITING,
	GRANTED,
	DISMISSED,	/* the pool is being destroyed */
};

struct waiter {
	struct list_head link;		/* in waiters while WAITING */
	struct task_struct *task;
	enum grant grant;		/* wait_lock; read without, to sleep */
};

/*
 * The task cannot leave its call, and take its frame along, before it gets
 * the lock.
 */
static void release(struct myslab_pool_body *pool, enum grant grant)
{
	struct waiter *waiter;

	lockdep_assert_held(&pool->wait_lock);
	waiter = list_first_entry(&pool->waiters, struct waiter, link);
	list_del(&waiter->link);
	WRITE_ONCE(pool->nr_waiting, pool->nr_waiting - 1);
	WRITE_ONCE(waiter->grant, grant);
	wake_up_process(waiter->task);
}

static void grant_met(struct myslab_pool_body *pool)
{
	lockdep_assert_held(&pool->wait_lock);
	while (pool->nr_waiting > max(-myslab_pool_avail(pool), 0))
		release(pool, GRANTED);
}

static void wake_work(struct irq_work *work)
{
	struct myslab_pool_body *pool =
		container_of(work, struct myslab_pool_body, wake);
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->wait_lock, flags);
	grant_met(pool);
	raw_spin_unlock_irqrestore(&pool->wait_lock, flags);
}

void myslab_pool_wait_init(struct myslab_pool_body *pool)
{
	raw_spin_lock_init(&pool->wait_lock);
	INIT_LIST_HEAD(&pool->waiters);
	init_irq_work(&pool->wake, wake_work);
}

/* avail was negative. Context: any, NMI too. */
void myslab_pool_wake(struct myslab_pool_body *pool)
{
	if (likely(myslab_is_live(&pool->self)))
		irq_work_queue(&pool->wake);
}

/* The pool goes: nobody else should be using it, but somebody waits. */
void myslab_pool_dismiss(struct myslab_pool_body *pool)
{
	unsigned long flags;
	int nr;

	raw_spin_lock_irqsave(&pool->wait_lock, flags);
	nr = pool->nr_waiting;
	while (pool->nr_waiting)
		release(pool, DISMISSED);
	raw_spin_unlock_irqrestore(&pool->wait_lock, flags);
	irq_work_sync(&pool->wake);
	if (nr)
		myslab_report_on(MYSLAB_USE_AFTER_FREE, &pool->self, NULL,
				 "destroyed while %d tasks wait for a block",
				 nr);
}

/* Claim without looking, and queue for it if there is none. */
static void enter(struct myslab_pool_body *pool, struct waiter *waiter)
{
	unsigned long flags;
	int spare;

	raw_spin_lock_irqsave(&pool->wait_lock, flags);
	if (!myslab_is_live(&pool->self)) {
		waiter->grant = DISMISSED;
	} else {
		spare = atomic_dec_return(&pool->spare);
		myslab_pool_note_low(pool, spare + 1);
		if (spare >= -1) {
			waiter->grant = GRANTED;
		} else {
			list_add_tail(&waiter->link, &pool->waiters);
			WRITE_ONCE(pool->nr_waiting, pool->nr_waiting + 1);
			WRITE_ONCE(pool->waits, pool->waits + 1);
		}
	}
	raw_spin_unlock_irqrestore(&pool->wait_lock, flags);
}

/* Off the list, unless a free has met this one. */
static bool give_up(struct myslab_pool_body *pool, struct waiter *waiter)
{
	int spare = atomic_read(&pool->spare);

	lockdep_assert_held(&pool->wait_lock);
	while (spare < -1) {
		if (!atomic_try_cmpxchg(&pool->spare, &spare, spare + 1))
			continue;
		list_del(&waiter->link);
		WRITE_ONCE(pool->nr_waiting, pool->nr_waiting - 1);
		return true;
	}
	return false;
}

/* What became of it; in the list no longer. */
static enum grant leave(struct myslab_pool_body *pool, struct waiter *waiter)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->wait_lock, flags);
	while (waiter->grant == WAITING) {
		grant_met(pool);
		if (waiter->grant == WAITING && give_up(pool, waiter))
			break;
	}
	raw_spin_unlock_irqrestore(&pool->wait_lock, flags);
	return waiter->grant;
}

static void sleep_in_line(struct waiter *waiter, long timeout)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(waiter->grant) != WAITING || !timeout ||
		    signal_pending(current))
			break;
		timeout = schedule_timeout(timeout);
	}
	__set_current_state(TASK_RUNNING);
}

static void *wait_in_line(struct myslab_pool_body *pool, long timeout)
{
	struct waiter waiter = { .task = current };
	void *block;

	if (!myslab_pool_claim(pool)) {
		enter(pool, &waiter);
		sleep_in_line(&waiter, timeout);
		if (leave(pool, &waiter) != GRANTED) {
			atomic_long_inc(&pool->self.failures);
			return NULL;
		}
	}
	/* It has a claim: in theory others are faster, for a while. */
	while (!(block = myslab_pool_pick(pool)))
		cond_resched();
	if (unlikely(myslab_pool_is_debugged(pool)))
		block = myslab_pool_debug_out(pool, block, 0);
	return myslab_pool_handed_out(pool, block);
}

/**
 * myslab_pool_alloc_wait() - Allocate one block, wait for one if all are out.
 * @front: Pool to allocate from.
 * @timeout: Jiffies to wait at most; MAX_SCHEDULE_TIMEOUT: for ever; 0: do
 *	     not wait.
 *
 * First come, first served; myslab_pool_alloc() does not take what waiting
 * tasks are owed. Nobody else can free into a private pool, so there it does
 * not wait.
 *
 * Context: Process context, may sleep.
 * Return: The block, or %NULL: time is over, or a signal is pending.
 */
void *myslab_pool_alloc_wait(struct myslab_pool *front, long timeout)
{
	struct myslab_pool_body *pool = myslab_pool_body(front);
	gfp_t gfp = GFP_NOWAIT;

	might_sleep_if(timeout > 0);
	if (timeout > 0 && myslab_is_live(&pool->self) &&
	    !myslab_pool_is_private(pool))
		gfp = myslab_gfp_checked(&pool->self, GFP_KERNEL);
	return gfpflags_allow_blocking(gfp) ? wait_in_line(pool, timeout) :
					      myslab_pool_alloc(front);
}
EXPORT_SYMBOL_GPL(myslab_pool_alloc_wait);
