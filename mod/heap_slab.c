// SPDX-License-Identifier: GPL-2.0
/*
 * Small blocks: taken from the slabs of a class one by one, returned by their
 * address alone. The fast paths of a heap; how a free finds its way to the
 * lock is argued in heap.h.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "heap.h"
#include "report.h"
#include "slab.h"

/*
 * The second word of the page of an address; 0: no page of this heap.
 *
 * Context: Any. With interrupts off or in an RCU section, a slab that it is
 * stays there that long.
 */
unsigned long myslab_heap_word(struct myslab_heap *heap, const void *addr)
{
	unsigned long word;
	int seen;

	do {
		seen = atomic_read(&heap->self.given_back);
		smp_rmb();
		if (unlikely(!myslab_pages_owned(&heap->self, addr)))
			return 0;
		word = (unsigned long)myslab_page_slab(virt_to_page(addr));
		smp_rmb();
	} while (unlikely(atomic_read(&heap->self.given_back) != seen));
	return word;
}

/* With the lock of its lists held: is the slab of @addr still @slab? */
static bool is_still(const struct myslab_slab *slab, const void *addr)
{
	return myslab_pages_owned(slab->cache->allocator, addr) &&
	       myslab_page_slab(virt_to_page(addr)) == slab;
}

static void set_slack(const struct myslab_slab *slab, unsigned int idx,
		      unsigned int slack)
{
	if (slab->cache->layout.slack == 1)
		((u8 *)slab->slack)[idx] = slack;
	else
		((u16 *)slab->slack)[idx] = slack;
}

static unsigned int slack_of(const struct myslab_slab *slab, unsigned int idx)
{
	if (slab->cache->layout.slack == 1)
		return ((u8 *)slab->slack)[idx];
	return ((u16 *)slab->slack)[idx];
}

static void rebin(struct myslab_slab_lists *lists, struct myslab_slab *slab,
		  unsigned int objects)
{
	if (unlikely(myslab_slab_bin_of(slab, objects) != slab->bin))
		myslab_slab_rebin(lists, slab);
}

/* A block is handed out: its size, and that it is not guarded yet. */
static void note(struct myslab_slab_lists *lists, struct myslab_slab *slab,
		 unsigned int idx, unsigned int slack)
{
	set_slack(slab, idx, slack);
	lists->slack += slack;
	lists->allocs++;
	if (unlikely(slab->guards))
		slab->guards[idx] = 0;
}

/*
 * A block of this node's slabs; NULL: they are all full.
 *
 * Context: Any but NMI.
 */
void *myslab_small_take(struct myslab_cache *class, size_t size)
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
		rebin(lists, slab, class->objects);
		note(lists, slab, idx, stride - size);
		base = slab->base + (size_t)idx * stride;
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return base;
}

/* The same for one that came out of a slab in another way. */
void myslab_small_note(struct myslab_cache *class, void *base, size_t size)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned int idx = (base - slab->base) / class->layout.stride;
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	note(lists, slab, idx, class->layout.stride - size);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

/* How a block stands; the lock is held. */
static enum myslab_found state_of(struct myslab_slab *slab, unsigned int idx)
{
	if (test_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE)))
		return MYSLAB_BACK;
	if (unlikely(test_bit(idx, myslab_slab_bits(slab, MYSLAB_CONDEMNED))))
		return MYSLAB_GONE;
	return MYSLAB_OUT;
}

/* A block that is out returns; the lock is held. */
static void put(struct myslab_slab_lists *lists, struct myslab_slab *slab,
		unsigned int idx)
{
	unsigned int word = idx / BITS_PER_LONG;

	/* Here, since what another has by now must not be zeroed. */
	if (unlikely(slab->cache->free_zeroes))
		memset(slab->base + (size_t)idx * slab->cache->layout.stride,
		       0, slab->cache->layout.stride);
	__set_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE));
	slab->nr_free++;
	if (word < slab->hint)
		slab->hint = word;
	rebin(lists, slab, slab->cache->objects);
}

/* Slabs beyond what a class keeps empty, for release without the lock. */
static void unlink_surplus(struct myslab_slab_lists *lists,
			   const struct myslab_cache *class,
			   struct list_head *slabs)
{
	if (unlikely(lists->nr_empty > class->max_empty))
		myslab_slab_unlink_empty(lists, lists->nr_empty -
					 class->max_empty, slabs);
}

/*
 * Free a small block that has no guard, if @p is one that is out; false:
 * nothing was done.
 *
 * Context: Any but NMI.
 */
