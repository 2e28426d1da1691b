// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging of a heap's blocks. They lie where they ever do, and each has a
 * record beside the slab, or with the struct of the large block. Red zones are
 * the heap's canaries.
 *
 * Who has a block: from the moment in which it is taken, or claimed by a free,
 * until it rests or is with a client again, one call works on it and on its
 * record. What is claimed has left its client's hands and is counted so; for
 * whoever frees it again it is free, wherever it is: being dressed, held, or
 * back in its slab. A record is of the block at its place as long as nobody
 * has taken that by the fast path since, which says so (MYSLAB_RECORDED).
 */
#include <linux/kernel.h>
#include <linux/poison.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "canary.h"
#include "heap_slab.h"
#include "report.h"

static struct myslab_ledger *ledger_of(const struct myslab_heap *heap)
{
	return myslab_ledger_of(&heap->self);
}

const struct myslab_track *
myslab_block_tracks(const struct myslab_block_record *record)
{
	return record && record->tracked ? record->record.tracks : NULL;
}

/* Whoever holds the lock of a block sees a record that stays. */
bool myslab_block_copy_tracks(const struct myslab_block *block,
			      struct myslab_track *tracks)
{
	const struct myslab_track *from = myslab_block_tracks(block->record);

	if (from)
		memcpy(tracks, from, MYSLAB_NR_TRACKS * sizeof(*from));
	return from;
}

static void count_check(struct myslab_heap *heap)
{
	atomic_long_inc(&ledger_of(heap)->checks);
}

static bool kept_intact(struct myslab_heap *heap,
			const struct myslab_block_record *record,
			struct myslab_damage *damage)
{
	count_check(heap);
	return record->record.kept != MYSLAB_KEPT_POISON ||
	       myslab_poison_intact(record->start, record->size, POISON_FREE,
				    damage);
}

/*
 * Taken, and not touched yet: is it as it was left? If not it is reported and
 * withdrawn.
 */
bool myslab_block_is_reusable(struct myslab_heap *heap,
			      const struct myslab_block *block)
{
	struct myslab_block_record *record = NULL;
	struct myslab_damage damage;
	struct myslab_region region;

	if (block->class)
		record = myslab_small_record(block->base);
	if (!record || likely(kept_intact(heap, record, &damage)))
		return true;
	region = myslab_block_region(block);
	region.start = record->start;
	region.size = record->size;
	region.before = 0;
	region.behind = 0;
	region.tracks = myslab_block_tracks(record);
	myslab_small_put(heap, block, true);
	myslab_ledger_report(ledger_of(heap), &region, &damage,
			     "when it was allocated again");
	return false;
}

static struct myslab_block_record *new_record(bool tracked)
{
	struct myslab_block_record *record;
	size_t size = sizeof(*record);

	if (tracked)
		size += MYSLAB_ALL_TRACKS * sizeof(struct myslab_track);
	record = kzalloc(size, GFP_NOWAIT | __GFP_NOWARN);
	if (record)
		record->tracked = tracked;
	return record;
}

/* With the block from now on, but nobody looks at it yet. NULL: no memory. */
static struct myslab_block_record *
record_for(struct myslab_heap *heap, const struct myslab_block *block,
	   bool tracked)
{
	struct myslab_block_record *record = NULL, *old = NULL;

	if (block->class)
		old = myslab_small_record(block->base);
	record = old && (old->tracked || !tracked) ? old : new_record(tracked);
	if (!record)
		return NULL;
	WRITE_ONCE(record->record.state, MYSLAB_GIVEN_BACK);
	if (!block->class) {
		myslab_large_attach(heap, block, record);
	} else if (!myslab_small_attach(block->base, record)) {
		kfree(record);
		return NULL;
	}
	return record;
}

static void save_track(struct myslab_heap *heap,
		       struct myslab_block_record *record,
		       enum myslab_tracks which, unsigned long caller)
{
	struct myslab_track *tracks = record->record.tracks;

	if (!record->tracked)
		return;
	if (myslab_ledger_has(ledger_of(heap), MYSLAB_DEBUG_U))
		myslab_track_add(tracks, which, caller);
	else
		tracks[which].when = 0;
}

