// SPDX-License-Identifier: GPL-2.0
/*
 * Small blocks, where heap_slab.h is not enough: found behind a guard, resized,
 * withdrawn.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "heap_slab.h"

/* The same for one that came out of a slab in another way. */
void myslab_small_note(struct myslab_cache *class, void *base, size_t size)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned int idx = (base - slab->base) / class->layout.stride;
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	myslab_note(lists, slab, idx, class->layout.stride - size);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

/*
 * Give back the empty slabs that are more than a class keeps.
 *
 * Context: Any but NMI; no lock held.
 */
void myslab_small_release(struct myslab_cache *class,
			  struct myslab_slab_lists *lists)
{
	unsigned long flags;
	LIST_HEAD(slabs);

	raw_spin_lock_irqsave(&lists->lock, flags);
	if (myslab_has_surplus(lists, class))
		myslab_slab_unlink_empty(lists, lists->nr_empty -
					 class->max_empty, &slabs);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	myslab_slab_release(&slabs);
}

/*
 * The slab of an address, its lists locked; NULL: none, and nothing is. Sparse
 * cannot follow a lock that is held where a pointer is not NULL: it is told
 * that this takes none and that unlock_slab() has one.
 */
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
		if (myslab_is_still(slab, virt_to_page(p))) {
			__release(&lists->lock);
			return slab;
		}
		raw_spin_unlock(&lists->lock);
	}
	local_irq_restore(*flags);
	return NULL;
}

static void unlock_slab(struct myslab_slab *slab, unsigned long flags)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);

	__acquire(&lists->lock);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
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
			.size = slab->cache->size - myslab_slack_of(slab, idx),
			.class = slab->cache,
		};
		if (slab->guards && slab->guards[idx]) {
			block->pad = 1U << slab->guards[idx];
			block->guarded = true;
		}
		if (p == block->base + block->pad)
			found = myslab_state_of(slab, idx);
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
	bool surplus;

	slab = lock_slab(heap, block->base, &flags);
	if (!slab)
		return MYSLAB_NOT_OURS;
	lists = myslab_slab_lists_of(slab);
	idx = index_in(slab, block->base);
	found = myslab_state_of(slab, idx);
	if (found == MYSLAB_OUT) {
		lists->frees++;
		lists->slack -= myslab_slack_of(slab, idx);
		if (!condemn)
			myslab_small_put_locked(lists, slab, idx);
	}
	if (condemn || found == MYSLAB_BACK) {
		myslab_slab_condemn_locked(slab, idx);
		myslab_slab_rebin(lists, slab);
	}
	surplus = myslab_has_surplus(lists, slab->cache);
	rcu_read_lock();
	unlock_slab(slab, flags);
	if (surplus)
		myslab_small_release(block->class, lists);
	rcu_read_unlock();
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
	lists->slack -= myslab_slack_of(slab, idx);
	myslab_set_slack(slab, idx, block->room - size);
	lists->slack += myslab_slack_of(slab, idx);
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
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	u8 *guards = NULL;
	unsigned long flags;

	/* Once there, they stay. */
	if (!READ_ONCE(slab->guards)) {
		guards = kzalloc(class->objects, gfp & ~__GFP_ZERO);
		if (!guards)
			return false;
	}
	raw_spin_lock_irqsave(&lists->lock, flags);
	if (!slab->guards) {
		WRITE_ONCE(slab->guards, guards);
		guards = NULL;
	}
	slab->guards[index_in(slab, base)] = ilog2(pad);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	/* Somebody else's came first. */
	kfree(guards);
	return true;
}
