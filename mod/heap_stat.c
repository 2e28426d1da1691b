// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a heap, summed up over its classes when somebody asks.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "heap.h"
#include "slab.h"

static void count_lists(const struct myslab_cache *class,
			struct myslab_slab_lists *lists,
			struct myslab_heap_stat *stat, unsigned long *total)
{
	unsigned long flags, used;

	raw_spin_lock_irqsave(&lists->lock, flags);
	stat->allocs += lists->allocs;
	stat->frees += lists->frees;
	used = (lists->allocs - lists->frees) * class->size;
	stat->bytes_used += used;
	stat->bytes_requested += used - lists->slack;
	*total += lists->nr_slabs * class->objects * class->size;
	if (myslab_slab_fullest(lists))
		stat->largest_free = max_t(unsigned long, stat->largest_free,
					   class->size);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

static void count_large(struct myslab_heap *heap, struct myslab_heap_stat *stat)
{
	unsigned long flags, largest;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	stat->allocs += heap->allocs;
	stat->frees += heap->frees;
	stat->bytes_used += heap->used;
	stat->bytes_requested += heap->requested;
	stat->quarantined += heap->condemned;
	stat->pages_mapped = heap->pages_mapped;
	stat->bytes_free += heap->nr_kept * PAGE_SIZE;
	largest = myslab_kept_largest(heap) * PAGE_SIZE;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	stat->largest_free = max(stat->largest_free, largest);
}

/**
 * myslab_heap_stat() - Read a heap's counters.
 * @heap: The heap.
 * @stat: Filled in.
 *
 * Context: Any context except NMI.
 */
void myslab_heap_stat(struct myslab_heap *heap, struct myslab_heap_stat *stat)
{
	const struct myslab_ledger *ledger = myslab_ledger_of(&heap->self);
	unsigned long total = 0, gone;
	struct myslab_cache *class;
	unsigned int i;
	int nid;

	memset(stat, 0, sizeof(*stat));
	for (i = 0; (class = myslab_class_next(heap, &i)); i++) {
		for (nid = 0; nid < nr_node_ids; nid++)
			count_lists(class, &class->node[nid]->lists, stat,
				    &total);
		gone = atomic_long_read(&class->condemned);
		stat->quarantined += gone;
		total -= gone * class->size;
	}
	stat->bytes_free = total - min(stat->bytes_used, total);
	count_large(heap, stat);
	stat->blocks = stat->allocs - stat->frees;
	stat->pages = atomic_long_read(&heap->self.nr_pages);
	stat->failures = atomic_long_read(&heap->self.failures);
	stat->reports = atomic_long_read(&heap->self.reports);
	stat->debugged = !!myslab_ledger_letters(ledger);
	stat->checks = myslab_ledger_checks(ledger);
	stat->undressed = myslab_ledger_undressed(ledger);
}
EXPORT_SYMBOL_GPL(myslab_heap_stat);
