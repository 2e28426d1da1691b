// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation where the inline path of <myslab/arena.h> gave up: the last chunk
 * is full, the arena is an atomic one, or the call must be refused.
 *
 * Why writers of a shared arena never get the same bytes, and lose none:
 *
 *   - The fill of a chunk is one word, which compare and exchange moves from
 *     what was read to what is above it. So the bytes between the two are
 *     those of the one whose exchange succeeded, and of nobody else. It never
 *     gets above the size of the chunk, hence cannot wrap, and a request that
 *     does not fit takes nothing: a smaller one may still.
 *   - Who finds no room takes the lock and looks whether the last chunk is
 *     still the one it saw. If so, that is closed by an atomic or: exchanges
 *     before it count, those after it fail. Only then is its fill added to the
 *     sums, and another chunk opened, fill first, then row->last by release,
 *     which pairs with the acquire here. Late ones fail on the closed bit and
 *     look again.
 *   - New chunks are made without the lock and added as spare: where two made
 *     one each, one is opened now and the other later, or given back where the
 *     limit allows one alone. Who could make none looks again for those of
 *     others.
 *   - A chunk that somebody may have seen as the last is not freed under him:
 *     trim takes spare ones. One that was in use is spare again only by
 *     rewind, reset and destroy, which exclude writers.
 *
 * An exchange fails only because another one succeeded, or the chunk was
 * closed for one that had no room: some writer always gets on.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arena.h"
#include "owner.h"
#include "pages.h"
#include "report.h"

/* Under this share of a chunk an object does not get one of its own. */
#define LARGE_SHARE	4

/*
 * Zero @chunk up to @to, and some more for what is taken inline, which sees no
 * room beyond. Not at a reset, which takes the same time however much there is.
 */
static void zero_ahead(struct myslab_arena *head,
		       const struct myslab_chunk *chunk, unsigned long to)
{
	unsigned long end = (unsigned long)chunk->base + chunk->size;

	if (to > end || to <= head->end)
		return;
	to = min(end, ALIGN(to, PAGE_SIZE));
	memset((void *)head->end, 0, to - head->end);
	WRITE_ONCE(head->end, to);
}

/* The whole of the chunk is there for a writer who shows nothing of it. */
static void *bump_debugged(struct myslab_arena_body *arena,
			   const struct myslab_chunk *chunk, size_t size,
			   size_t align)
{
	struct myslab_arena *head = &arena->head;
	unsigned long next = ALIGN(head->next, align), end;

	end = chunk ? (unsigned long)chunk->base + chunk->size : 0;
	if (next > end || size > end - next)
		return NULL;
	WRITE_ONCE(head->end, next + size);
	WRITE_ONCE(head->next, next + size);
	WRITE_ONCE(head->objects, head->objects + 1);
	return (void *)next;
}

static void *bump_plain(struct myslab_arena_body *arena,
			const struct myslab_chunk *chunk, size_t size,
			size_t align)
{
	struct myslab_arena *head = &arena->head;
	unsigned long next = ALIGN(head->next, align);

	if (arena->zeroes && chunk)
		zero_ahead(head, chunk, next + size);
	if (next > head->end || size > head->end - next)
		return NULL;
	WRITE_ONCE(head->next, next + size);
	WRITE_ONCE(head->objects, head->objects + 1);
	return (void *)next;
}

static void *bump_atomic(struct myslab_chunk *chunk, size_t size, size_t align)
{
	s64 old = atomic64_read(&chunk->fill);
	unsigned int at;

	do {
		at = ALIGN((u32)old, align);
		if (old < 0 || at > chunk->size || size > chunk->size - at)
			return NULL;
	} while (!atomic64_try_cmpxchg(&chunk->fill, &old,
				       old + MYSLAB_FILL_OBJECT - (u32)old +
				       at + size));
	return chunk->base + at;
}

/* Of a chunk, and not looked at or zeroed yet. */
static void *handed_out(struct myslab_arena_body *arena,
			const struct myslab_chunk *chunk, void *obj,
			size_t size)
{
	if (unlikely(READ_ONCE(arena->debugged)))
		myslab_arena_debug_out(arena, chunk, obj, size);
	if (arena->zeroes)
		memset(obj, 0, size);
	return obj;
}

/* From @chunk, which is or was the last; it starts at a page, as aligned. */
static void *bump(struct myslab_arena_body *arena, struct myslab_chunk *chunk,
		  size_t size, size_t align)
{
	void *obj = NULL;

	if (arena->plain && likely(!arena->debugged))
		return bump_plain(arena, chunk, size, align);
	if (arena->plain)
		obj = bump_debugged(arena, chunk, size, align);
	else if (chunk)
		obj = bump_atomic(chunk, size, align);
	return obj ? handed_out(arena, chunk, obj, size) : NULL;
}

