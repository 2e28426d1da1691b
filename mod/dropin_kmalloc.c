// SPDX-License-Identifier: GPL-2.0
/*
 * What <myslab/dropin.h> makes of kmalloc() and its like: a heap of the
 * driver's module, made by the first call that may do all that takes, and gone
 * with the module. What is not for that heap is the core's: memory before it is
 * there, of zones or another node, and __GFP_NOFAIL for more than pages.h says.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include <myslab/dropin_calls.h>

#include "compat.h"
#include "dropin.h"
#include "heap.h"
#include "layout.h"
#include "pages.h"

/* Who makes a heap. Under it: the registry's lock. */
static DEFINE_MUTEX(home_lock);

static struct myslab_heap *make_heap(struct module *owner)
{
	static const struct myslab_heap_args args = {
		.flags = MYSLAB_HEAP_CONTIGUOUS,
	};
	char name[MYSLAB_MAX_NAME + 1];
	struct myslab_heap *heap;

	do {
		myslab_dropin_name(name, &myslab_heap_type,
				   owner ? owner->name : "kernel");
		heap = myslab_heap_create_for(owner, name, &args);
	} while (heap == ERR_PTR(-EEXIST));
	if (IS_ERR(heap))
		return NULL;
	heap->self.goes_with_owner = true;
	return heap;
}

/*
 * Only where all is allowed that making a heap does. Nobody waits for another
 * who makes it: he may be in reclaim, which waits for the caller's locks.
 */
static noinline struct myslab_heap *new_heap(struct myslab_dropin_home *home,
					     gfp_t gfp)
{
	if ((gfp & GFP_KERNEL) != GFP_KERNEL || !mutex_trylock(&home_lock))
		return NULL;
	if (!home->heap)
		/* Pairs with the load in heap_for(). */
		smp_store_release(&home->heap, make_heap(home->owner));
	mutex_unlock(&home_lock);
	return home->heap;
}

static bool is_for_heaps(size_t size, gfp_t gfp)
{
	if (unlikely(gfp & GFP_ZONEMASK))
		return false;
	if (unlikely(gfp & __GFP_NOFAIL))
		return size <= MYSLAB_NOFAIL_BYTES &&
		       (gfp & __GFP_DIRECT_RECLAIM);
	return size <= PAGE_SIZE << MYSLAB_MAX_ORDER;
}

/* The heap to take it from; NULL: it is the core's. */
static __always_inline struct myslab_heap *
heap_for(struct myslab_dropin_home *home, size_t size, gfp_t gfp, int node)
{
	struct myslab_heap *heap;

	if (unlikely(!is_for_heaps(size, gfp)) ||
	    unlikely(node != NUMA_NO_NODE && node != numa_mem_id()))
		return NULL;
	/* Pairs with the store in new_heap(). */
	heap = smp_load_acquire(&home->heap);
	return likely(heap) ? heap : new_heap(home, gfp);
}

/**
 * myslab_dropin_kmalloc() - kmalloc_node() for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @size: Bytes; 0 is as with kmalloc().
 * @gfp: As for kmalloc().
 * @node: As for kmalloc_node(), or NUMA_NO_NODE.
 *
 * Context: As kmalloc().
 * Return: Memory aligned as kmalloc()'s, or %NULL.
 */
void *myslab_dropin_kmalloc(struct myslab_dropin_home *home, size_t size,
			    gfp_t gfp, int node)
{
	struct myslab_heap *heap;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	heap = heap_for(home, size, gfp, node);
	if (unlikely(!heap))
		return kmalloc_node(size, gfp, node);
	return myslab_heap_alloc(heap, size, gfp);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kmalloc);

/**
 * myslab_dropin_kmalloc_caller() - kmalloc_node_track_caller() for
 *				    <myslab/dropin.h>.
 * @home: Of the calling module.
 * @size: As for kmalloc_node().
 * @gfp: As for kmalloc_node().
 * @node: As for kmalloc_node().
 * @caller: As for myslab_cache_alloc_caller().
 *
 * Context: As kmalloc().
 * Return: As myslab_dropin_kmalloc().
 */
void *myslab_dropin_kmalloc_caller(struct myslab_dropin_home *home, size_t size,
				   gfp_t gfp, int node, unsigned long caller)
{
	struct myslab_heap *heap;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	heap = heap_for(home, size, gfp, node);
	if (unlikely(!heap))
		return kmalloc_node(size, gfp, node);
	return myslab_heap_alloc_caller(heap, size, gfp, caller);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kmalloc_caller);

/* More than a page is worth a try, not trouble: pages can be mapped instead. */
static gfp_t gfp_of_try(size_t size, gfp_t gfp)
{
	if (size <= PAGE_SIZE)
		return gfp;
	gfp = (gfp & ~__GFP_NOFAIL) | __GFP_NOWARN;
	return gfp & __GFP_RETRY_MAYFAIL ? gfp : gfp | __GFP_NORETRY;
}

/**
 * myslab_dropin_kvmalloc() - kvmalloc_node() for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @size: Bytes; 0 is as with kvmalloc().
 * @gfp: As for kvmalloc().
 * @node: As for kvmalloc_node(), or NUMA_NO_NODE.
 *
 * What cannot be had in one piece is the core's, and mapped.
 *
 * Context: As kvmalloc().
 * Return: The memory, or %NULL.
 */
