// SPDX-License-Identifier: GPL-2.0
/*
 * Small blocks, where heap_slab.h is not enough: found behind a guard, resized,
 * withdrawn.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "heap_slab.h"

/* Of myslab_guard.how: log2 of the pad; 0: not guarded. */
#define GUARD_PAD	(MYSLAB_RECORDED - 1)

/* The same for one that came out of a slab in another way. */
void myslab_small_note(struct myslab_cache *class, void *base, size_t size)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned int idx = (base - slab->base) / class->layout.stride;
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	myslab_note(lists, slab, class, idx, class->layout.stride - size);
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
		if (myslab_is_still(heap, slab, virt_to_page(p))) {
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

/* How a block stands, with what its record says; the lock is held. */
static enum myslab_found found_at(struct myslab_slab *slab, unsigned int idx)
{
	enum myslab_found found = myslab_state_of(slab, idx);
	struct myslab_guard *guard;

	if (found != MYSLAB_OUT || !slab->guards)
		return found;
	guard = &slab->guards->slot[idx];
	if ((guard->how & MYSLAB_RECORDED) &&
	    READ_ONCE(guard->record->record.state) != MYSLAB_OUT_THERE)
		return MYSLAB_BACK;
	return MYSLAB_OUT;
}

/* The block of an index as it is now, or was; the lock is held. */
void myslab_small_at(struct myslab_slab *slab, unsigned int idx,
		     struct myslab_block *block)
{
	struct myslab_cache *class = slab->cache;
	struct myslab_guard *guard;

	*block = (struct myslab_block){
		.base = slab->base + (size_t)idx * class->size,
		.room = class->size,
		.size = class->size - myslab_slack_of(slab, class, idx),
		.class = class,
	};
	if (!slab->guards)
		return;
	guard = &slab->guards->slot[idx];
	if (guard->how & MYSLAB_RECORDED)
		block->record = guard->record;
	if (guard->how & GUARD_PAD) {
		block->pad = 1U << (guard->how & GUARD_PAD);
		block->guarded = true;
	}
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
		myslab_small_at(slab, idx, block);
		if (p == myslab_block_start(block))
			found = found_at(slab, idx);
	}
	unlock_slab(slab, flags);
	return found;
}

/* Who had the block that @p is in; false: not known. */
bool myslab_small_tracks(struct myslab_heap *heap, const void *p,
			 struct myslab_track *tracks)
{
	struct myslab_block block = { };
	struct myslab_slab *slab;
	unsigned long flags;
	bool known;

	slab = lock_slab(heap, p, &flags);
	if (!slab)
		return false;
	if (index_in(slab, p) < slab->cache->objects)
		myslab_small_at(slab, index_in(slab, p), &block);
	known = myslab_block_copy_tracks(&block, tracks);
	unlock_slab(slab, flags);
	return known;
}

/* Unlocks, and then empty slabs that are too many go. */
static void unlock_and_release(struct myslab_slab *slab, unsigned long flags)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	struct myslab_cache *class = slab->cache;
	bool surplus = myslab_has_surplus(lists, class);

	rcu_read_lock();
	unlock_slab(slab, flags);
	if (surplus)
		myslab_small_release(class, lists);
	rcu_read_unlock();
}

/* It had a client that nobody watched: what it was before is lost. */
static void forget_kept(struct myslab_slab *slab, unsigned int idx)
{
	struct myslab_block_record *record;

	record = slab->guards ? slab->guards->slot[idx].record : NULL;
	if (record)
		record->record.kept = MYSLAB_KEPT_NOTHING;
}

/* With the lock held, of a block that is out and debugged. */
void myslab_small_claim_locked(struct myslab_slab *slab, unsigned int idx)
{
	struct myslab_block_record *record = slab->guards->slot[idx].record;

	myslab_count_free(myslab_slab_lists_of(slab), slab, slab->cache, idx);
	WRITE_ONCE(record->record.state, MYSLAB_GIVEN_BACK);
	/* Whoever has it until it rests, it is no leak. */
	myslab_checkers_known(slab->cache, slab->base +
			      (size_t)idx * slab->cache->layout.stride);
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

	slab = lock_slab(heap, block->base, &flags);
	if (!slab)
		return MYSLAB_NOT_OURS;
	lists = myslab_slab_lists_of(slab);
	idx = index_in(slab, block->base);
	found = found_at(slab, idx);
	if (found == MYSLAB_OUT) {
		myslab_count_free(lists, slab, slab->cache, idx);
		forget_kept(slab, idx);
		if (!condemn)
			myslab_small_put_locked(lists, slab, slab->cache, idx);
	}
	if (condemn || found == MYSLAB_BACK) {
		myslab_slab_condemn_locked(slab, idx);
		myslab_slab_rebin(lists, slab);
	}
	unlock_and_release(slab, flags);
	return found;
}

