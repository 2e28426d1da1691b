// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks that come back: kept for the next one, given back to the pages,
 * or withdrawn; those that are debugged claimed first, and rested later.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "heap.h"
#include "pages.h"
#include "report.h"

/*
 * Give back what nobody has.
 *
 * Context: Any but NMI; not locked.
 */
void myslab_large_end(struct myslab_heap *heap, struct myslab_large *large)
{
	struct myslab_allocator *self = &heap->self;
	unsigned int pages = large->span.pages;
	bool intact;

	if (large->mapped) {
		myslab_mapped_end(heap, large);
		return;
	}
	intact = myslab_pages_free(self, virt_to_page(large->base),
				   &large->span);
	myslab_large_free_struct(large);
	if (!intact)
		myslab_report_on(MYSLAB_CORRUPT_METADATA, self, NULL,
				 "somebody put a page of it: kfree() of a block?");
	atomic_long_sub(pages, &self->nr_pages);
}

static void withdraw(struct myslab_heap *heap, struct myslab_large *large)
{
	lockdep_assert_held(&heap->large_lock);
	if (large->state == MYSLAB_BACK && !large->record)
		myslab_kept_remove(heap, large);
	large->state = MYSLAB_GONE;
	heap->condemned++;
}

static void count_free(struct myslab_heap *heap, struct myslab_large *large)
{
	lockdep_assert_held(&heap->large_lock);
	heap->frees++;
	heap->used -= large->room;
	heap->requested -= large->size;
}

/* A block that is out returns; true: it is not kept, and nobody's. */
static bool take_back(struct myslab_heap *heap, struct myslab_large *large,
		      bool condemn)
{
	count_free(heap, large);
	if (condemn) {
		withdraw(heap, large);
		return false;
	}
	large->state = MYSLAB_BACK;
	if (myslab_kept_add(heap, large))
		return false;
	myslab_large_unlist(heap, large);
	return true;
}

/*
 * A block comes back, or is withdrawn instead, which it is if it was back.
 *
 * Return: MYSLAB_OUT, or what @p was otherwise.
 */
enum myslab_found myslab_large_put(struct myslab_heap *heap, const void *p,
				   bool condemn)
{
	enum myslab_found found;
	struct myslab_large *large;
	unsigned long flags;
	bool ends = false;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, p);
	found = myslab_large_state(large, p);
	if (found == MYSLAB_OUT)
		ends = take_back(heap, large, condemn);
	else if (found == MYSLAB_BACK)
		withdraw(heap, large);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (ends)
		myslab_large_end(heap, large);
	return found;
}

/* With the lock held, of a block that is out and debugged. */
static void claim(struct myslab_heap *heap, struct myslab_large *large)
{
	count_free(heap, large);
	large->state = MYSLAB_BACK;
	WRITE_ONCE(large->record->record.state, MYSLAB_GIVEN_BACK);
}

/* A finding about one that is out or held; the lock is held. */
void myslab_large_withdraw(struct myslab_heap *heap,
			   struct myslab_large *large)
{
	if (large->state == MYSLAB_OUT)
		claim(heap, large);
	withdraw(heap, large);
}

/* As myslab_small_claim(). */
enum myslab_found myslab_large_claim(struct myslab_heap *heap,
				     const struct myslab_block *block)
{
	enum myslab_found found;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, block->base);
	found = myslab_large_state(large, myslab_block_start(block));
	if (found == MYSLAB_OUT)
		claim(heap, large);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	return found;
}

/* As myslab_small_rest(): nothing of it is kept. */
void myslab_large_rest(struct myslab_heap *heap,
		       const struct myslab_block *block, bool condemn)
{
	struct myslab_large *large;
	unsigned long flags;
	bool ends = false;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, block->base);
	if (large->state == MYSLAB_BACK && condemn)
		withdraw(heap, large);
	ends = large->state == MYSLAB_BACK;
	if (ends)
		myslab_large_unlist(heap, large);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (ends)
		myslab_large_end(heap, large);
}

/* From now on @record is of the block, which the caller has. */
void myslab_large_attach(struct myslab_heap *heap,
			 const struct myslab_block *block,
			 struct myslab_block_record *record)
{
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, block->base);
	large->record = record;
	large->special |= MYSLAB_LARGE_RECORDED;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
}

void myslab_large_free_struct(struct myslab_large *large)
{
	kfree(large->record);
	kfree(large);
}

/*
 * Free a large block without a guard, if @p is one that is out; false: nothing
 * was done.
 */
bool myslab_large_free(struct myslab_heap *heap, const void *p)
{
	struct myslab_large *large;
	unsigned long flags;
	bool done, ends = false;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, p);
	done = myslab_large_state(large, p) == MYSLAB_OUT && !large->special;
	if (likely(done))
		ends = take_back(heap, large, false);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (ends)
		myslab_large_end(heap, large);
	return done;
}

/* At the end of the module: clients' blocks go too. */
void myslab_large_forget_all(struct myslab_heap *heap)
{
	struct myslab_large *large, *next;

	list_for_each_entry_safe(large, next, &heap->large, link) {
		raw_spin_lock_irq(&heap->large_lock);
		myslab_large_unlist(heap, large);
		raw_spin_unlock_irq(&heap->large_lock);
		myslab_large_end(heap, large);
	}
}