void *myslab_dropin_kvmalloc(struct myslab_dropin_home *home, size_t size,
			     gfp_t gfp, int node)
{
	struct myslab_heap *heap;
	void *p = NULL;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	heap = heap_for(home, size, gfp_of_try(size, gfp), node);
	if (likely(heap))
		p = myslab_heap_alloc(heap, size, gfp_of_try(size, gfp));
	if (likely(p) || (heap && size <= PAGE_SIZE))
		return p;
	return kvmalloc_node(size, gfp, node);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kvmalloc);

/* To other memory, which is @to; NULL: there was none. */
static void *move(void *to, const void *from, size_t size)
{
	if (!to)
		return NULL;
	memcpy(to, from, min(myslab_dropin_ksize(from), size));
	myslab_dropin_kfree(from);
	return to;
}

/**
 * myslab_dropin_krealloc() - krealloc() for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @p: Memory of ours or of the core, or %NULL.
 * @size: Its new size; 0: it is freed.
 * @gfp: As for krealloc().
 *
 * A block stays with its heap, and the core's memory with the core.
 *
 * Context: As krealloc().
 * Return: The memory, or %NULL: @p is as it was.
 */
void *myslab_dropin_krealloc(struct myslab_dropin_home *home, const void *p,
			     size_t size, gfp_t gfp)
{
	struct myslab_allocator *owner;

	if (ZERO_OR_NULL_PTR(p))
		return myslab_dropin_kmalloc(home, size, gfp, NUMA_NO_NODE);
	owner = myslab_dropin_owner(p);
	if (!owner)
		return krealloc(p, size, gfp);
	if (!size) {
		myslab_dropin_kfree(p);
		return ZERO_SIZE_PTR;
	}
	if (owner->type == &myslab_heap_type && is_for_heaps(size, gfp))
		return myslab_heap_realloc(myslab_heap_of(owner), (void *)p,
					   size, gfp);
	return move(myslab_dropin_kmalloc(home, size, gfp, NUMA_NO_NODE), p,
		    size);
}
EXPORT_SYMBOL_GPL(myslab_dropin_krealloc);

/**
 * myslab_dropin_kvrealloc() - kvrealloc() for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @p: Memory of ours or of the core, or %NULL.
 * @size: Its new size; 0: it is freed.
 * @gfp: As for kvrealloc().
 *
 * Context: As kvrealloc().
 * Return: The memory, or %NULL: @p is as it was.
 */
void *myslab_dropin_kvrealloc(struct myslab_dropin_home *home, const void *p,
			      size_t size, gfp_t gfp)
{
	void *new;

	if (ZERO_OR_NULL_PTR(p))
		return myslab_dropin_kvmalloc(home, size, gfp, NUMA_NO_NODE);
	if (!myslab_dropin_owner(p))
		return myslab_kvrealloc(p, size, gfp);
	new = myslab_dropin_krealloc(home, p, size, gfp_of_try(size, gfp));
	if (new)
		return new;
	return move(myslab_dropin_kvmalloc(home, size, gfp, NUMA_NO_NODE), p,
		    size);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kvrealloc);

/**
 * myslab_dropin_roundup() - kmalloc_size_roundup() for <myslab/dropin.h>.
 * @size: Bytes that are wanted.
 *
 * Context: Any.
 * Return: Bytes to ask for, of which none is left unused.
 */
size_t myslab_dropin_roundup(size_t size)
{
	if (!size || size > KMALLOC_MAX_SIZE)
		return size;
	if (size > MYSLAB_HEAP_SMALL)
		return PAGE_ALIGN(size);
	return myslab_class_stride(myslab_class_index(size));
}
EXPORT_SYMBOL_GPL(myslab_dropin_roundup);

/**
 * myslab_dropin_memdup() - kmemdup() and its like for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @from: What to copy.
 * @len: Bytes of that.
 * @zeroes: Zero bytes to put behind it: 0 or 1.
 * @gfp: As for kmalloc().
 *
 * Context: As kmalloc().
 * Return: The copy, or %NULL.
 */
void *myslab_dropin_memdup(struct myslab_dropin_home *home, const void *from,
			   size_t len, size_t zeroes, gfp_t gfp)
{
	char *p = myslab_dropin_kmalloc(home, len + zeroes, gfp, NUMA_NO_NODE);

	if (!p)
		return NULL;
	memcpy(p, from, len);
	memset(p + len, 0, zeroes);
	return p;
}
EXPORT_SYMBOL_GPL(myslab_dropin_memdup);

/**
 * myslab_dropin_vasprintf() - kvasprintf() for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @gfp: As for kmalloc().
 * @fmt: As for kvasprintf().
 * @args: As for kvasprintf().
 *
 * Context: As kmalloc().
 * Return: The string, or %NULL.
 */
char *myslab_dropin_vasprintf(struct myslab_dropin_home *home, gfp_t gfp,
			      const char *fmt, va_list args)
{
	size_t len;
	va_list again;
	char *p;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	p = myslab_dropin_kmalloc(home, len + 1, gfp, NUMA_NO_NODE);
	if (p)
		vsnprintf(p, len + 1, fmt, args);
	return p;
}
EXPORT_SYMBOL_GPL(myslab_dropin_vasprintf);

/**
 * myslab_dropin_asprintf() - kasprintf() for <myslab/dropin.h>.
 * @home: Of the calling module.
 * @gfp: As for kmalloc().
 * @fmt: As for kasprintf().
 *
 * Context: As kmalloc().
 * Return: The string, or %NULL.
 */
char *myslab_dropin_asprintf(struct myslab_dropin_home *home, gfp_t gfp,
			     const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = myslab_dropin_vasprintf(home, gfp, fmt, args);
	va_end(args);
	return p;
}
EXPORT_SYMBOL_GPL(myslab_dropin_asprintf);
