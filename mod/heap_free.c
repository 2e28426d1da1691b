// SPDX-License-Identifier: GPL-2.0
/*
 * What is done with a block by its address: freed, resized, measured. An
 * address that is not a block's is reported and left alone.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "cache_alloc.h"
#include "canary.h"
#include "heap_slab.h"
#include "report.h"

enum myslab_found myslab_block_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block)
{
	enum myslab_found found = myslab_small_find(heap, p, block);

	if (found == MYSLAB_NOT_OURS)
		found = myslab_large_find(heap, p, block);
	return found;
}

static enum myslab_found put(struct myslab_heap *heap,
			     const struct myslab_block *block, bool condemn)
{
	enum myslab_found found;

	if (block->record) {
		found = myslab_block_back(heap, block, condemn);
		if (found != MYSLAB_BACK)
			return found;
	}
	if (block->class)
		return myslab_small_put(heap, block, condemn);
	return myslab_large_put(heap, myslab_block_start(block), condemn);
}

/* What was withdrawn has been reported. */
static void refuse_free(struct myslab_heap *heap, void *p,
			const struct myslab_block *block,
			enum myslab_found found)
{
	if (found == MYSLAB_BACK && block->record)
		myslab_block_report_twice(heap, block);
	else if (found == MYSLAB_BACK)
		myslab_report_with(MYSLAB_DOUBLE_FREE, &heap->self, p,
				   &myslab_undebugged, "is free already");
	else if (found != MYSLAB_GONE)
		myslab_free_refused(&heap->self, p);
}

static noinline void free_any(struct myslab_heap *heap, void *p)
{
	struct myslab_block block;
	enum myslab_found found;
	bool condemn = false;

	if (!p || myslab_large_free(heap, p))
		return;
	p = myslab_guard_uncover(&heap->self, p);
	if (!p)
		return;
	found = myslab_block_find(heap, p, &block);
	if (found == MYSLAB_OUT)
		condemn = !myslab_guard_intact(heap, &block);
	if (found == MYSLAB_OUT || found == MYSLAB_BACK)
		found = put(heap, &block, condemn);
	if (unlikely(found != MYSLAB_OUT))
		refuse_free(heap, p, &block, found);
}

/**
 * myslab_heap_free() - Free a block.
 * @heap: Heap it was allocated from.
 * @p: The block; %NULL: nothing happens. Anything that is not a block of @heap
 *     with a client is reported and left alone.
 *
 * Context: Any context except NMI. Never sleeps where that is not allowed.
 */
void myslab_heap_free(struct myslab_heap *heap, void *p)
{
	if (unlikely(!myslab_small_free(heap, p)))
		free_any(heap, p);
}
EXPORT_SYMBOL_GPL(myslab_heap_free);

/* One that a destroyed heap left may be freed, and no more. */
static bool is_resizable(struct myslab_heap *heap, const void *p)
{
	if (likely(!(READ_ONCE(heap->special) & MYSLAB_HEAP_DEAD)))
		return true;
	myslab_report_on(MYSLAB_USE_AFTER_FREE, &heap->self, p,
			 "resized, but its heap was destroyed");
	return false;
}

/* A block is used that no client has. */
static void refuse_use(struct myslab_heap *heap, const void *p,
		       enum myslab_found found)
{
	if (found == MYSLAB_BACK || found == MYSLAB_GONE)
		myslab_report_on(MYSLAB_USE_AFTER_FREE, &heap->self, p,
				 "is free, and is asked for its size or resized");
	else
		myslab_free_refused(&heap->self, p);
}

/* What was found to be none of its blocks may be the cover of one. */
static enum myslab_found look_for_cover(struct myslab_heap *heap,
					const void *p, enum myslab_found found,
					size_t *size)
{
	const struct myslab_guard_slot *slot;

	slot = myslab_guard_of(&heap->self, p);
	if (!slot || slot->start != p)
		return found;
	*size = slot->size;
	return myslab_guard_state(slot) == MYSLAB_SLOT_OUT ? MYSLAB_OUT :
							     MYSLAB_BACK;
}

/**
 * myslab_heap_size() - How much of a block may be used.
 * @heap: Heap it was allocated from.
 * @p: The block, or %NULL.
 *
 * Context: Any context except NMI.
 * Return: Bytes, at least what was asked for, the same until the block is
 *	   resized; 0 for %NULL, and for what is no block, which is reported.
 */
size_t myslab_heap_size(struct myslab_heap *heap, const void *p)
{
	struct myslab_block block;
	enum myslab_found found;
	size_t size;

	if (!p)
		return 0;
	found = myslab_block_find(heap, p, &block);
	if (found == MYSLAB_OUT)
		return myslab_block_usable(&block);
	found = look_for_cover(heap, p, found, &size);
	if (found == MYSLAB_OUT)
		return size;
	refuse_use(heap, p, found);
	return 0;
}
EXPORT_SYMBOL_GPL(myslab_heap_size);

static bool fits(const struct myslab_block *block, size_t size)
{
	size_t over = block->pad + (block->guarded ? MYSLAB_CANARY_BACK : 0);

	return size <= block->room - over;
}

/* Of a contiguous heap, a new size may ask for another alignment. */
static bool is_aligned(const struct myslab_heap *heap,
		       const struct myslab_block *block, size_t size)
{
	return !heap->contiguous ||
	       IS_ALIGNED((unsigned long)myslab_block_start(block),
			  myslab_natural_align(size));
}

