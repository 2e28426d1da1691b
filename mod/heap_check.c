// SPDX-License-Identifier: GPL-2.0
/*
 * A heap looked at on demand, while it is used: its slabs; zones of the blocks
 * that are out and debugged, poison of those that are free. Looking is done
 * under the lock without which no block becomes out or free, printing is not.
 */
#include <linux/bitops.h>
#include <linux/hardirq.h>
#include <linux/ktime.h>
#include <linux/nodemask.h>
#include <linux/poison.h>

#include "debug.h"
#include "heap_slab.h"
#include "report.h"

/* What a walk stopped at. */
struct found {
	const char *fault;		/* of a slab; NULL: of the block */
	u32 serial;			/* of that slab */
	struct myslab_block block;
	struct myslab_damage damage;
};

/* @free: it is where it can be taken from. */
static bool is_damaged(struct myslab_heap *heap, bool free,
		       const struct myslab_block *block,
		       struct myslab_damage *damage)
{
	const struct myslab_block_record *record = block->record;
	u8 state;

	if (!record)
		return false;
	/* Pairs with the releases in heap_debug.c. */
	state = smp_load_acquire(&record->record.state);
	if (state != MYSLAB_OUT_THERE && state != MYSLAB_HELD &&
	    !(state == MYSLAB_FREED && free))
		return false;
	atomic_long_inc(&myslab_ledger_of(&heap->self)->checks);
	if (!myslab_guard_matches(heap, block, damage))
		return true;
	return state != MYSLAB_OUT_THERE &&
	       record->record.kept == MYSLAB_KEPT_POISON &&
	       !myslab_poison_intact(record->start, record->size, POISON_FREE,
				     damage);
}

static void withdraw_small(struct myslab_slab *slab, unsigned int idx)
{
	if (slab->guards->slot[idx].record->record.state == MYSLAB_OUT_THERE)
		myslab_small_claim_locked(slab, idx);
	myslab_slab_condemn_locked(slab, idx);
	myslab_slab_rebin(myslab_slab_lists_of(slab), slab);
}

static bool find_in_slab(struct myslab_heap *heap, struct myslab_slab *slab,
			 struct found *found)
{
	enum myslab_found state;
	unsigned int idx;

	found->serial = slab->serial;
	found->fault = myslab_slab_fault(slab);
	if (found->fault || !slab->guards)
		return found->fault;
	for (idx = 0; idx < slab->cache->objects; idx++) {
		state = myslab_state_of(slab, idx);
		myslab_small_at(slab, idx, &found->block);
		if (state == MYSLAB_GONE ||
		    !is_damaged(heap, state == MYSLAB_BACK, &found->block,
				&found->damage))
			continue;
		withdraw_small(slab, idx);
		return true;
	}
	return false;
}

/* Withdrawn: it and its record stay. */
static void say(struct myslab_heap *heap, struct found *found)
{
	if (found->fault) {
		myslab_report_on(MYSLAB_CORRUPT_METADATA, &heap->self, NULL,
				 "slab %u: %s", found->serial, found->fault);
		return;
	}
	myslab_block_count_back(heap, found->block.record);
	myslab_block_report(heap, &found->block, &found->damage, "by validate");
}

static unsigned long validate_lists(struct myslab_heap *heap,
				    struct myslab_slab_lists *lists, u32 pass)
{
	unsigned long flags, nr = 0;
	struct myslab_slab *slab;
	struct found found;
	bool hit;

	do {
		raw_spin_lock_irqsave(&lists->lock, flags);
		slab = myslab_slab_not_seen(lists, MYSLAB_BIN_FULL, pass);
		hit = slab && find_in_slab(heap, slab, &found);
		/* There may be more of them. */
		if (hit)
			slab->validated = pass - 1;
		raw_spin_unlock_irqrestore(&lists->lock, flags);
		if (!hit)
			continue;
		nr++;
		say(heap, &found);
	} while (slab);
	return nr;
}

/* What F looks at when a block is freed: the slab that it is still in. */
void myslab_block_check_slab(struct myslab_heap *heap,
			     const struct myslab_block *block)
{
	struct myslab_slab *slab = myslab_page_slab(virt_to_page(block->base));
	struct myslab_slab_lists *lists = myslab_slab_lists_of(slab);
	struct found found = { .serial = slab->serial };
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	found.fault = myslab_slab_fault(slab);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (unlikely(found.fault))
		say(heap, &found);
}

/* One that this pass has not seen, moved to where it is met last. */
static struct myslab_large *next_large(struct myslab_heap *heap, u32 pass)
{
	struct myslab_large *large;

	lockdep_assert_held(&heap->large_lock);
	list_for_each_entry(large, &heap->large, link) {
		if ((s32)(large->validated - pass) >= 0)
			continue;
		large->validated = pass;
		list_move_tail(&large->link, &heap->large);
		return large;
	}
	return NULL;
}

static unsigned long validate_large(struct myslab_heap *heap, u32 pass)
{
	struct myslab_large *large;
	unsigned long flags, nr = 0;
	struct found found = { };
	bool hit;

	do {
		raw_spin_lock_irqsave(&heap->large_lock, flags);
		large = next_large(heap, pass);
		hit = large && large->state != MYSLAB_GONE;
		if (hit) {
			myslab_large_at(large, &found.block);
			hit = is_damaged(heap, false, &found.block,
					 &found.damage);
		}
		if (hit)
			myslab_large_withdraw(heap, large);
		raw_spin_unlock_irqrestore(&heap->large_lock, flags);
		if (!hit)
			continue;
		nr++;
		say(heap, &found);
	} while (large);
	return nr;
}

/*
 * Context: Process; the heap cannot end meanwhile.
 * Return: Findings.
 */
unsigned long myslab_heap_validate(struct myslab_allocator *allocator, u32 pass)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	unsigned long nr = validate_large(heap, pass);
	struct myslab_cache *class;
	unsigned int i;
	int nid;

	for (i = 0; (class = myslab_class_next(heap, &i)); i++)
		for (nid = 0; nid < nr_node_ids; nid++)
			nr += validate_lists(heap, &class->node[nid]->lists,
					     pass);
	return nr;
}

/*
 * Who had the block that @addr is in.
 *
 * Context: Any; NMI: nothing is said, who was interrupted may hold the lock.
 */
void myslab_heap_users(struct myslab_allocator *allocator, const void *addr,
		       struct myslab_lines *to)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	struct myslab_track tracks[MYSLAB_NR_TRACKS];

	if (in_nmi())
		return;
	if (myslab_small_tracks(heap, addr, tracks) ||
	    myslab_large_tracks(heap, addr, tracks))
		myslab_tracks_print(tracks, MYSLAB_NR_TRACKS,
				    ktime_get_mono_fast_ns(), to);
}
