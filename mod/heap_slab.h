/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small blocks: taken from the slabs of a class one by one, returned by their
 * address alone. The fast paths of a heap, all of them inline; how a free finds
 * its way to the lock is argued in heap.h.
 */
#ifndef MYSLAB_HEAP_SLAB_H
#define MYSLAB_HEAP_SLAB_H

#include <linux/mm.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "checkers.h"
#include "heap.h"
#include "slab.h"

void myslab_small_at(struct myslab_slab *slab, unsigned int idx,
		     struct myslab_block *block);
void myslab_small_claim_locked(struct myslab_slab *slab, unsigned int idx);
void myslab_small_release(struct myslab_cache *class,
			  struct myslab_slab_lists *lists);

/* virt_to_page() of what is known to be in the direct map. */
static __always_inline struct page *myslab_page_at(const void *addr)
{
	return myslab_pages_page(((unsigned long)addr - PAGE_OFFSET) &
				 PAGE_MASK);
}

/*
 * The second word of the page of an address; 0: no page of this heap.
 *
 * Context: Any. With interrupts off or in an RCU section, a slab that it is
 * stays there that long.
 */
static __always_inline unsigned long
myslab_heap_word(struct myslab_heap *heap, const void *addr)
{
	unsigned long word;
	int seen;

	do {
		seen = atomic_read(&heap->self.given_back);
		/* Looked at before owner and word are; see heap.h. */
		smp_rmb();
		if (unlikely(!myslab_pages_owned(&heap->self, addr)))
			return 0;
		word = (unsigned long)myslab_page_slab(myslab_page_at(addr));
		/* And after. */
		smp_rmb();
	} while (unlikely(atomic_read(&heap->self.given_back) != seen));
	return word;
}

/* With the lock of its lists held: is the page still of @slab? */
static __always_inline bool myslab_is_still(const struct myslab_heap *heap,
					    const struct myslab_slab *slab,
					    const struct page *page)
{
	return page_private(page) == (unsigned long)&heap->self &&
	       myslab_page_slab(page) == slab;
}

/*
 * From here on @class is slab->cache: read anew behind each write to the slab,
 * it would be a tenth of what a call takes.
 */
static __always_inline void
myslab_set_slack(const struct myslab_slab *slab,
		 const struct myslab_cache *class, unsigned long idx,
		 unsigned int slack)
{
	if (class->layout.slack == 1)
		((u8 *)slab)[~idx] = slack;
	else
		((u16 *)slab)[~idx] = slack;
}

static __always_inline unsigned int
myslab_slack_of(const struct myslab_slab *slab,
		const struct myslab_cache *class, unsigned long idx)
{
	if (class->layout.slack == 1)
		return ((u8 *)slab)[~idx];
	return ((u16 *)slab)[~idx];
}

/*
 * List a slab anew if its fill says so; the lock is held.
 *
 * Return: Is it empty now, or was it?
 */
static __always_inline bool myslab_small_rebin(struct myslab_slab_lists *lists,
					       struct myslab_slab *slab,
					       unsigned int objects)
{
	enum myslab_bin bin = myslab_slab_bin_of(slab, objects);

	if (bin == slab->bin)
		return false;
	if (unlikely(bin == MYSLAB_BIN_EMPTY ||
		     slab->bin == MYSLAB_BIN_EMPTY)) {
		myslab_slab_rebin(lists, slab);
		return true;
	}
	slab->bin = bin;
	myslab_slab_move(slab, &lists->bin[bin]);
	return false;
}

/* A block is handed out: its size, and that it is not guarded yet. */
static __always_inline void myslab_note(struct myslab_slab_lists *lists,
					struct myslab_slab *slab,
					const struct myslab_cache *class,
					unsigned int idx, unsigned int slack)
{
	myslab_set_slack(slab, class, idx, slack);
	lists->slack += slack;
	lists->allocs++;
	if (unlikely(slab->guards))
		slab->guards->slot[idx].how = 0;
}

/*
 * A block of this node's slabs; NULL: they are all full.
 *
 * Context: Any but NMI.
 */
