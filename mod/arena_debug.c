// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging of an arena: what reset and rewind free is poisoned, and looked at
 * when it is handed out again, or on demand. Not where user space may see it.
 * What it is before that: arena_dress.c.
 *
 * poisoned, of a chunk: what lies above its fill is poison up to there. That
 * holds as long as nobody bumped without looking, which may have been while P
 * was off: with each time that it comes on begins another epoch.
 *
 * The head of a plain arena is its writer's, and so is whether it shows room.
 * A switch only says what is wanted; the writer sees it when he is next behind
 * the inline path, or frees.
 *
 * Nobody stops while validate looks: it takes what differs for damage only if
 * nothing was handed out since before it asked what is free, which is counted
 * before a client has it.
 */
#include <linux/kernel.h>
#include <linux/poison.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arena.h"
#include "ledger.h"
#include "report.h"

static unsigned int letters_of(const struct myslab_arena_body *arena)
{
	return myslab_ledger_letters(myslab_ledger_of(&arena->self));
}

static bool poisons(const struct myslab_arena_body *arena)
{
	return letters_of(arena) & MYSLAB_DEBUG_P;
}

/* Show room again from where nothing was shown, or none from now on. */
static void show_room(struct myslab_arena_body *arena)
{
	struct myslab_arena *head = &arena->head;
	struct myslab_chunk *chunk = arena->usual.last;

	if (!chunk || arena->hides)
		WRITE_ONCE(head->end, head->next);
	else
		WRITE_ONCE(head->end, (unsigned long)chunk->base + chunk->size);
}

void myslab_arena_debug_do_sync(struct myslab_arena_body *arena)
{
	bool debugged = letters_of(arena);

	if (likely(READ_ONCE(arena->debugged) == debugged))
		return;
	WRITE_ONCE(arena->debugged, debugged);
	if (!arena->plain)
		return;
	arena->hides = arena->zeroes || debugged;
	show_room(arena);
}

/* Fault injection: is it the turn of this one? */
bool myslab_arena_debug_fails(struct myslab_arena_body *arena, size_t size,
			      gfp_t gfp, unsigned long caller)
{
	return myslab_ledger_fails(myslab_ledger_of(&arena->self), size, gfp,
				   caller);
}

/* Above this offset nothing is known of a chunk. */
static unsigned int poisoned(const struct myslab_arena_body *arena,
			     const struct myslab_chunk *chunk)
{
	const struct myslab_ledger *ledger = myslab_ledger_of(&arena->self);

	if (READ_ONCE(chunk->epoch) != READ_ONCE(ledger->epoch))
		return 0;
	return READ_ONCE(chunk->poisoned);
}

static bool is_intact(const struct myslab_arena_body *arena,
		      const struct myslab_chunk *chunk, unsigned int from,
		      unsigned int to, struct myslab_damage *damage)
{
	to = min(to, poisoned(arena, chunk));
	atomic_long_inc(&myslab_ledger_of(&arena->self)->checks);
	return from >= to || myslab_poison_intact(chunk->base + from, to - from,
						  POISON_FREE, damage);
}

static void report(struct myslab_arena_body *arena, const void *start,
		   size_t size, const struct myslab_damage *damage,
		   const char *when)
{
	struct myslab_region region = {
		.start = start, .size = size,
		/* Pairs with myslab_arena_debug_prepare(). */
		.tracks = smp_load_acquire(&arena->tracks),
		.nr_tracks = MYSLAB_NR_TRACKS,
	};

	myslab_ledger_report(myslab_ledger_of(&arena->self), &region, damage,
			     when);
}

/*
 * A client is about to get what nobody else has from now on. What was written
 * there meanwhile is gone then, and so is the finding.
 */
