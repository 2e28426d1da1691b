// SPDX-License-Identifier: GPL-2.0
/*
 * The malloc family. Fast paths are myslab_heap_alloc() and myslab_heap_free()
 * for a small block without a guard; everything else comes here too, as
 * something that is wanted (struct myslab_want) or was found (struct
 * myslab_block).
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache_alloc.h"
#include "canary.h"
#include "heap_slab.h"
#include "layout.h"
#include "report.h"

/* Bits that leave the fast path; those that pages here are not got with. */
#define GFP_SPECIAL	(GFP_ZONEMASK | __GFP_ZERO | __GFP_NOFAIL | \
			 __GFP_THISNODE)
#define GFP_UNUSED	(__GFP_ACCOUNT | __GFP_RECLAIMABLE | __GFP_COMP)

#define NATURAL		8		/* least alignment */

#define refuse(heap, fmt, ...)						\
	myslab_report_on(MYSLAB_BAD_ARGS, &(heap)->self, NULL,		\
			 "refused: " fmt, ##__VA_ARGS__)

/* Inline, as the next: calls would be seen where nothing is debugged. */
static __always_inline bool is_allowed(struct myslab_heap *heap, size_t size,
				       size_t align, gfp_t gfp)
{
	if (READ_ONCE(heap->special) & MYSLAB_HEAP_DEAD)
		myslab_report_on(MYSLAB_USE_AFTER_FREE, &heap->self, NULL,
				 "alloc from a heap that was destroyed");
	else if (!size)
		refuse(heap, "a block of no bytes");
	else if (!is_power_of_2(align) || align > MYSLAB_HEAP_MAX_ALIGN)
		refuse(heap, "align %zu is not a power of two up to %d", align,
		       MYSLAB_HEAP_MAX_ALIGN);
	else if (gfp & GFP_ZONEMASK)
		refuse(heap, "its memory does not come from that zone");
	else if ((gfp & __GFP_NOFAIL) && !(gfp & __GFP_DIRECT_RECLAIM))
		refuse(heap, "__GFP_NOFAIL needs direct reclaim");
	else if ((gfp & __GFP_NOFAIL) && heap->self.max_pages)
		refuse(heap, "__GFP_NOFAIL, but the heap has a limit");
	else if ((gfp & __GFP_NOFAIL) && max(size, align) > MYSLAB_NOFAIL_BYTES)
		refuse(heap, "__GFP_NOFAIL, but %zu bytes aligned to %zu are too much",
		       size, align);
	else
		return true;
	return false;
}

/*
 * What a block takes. With a guard, powers of two are aligned as they would be
 * without, up to a page; the front canary is as long as the alignment. What
 * has pages of its own is aligned to more, as they are.
 */
static __always_inline void shape(struct myslab_heap *heap,
				  struct myslab_want *want, size_t size,
				  size_t align, gfp_t gfp)
{
	bool guarded = (READ_ONCE(heap->special) &
			(MYSLAB_HEAP_GUARDS | MYSLAB_HEAP_ZONES)) &&
		       !(gfp & __GFP_NOFAIL);
	size_t natural = 1;

	if (heap->contiguous || is_power_of_2(size))
		natural = min(myslab_natural_align(size), PAGE_SIZE);
	*want = (struct myslab_want){
		.size = size, .align = max(align, natural), .bytes = size,
		.promised = max(align, natural),
	};
	if (!guarded)
		return;
	want->align = max_t(size_t, want->align, MYSLAB_CANARY_FRONT);
	want->pad = want->align;
	want->bytes = want->pad + size + MYSLAB_CANARY_BACK;
}

/* Of whole pages no more than a sixteenth is left: a slab would hold one. */
static bool fills_pages(unsigned int stride)
{
	unsigned int bytes = PAGE_ALIGN(stride);

	return (bytes - stride) * 16 <= bytes;
}

/* The class for it; NULL: it is large, or there is no memory for a class. */
static struct myslab_cache *class_for(struct myslab_heap *heap,
				      const struct myslab_want *want, gfp_t gfp)
{
	size_t bytes = ALIGN(want->bytes, want->align);
	unsigned int i;

	if (bytes > MYSLAB_HEAP_SMALL || want->align > PAGE_SIZE)
		return NULL;
	i = myslab_class_index(bytes);
	while (myslab_class_stride(i) % want->align)
		i++;
	if (fills_pages(myslab_class_stride(i)))
		return NULL;
	return myslab_class_get(heap, i, gfp);
}

/* A slab is worth a try, not trouble: one block alone may be had instead. */
static gfp_t gfp_of_slab(const struct myslab_cache *class, gfp_t gfp)
{
	if (!class->layout.span.order)
		return gfp;
	return (gfp & ~__GFP_NOFAIL) | __GFP_NORETRY | __GFP_NOWARN;
}

static void *take_slot(struct myslab_cache *class, size_t slack_of, gfp_t gfp)
{
	void *base = NULL;

	if (!(gfp & __GFP_THISNODE) || nr_online_nodes == 1)
		base = myslab_small_take(class, slack_of, gfp);
	if (base || !myslab_take_batch(class, gfp_of_slab(class, gfp),
				       numa_mem_id(), &base, 1, 0))
		return base;
	myslab_small_note(class, base, slack_of);
	return myslab_checkers_alloc(class, base, gfp);
}

static bool alloc_small(struct myslab_heap *heap, struct myslab_cache *class,
			const struct myslab_want *want, gfp_t gfp,
			struct myslab_block *block)
{
	void *base = take_slot(class, want->size, gfp);

	if (!base)
		return false;
	*block = (struct myslab_block){
		.base = base, .room = class->size, .size = want->size,
		.pad = want->pad, .guarded = want->pad, .class = class,
	};
	if (!want->pad || myslab_small_guard(base, want->pad, gfp))
		return true;
	myslab_small_put(heap, block, false);
	return false;
}

static bool alloc_block(struct myslab_heap *heap,
			const struct myslab_want *want, gfp_t gfp,
			struct myslab_block *block)
{
	struct myslab_cache *class = class_for(heap, want, gfp);

	if (class && alloc_small(heap, class, want, gfp, block))
		return true;
	/* A page alone was just asked for. */
	if (class && !class->layout.span.order)
		return false;
	return myslab_large_alloc(heap, want, gfp, block);
}

/* At the limit, what is held and free makes room. */
static bool made_room(struct myslab_heap *heap, gfp_t gfp)
{
	if (!heap->self.max_pages)
		return false;
	if (gfpflags_allow_blocking(gfp))
		flush_work(&heap->dying_work);
	return myslab_heap_give_back(heap) || gfpflags_allow_blocking(gfp);
}

static __always_inline bool get_block(struct myslab_heap *heap,
				      const struct myslab_want *want,
				      gfp_t gfp, struct myslab_block *block)
{
	return alloc_block(heap, want, gfp, block) ||
	       (made_room(heap, gfp) && alloc_block(heap, want, gfp, block));
}

/* Fresh pages of a kernel that zeroes what it allocates are zero. */
static bool must_zero(struct myslab_heap *heap, gfp_t gfp,
		      const struct myslab_block *block)
{
	if (READ_ONCE(heap->special) & MYSLAB_HEAP_ZEROES)
		return !block->fresh;
	return gfp & __GFP_ZERO;
}

static __always_inline void *finish(struct myslab_heap *heap, gfp_t gfp,
				    const struct myslab_block *block)
{
	void *p = myslab_block_start(block);

	myslab_guard_set(heap, block);
	if (must_zero(heap, gfp, block))
		memset(p, 0, myslab_block_usable(block));
	return p;
}

/* The same where a record is kept; what is found is not handed out. */
static noinline void *alloc_debugged(struct myslab_heap *heap,
				     const struct myslab_want *want, gfp_t gfp,
				     unsigned long caller)
{
	bool zero = (gfp & __GFP_ZERO) ||
		    (READ_ONCE(heap->special) & MYSLAB_HEAP_ZEROES);
	struct myslab_block block;
	void *p;

	if (myslab_ledger_fails(myslab_ledger_of(&heap->self), want->size, gfp,
				caller))
		return NULL;
	do {
		if (!get_block(heap, want, gfp, &block))
			return NULL;
	} while (!myslab_block_is_reusable(heap, &block));
	p = finish(heap, gfp, &block);
	myslab_block_out(heap, &block, zero, caller);
	return myslab_guard_cover(&heap->self, p, want->size, want->promised,
				  zero, caller);
}

/* The same for alloc_any() and for who knows that it is debugged: @debugged. */
static __always_inline void *alloc_for(struct myslab_heap *heap, size_t size,
				       size_t align, gfp_t gfp, bool debugged,
				       unsigned long caller)
{
	struct myslab_block block;
	struct myslab_want want;
	void *p = NULL;

	gfp &= ~GFP_UNUSED;
	if (!is_allowed(heap, size, align, gfp))
		goto err_count;
	if (unlikely(size > MYSLAB_HEAP_MAX))
		goto err_count;
	gfp = myslab_gfp_checked(&heap->self, gfp);
	shape(heap, &want, size, align, gfp);
	if (debugged ||
	    unlikely(READ_ONCE(heap->special) & MYSLAB_HEAP_DEBUGGED))
		p = alloc_debugged(heap, &want, gfp, caller);
	else if (get_block(heap, &want, gfp, &block))
		p = finish(heap, gfp, &block);
	if (likely(p))
		return p;

err_count:
	atomic_long_inc(&heap->self.failures);
	return NULL;
}

static void *alloc_any(struct myslab_heap *heap, size_t size, size_t align,
		       gfp_t gfp)
{
	return alloc_for(heap, size, align, gfp, false, 0);
}

/* Not the fast path; a small block that is only to be zero as well is near. */
static noinline void *alloc_slow(struct myslab_heap *heap, size_t size,
				 gfp_t gfp)
{
	struct myslab_cache *class;
	void *p;

	if (size - 1 >= MYSLAB_HEAP_SMALL ||
	    (gfp & (GFP_SPECIAL & ~__GFP_ZERO)) ||
	    (READ_ONCE(heap->special) & ~MYSLAB_HEAP_ZEROES))
		return alloc_any(heap, size, NATURAL, gfp);
	/* Pairs with the cmpxchg() that publishes a class. */
	class = smp_load_acquire(&heap->classes[myslab_class_index(size)]);
	p = class ? myslab_small_take(class, size, gfp) : NULL;
	if (!p)
		return alloc_any(heap, size, NATURAL, gfp);
	return memset(p, 0, class->size);
}

/**
 * myslab_heap_alloc() - Allocate a block.
 * @heap: Heap to allocate from.
 * @size: Bytes, 1 to MYSLAB_HEAP_MAX.
 * @gfp: Whether the call may sleep, and zeroing; no zones.
 *
 * A block is aligned to 8 bytes at least, and a power of two up to a page to
 * itself, until it is resized. One larger than a page may be contiguous by
 * mapping only: no virt_to_page() and no DMA there, as with kvmalloc().
 *
 * Context: Any context except NMI. Sleeps only if @gfp allows it.
 * Return: The block, or %NULL if there was no memory, the limit is reached, or
 *	   the call was refused.
 */
void *myslab_heap_alloc(struct myslab_heap *heap, size_t size, gfp_t gfp)
{
	struct myslab_cache *class;
	void *p;

	myslab_might_alloc(gfp);
	if (unlikely(size - 1 >= MYSLAB_HEAP_SMALL || (gfp & GFP_SPECIAL) ||
		     READ_ONCE(heap->special)))
		return alloc_slow(heap, size, gfp);
	/* Pairs with the cmpxchg() that publishes a class. */
	class = smp_load_acquire(&heap->classes[myslab_class_index(size)]);
	if (unlikely(!class))
		return alloc_any(heap, size, NATURAL, gfp);
	p = myslab_small_take(class, size, gfp);
	if (unlikely(!p))
		return alloc_any(heap, size, NATURAL, gfp);
	return p;
}
EXPORT_SYMBOL_GPL(myslab_heap_alloc);

static noinline void *alloc_for_caller(struct myslab_heap *heap, size_t size,
				       gfp_t gfp, unsigned long caller)
{
	myslab_might_alloc(gfp);
	return alloc_for(heap, size, NATURAL, gfp, true, caller);
}

/**
 * myslab_heap_alloc_caller() - Allocate a block for who calls a wrapper.
 * @heap: Heap to allocate from.
 * @size: As for myslab_heap_alloc().
 * @gfp: As for myslab_heap_alloc().
 * @caller: As for myslab_cache_alloc_caller(): _RET_IP_ in the wrapper.
 *
 * Context: As myslab_heap_alloc().
 * Return: As myslab_heap_alloc().
 */
void *myslab_heap_alloc_caller(struct myslab_heap *heap, size_t size, gfp_t gfp,
			       unsigned long caller)
{
	/* At a switch either value will do. */
	if (likely(!(READ_ONCE(heap->special) & MYSLAB_HEAP_DEBUGGED)))
		return myslab_heap_alloc(heap, size, gfp);
	return alloc_for_caller(heap, size, gfp, caller);
}
EXPORT_SYMBOL_GPL(myslab_heap_alloc_caller);

/**
 * myslab_heap_calloc() - Allocate a zeroed array.
 * @heap: Heap to allocate from.
 * @n: Elements.
 * @size: Bytes of each.
 * @gfp: As for myslab_heap_alloc().
 *
 * Context: As myslab_heap_alloc().
 * Return: The block, every usable byte of it zero, or %NULL; that too if the
 *	   product is more than can be said.
 */
void *myslab_heap_calloc(struct myslab_heap *heap, size_t n, size_t size,
			 gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes))) {
		atomic_long_inc(&heap->self.failures);
		return NULL;
	}
	return myslab_heap_alloc(heap, bytes, gfp | __GFP_ZERO);
}
EXPORT_SYMBOL_GPL(myslab_heap_calloc);

/**
 * myslab_heap_alloc_aligned() - Allocate a block that starts at a multiple.
 * @heap: Heap to allocate from.
 * @size: As for myslab_heap_alloc().
 * @align: A power of two up to MYSLAB_HEAP_MAX_ALIGN; 0 is 8.
 * @gfp: As for myslab_heap_alloc().
 *
 * Context: As myslab_heap_alloc().
 * Return: The block, or %NULL.
 */
void *myslab_heap_alloc_aligned(struct myslab_heap *heap, size_t size,
				size_t align, gfp_t gfp)
{
	myslab_might_alloc(gfp);
	if (align < NATURAL && (!align || is_power_of_2(align)))
		align = NATURAL;
	return alloc_any(heap, size, align, gfp);
}
EXPORT_SYMBOL_GPL(myslab_heap_alloc_aligned);
