// SPDX-License-Identifier: GPL-2.0
/*
 * Marks, and going back to one.
 *
 * Marks carry serials that rise. Going back to one undoes all that were made
 * later: their serials, an interval, are remembered as stale. It swallows the
 * intervals above, so they rise and lie apart, and in nested use there are as
 * few as there are levels. Where clients leave more, the lowest is forgotten:
 * then a mark from it may be taken for valid, but never one that is valid for
 * stale, and its chunks are looked for before they are used.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "arena.h"
#include "report.h"

/* The start is a mark without a chunk: trim may take the first one. */
static struct myslab_arena_mark here(struct myslab_arena_body *arena)
{
	struct myslab_chunk *chunk = arena->usual.last;
	struct myslab_fill fill;

	lockdep_assert_held(&arena->lock);
	fill = myslab_row_fill(arena, &arena->usual);
	if (!fill.bytes)
		return (struct myslab_arena_mark){
			.arena = &arena->head,
			.large = arena->large.last,
		};
	return (struct myslab_arena_mark){
		.arena = &arena->head,
		.chunk = chunk,
		.large = arena->large.last,
		.offset = fill.bytes - chunk->before.bytes,
		.objects = fill.objects - chunk->before.objects,
	};
}

/**
 * myslab_arena_mark() - Remember where an arena stands.
 * @arena: Arena; nobody else is allocating from it.
 *
 * Marks nest: going back to one makes those that were made later invalid, and
 * a reset all. They cost nothing and need no end.
 *
 * Context: As myslab_arena_alloc() that may not sleep.
 * Return: The mark, for myslab_arena_rewind().
 */
struct myslab_arena_mark myslab_arena_mark(struct myslab_arena *arena)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);
	struct myslab_arena_mark mark = {}, *newest = &body->newest;
	unsigned long flags;

	if (!myslab_arena_is_usable(body, "mark"))
		return mark;
	raw_spin_lock_irqsave(&body->lock, flags);
	mark = here(body);
	/* In the same place as the last valid one: that one. */
	if (newest->serial && newest->chunk == mark.chunk &&
	    newest->large == mark.large && newest->offset == mark.offset)
		mark.serial = newest->serial;
	else
		mark.serial = ++body->last_serial;
	body->newest = mark;
	raw_spin_unlock_irqrestore(&body->lock, flags);
	return mark;
}
EXPORT_SYMBOL_GPL(myslab_arena_mark);

/* Marks in (after, all] are stale from now on. */
static void undo_marks(struct myslab_arena_body *arena, u64 after)
{
	unsigned int nr = arena->nr_stale;

	lockdep_assert_held(&arena->lock);
	if (after == arena->last_serial)
		return;
	while (nr && arena->stale[nr - 1].after >= after)
		nr--;
	if (nr == MYSLAB_STALE_MAX) {
		arena->forgotten = arena->stale[0].last;
		memmove(&arena->stale[0], &arena->stale[1],
			--nr * sizeof(arena->stale[0]));
	}
	arena->stale[nr].after = after;
	arena->stale[nr].last = arena->last_serial;
	arena->nr_stale = nr + 1;
}

static bool is_undone(struct myslab_arena_body *arena, u64 serial)
{
	unsigned int i;

	if (serial <= arena->reset_serial)
		return true;
	for (i = 0; i < arena->nr_stale; i++)
		if (serial > arena->stale[i].after &&
		    serial <= arena->stale[i].last)
			return true;
	return false;
}

/* Is @wanted NULL, or one that is in use, with so much in use of it? */
static bool is_in_use(struct myslab_arena_body *arena,
		      struct myslab_row_of_chunks *row, const void *wanted,
		      unsigned int offset)
{
	struct myslab_chunk *chunk = row->last;
	unsigned long after;

	if (!wanted || !chunk)
		return !wanted;
	after = myslab_row_fill(arena, row).bytes;
	list_for_each_entry_from_reverse(chunk, &row->chunks, link) {
		if (chunk == wanted)
			return offset <= after - chunk->before.bytes;
		after = chunk->before.bytes;
	}
	return false;
}

static const char *what_is_wrong(struct myslab_arena_body *arena,
				 const struct myslab_arena_mark *mark)
{
	lockdep_assert_held(&arena->lock);
	if (!mark->serial || mark->serial > arena->last_serial)
		return "is none that was made";
	if (is_undone(arena, mark->serial))
		return "was made after what the arena has gone back to since";
	if (mark->serial <= arena->forgotten &&
	    !(is_in_use(arena, &arena->usual, mark->chunk, mark->offset) &&
	      is_in_use(arena, &arena->large, mark->large, 0)))
		return "is of memory that was given back since";
	return NULL;
}

/**
 * myslab_arena_rewind() - Free all that was allocated since a mark.
 * @arena: Arena; nobody else is allocating from it.
 * @mark: Of this arena, and still valid; it stays so. Else this is reported,
 *	  and nothing is freed.
 *
 * Context: As myslab_arena_alloc() that may not sleep.
 */
void myslab_arena_rewind(struct myslab_arena *arena,
			 struct myslab_arena_mark mark)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);
	const char *wrong;
	unsigned long flags;

	if (!myslab_arena_is_usable(body, "rewind"))
		return;
	if (mark.serial && mark.arena != arena) {
		myslab_report_on(MYSLAB_WRONG_OWNER, &body->self, NULL,
				 "rewind refused: the mark is another arena's");
		return;
	}
	myslab_arena_debug_sync(body);
	raw_spin_lock_irqsave(&body->lock, flags);
	wrong = what_is_wrong(body, &mark);
	if (!wrong && myslab_arena_frees_debugged(body)) {
		raw_spin_unlock_irqrestore(&body->lock, flags);
		myslab_arena_debug_free(body, &mark);
		raw_spin_lock_irqsave(&body->lock, flags);
	}
	if (!wrong) {
		myslab_rows_rewind(body, &mark);
		undo_marks(body, mark.serial);
		body->newest = mark;
	}
	raw_spin_unlock_irqrestore(&body->lock, flags);
	if (wrong)
		myslab_report_on(mark.serial ? MYSLAB_USE_AFTER_FREE :
				 MYSLAB_BAD_ARGS, &body->self, NULL,
				 "rewind refused: the mark %s", wrong);
}
EXPORT_SYMBOL_GPL(myslab_arena_rewind);

/**
 * myslab_arena_reset() - Free all objects of an arena.
 * @arena: Arena; nobody else is allocating from it.
 *
 * Its chunks stay, so that as much can be allocated again; see
 * myslab_arena_trim(). All marks are invalid now. Takes the same time however
 * many objects there were. What user space has mapped stays mapped: it goes on
 * seeing what this arena's owner wrote there, then and later.
 *
 * Context: As myslab_arena_alloc() that may not sleep.
 */
void myslab_arena_reset(struct myslab_arena *arena)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);
	static const struct myslab_arena_mark start;
	unsigned long flags;

	if (!myslab_arena_is_usable(body, "reset"))
		return;
	myslab_arena_debug_sync(body);
	if (myslab_arena_frees_debugged(body))
		myslab_arena_debug_free(body, &start);
	raw_spin_lock_irqsave(&body->lock, flags);
	myslab_rows_rewind(body, &start);
	body->reset_serial = body->last_serial;
	body->nr_stale = 0;
	body->newest.serial = 0;
	raw_spin_unlock_irqrestore(&body->lock, flags);
}
EXPORT_SYMBOL_GPL(myslab_arena_reset);
