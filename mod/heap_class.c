// SPDX-License-Identifier: GPL-2.0
/*
 * Size classes of a heap: made when a block first needs one, gone with the
 * heap's struct.
 */
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "heap.h"
#include "slab.h"

/* Empty slabs that a class keeps a node, so that a block alone can swing. */
#define MAX_EMPTY	1

static void free_class(struct myslab_cache *class)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++)
		kfree(class->node[nid]);
	kfree(class);
}

static void init_class(struct myslab_cache *class, struct myslab_heap *heap,
		       unsigned int stride)
{
	int nid;

	class->allocator = &heap->self;
	class->owner = (unsigned long)&heap->self;
	class->size = stride;
	myslab_layout_init_class(&class->layout, stride);
	class->inverse = class->layout.inverse;
	class->shift = class->layout.shift;
	class->objects = class->layout.objects;
	class->span_mask = (PAGE_SIZE << class->layout.span.order) - 1;
	class->base_mask = ~class->span_mask;
	class->free_zeroes = heap->zeroes_freed;
	class->max_empty = MAX_EMPTY;
	for (nid = 0; nid < nr_node_ids; nid++)
		myslab_slab_lists_init(&class->node[nid]->lists);
}

static struct myslab_cache *new_class(struct myslab_heap *heap,
				      unsigned int stride, gfp_t gfp)
{
	struct myslab_cache *class;
	int nid;

	gfp &= ~(__GFP_ZERO | __GFP_THISNODE);
	class = kzalloc(struct_size(class, node, nr_node_ids), gfp);
	if (!class)
		return NULL;
	for (nid = 0; nid < nr_node_ids; nid++) {
		class->node[nid] = kzalloc_node(sizeof(*class->node[nid]), gfp,
						node_online(nid) ? nid :
						NUMA_NO_NODE);
		if (!class->node[nid]) {
			free_class(class);
			return NULL;
		}
	}
	init_class(class, heap, stride);
	return class;
}

/*
 * The class of that index, made if it is the first time. Two callers may both
 * make one: the second finds the other's.
 *
 * Context: As @gfp says.
 */
struct myslab_cache *myslab_class_get(struct myslab_heap *heap,
				      unsigned int index, gfp_t gfp)
{
	struct myslab_cache *class;

	/* Pairs with the cmpxchg() below. */
	class = smp_load_acquire(&heap->classes[index]);
	if (likely(class))
		return class;
	class = new_class(heap, myslab_class_stride(index), gfp);
	if (!class)
		return NULL;
	if (!cmpxchg(&heap->classes[index], NULL, class))
		return class;
	free_class(class);
	/* One that failed orders nothing. */
	return smp_load_acquire(&heap->classes[index]);
}

void myslab_class_free_all(struct myslab_heap *heap)
{
	struct myslab_cache *class;
	unsigned int i;

	for (i = 0; (class = myslab_class_next(heap, &i)); i++) {
		free_class(class);
		heap->classes[i] = NULL;
	}
}