static unsigned long caller_of(const struct myslab_block_record *record)
{
	const struct myslab_track *track = myslab_block_tracks(record);

	if (!track || !track->when)
		return myslab_track_caller();
	return track->nr ? track->frames[0] : 0;
}

static void count_out(struct myslab_ledger *ledger,
		      struct myslab_block_record *record, unsigned long caller)
{
	record->sited = myslab_ledger_has(ledger, MYSLAB_DEBUG_L);
	if (record->sited)
		myslab_site_out(ledger->sites, &record->record, record->size,
				caller ? : caller_of(record));
}

/* It is no longer out, or withdrawn. */
void myslab_block_count_back(struct myslab_heap *heap,
			     struct myslab_block_record *record)
{
	struct myslab_ledger *ledger = ledger_of(heap);

	if (record->sited)
		myslab_site_back(ledger->sites, &record->record, record->size);
	record->sited = false;
}

/* A block with its canaries is about to be a client's: @caller's, or 0. */
void myslab_block_out(struct myslab_heap *heap,
		      const struct myslab_block *block, bool zeroed,
		      unsigned long caller)
{
	unsigned int letters = myslab_ledger_letters(ledger_of(heap));
	struct myslab_block_record *record;

	if ((letters & MYSLAB_DEBUG_P) && !zeroed)
		memset(myslab_block_start(block), POISON_INUSE,
		       myslab_block_usable(block));
	record = record_for(heap, block, letters & MYSLAB_DEBUG_U);
	if (!record) {
		atomic_long_inc(&ledger_of(heap)->undressed);
		return;
	}
	record->start = myslab_block_start(block);
	record->size = block->size;
	record->record.kept = MYSLAB_KEPT_NOTHING;
	save_track(heap, record, MYSLAB_TRACK_ALLOC, caller);
	count_out(ledger_of(heap), record, caller);
	/* Whole before it is looked at: pairs with heap_check.c. */
	smp_store_release(&record->record.state, MYSLAB_OUT_THERE);
}

/* All of a free block is zero now: init_on_free. Poison hides as much. */
void myslab_block_redress(struct myslab_heap *heap,
			  const struct myslab_block *block)
{
	const struct myslab_block_record *record = block->record;

	if (record->record.kept == MYSLAB_KEPT_POISON)
		memset(record->start, POISON_FREE, record->size);
	myslab_guard_set(heap, block);
}

/* Its canaries are where they belong. */
void myslab_block_resized(struct myslab_heap *heap,
			  const struct myslab_block *block)
{
	struct myslab_block_record *record = block->record;

	if (!record)
		return;
	if (record->sited)
		myslab_site_resized(ledger_of(heap)->sites, &record->record,
				    block->size - record->size);
	record->size = block->size;
	/* As above. */
	smp_store_release(&record->record.state, MYSLAB_OUT_THERE);
}

static void rest(struct myslab_heap *heap, const struct myslab_block *block,
		 bool condemn)
{
	if (block->class)
		myslab_small_rest(heap, block, condemn);
	else
		myslab_large_rest(heap, block, condemn);
}

/* It leaves the quarantine, or does not enter it. */
static void let_go(struct myslab_heap *heap, struct myslab_block_record *record)
{
	struct myslab_damage damage;
	struct myslab_block block;

	/* Not what was withdrawn meanwhile. */
	if (myslab_block_find(heap, record->start, &block) != MYSLAB_BACK)
		return;
	if (likely(kept_intact(heap, record, &damage))) {
		rest(heap, &block, false);
		return;
	}
	rest(heap, &block, true);
	myslab_block_report(heap, &block, &damage,
			    "when it left the quarantine");
}

static void let_go_all(struct myslab_heap *heap, struct list_head *leaving)
{
	struct myslab_block_record *record, *next;

	list_for_each_entry_safe(record, next, leaving, held)
		let_go(heap, record);
}

/* Bytes that may be held back; of a destroyed heap none. */
static size_t max_held(struct myslab_heap *heap)
{
	struct myslab_ledger *ledger = ledger_of(heap);

	if (!myslab_ledger_has(ledger, MYSLAB_DEBUG_Q) ||
	    (READ_ONCE(heap->special) & MYSLAB_HEAP_DEAD))
		return 0;
	return READ_ONCE(ledger->letters.held);
}