/*
 * A debugged block comes back, and from here on is that of the one caller who
 * gets MYSLAB_OUT, until he lets it rest.
 */
enum myslab_found myslab_small_claim(struct myslab_heap *heap,
				     const struct myslab_block *block)
{
	enum myslab_found found;
	struct myslab_slab *slab;
	unsigned long flags;
	unsigned int idx;

	slab = lock_slab(heap, block->base, &flags);
	if (!slab)
		return MYSLAB_NOT_OURS;
	idx = index_in(slab, block->base);
	found = found_at(slab, idx);
	if (found == MYSLAB_OUT)
		myslab_small_claim_locked(slab, idx);
	unlock_slab(slab, flags);
	return found;
}

/* A claimed block, to its slab; or it is withdrawn, as it may be already. */
void myslab_small_rest(struct myslab_heap *heap,
		       const struct myslab_block *block, bool condemn)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	unsigned long flags;
	unsigned int idx;

	slab = lock_slab(heap, block->base, &flags);
	if (!slab)
		return;
	lists = myslab_slab_lists_of(slab);
	idx = index_in(slab, block->base);
	if (myslab_state_of(slab, idx) == MYSLAB_OUT) {
		if (condemn)
			myslab_slab_condemn_locked(slab, idx);
		else
			myslab_small_put_locked(lists, slab, slab->cache, idx);
		if (block->class->free_zeroes)
			myslab_block_redress(heap, block);
		WRITE_ONCE(block->record->record.state, MYSLAB_FREED);
		myslab_slab_rebin(lists, slab);
	}
	unlock_and_release(slab, flags);
}

/*
 * @size fits: the block was found, and its client is the caller. Nobody looks
 * at a debugged one until its zones are where they belong now.
 */
void myslab_small_resize(const struct myslab_block *block, size_t size)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(block->base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned int idx = index_in(slab, block->base);
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	lists->slack -= myslab_slack_of(slab, slab->cache, idx);
	lists->slack += block->room - size;
	myslab_set_slack(slab, slab->cache, idx, block->room - size);
	if (block->record)
		WRITE_ONCE(block->record->record.state, MYSLAB_GIVEN_BACK);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

/* A slab has room for guards and records from the first one on, for good. */
static bool has_guards(struct myslab_slab *slab, gfp_t gfp)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	struct myslab_guards *guards;
	unsigned long flags;

	if (READ_ONCE(slab->guards))
		return true;
	guards = kzalloc(struct_size(guards, slot, slab->cache->objects),
			 gfp & ~__GFP_ZERO);
	if (!guards)
		return false;
	guards->nr = slab->cache->objects;
	raw_spin_lock_irqsave(&lists->lock, flags);
	if (!slab->guards) {
		/* Zero before it is seen: pairs with myslab_small_record(). */
		smp_store_release(&slab->guards, guards);
		guards = NULL;
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	/* Somebody else's came first. */
	kfree(guards);
	return true;
}

/*
 * Note that a block just taken starts @pad bytes in.
 *
 * Context: As @gfp says.
 */
bool myslab_small_guard(void *base, unsigned int pad, gfp_t gfp)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	unsigned long flags;

	if (!has_guards(slab, gfp))
		return false;
	raw_spin_lock_irqsave(&lists->lock, flags);
	slab->guards->slot[index_in(slab, base)].how = ilog2(pad);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return true;
}

/* The record at the place of a block just taken; NULL: it has none. */
struct myslab_block_record *myslab_small_record(const void *base)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	/* Pairs with has_guards(). */
	struct myslab_guards *guards = smp_load_acquire(&slab->guards);

	return guards ? guards->slot[index_in(slab, base)].record : NULL;
}

/* From now on @record is of the block just taken, and of its place. */
bool myslab_small_attach(const void *base, struct myslab_block_record *record)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	struct myslab_block_record *old;
	struct myslab_guard *guard;
	unsigned long flags;

	if (!has_guards(slab, GFP_NOWAIT | __GFP_NOWARN))
		return false;
	raw_spin_lock_irqsave(&lists->lock, flags);
	guard = &slab->guards->slot[index_in(slab, base)];
	old = guard->record;
	guard->record = record;
	guard->how |= MYSLAB_RECORDED;
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (old != record)
		kfree(old);
	return true;
}
