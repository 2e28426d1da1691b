// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of an arena that are debugged: each with red zones, as a heap's
 * blocks have canaries, and with a record beside it: where it is, who has it.
 *
 * A record is in the list of its chunk from before a client has the object
 * until that is freed, with all that came later, whatever the letters are by
 * then. Writers push it without a lock. It is taken off the list under
 * arena->lock, and those who look at others' objects do so under the lock: so
 * they find zones that nobody is about to free, and records that are there.
 *
 * Where there is no memory for a record, or none in the arena for the zones,
 * the object goes without.
 */
#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "arena.h"
#include "debug_guard.h"
#include "ledger.h"
#include "pages.h"

static struct myslab_ledger *ledger_of(const struct myslab_arena_body *arena)
{
	return myslab_ledger_of(&arena->self);
}

static struct myslab_guarded guarded(const struct myslab_chunk *chunk,
				     const struct myslab_arena_record *record)
{
	return (struct myslab_guarded){
		.base = chunk->base + record->offset, .room = record->room,
		.size = record->size, .pad = record->pad,
	};
}

/* What @size bytes take with zones; front is as long as the alignment. */
static void shape(struct myslab_arena_record *record, size_t size,
		  size_t align)
{
	size_t room = ALIGN(align + size + MYSLAB_CANARY_BACK,
			    MYSLAB_ARENA_ALIGN);

	if (room > MYSLAB_ARENA_MAX_SIZE)
		return;
	record->pad = align;
	record->room = room;
}

/*
 * For an object that is about to be taken; with its room and pad, if it is to
 * have zones: what may not fail shall not for them.
 *
 * Return: %NULL: no letter asks for one, or there is no memory.
 */
struct myslab_arena_record *
myslab_arena_record_new(struct myslab_arena_body *arena, size_t size,
			size_t align, gfp_t gfp)
{
	unsigned int letters = myslab_ledger_letters(ledger_of(arena));
	bool tracked = letters & MYSLAB_DEBUG_U;
	struct myslab_arena_record *record;

	if (!(letters & (MYSLAB_DEBUG_Z | MYSLAB_DEBUG_U | MYSLAB_DEBUG_L)))
		return NULL;
	record = kzalloc(struct_size(record, record.tracks,
				     tracked ? MYSLAB_NR_TRACKS : 0),
			 GFP_NOWAIT | __GFP_NOWARN);
	if (!record) {
		atomic_long_inc(&ledger_of(arena)->undressed);
		return NULL;
	}
	record->tracked = tracked;
	record->sited = letters & MYSLAB_DEBUG_L;
	if ((letters & MYSLAB_DEBUG_Z) && !(gfp & __GFP_NOFAIL))
		shape(record, size, align);
	return record;
}

static unsigned long caller_of(const struct myslab_arena_record *record)
{
	const struct myslab_track *track = record->record.tracks;

	if (!record->tracked)
		return myslab_track_caller();
	return track->nr ? track->frames[0] : 0;
}

/*
 * An object was taken, at @base with its zones. A client's from here on, which
 * is before anybody finds its record: @caller's, or 0.
 */
void *myslab_arena_dress(struct myslab_arena_body *arena,
			 struct myslab_arena_record *record, void *base,
			 size_t size, unsigned long caller)
{
	struct myslab_chunk *chunk = myslab_page_slab(virt_to_page(base));
	struct myslab_guarded zones;

	record->offset = base - chunk->base;
	record->size = size;
	if (!record->pad)
		record->room = ALIGN(size, MYSLAB_ARENA_ALIGN);
	zones = guarded(chunk, record);
	if (record->pad)
		myslab_canary_set(&arena->secret, &zones);
	if (record->tracked)
		myslab_track_save(record->record.tracks, caller);
	if (record->sited)
		myslab_site_out(ledger_of(arena)->sites, &record->record, size,
				caller ? : caller_of(record));
	WRITE_ONCE(arena->recorded, true);
	llist_add(&record->link, &chunk->records);
	return base + record->pad;
}

/* What a client gets in place of an object that is the arena's, with G. */
void *myslab_arena_cover(struct myslab_arena_body *arena, void *obj,
			 size_t size, size_t align, unsigned long caller)
{
	void *cover = myslab_guard_cover(&arena->self, obj, size, align,
					 arena->zeroes, caller);

	if (cover != obj)
		WRITE_ONCE(arena->recorded, true);
	return cover;
}

static struct myslab_region region_of(const struct myslab_chunk *chunk,
				      const struct myslab_arena_record *record)
{
	return (struct myslab_region){
		.start = chunk->base + record->offset + record->pad,
		.size = record->size, .before = record->pad,
		.behind = record->pad ? record->room - record->pad -
					record->size : 0,
	};
}

/* Of all objects the last reset or rewind is the free that is known. */
static const struct myslab_track *
freed_by(const struct myslab_arena_body *arena)
{
	/* Pairs with myslab_arena_debug_prepare(). */
	return &smp_load_acquire(&arena->tracks)[MYSLAB_TRACK_FREE];
}