bool myslab_small_free(struct myslab_heap *heap, void *p)
{
	struct myslab_slab_lists *lists;
	struct myslab_cache *class;
	struct myslab_slab *slab;
	unsigned long flags, word;
	LIST_HEAD(empty);
	bool done = false;
	u32 idx;

	local_irq_save(flags);
	word = myslab_heap_word(heap, p);
	slab = (struct myslab_slab *)word;
	if (unlikely(!word || (word & MYSLAB_LARGE_BIT)))
		goto out;
	class = slab->cache;
	idx = myslab_layout_index(p - slab->base, class->inverse,
				  class->shift);
	if (unlikely(idx >= class->objects || slab->guards))
		goto out;
	lists = myslab_slab_lists_of(slab);
	raw_spin_lock(&lists->lock);
	if (likely(is_still(slab, p) &&
		   state_of(slab, idx) == MYSLAB_OUT)) {
		lists->frees++;
		lists->slack -= slack_of(slab, idx);
		put(lists, slab, idx);
		unlink_surplus(lists, class, &empty);
		done = true;
	}
	raw_spin_unlock(&lists->lock);
out:
	local_irq_restore(flags);
	if (unlikely(!list_empty(&empty)))
		myslab_slab_release(&empty);
	return done;
}

/* The slab of an address, its lists locked; NULL: none, and nothing is. */
static struct myslab_slab *lock_slab(struct myslab_heap *heap, const void *p,
				     unsigned long *flags)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	unsigned long word;

	local_irq_save(*flags);
	word = myslab_heap_word(heap, p);
	if (word && !(word & MYSLAB_LARGE_BIT)) {
		slab = (struct myslab_slab *)word;
		lists = myslab_slab_lists_of(slab);
		raw_spin_lock(&lists->lock);
		if (is_still(slab, p))
			return slab;
		raw_spin_unlock(&lists->lock);
	}
	local_irq_restore(*flags);
	return NULL;
}

static void unlock_slab(struct myslab_slab *slab, unsigned long flags)
{
	raw_spin_unlock_irqrestore(&myslab_slab_lists_of(slab)->lock, flags);
}

static unsigned int index_in(const struct myslab_slab *slab, const void *p)
{
	return (p - slab->base) / slab->cache->layout.stride;
}

/*
 * What is at @p: its start may be behind a guard, of a block that is free too,
 * as long as nobody has had it since.
 */
enum myslab_found myslab_small_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block)
{
	enum myslab_found found = MYSLAB_NO_START;
	struct myslab_slab *slab;
	unsigned long flags;
	unsigned int idx;

	slab = lock_slab(heap, p, &flags);
	if (!slab)
		return MYSLAB_NOT_OURS;
	idx = index_in(slab, p);
	if (idx < slab->cache->objects) {
		*block = (struct myslab_block){
			.base = slab->base + (size_t)idx * slab->cache->size,
			.room = slab->cache->size,
			.size = slab->cache->size - slack_of(slab, idx),
			.class = slab->cache,
		};
		if (slab->guards && slab->guards[idx]) {
			block->pad = 1U << slab->guards[idx];
			block->guarded = true;
		}
		if (p == block->base + block->pad)
			found = state_of(slab, idx);
	}
	unlock_slab(slab, flags);
	return found;
}

/*
 * A block that was found comes back, or is withdrawn instead.
 *
 * Return: MYSLAB_OUT, or what it had become meanwhile.
 */
enum myslab_found myslab_small_put(struct myslab_heap *heap,
				   const struct myslab_block *block,
				   bool condemn)
{
	enum myslab_found found;
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	unsigned long flags;
	unsigned int idx;
	LIST_HEAD(empty);

	slab = lock_slab(heap, block->base, &flags);
	if (!slab)
		return MYSLAB_NOT_OURS;
	lists = myslab_slab_lists_of(slab);
	idx = index_in(slab, block->base);
	found = state_of(slab, idx);
	if (found == MYSLAB_OUT) {
		lists->frees++;
		lists->slack -= slack_of(slab, idx);
		if (!condemn)
			put(lists, slab, idx);
	}
	if (condemn || found == MYSLAB_BACK) {
		myslab_slab_condemn_locked(slab, idx);
		myslab_slab_rebin(lists, slab);
	}
	unlink_surplus(lists, slab->cache, &empty);
	unlock_slab(slab, flags);
	myslab_slab_release(&empty);
	return found;
}

/* @size fits: the block was found, and its client is the caller. */
void myslab_small_resize(const struct myslab_block *block, size_t size)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(block->base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned int idx = index_in(slab, block->base);
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	lists->slack -= slack_of(slab, idx);
	set_slack(slab, idx, block->room - size);
	lists->slack += slack_of(slab, idx);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

/*
 * Note that a block just taken starts @pad bytes in. A slab has the room for
 * that from the first guarded block on.
 *
 * Context: As @gfp says.
 */
bool myslab_small_guard(struct myslab_cache *class, void *base,
			unsigned int pad, gfp_t gfp)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	u8 *guards = READ_ONCE(slab->guards);

	if (!guards) {
		guards = kzalloc(class->objects, gfp & ~__GFP_ZERO);
		if (!guards)
			return false;
		if (cmpxchg(&slab->guards, NULL, guards))
			kfree(guards);
	}
	slab->guards[index_in(slab, base)] = ilog2(pad);
	return true;
}