/* Leave @full, unless somebody else did; false: there is no other. */
static bool leave(struct myslab_arena_body *arena, struct myslab_chunk *full,
		  size_t size)
{
	unsigned long flags;
	bool left = true;

	raw_spin_lock_irqsave(&arena->lock, flags);
	if (arena->usual.last == full)
		left = myslab_row_advance(arena, &arena->usual, size);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return left;
}

/* Look again: there is one more, or others were faster; false: no memory. */
static bool grow(struct myslab_arena_body *arena,
		 struct myslab_row_of_chunks *row, size_t want, size_t need,
		 gfp_t gfp)
{
	struct myslab_chunk *chunk;
	unsigned long flags;
	bool added;

	chunk = myslab_chunk_new(arena, want, need, gfp);
	if (!chunk)
		return false;
	raw_spin_lock_irqsave(&arena->lock, flags);
	added = myslab_row_add(arena, row, chunk);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	if (!added)
		myslab_chunk_free(arena, chunk);
	return true;
}

static void *take_usual(struct myslab_arena_body *arena, size_t size,
			size_t align, gfp_t gfp)
{
	struct myslab_chunk *chunk;
	void *obj;

	do {
		/* Pairs with the release in open_last(). */
		chunk = smp_load_acquire(&arena->usual.last);
		obj = bump(arena, chunk, size, align);
	} while (!obj && (leave(arena, chunk, size) ||
			  grow(arena, &arena->usual, arena->chunk_size,
			       PAGE_ALIGN(size), gfp) ||
			  leave(arena, chunk, size)));
	return obj;
}

static void *take_large(struct myslab_arena_body *arena, size_t size,
			gfp_t gfp)
{
	struct myslab_chunk *chunk = NULL;
	unsigned long flags;

	do {
		raw_spin_lock_irqsave(&arena->lock, flags);
		if (myslab_row_advance(arena, &arena->large, size))
			chunk = arena->large.last;
		raw_spin_unlock_irqrestore(&arena->lock, flags);
	} while (!chunk && grow(arena, &arena->large, PAGE_ALIGN(size),
				PAGE_ALIGN(size), gfp));
	return chunk ? handed_out(arena, chunk, chunk->base, size) : NULL;
}

/* In what is left of the last chunk if it fits there, however large. */
static void *take(struct myslab_arena_body *arena, size_t size, size_t align,
		  gfp_t gfp)
{
	struct myslab_chunk *chunk;
	void *obj;

	if (size <= arena->chunk_size / LARGE_SHARE)
		return take_usual(arena, size, align, gfp);
	/* Pairs with the release in open_last(). */
	chunk = smp_load_acquire(&arena->usual.last);
	obj = bump(arena, chunk, size, align);
	return obj ? : take_large(arena, size, gfp);
}

/* Whether a call may go on; if not, that is reported. */
bool myslab_arena_is_usable(struct myslab_arena_body *arena, const char *call)
{
	if (likely(myslab_is_live(&arena->self)))
		return true;
	myslab_report_on(MYSLAB_USE_AFTER_FREE, &arena->self, NULL,
			 "%s of an arena that was destroyed", call);
	return false;
}

/* Inline: a call of it would be seen where nothing is debugged. */
static __always_inline bool
is_allowed(struct myslab_arena_body *arena, size_t size, size_t align,
	   gfp_t gfp)
{
	const char *why;

	if (!size)
		why = "size is 0";
	else if (size > MYSLAB_ARENA_MAX_SIZE)
		why = "size is over 4 MiB";
	else if (!is_power_of_2(align) || align > PAGE_SIZE)
		why = "align is not a power of two up to a page";
	else if (gfp & GFP_ZONEMASK)
		why = "its memory does not come from that zone";
	else if (likely(!(gfp & __GFP_NOFAIL)))
		return true;
	else if (!(gfp & __GFP_DIRECT_RECLAIM))
		why = "__GFP_NOFAIL needs direct reclaim";
	else if (size > MYSLAB_NOFAIL_BYTES)
		why = "__GFP_NOFAIL, but the size is too large for that";
	else if (arena->limit != ULONG_MAX)
		why = "__GFP_NOFAIL, but the arena has a limit";
	else
		return true;
	myslab_report_on(MYSLAB_BAD_ARGS, &arena->self, NULL,
			 "alloc of %zu bytes refused: %s", size, why);
	return false;
}