/* What is known of an object; its record may go then. */
static void see(struct myslab_arena_body *arena,
		const struct myslab_chunk *chunk,
		const struct myslab_arena_record *record,
		struct myslab_arena_sight *sight)
{
	sight->region = region_of(chunk, record);
	if (!record->tracked || !sight->tracks)
		return;
	sight->tracks[MYSLAB_TRACK_ALLOC] = record->record.tracks[0];
	sight->tracks[MYSLAB_TRACK_FREE] = *freed_by(arena);
	sight->region.tracks = sight->tracks;
	sight->region.nr_tracks = MYSLAB_NR_TRACKS;
}

/* Zones that are not as they were are made anew: reported once. */
static bool zones_intact(struct myslab_arena_body *arena,
			 const struct myslab_chunk *chunk,
			 const struct myslab_arena_record *record,
			 struct myslab_damage *damage)
{
	struct myslab_guarded zones = guarded(chunk, record);

	if (!record->pad)
		return true;
	atomic_long_inc(&ledger_of(arena)->checks);
	if (likely(myslab_zones_intact(&arena->secret, &zones, damage)))
		return true;
	myslab_canary_set(&arena->secret, &zones);
	return false;
}

/* Its record is the caller's, and takes up what a stack has no room for. */
static noinline void report_freed(struct myslab_arena_body *arena,
				  const struct myslab_chunk *chunk,
				  struct myslab_arena_record *record,
				  const struct myslab_damage *damage)
{
	struct myslab_region region = region_of(chunk, record);

	if (record->tracked) {
		record->record.tracks[MYSLAB_TRACK_FREE] = *freed_by(arena);
		region.tracks = record->record.tracks;
	}
	myslab_ledger_report(ledger_of(arena), &region, damage,
			     "when it was freed");
}

/* The first of a chunk whose zones are not as they were; the lock is held. */
bool myslab_arena_find_damage(struct myslab_arena_body *arena,
			      const struct myslab_chunk *chunk,
			      struct myslab_arena_sight *sight)
{
	const struct myslab_arena_record *record;

	lockdep_assert_held(&arena->lock);
	llist_for_each_entry(record, READ_ONCE(chunk->records.first), link) {
		if (likely(zones_intact(arena, chunk, record, &sight->damage)))
			continue;
		see(arena, chunk, record, sight);
		return true;
	}
	return false;
}

/* Records of what lies from @from on: nobody is allocating. */
static struct llist_node *take_records(struct myslab_arena_body *arena,
				       struct myslab_chunk *chunk,
				       unsigned int from)
{
	struct llist_node *first, **link = &first;
	unsigned long flags;

	raw_spin_lock_irqsave(&arena->lock, flags);
	first = chunk->records.first;
	while (*link && llist_entry(*link, struct myslab_arena_record,
				    link)->offset >= from)
		link = &(*link)->next;
	chunk->records.first = *link;
	*link = NULL;
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return first;
}

/*
 * What lies from @from on in a chunk is freed.
 *
 * Context: Nobody else is allocating; no lock is held.
 */
void myslab_arena_undress(struct myslab_arena_body *arena,
			  struct myslab_chunk *chunk, unsigned int from)
{
	struct myslab_arena_record *record, *next;
	struct myslab_damage damage;
	struct llist_node *first;

	myslab_guard_uncover_all(&arena->self, chunk->base + from,
				 chunk->base + chunk->size);
	first = take_records(arena, chunk, from);
	llist_for_each_entry_safe(record, next, first, link) {
		if (unlikely(!zones_intact(arena, chunk, record, &damage)))
			report_freed(arena, chunk, record, &damage);
		if (record->sited)
			myslab_site_back(ledger_of(arena)->sites,
					 &record->record, record->size);
		kfree(record);
	}
}

static bool find_in_chunk(struct myslab_arena_body *arena,
			  const struct myslab_chunk *chunk,
			  struct myslab_arena_sight *sight)
{
	unsigned long offset = sight->addr - chunk->base;
	const struct myslab_arena_record *record;

	if (offset >= chunk->size)
		return false;
	llist_for_each_entry(record, READ_ONCE(chunk->records.first), link) {
		if (offset - record->offset >= record->room)
			continue;
		see(arena, chunk, record, sight);
		return true;
	}
	return false;
}

static bool find_in_row(struct myslab_arena_body *arena,
			struct myslab_row_of_chunks *row,
			struct myslab_arena_sight *sight)
{
	struct myslab_chunk *chunk;

	list_for_each_entry(chunk, &row->chunks, link)
		if (find_in_chunk(arena, chunk, sight))
			return true;
	return false;
}

/*
 * The object at sight->addr, with its zones.
 *
 * Context: Any.
 * Return: false: it has no record; or somebody works on that right now.
 */
bool myslab_arena_look(struct myslab_arena_body *arena,
		       struct myslab_arena_sight *sight)
{
	unsigned long flags;
	bool found;

	/* Who was interrupted by an NMI may have it. */
	if (!in_nmi())
		raw_spin_lock_irqsave(&arena->lock, flags);
	else if (!raw_spin_trylock_irqsave(&arena->lock, flags))
		return false;
	found = find_in_row(arena, &arena->usual, sight) ||
		find_in_row(arena, &arena->large, sight);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return found;
}