void myslab_arena_debug_out(struct myslab_arena_body *arena,
			    const struct myslab_chunk *chunk, void *obj,
			    size_t size)
{
	unsigned int from = obj - chunk->base;
	struct myslab_damage damage;

	/* Counted after it was taken: see find_written(). */
	smp_mb__before_atomic();
	atomic_inc(&arena->bumps);
	/* And before it is written to. */
	smp_mb__after_atomic();
	if (!poisons(arena))
		return;
	if (!is_intact(arena, chunk, from, from + size, &damage))
		report(arena, obj, size, &damage,
		       "when it was allocated again");
	if (!arena->zeroes)
		memset(obj, POISON_INUSE, size);
}

static void poison(struct myslab_arena_body *arena, struct myslab_chunk *chunk,
		   unsigned int from, unsigned int to)
{
	unsigned int known = poisoned(arena, chunk);

	memset(chunk->base + from, POISON_FREE, to - from);
	WRITE_ONCE(chunk->poisoned, max(known, to));
	WRITE_ONCE(chunk->epoch, myslab_ledger_of(&arena->self)->epoch);
}

/* From a place in a row on to its end. Chunks in use stay where they are. */
static void free_row(struct myslab_arena_body *arena,
		     struct myslab_row_of_chunks *row,
		     struct myslab_chunk *chunk, unsigned int from)
{
	struct myslab_chunk *last = row->last;
	bool poisoning = poisons(arena) && myslab_is_live(&arena->self);

	for (;; chunk = list_next_entry(chunk, link), from = 0) {
		myslab_arena_undress(arena, chunk, from);
		if (poisoning)
			poison(arena, chunk, from,
			       myslab_chunk_fill(arena, chunk));
		if (chunk == last)
			break;
	}
}

static void free_rows(struct myslab_arena_body *arena,
		      const struct myslab_arena_mark *mark)
{
	struct myslab_chunk *chunk = (void *)mark->chunk;
	struct myslab_chunk *large = (void *)mark->large;

	if (arena->usual.last)
		free_row(arena, &arena->usual, chunk ? :
			 list_first_entry(&arena->usual.chunks,
					  struct myslab_chunk, link),
			 mark->offset);
	if (arena->large.last == large)
		return;
	free_row(arena, &arena->large, large ? list_next_entry(large, link) :
		 list_first_entry(&arena->large.chunks, struct myslab_chunk,
				  link), 0);
}

/* Its objects end with it: their zones are looked at, their records go. */
void myslab_arena_debug_end(struct myslab_arena_body *arena)
{
	static const struct myslab_arena_mark start;

	if (arena->recorded)
		free_rows(arena, &start);
}

/*
 * All that going back to @mark is about to free; it is valid. This takes as
 * long as there is to poison and to look at.
 *
 * Context: Nobody else is allocating; no lock is held.
 */
void myslab_arena_debug_free(struct myslab_arena_body *arena,
			     const struct myslab_arena_mark *mark)
{
	struct myslab_track *tracks;

	free_rows(arena, mark);
	if (!mark->chunk && !mark->large)
		WRITE_ONCE(arena->recorded, false);
	/* Pairs with myslab_arena_debug_prepare(). */
	tracks = smp_load_acquire(&arena->tracks);
	if (tracks && (letters_of(arena) & MYSLAB_DEBUG_U))
		myslab_track_save(&tracks[MYSLAB_TRACK_FREE], 0);
}

/*
 * Of what is free in a chunk; what lies above is not looked at again. Who was
 * counted before sight->bumps was read had taken his object when @from was.
 */
static bool find_written(struct myslab_arena_body *arena,
			 struct myslab_chunk *chunk, unsigned int from,
			 struct myslab_arena_sight *sight)
{
	/* Pairs with myslab_arena_debug_prepare(). */
	const struct myslab_track *tracks = smp_load_acquire(&arena->tracks);
	unsigned int to = poisoned(arena, chunk);
	bool intact;

