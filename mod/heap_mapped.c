// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks that are contiguous by mapping only: pages from anywhere, which
 * vmalloc() maps. They are found by their address in a tree; large_lock.
 *
 * Their pages are counted as the heap's, but not in Slab of /proc/meminfo: the
 * kernel shows them as VmallocUsed already.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "heap.h"
#include "pages.h"

void myslab_mapped_add(struct myslab_heap *heap, struct myslab_large *large)
{
	struct rb_node **place = &heap->mapped.rb_node, *parent = NULL;

	lockdep_assert_held(&heap->large_lock);
	while (*place) {
		parent = *place;
		if (large->base < rb_entry(parent, struct myslab_large,
					   node)->base)
			place = &parent->rb_left;
		else
			place = &parent->rb_right;
	}
	rb_link_node(&large->node, parent, place);
	rb_insert_color(&large->node, &heap->mapped);
	heap->pages_mapped += large->room >> PAGE_SHIFT;
}

void myslab_mapped_remove(struct myslab_heap *heap, struct myslab_large *large)
{
	lockdep_assert_held(&heap->large_lock);
	rb_erase(&large->node, &heap->mapped);
	heap->pages_mapped -= large->room >> PAGE_SHIFT;
}

/* The mapped block that @p lies in; NULL: none. */
struct myslab_large *myslab_mapped_find(struct myslab_heap *heap,
					const void *p)
{
	struct rb_node *node = heap->mapped.rb_node;
	struct myslab_large *large;

	while (node) {
		large = rb_entry(node, struct myslab_large, node);
		if (p < large->base)
			node = node->rb_left;
		else if (p >= large->base + large->room)
			node = node->rb_right;
		else
			return large;
	}
	return NULL;
}

/*
 * From anywhere. A mapping starts on a page, so that a larger alignment is
 * found within a longer one: the block has what lies in front as its pad.
 *
 * Context: May sleep.
 */
bool myslab_mapped_get(struct myslab_heap *heap, struct myslab_large *large,
		       size_t align, gfp_t gfp)
{
	struct myslab_allocator *self = &heap->self;
	unsigned long pages;

	if (align > PAGE_SIZE)
		large->room += align - PAGE_SIZE;
	pages = large->room >> PAGE_SHIFT;
	if (!myslab_pages_reserve(self, pages))
		return false;
	large->base = __vmalloc(large->room, (gfp & ~__GFP_THISNODE) |
				__GFP_NOWARN);
	if (!large->base) {
		atomic_long_sub(pages, &self->nr_pages);
		return false;
	}
	large->mapped = true;
	return true;
}

static void free_mapping(struct myslab_heap *heap, struct myslab_large *large)
{
	unsigned long pages = large->room >> PAGE_SHIFT;

	vfree(large->base);
	myslab_large_free_struct(large);
	atomic_long_sub(pages, &heap->self.nr_pages);
}

void myslab_mapped_dying_work(struct work_struct *work)
{
	struct myslab_heap *heap = container_of(work, struct myslab_heap,
						dying_work);
	struct llist_node *dying = llist_del_all(&heap->dying);
	struct myslab_large *large, *next;

	llist_for_each_entry_safe(large, next, dying, dying)
		free_mapping(heap, large);
}

/* Where vfree() may sleep; anywhere else it is left to a worker. */
static bool may_unmap_here(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && preemptible() &&
	       !rcu_preempt_depth();
}

void myslab_mapped_end(struct myslab_heap *heap, struct myslab_large *large)
{
	if (may_unmap_here()) {
		free_mapping(heap, large);
		return;
	}
	llist_add(&large->dying, &heap->dying);
	queue_work(myslab_wq, &heap->dying_work);
}