/* The shrinker reads bytes without the lock. */
static void hold(struct myslab_heap *heap, struct myslab_block_record *record)
{
	struct myslab_ledger *ledger = ledger_of(heap);
	struct myslab_block_record *oldest;
	LIST_HEAD(leaving);
	unsigned long flags;

	raw_spin_lock_irqsave(&ledger->lock, flags);
	list_add_tail(&record->held, &ledger->held);
	WRITE_ONCE(ledger->bytes, ledger->bytes + record->size);
	while (ledger->bytes > max_held(heap)) {
		oldest = list_first_entry(&ledger->held,
					  struct myslab_block_record, held);
		WRITE_ONCE(ledger->bytes, ledger->bytes - oldest->size);
		list_move_tail(&oldest->held, &leaving);
	}
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	let_go_all(heap, &leaving);
}

/*
 * Everything that is held back, to where it came from.
 *
 * Context: Any but NMI.
 */
void myslab_heap_release_held(struct myslab_heap *heap)
{
	struct myslab_ledger *ledger = ledger_of(heap);
	LIST_HEAD(leaving);
	unsigned long flags;

	if (!ledger)
		return;
	raw_spin_lock_irqsave(&ledger->lock, flags);
	list_splice_init(&ledger->held, &leaving);
	WRITE_ONCE(ledger->bytes, 0);
	raw_spin_unlock_irqrestore(&ledger->lock, flags);
	let_go_all(heap, &leaving);
}

/* At the end of an interval in which nobody used the heap. */
void myslab_heap_debug_upkeep(struct myslab_heap *heap)
{
	struct myslab_ledger *ledger = ledger_of(heap);
	long now = myslab_ledger_checks(ledger);

	if (!ledger)
		return;
	if (ledger->seen == now)
		myslab_heap_release_held(heap);
	ledger->seen = myslab_ledger_checks(ledger);
}

/*
 * A debugged block that was found comes back, or is withdrawn instead.
 *
 * Return: MYSLAB_OUT, or what it had become meanwhile.
 */
enum myslab_found myslab_block_back(struct myslab_heap *heap,
				    const struct myslab_block *block,
				    bool condemn)
{
	struct myslab_block_record *record = block->record;
	enum myslab_found found;

	found = block->class ? myslab_small_claim(heap, block) :
			       myslab_large_claim(heap, block);
	if (found != MYSLAB_OUT)
		return found;
	count_check(heap);
	if (block->class && myslab_ledger_has(ledger_of(heap), MYSLAB_DEBUG_F))
		myslab_block_check_slab(heap, block);
	myslab_block_count_back(heap, record);
	save_track(heap, record, MYSLAB_TRACK_FREE, 0);
	if (condemn) {
		rest(heap, block, true);
		return found;
	}
	if (myslab_ledger_has(ledger_of(heap), MYSLAB_DEBUG_P)) {
		memset(record->start, POISON_FREE, record->size);
		record->record.kept = MYSLAB_KEPT_POISON;
	}
	/* Poisoned before it is looked at: pairs with heap_check.c. */
	smp_store_release(&record->record.state, MYSLAB_HELD);
	hold(heap, record);
	return found;
}

void myslab_heap_debug_switch(struct myslab_allocator *allocator)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	unsigned int letters = myslab_ledger_letters(ledger_of(heap));
	unsigned int old = READ_ONCE(heap->special), new;

	do {
		new = old & ~(MYSLAB_HEAP_DEBUGGED | MYSLAB_HEAP_ZONES);
		if (letters)
			new |= MYSLAB_HEAP_DEBUGGED;
		if (letters & MYSLAB_DEBUG_Z)
			new |= MYSLAB_HEAP_ZONES;
	} while (!try_cmpxchg(&heap->special, &old, new));
}

/* Whoever took letters of before has used them. */
void myslab_heap_debug_settle(struct myslab_allocator *allocator)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);

	if (!max_held(heap))
		myslab_heap_release_held(heap);
}
