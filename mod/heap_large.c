// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks: whole pages each. One that is kept where there is one of about
 * that length; or contiguous pages where those can be had, of which the end
 * that is not needed goes back at once; else, and if the caller may sleep,
 * mapped ones.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "canary.h"
#include "heap_slab.h"
#include "layout.h"
#include "pages.h"
#include "report.h"

/* A block may be this part of its pages longer than it has to. */
#define SPARE_PART	8

/* What blocks find by their address: first page to last. */
static void set_pages(struct myslab_heap *heap, struct myslab_large *large,
		      unsigned int from, unsigned int to, bool ours)
{
	struct page *page = virt_to_page(large->base);
	unsigned int i;

	for (i = from; i < to; i++) {
		myslab_page_set_slab(page + i, ours ? (void *)large +
				     MYSLAB_LARGE_BIT : NULL);
		/* Who finds the owner finds the block: myslab_heap_word(). */
		smp_wmb();
		set_page_private(page + i, ours ? (unsigned long)heap : 0);
	}
}

/* The block whose pages @p lies in; NULL: none. */
static struct myslab_large *find_locked(struct myslab_heap *heap,
					const void *p)
{
	unsigned long word = myslab_heap_word(heap, p);

	lockdep_assert_held(&heap->large_lock);
	if (word & MYSLAB_LARGE_BIT)
		return (void *)(word - MYSLAB_LARGE_BIT);
	return word ? NULL : myslab_mapped_find(heap, p);
}

/* What @p is, which lies in @large or, if that is NULL, in no block. */
static enum myslab_found state_of(const struct myslab_large *large,
				  const void *p)
{
	if (!large)
		return MYSLAB_NOT_OURS;
	return p == large->base + large->pad ? large->state : MYSLAB_NO_START;
}

/* The block that it is; the lock is held. */
void myslab_large_at(const struct myslab_large *large,
		     struct myslab_block *block)
{
	*block = (struct myslab_block){
		.base = large->base, .room = large->room, .size = large->size,
		.pad = large->pad,
		.guarded = large->special & MYSLAB_LARGE_GUARDED,
		.mapped = large->mapped, .record = large->record,
	};
}

enum myslab_found myslab_large_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block)
{
	enum myslab_found found;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = find_locked(heap, p);
	found = state_of(large, p);
	if (large)
		myslab_large_at(large, block);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	return found;
}

/*
 * Making one.
 */

/* Neither the killer of tasks nor a warning, where there is another way. */
static gfp_t gfp_of_span(gfp_t gfp, unsigned int order)
{
	if (order && gfpflags_allow_blocking(gfp) &&
	    !(gfp & (__GFP_RETRY_MAYFAIL | __GFP_NOFAIL)))
		gfp |= __GFP_NORETRY;
	return gfp;
}

static bool get_span(struct myslab_heap *heap, struct myslab_large *large,
		     size_t align, gfp_t gfp)
{
	unsigned int order = max(get_order(large->room), get_order(align));
	struct page *page;

	if (order > MYSLAB_MAX_ORDER)
		return false;
	large->span.order = order;
	large->span.pages = large->room >> PAGE_SHIFT;
	large->span.blocks = true;
	page = myslab_pages_alloc(&heap->self, gfp_of_span(gfp, order),
				  numa_mem_id(), &large->span);
	if (!page)
		return false;
	large->base = page_address(page);
	return true;
}

/* Hand it out; the lock is held. */
static void give(struct myslab_heap *heap, struct myslab_large *large,
		 const struct myslab_want *want)
{
	void *start = PTR_ALIGN(large->base + want->pad, want->align);

	lockdep_assert_held(&heap->large_lock);
	large->state = MYSLAB_OUT;
	large->size = want->size;
	large->special = want->pad ? MYSLAB_LARGE_GUARDED : 0;
	large->pad = start - large->base;
	heap->allocs++;
	heap->used += large->room;
	heap->requested += large->size;
}

/* Only @pages of it stay, from now on; the lock is held. */
static void cut(struct myslab_heap *heap, struct myslab_large *large,
		unsigned int pages)
{
	lockdep_assert_held(&heap->large_lock);
	set_pages(heap, large, pages, large->span.pages, false);
	large->room = pages * PAGE_SIZE;
}

