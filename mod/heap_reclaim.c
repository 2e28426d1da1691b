// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a heap on its way back: slabs that became empty, wherever in the
 * heap they lie, and large blocks that were kept when they were freed.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/shrinker.h>

#include "heap.h"
#include "report.h"
#include "slab.h"

/*
 * Every empty slab and free block, back to the pages.
 *
 * Context: Any but NMI.
 * Return: Pages given back.
 */
unsigned long myslab_heap_give_back(struct myslab_heap *heap)
{
	struct myslab_cache *class;
	unsigned long pages;
	unsigned int i;
	int nid;

	myslab_heap_release_held(heap);
	pages = myslab_kept_release(heap, ULONG_MAX);
	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		for (nid = 0; nid < nr_node_ids; nid++)
			pages += myslab_slab_release_empty(class,
				&class->node[nid]->lists, ULONG_MAX);
	return pages;
}

/* What was not needed for a whole interval. */
void myslab_heap_upkeep(struct myslab_allocator *allocator)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	struct myslab_cache *class;
	unsigned int i;
	int nid;

	if (!atomic_long_read(&allocator->nr_pages))
		return;
	myslab_heap_debug_upkeep(heap);
	myslab_kept_reap(heap);
	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		for (nid = 0; nid < nr_node_ids; nid++)
			myslab_slab_reap(class, &class->node[nid]->lists);
}

/* Pages in empty slabs and free blocks. */
unsigned long myslab_heap_reclaimable(struct myslab_allocator *allocator,
				      struct shrink_control *unused)
{
	const struct myslab_ledger *ledger = myslab_ledger_of(allocator);
	struct myslab_heap *heap = myslab_heap_of(allocator);
	struct myslab_cache *class;
	unsigned long pages = READ_ONCE(heap->nr_kept);
	unsigned int i;
	int nid;

	if (ledger)
		pages += READ_ONCE(ledger->bytes) >> PAGE_SHIFT;
	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		for (nid = 0; nid < nr_node_ids; nid++)
			pages += READ_ONCE(class->node[nid]->lists.nr_empty) *
				 class->layout.span.pages;
	return pages;
}

unsigned long myslab_heap_reclaim(struct myslab_allocator *allocator)
{
	return myslab_heap_give_back(myslab_heap_of(allocator));
}

/**
 * myslab_heap_trim() - Give back all memory in which no block is.
 * @heap: Heap to trim.
 *
 * Context: Process context, may sleep.
 * Return: Pages given back.
 */
unsigned long myslab_heap_trim(struct myslab_heap *heap)
{
	might_sleep();
	if (!myslab_is_live(&heap->self)) {
		myslab_report_on(MYSLAB_USE_AFTER_FREE, &heap->self, NULL,
				 "trim of a heap that was destroyed");
		return 0;
	}
	flush_work(&heap->dying_work);
	return myslab_heap_give_back(heap);
}
EXPORT_SYMBOL_GPL(myslab_heap_trim);
