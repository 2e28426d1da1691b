// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks that are free and kept for the next one of their size: still
 * listed, their pages still marked as the heap's. To have pages, to mark them
 * and to give them back takes ten times what it takes to find one kept; and
 * who frees such a block again is found as with a small one.
 *
 * They are stacks by number of pages; large_lock.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/topology.h>

#include "checkers.h"
#include "heap.h"

/* The part of a heap's pages that may be kept. */
#define KEPT_PART	40

static void count(struct myslab_heap *heap, unsigned long pages)
{
	/* The shrinker reads it without the lock. */
	WRITE_ONCE(heap->nr_kept, pages);
	heap->min_kept = min(heap->min_kept, pages);
}

/*
 * A block that a client gave back; false: it is not kept. Nothing is where
 * what is free must be zero, which is the pages' business.
 */
bool myslab_kept_add(struct myslab_heap *heap, struct myslab_large *large)
{
	unsigned long max = atomic_long_read(&heap->self.nr_pages) / KEPT_PART;
	unsigned long pages = large->span.pages;

	lockdep_assert_held(&heap->large_lock);
	if (large->mapped || pages > MYSLAB_KEPT_PAGES ||
	    heap->nr_kept + pages > max || heap->zeroes_freed ||
	    (READ_ONCE(heap->special) & MYSLAB_HEAP_DEAD))
		return false;
	myslab_kasan_close(large->base, large->room, MYSLAB_KASAN_FREE);
	large->next = heap->kept[pages];
	heap->kept[pages] = large;
	count(heap, heap->nr_kept + pages);
	return true;
}

static struct myslab_large *pop(struct myslab_heap *heap, unsigned int pages)
{
	struct myslab_large *large = heap->kept[pages];

	heap->kept[pages] = large->next;
	myslab_kasan_open(large->base, large->room);
	count(heap, heap->nr_kept - pages);
	return large;
}

/* The shortest of this node that has @pages; NULL: none. */
struct myslab_large *myslab_kept_take(struct myslab_heap *heap,
				      unsigned long pages)
{
	struct myslab_large *large;

	lockdep_assert_held(&heap->large_lock);
	for (; pages <= MYSLAB_KEPT_PAGES; pages++) {
		large = heap->kept[pages];
		if (large && page_to_nid(virt_to_page(large->base)) ==
			     numa_mem_id())
			return pop(heap, pages);
	}
	return NULL;
}

/* Pages of the largest block kept. */
unsigned int myslab_kept_largest(struct myslab_heap *heap)
{
	unsigned int pages = MYSLAB_KEPT_PAGES;

	lockdep_assert_held(&heap->large_lock);
	while (pages && !heap->kept[pages])
		pages--;
	return pages;
}

/* Keep @large no longer: it is withdrawn. */
void myslab_kept_remove(struct myslab_heap *heap, struct myslab_large *large)
{
	struct myslab_large **link = &heap->kept[large->span.pages];

	lockdep_assert_held(&heap->large_lock);
	while (*link != large)
		link = &(*link)->next;
	*link = large->next;
	count(heap, heap->nr_kept - large->span.pages);
}

static struct myslab_large *pop_largest(struct myslab_heap *heap)
{
	unsigned int pages = myslab_kept_largest(heap);

	return pages ? pop(heap, pages) : NULL;
}

/*
 * Give back blocks that are kept, until it was @max pages.
 *
 * Context: Any but NMI.
 * Return: Pages given back.
 */
unsigned long myslab_kept_release(struct myslab_heap *heap, unsigned long max)
{
	struct myslab_large *large;
	unsigned long flags, pages = 0;

	while (pages < max) {
		raw_spin_lock_irqsave(&heap->large_lock, flags);
		large = pop_largest(heap);
		if (large)
			myslab_large_unlist(heap, large);
		raw_spin_unlock_irqrestore(&heap->large_lock, flags);
		if (!large)
			break;
		pages += large->span.pages;
		myslab_large_end(heap, large);
	}
	return pages;
}

/* Give back what was kept for the whole of the interval that now ends. */
void myslab_kept_reap(struct myslab_heap *heap)
{
	unsigned long flags, max;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	max = heap->min_kept;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	myslab_kept_release(heap, max);

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	heap->min_kept = heap->nr_kept;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
}