/* With zones where there is room for them, and a record. */
static noinline void *take_debugged(struct myslab_arena_body *arena,
				    size_t size, size_t align, gfp_t gfp,
				    unsigned long caller)
{
	struct myslab_arena_record *record;
	void *base = NULL;

	if (myslab_arena_debug_fails(arena, size, gfp, caller))
		return NULL;
	record = myslab_arena_record_new(arena, size, align, gfp);
	if (record && record->pad) {
		base = take(arena, record->room, align, gfp | __GFP_NOWARN);
		if (!base)
			record->pad = 0;
	}
	if (!base)
		base = take(arena, ALIGN(size, MYSLAB_ARENA_ALIGN), align, gfp);
	if (base && record)
		base = myslab_arena_dress(arena, record, base, size, caller);
	else
		kfree(record);
	return base ? myslab_arena_cover(arena, base, size, align, caller) :
		      NULL;
}

/* The whole of an allocation, but for what is taken inline. @caller: or 0. */
static __always_inline void *take_for(struct myslab_arena_body *arena,
				      size_t size, size_t align, gfp_t gfp,
				      unsigned long caller)
{
	void *obj = NULL;

	if (myslab_arena_is_usable(arena, "alloc") &&
	    is_allowed(arena, size, align, gfp)) {
		gfp = myslab_gfp_checked(&arena->self, gfp);
		align = max(align, MYSLAB_ARENA_ALIGN);
		myslab_arena_debug_sync(arena);
		if (unlikely(READ_ONCE(arena->debugged)))
			obj = take_debugged(arena, size, align, gfp, caller);
		else
			obj = take(arena, ALIGN(size, MYSLAB_ARENA_ALIGN),
				   align, gfp);
	}
	if (unlikely(!obj))
		atomic_long_inc(&arena->self.failures);
	else if ((gfp & __GFP_ZERO) && !arena->zeroes)
		memset(obj, 0, size);
	return obj;
}

void *myslab_arena_take(struct myslab_arena_body *arena, size_t size,
			size_t align, gfp_t gfp)
{
	return take_for(arena, size, align, gfp, 0);
}

/**
 * myslab_arena_alloc_slow() - Allocate what is not allocated inline.
 * @arena: As for myslab_arena_alloc(), which is what callers want.
 * @size: Bytes.
 * @gfp: As there.
 *
 * Context: As myslab_arena_alloc().
 * Return: As myslab_arena_alloc().
 */
void *myslab_arena_alloc_slow(struct myslab_arena *arena, size_t size,
			      gfp_t gfp)
{
	return myslab_arena_take(myslab_arena_body(arena), size,
				 MYSLAB_ARENA_ALIGN, gfp);
}
EXPORT_SYMBOL_GPL(myslab_arena_alloc_slow);

static noinline void *take_for_caller(struct myslab_arena_body *arena,
				      size_t size, gfp_t gfp,
				      unsigned long caller)
{
	return take_for(arena, size, MYSLAB_ARENA_ALIGN, gfp, caller);
}

/**
 * myslab_arena_alloc_slow_caller() - The same for myslab_arena_alloc_caller().
 * @head: As for myslab_arena_alloc().
 * @size: Bytes.
 * @gfp: As there.
 * @caller: As there.
 *
 * Context: As myslab_arena_alloc().
 * Return: As myslab_arena_alloc().
 */
void *myslab_arena_alloc_slow_caller(struct myslab_arena *head, size_t size,
				     gfp_t gfp, unsigned long caller)
{
	struct myslab_arena_body *arena = myslab_arena_body(head);

	/* Was it ever debugged? */
	if (likely(!READ_ONCE(arena->self.ledger)))
		return myslab_arena_alloc_slow(head, size, gfp);
	return take_for_caller(arena, size, gfp, caller);
}
EXPORT_SYMBOL_GPL(myslab_arena_alloc_slow_caller);

/**
 * myslab_arena_alloc_aligned() - Allocate at an address that is aligned.
 * @arena: Arena to allocate from.
 * @size: As for myslab_arena_alloc().
 * @align: A power of two up to PAGE_SIZE; below 16 it is 16.
 * @gfp: As for myslab_arena_alloc().
 *
 * Context: As myslab_arena_alloc().
 * Return: As myslab_arena_alloc(), aligned.
 */
void *myslab_arena_alloc_aligned(struct myslab_arena *arena, size_t size,
				 size_t align, gfp_t gfp)
{
	return myslab_arena_take(myslab_arena_body(arena), size, align, gfp);
}
EXPORT_SYMBOL_GPL(myslab_arena_alloc_aligned);
