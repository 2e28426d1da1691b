// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a heap: taken out of service, emptied, its leaks reported.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "heap.h"
#include "registry.h"
#include "report.h"
#include "slab.h"

struct leaks {
	unsigned long nr;
	unsigned long bytes;
	void *first[MYSLAB_LEAKS_SHOWN];
	size_t size[MYSLAB_LEAKS_SHOWN];
};

static void add_leak(const struct myslab_heap *heap, struct leaks *leaks,
		     const struct myslab_block *block)
{
	if (leaks->nr < MYSLAB_LEAKS_SHOWN) {
		leaks->first[leaks->nr] =
			myslab_guard_cover_of(&heap->self,
					      myslab_block_start(block));
		leaks->size[leaks->nr] = block->size;
	}
	leaks->nr++;
	leaks->bytes += block->size;
}

static void add_small_leaks(struct myslab_heap *heap,
			    struct myslab_cache *class, struct leaks *leaks)
{
	unsigned long allocs = 0, frees = 0, slack = 0, nr, i;
	void *first[MYSLAB_LEAKS_SHOWN];
	struct myslab_block block;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		allocs += class->node[nid]->lists.allocs;
		frees += class->node[nid]->lists.frees;
		slack += class->node[nid]->lists.slack;
	}
	nr = myslab_slab_out(class, first, MYSLAB_LEAKS_SHOWN);
	for (i = 0; i < min_t(unsigned long, nr, MYSLAB_LEAKS_SHOWN); i++) {
		myslab_small_find(heap, first[i], &block);
		add_leak(heap, leaks, &block);
		leaks->bytes -= block.size;
	}
	leaks->nr += nr - i;
	leaks->bytes += (allocs - frees) * class->size - slack;
}

static void add_large_leaks(struct myslab_heap *heap, struct leaks *leaks)
{
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	list_for_each_entry(large, &heap->large, link)
		if (large->state == MYSLAB_OUT)
			add_leak(heap, leaks, &(struct myslab_block){
				.base = large->base, .size = large->size,
				.pad = large->pad });
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
}

/* Return: blocks that are out. */
static unsigned long report_leaks(struct myslab_heap *heap, const char *why)
{
	struct myslab_cache *class;
	struct leaks leaks = { };
	unsigned int i, shown;

	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		add_small_leaks(heap, class, &leaks);
	add_large_leaks(heap, &leaks);
	if (!leaks.nr && !why)
		return 0;
	myslab_report_on(MYSLAB_LEAK, &heap->self, leaks.first[0],
			 "%s, with %lu of its blocks out, %lu bytes, made by module %s",
			 why ? : "destroyed", leaks.nr, leaks.bytes,
			 heap->self.owner_name);
	myslab_sites_print_leak(&heap->self, leaks.nr);
	shown = min_t(unsigned long, leaks.nr, MYSLAB_LEAKS_SHOWN);
	for (i = 0; i < shown; i++) {
		myslab_report_still_out(leaks.first[i], leaks.size[i]);
		myslab_heap_users(&heap->self, leaks.first[i],
				  &myslab_log_lines);
	}
	return leaks.nr;
}

static void set_dead(struct myslab_heap *heap)
{
	unsigned int old = READ_ONCE(heap->special);

	while (!try_cmpxchg(&heap->special, &old, old | MYSLAB_HEAP_DEAD))
		;
}

/*
 * Empty a heap that is no longer listed. @why is said where ending it is
 * itself a finding.
 *
 * Context: Process, may sleep; no lock held.
 */
void myslab_heap_end(struct myslab_allocator *allocator, const char *why)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	struct myslab_cache *class;
	unsigned int i;

	myslab_heap_rcu_finish(heap);
	set_dead(heap);
	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		WRITE_ONCE(class->max_empty, 0);
	myslab_heap_give_back(heap);
	flush_work(&heap->dying_work);
	if (!report_leaks(heap, why))
		myslab_ledger_close(allocator);
}

/*
 * Its last page is gone. Somebody with a stale pointer may still be looking at
 * a slab's class.
 */
void myslab_heap_settle(struct myslab_allocator *allocator)
{
	flush_work(&myslab_heap_of(allocator)->dying_work);
	synchronize_rcu_expedited();
}

void myslab_heap_forget(struct myslab_allocator *allocator)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	struct myslab_cache *class;
	unsigned int i;

	myslab_heap_rcu_finish(heap);
	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		myslab_slab_forget_all(class);
	myslab_large_forget_all(heap);
	flush_work(&heap->dying_work);
}

void myslab_heap_free_struct(struct myslab_allocator *allocator)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);

	myslab_class_free_all(heap);
	myslab_ledger_free(allocator);
	kfree(heap);
}

/**
 * myslab_heap_destroy() - Destroy a heap.
 * @heap: What create returned; %NULL or an ERR_PTR: nothing happens.
 *
 * Blocks that are still out are reported as a leak; freeing them later is
 * harmless.
 *
 * Context: Process context, may sleep; not in a shrinker, as reclaim may have
 *	    come from a switch of debugging that this waits for. Nobody else
 *	    uses the heap.
 */
void myslab_heap_destroy(struct myslab_heap *heap)
{
	if (!IS_ERR_OR_NULL(heap))
		myslab_registry_destroy(&myslab_heap_type, &heap->self);
}
EXPORT_SYMBOL_GPL(myslab_heap_destroy);