	/* It may be handed out right now, and be written to. */
	intact = data_race(is_intact(arena, chunk, from, to, &sight->damage));
	/* Pairs with myslab_arena_debug_out(). */
	smp_rmb();
	if (intact || atomic_read(&arena->bumps) != sight->bumps)
		return false;
	sight->region = (struct myslab_region){
		.start = chunk->base + from, .size = to - from,
		.tracks = tracks ? sight->tracks : NULL,
		.nr_tracks = MYSLAB_NR_TRACKS,
	};
	if (tracks)
		memcpy(sight->tracks, tracks,
		       MYSLAB_NR_TRACKS * sizeof(*tracks));
	WRITE_ONCE(chunk->poisoned, from + sight->damage.first);
	return true;
}

/* Where a finding is, there may be more of them. */
static bool find_damage(struct myslab_arena_body *arena,
			struct myslab_chunk *chunk, unsigned int from,
			struct myslab_arena_sight *sight)
{
	if (myslab_arena_find_damage(arena, chunk, sight)) {
		chunk->validated--;
		return true;
	}
	return poisons(arena) && find_written(arena, chunk, from, sight);
}

/* The next that this pass has not seen; from where on it is free. */
static struct myslab_chunk *next_chunk(struct myslab_arena_body *arena,
				       struct myslab_row_of_chunks *row,
				       u32 pass, unsigned int *from)
{
	struct myslab_chunk *chunk;
	bool in_use = row->last;

	lockdep_assert_held(&arena->lock);
	list_for_each_entry(chunk, &row->chunks, link) {
		*from = in_use ? myslab_chunk_fill(arena, chunk) : 0;
		in_use &= chunk != row->last;
		if (chunk->validated == pass)
			continue;
		chunk->validated = pass;
		return chunk;
	}
	return NULL;
}

static unsigned long validate_row(struct myslab_arena_body *arena,
				  struct myslab_row_of_chunks *row, u32 pass)
{
	struct myslab_chunk *chunk;
	unsigned long flags, nr = 0;
	struct myslab_track tracks[MYSLAB_NR_TRACKS];
	struct myslab_arena_sight sight = { .tracks = tracks };
	unsigned int from;
	bool hit;

	do {
		raw_spin_lock_irqsave(&arena->lock, flags);
		sight.bumps = atomic_read(&arena->bumps);
		/* Pairs with myslab_arena_debug_out(). */
		smp_rmb();
		chunk = next_chunk(arena, row, pass, &from);
		hit = chunk && find_damage(arena, chunk, from, &sight);
		raw_spin_unlock_irqrestore(&arena->lock, flags);
		if (!hit)
			continue;
		nr++;
		myslab_ledger_report(myslab_ledger_of(&arena->self),
				     &sight.region, &sight.damage,
				     "by validate");
	} while (chunk);
	return nr;
}

/*
 * Context: Process; the arena cannot end meanwhile.
 * Return: Findings.
 */
unsigned long myslab_arena_validate(struct myslab_allocator *allocator,
				    u32 pass)
{
	struct myslab_arena_body *arena = myslab_arena_of(allocator);

	if (!poisons(arena) && !READ_ONCE(arena->recorded))
		return 0;
	return validate_row(arena, &arena->usual, pass) +
	       validate_row(arena, &arena->large, pass);
}

bool myslab_arena_debug_prepare(struct myslab_allocator *allocator,
				const struct myslab_letters *letters)
{
	struct myslab_arena_body *arena = myslab_arena_of(allocator);
	struct myslab_track *tracks;

	if (!arena->keyed)
		get_random_bytes(&arena->secret, sizeof(arena->secret));
	arena->keyed = true;
	if (!(letters->mask & MYSLAB_DEBUG_U) || arena->tracks)
		return true;
	tracks = kcalloc(MYSLAB_NR_TRACKS, sizeof(*tracks), GFP_KERNEL);
	if (!tracks)
		return false;
	/* Zero before it is seen. */
	smp_store_release(&arena->tracks, tracks);
	return true;
}

/* Nobody has a pointer to the arena any more. */
void myslab_arena_debug_forget(struct myslab_arena_body *arena)
{
	kfree(arena->tracks);
	arena->tracks = NULL;
	myslab_ledger_free(&arena->self);
}
