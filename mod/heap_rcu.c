// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of a heap that are freed after a grace period, linked through a word
 * of their own that the client sets apart for it.
 *
 * As with caches, calls add to the list that is open; the other is closed and
 * waits for the grace period that began after it was closed. The worker frees
 * what is in it, and closes the open one.
 */
#include <linux/sched.h>

#include "heap.h"
#include "types.h"

/* Somewhere in a block. */
struct myslab_waiting {
	struct myslab_waiting *next;
};

/* Close the open list; false: there is nothing in it. */
static bool next_period(struct myslab_heap *heap)
{
	lockdep_assert_held(&heap->rcu_lock);
	heap->rcu_closed = heap->rcu_open;
	heap->rcu_open = NULL;
	WRITE_ONCE(heap->rcu_running, heap->rcu_closed);
	return heap->rcu_closed;
}

/*
 * Free the block that @head lies in, a word that is the heap's from now on,
 * after a grace period.
 *
 * Context: Any but NMI.
 */
void myslab_heap_free_rcu(struct myslab_heap *heap, void *head)
{
	struct myslab_waiting *waiting = head;
	unsigned long flags;
	bool start;

	raw_spin_lock_irqsave(&heap->rcu_lock, flags);
	waiting->next = heap->rcu_open;
	heap->rcu_open = waiting;
	start = !heap->rcu_running && next_period(heap);
	raw_spin_unlock_irqrestore(&heap->rcu_lock, flags);
	if (start)
		queue_rcu_work(myslab_wq, &heap->rcu_work);
}

/*
 * Free the block that a word lies in.
 *
 * Return: The next word; NULL, too, if the block has no client, which is
 *	   reported: it was here twice, and the list leads nowhere.
 */
static void *free_around(struct myslab_heap *heap,
			 struct myslab_waiting *waiting)
{
	struct myslab_guard_slot *slot = myslab_guard_of(&heap->self, waiting);
	struct myslab_waiting *next = NULL;
	struct myslab_block block = { };
	void *p = slot ? slot->start : (void *)waiting;

	myslab_block_find(heap, p, &block);
	if (block.base)
		p = myslab_block_start(&block);
	if (slot ? myslab_guard_state(slot) == MYSLAB_SLOT_OUT :
		   myslab_block_find(heap, p, &block) == MYSLAB_OUT)
		next = waiting->next;
	myslab_heap_free(heap, p);
	return next;
}

static void grace_period_over(struct work_struct *work)
{
	struct myslab_heap *heap = container_of(to_rcu_work(work),
						struct myslab_heap, rcu_work);
	struct myslab_waiting *waiting = heap->rcu_closed;
	bool again;

	while (waiting) {
		waiting = free_around(heap, waiting);
		cond_resched();
	}
	raw_spin_lock_irq(&heap->rcu_lock);
	again = next_period(heap);
	raw_spin_unlock_irq(&heap->rcu_lock);
	if (again)
		queue_rcu_work(myslab_wq, &heap->rcu_work);
}

void myslab_heap_rcu_init(struct myslab_heap *heap)
{
	raw_spin_lock_init(&heap->rcu_lock);
	INIT_RCU_WORK(&heap->rcu_work, grace_period_over);
}

/* Wait until what was deferred is free, and the worker has returned. */
void myslab_heap_rcu_finish(struct myslab_heap *heap)
{
	do {
		flush_rcu_work(&heap->rcu_work);
		cond_resched();
	} while (READ_ONCE(heap->rcu_running));
}