/*
 * So much smaller that other memory would be better; pages are trimmed, but
 * not those of a mapping.
 */
static bool should_move(const struct myslab_block *block, size_t size)
{
	if (!block->class && !block->mapped && size > MYSLAB_HEAP_SMALL)
		return false;
	return size <= myslab_block_usable(block) / 2 && block->room > 64;
}

static void *resize_in_place(struct myslab_heap *heap, struct myslab_block *old,
			     size_t size, gfp_t gfp)
{
	void *p = myslab_block_start(old);
	struct myslab_block new = *old;

	new.size = size;
	if (old->class) {
		myslab_small_resize(old, size);
	} else {
		myslab_large_resize(heap, old, size);
		myslab_block_find(heap, p, &new);
	}
	if ((gfp & __GFP_ZERO) && size > old->size)
		memset(p + old->size, 0,
		       myslab_block_usable(&new) - old->size);
	myslab_guard_set(heap, &new);
	myslab_block_resized(heap, &new);
	return p;
}

/* Bytes beyond what was asked for are the client's too, but not zero. */
static void *move(struct myslab_heap *heap, const struct myslab_block *old,
		  size_t size, gfp_t gfp, bool condemn, unsigned long caller)
{
	size_t keep = gfp & __GFP_ZERO ? old->size : myslab_block_usable(old);
	void *p = myslab_block_start(old);
	void *new = myslab_heap_alloc_caller(heap, size, gfp, caller);

	if (!new)
		return NULL;
	memcpy(new, p, min(keep, size));
	put(heap, old, condemn);
	return new;
}

static void *resize(struct myslab_heap *heap, struct myslab_block *old,
		    size_t size, gfp_t gfp, unsigned long caller)
{
	bool intact = myslab_guard_intact(heap, old);
	bool stays = intact && fits(old, size) && is_aligned(heap, old, size);
	void *new = NULL;

	if (stays && !should_move(old, size))
		return resize_in_place(heap, old, size, gfp);
	new = move(heap, old, size, stays ? gfp | __GFP_NOWARN : gfp, !intact,
		   caller);
	/* A block never fails to become smaller. */
	if (!new && stays)
		new = resize_in_place(heap, old, size, gfp);
	return new;
}

/* A cover always moves: where it ends is where its page does. */
static void *move_cover(struct myslab_heap *heap, void *p, size_t old,
			size_t size, gfp_t gfp, unsigned long caller)
{
	bool stays = size <= old;
	void *new;

	new = myslab_heap_alloc_caller(heap, size,
				       stays ? gfp | __GFP_NOWARN : gfp,
				       caller);
	if (!new)
		return stays ? p : NULL;
	memcpy(new, p, min(old, size));
	myslab_heap_free(heap, p);
	return new;
}

/**
 * myslab_heap_realloc_caller() - Resize a block for who calls a wrapper.
 * @heap: Heap it was allocated from.
 * @p: As for myslab_heap_realloc().
 * @size: As for myslab_heap_realloc().
 * @gfp: As for myslab_heap_realloc().
 * @caller: As for myslab_cache_alloc_caller(). A block that stays where it is
 *	    stays that of who allocated it.
 *
 * Context: As myslab_heap_realloc().
 * Return: As myslab_heap_realloc().
 */
void *myslab_heap_realloc_caller(struct myslab_heap *heap, void *p, size_t size,
				 gfp_t gfp, unsigned long caller)
{
	struct myslab_block block;
	enum myslab_found found;
	size_t old;

	if (!p)
		return myslab_heap_alloc_caller(heap, size, gfp, caller);
	if (!size) {
		myslab_heap_free(heap, p);
		return NULL;
	}
	myslab_might_alloc(gfp);
	if (is_resizable(heap, p)) {
		found = myslab_block_find(heap, p, &block);
		if (likely(found == MYSLAB_OUT))
			return resize(heap, &block, size, gfp, caller);
		found = look_for_cover(heap, p, found, &old);
		if (found == MYSLAB_OUT)
			return move_cover(heap, p, old, size, gfp, caller);
		refuse_use(heap, p, found);
	}
	atomic_long_inc(&heap->self.failures);
	return NULL;
}
EXPORT_SYMBOL_GPL(myslab_heap_realloc_caller);

/**
 * myslab_heap_realloc() - Resize a block.
 * @heap: Heap it was allocated from.
 * @p: The block; %NULL: one is allocated.
 * @size: Its new size; 0: it is freed.
 * @gfp: As for myslab_heap_alloc(); with __GFP_ZERO, what is added is zero.
 *
 * It stays where it is if there is room, or if it becomes only a little
 * smaller; else its contents move.
 *
 * Context: Any context except NMI. Sleeps only if @gfp allows it.
 * Return: The block, or %NULL: the old one is as it was. It is not if @size
 *	   was 0. A block that is to become smaller never fails, unless it has
 *	   to move for its alignment (MYSLAB_HEAP_CONTIGUOUS).
 */
void *myslab_heap_realloc(struct myslab_heap *heap, void *p, size_t size,
			  gfp_t gfp)
{
	return myslab_heap_realloc_caller(heap, p, size, gfp, 0);
}
EXPORT_SYMBOL_GPL(myslab_heap_realloc);