static __always_inline void *myslab_small_take(struct myslab_cache *class,
					       size_t size, gfp_t gfp)
{
	struct myslab_slab_lists *lists = &class->node[numa_mem_id()]->lists;
	unsigned int stride = class->layout.stride;
	struct myslab_slab *slab;
	unsigned long *free, flags;
	unsigned int word, idx;
	void *base = NULL;

	raw_spin_lock_irqsave(&lists->lock, flags);
	slab = myslab_slab_fullest(lists);
	if (likely(slab)) {
		free = myslab_slab_bits(slab, MYSLAB_FREE);
		for (word = slab->hint; !free[word]; word++)
			;
		slab->hint = word;
		idx = word * BITS_PER_LONG + __ffs(free[word]);
		free[word] &= free[word] - 1;
		slab->nr_free--;
		myslab_small_rebin(lists, slab, class->objects);
		myslab_note(lists, slab, class, idx, stride - size);
		base = slab->base + (size_t)idx * stride;
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return myslab_checkers_alloc(class, base, gfp);
}

/* How a block stands; the lock is held. */
static __always_inline enum myslab_found
myslab_state_of(struct myslab_slab *slab, unsigned int idx)
{
	if (test_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE)))
		return MYSLAB_BACK;
	if (unlikely(slab->nr_condemned) &&
	    test_bit(idx, myslab_slab_bits(slab, MYSLAB_CONDEMNED)))
		return MYSLAB_GONE;
	return MYSLAB_OUT;
}

/*
 * A block that is out returns; the lock is held.
 *
 * Return: Is its slab empty now?
 */
static __always_inline bool
myslab_small_put_locked(struct myslab_slab_lists *lists,
			struct myslab_slab *slab,
			const struct myslab_cache *class, unsigned int idx)
{
	void *base = slab->base + (size_t)idx * class->layout.stride;
	unsigned int word = idx / BITS_PER_LONG;

	/* Here, since what another has by now must not be zeroed. */
	if (unlikely(class->free_zeroes))
		memset(base, 0, class->layout.stride);
	/* Where there are guards we look at free blocks ourselves. */
	if (MYSLAB_CHECKERS && slab->guards)
		myslab_checkers_known(class, base);
	else
		myslab_checkers_free(class, base);
	__set_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE));
	slab->nr_free++;
	if (word < slab->hint)
		slab->hint = word;
	return myslab_small_rebin(lists, slab, class->objects);
}

/* A block that is out is about to be freed; the lock is held. */
static __always_inline void myslab_count_free(struct myslab_slab_lists *lists,
					      const struct myslab_slab *slab,
					      const struct myslab_cache *class,
					      unsigned int idx)
{
	lists->frees++;
	lists->slack -= myslab_slack_of(slab, class, idx);
}

/* Are there more empty slabs than a class keeps? */
static __always_inline bool
myslab_has_surplus(const struct myslab_slab_lists *lists,
		   const struct myslab_cache *class)
{
	return lists->nr_empty > class->max_empty;
}

/*
 * Return a small block without a guard to its slab, if that is what @p is;
 * interrupts are off.
 */
static __always_inline bool
myslab_small_return(struct myslab_heap *heap, struct myslab_slab *slab,
		    struct myslab_slab_lists *lists, void *p, bool *surplus)
{
	struct myslab_cache *class = slab->cache;
	bool done = false;
	u32 idx;

	idx = myslab_layout_index(p - slab->base, class->inverse,
				  class->shift);
	if (unlikely(idx >= class->objects || READ_ONCE(slab->guards)))
		return false;
	raw_spin_lock(&lists->lock);
	if (likely(myslab_is_still(heap, slab, myslab_page_at(p)) &&
		   myslab_state_of(slab, idx) == MYSLAB_OUT)) {
		myslab_count_free(lists, slab, class, idx);
		if (unlikely(myslab_small_put_locked(lists, slab, class, idx)))
			*surplus = myslab_has_surplus(lists, class);
		done = true;
	}
	raw_spin_unlock(&lists->lock);
	return done;
}

/*
 * Free a small block that has no guard, if @p is one that is out; false:
 * nothing was done.
 *
 * Context: Any but NMI.
 */
static __always_inline bool myslab_small_free(struct myslab_heap *heap,
					      void *p)
{
	struct myslab_slab_lists *lists;
	struct myslab_cache *class;
	unsigned long flags, word;
	struct myslab_slab *slab;
	bool done, surplus = false;

	local_irq_save(flags);
	word = myslab_heap_word(heap, p);
	if (unlikely(!word || (word & MYSLAB_LARGE_BIT))) {
		local_irq_restore(flags);
		return false;
	}
	slab = (struct myslab_slab *)word;
	class = slab->cache;
	lists = myslab_slab_lists_of(slab);
	done = myslab_small_return(heap, slab, lists, p, &surplus);
	/* The class of a destroyed heap goes a grace period after its pages. */
	if (unlikely(surplus)) {
		rcu_read_lock();
		local_irq_restore(flags);
		myslab_small_release(class, lists);
		rcu_read_unlock();
		return done;
	}
	local_irq_restore(flags);
	return done;
}

#endif