/* Give back what was cut off; not locked. */
static void trim(struct myslab_heap *heap, struct myslab_large *large,
		 unsigned int pages)
{
	struct myslab_allocator *self = &heap->self;
	unsigned int rest = large->span.pages - pages;

	if (!myslab_pages_trim(self, virt_to_page(large->base), &large->span,
			       pages))
		myslab_report_on(MYSLAB_CORRUPT_METADATA, self, NULL,
				 "somebody put a page of it: kfree() of a block?");
	atomic_long_sub(rest, &self->nr_pages);
}

static bool give_kept(struct myslab_heap *heap, const struct myslab_want *want,
		      struct myslab_block *block)
{
	unsigned int pages = PFN_UP(want->bytes);
	struct myslab_large *large;
	unsigned long flags;
	bool longer = false;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_kept_take(heap, pages);
	if (large) {
		longer = large->span.pages > pages + pages / SPARE_PART;
		if (longer)
			cut(heap, large, pages);
		give(heap, large, want);
		myslab_large_at(large, block);
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (longer)
		trim(heap, large, pages);
	return large;
}

static void give_new(struct myslab_heap *heap, struct myslab_large *large,
		     const struct myslab_want *want, struct myslab_block *block)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	list_add(&large->link, &heap->large);
	if (large->mapped)
		myslab_mapped_add(heap, large);
	else
		set_pages(heap, large, 0, large->span.pages, true);
	give(heap, large, want);
	myslab_large_at(large, block);
	block->fresh = true;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
}

/* Not a single page: if there is none, there is none to map either. */
static bool may_be_mapped(const struct myslab_large *large,
			  const struct myslab_want *want, gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) &&
	       max(large->room, want->align) > PAGE_SIZE;
}

/*
 * A block of whole pages. Those that are kept are aligned to a page.
 *
 * Context: As @gfp says.
 */
bool myslab_large_alloc(struct myslab_heap *heap,
			const struct myslab_want *want, gfp_t gfp,
			struct myslab_block *block)
{
	struct myslab_large *large;

	if (want->align <= PAGE_SIZE && give_kept(heap, want, block))
		return true;
	gfp &= ~__GFP_ZERO;
	large = kzalloc(sizeof(*large), gfp & ~__GFP_THISNODE);
	if (!large)
		return false;
	large->room = PAGE_ALIGN(want->bytes);
	if (!get_span(heap, large, want->align, gfp) &&
	    (!may_be_mapped(large, want, gfp) ||
	     !myslab_mapped_get(heap, large, want->align, gfp))) {
		kfree(large);
		return false;
	}
	give_new(heap, large, want, block);
	return true;
}

/*
 * Its end.
 */

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

/* From here on nobody owns it. */
void myslab_large_unlist(struct myslab_heap *heap, struct myslab_large *large)
{
	lockdep_assert_held(&heap->large_lock);
	list_del(&large->link);
	if (large->mapped)
		myslab_mapped_remove(heap, large);
	else
		set_pages(heap, large, 0, large->span.pages, false);
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
	large = find_locked(heap, p);
	found = state_of(large, p);
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
	large = find_locked(heap, block->base);
	found = state_of(large, myslab_block_start(block));
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
	large = find_locked(heap, block->base);
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
	large = find_locked(heap, block->base);
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
	large = find_locked(heap, p);
	done = state_of(large, p) == MYSLAB_OUT && !large->special;
	if (likely(done))
		ends = take_back(heap, large, false);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (ends)
		myslab_large_end(heap, large);
	return done;
}

/* Bytes that a block of @size takes, from its base on. */
static size_t taken(const struct myslab_large *large, size_t size)
{
	return large->pad + size + (large->special & MYSLAB_LARGE_GUARDED ?
					  MYSLAB_CANARY_BACK : 0);
}

/*
 * Resize a block that was found where it lies, which it fits; its client is
 * the caller. Pages that it no longer needs go back, unless they are mapped.
 */
void myslab_large_resize(struct myslab_heap *heap,
			 const struct myslab_block *block, size_t size)
{
	unsigned int pages = 0, all = 0;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = find_locked(heap, block->base);
	heap->requested += size - large->size;
	large->size = size;
	/* Nobody looks at it until its zones are where they belong now. */
	if (large->record)
		WRITE_ONCE(large->record->record.state, MYSLAB_GIVEN_BACK);
	if (!large->mapped) {
		pages = PFN_UP(taken(large, size));
		all = large->span.pages;
		heap->used -= large->room - pages * PAGE_SIZE;
		cut(heap, large, pages);
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (pages < all)
		trim(heap, large, pages);
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
