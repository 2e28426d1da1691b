// SPDX-License-Identifier: GPL-2.0
/*
 * A row of chunks: what is in use of it, and its last chunk moving on and
 * back. Everything here is done with arena->lock held.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "arena.h"

/* Spare chunks that are looked at for one that fits. */
#define MAX_TRIES	16

static struct myslab_fill unpack(s64 word)
{
	u32 bytes = word;

	return (struct myslab_fill){
		.bytes = bytes,
		.objects = (u64)(word & ~MYSLAB_FILL_CLOSED) >> 32,
		.pages = DIV_ROUND_UP(bytes, PAGE_SIZE),
	};
}

static s64 pack(unsigned long bytes, unsigned long objects)
{
	return MYSLAB_FILL_OBJECT * (s64)objects + bytes;
}

/* Does the writer keep the fill of this chunk in the head? */
static bool is_in_head(struct myslab_arena_body *arena,
		       struct myslab_chunk *chunk)
{
	return arena->plain && chunk == arena->usual.last;
}

static s64 word_of(struct myslab_arena_body *arena, struct myslab_chunk *chunk)
{
	struct myslab_arena *head = &arena->head;
	unsigned long next, objects;

	if (!is_in_head(arena, chunk))
		return atomic64_read(&chunk->fill);
	/* The inline path stores plain words, one by one. */
	next = data_race(READ_ONCE(head->next));
	/* The same. */
	objects = data_race(READ_ONCE(head->objects));
	return pack(next - (unsigned long)chunk->base, objects);
}

/* Bytes that are taken from a chunk in use. */
unsigned int myslab_chunk_fill(struct myslab_arena_body *arena,
			       struct myslab_chunk *chunk)
{
	return (u32)word_of(arena, chunk);
}

/* What is in use of a row, all of it. */
struct myslab_fill myslab_row_fill(struct myslab_arena_body *arena,
				   struct myslab_row_of_chunks *row)
{
	struct myslab_fill fill = {}, last;

	lockdep_assert_held(&arena->lock);
	if (!row->last)
		return fill;
	last = unpack(word_of(arena, row->last));
	fill = row->last->before;
	fill.bytes += last.bytes;
	fill.objects += last.objects;
	fill.pages += last.pages;
	return fill;
}

/* The last chunk is full: from here on its fill is what it is. */
static void close_last(struct myslab_arena_body *arena,
		       struct myslab_row_of_chunks *row)
{
	struct myslab_chunk *chunk = row->last;

	if (!chunk)
		return;
	if (is_in_head(arena, chunk))
		atomic64_set(&chunk->fill, word_of(arena, chunk));
	else
		atomic64_fetch_or(MYSLAB_FILL_CLOSED, &chunk->fill);
}

/*
 * Called with 0 and NULL, too: nothing is in use. Where the kernel zeroes what
 * it hands out no room is shown yet: that is done piece by piece. Nor is any
 * where each object is looked at.
 */
static void set_head(struct myslab_arena_body *arena,
		     struct myslab_chunk *chunk, unsigned int offset,
		     unsigned int objects)
{
	unsigned long base = chunk ? (unsigned long)chunk->base : 0;
	unsigned long end = chunk ? base + chunk->size : 0;

	WRITE_ONCE(arena->head.next, base + offset);
	WRITE_ONCE(arena->head.end, arena->hides ? base + offset : end);
	WRITE_ONCE(arena->head.objects, objects);
}

/*
 * Let a chunk be the last, with so much taken from it. Writers without the
 * lock find it once it is ready.
 */
static void open_last(struct myslab_arena_body *arena,
		      struct myslab_row_of_chunks *row,
		      struct myslab_chunk *chunk, unsigned int offset,
		      unsigned int objects)
{
	if (chunk)
		atomic64_set(&chunk->fill, pack(offset, objects));
	/* Pairs with the acquires in arena_alloc.c. */
	smp_store_release(&row->last, chunk);
	if (arena->plain && row == &arena->usual)
		set_head(arena, chunk, offset, objects);
}

static struct list_head *end_of_use(struct myslab_row_of_chunks *row)
{
	return row->last ? &row->last->link : &row->chunks;
}

/*
 * A new chunk is spare, and the first that is looked at. False: it would be
 * over the limit, since others were faster.
 */
bool myslab_row_add(struct myslab_arena_body *arena,
		    struct myslab_row_of_chunks *row,
		    struct myslab_chunk *chunk)
{
	lockdep_assert_held(&arena->lock);
	if (chunk->size > arena->limit - arena->bytes)
		return false;
	arena->bytes += chunk->size;
	arena->nr_chunks++;
	if (arena->table)
		myslab_table_add(arena->table, chunk);
	list_add(&chunk->link, end_of_use(row));
	return true;
}

/* Not one that is far too large, which another request may need. */
static struct myslab_chunk *find_spare(struct myslab_arena_body *arena,
				       struct myslab_row_of_chunks *row,
				       size_t size)
{
	struct list_head *link = end_of_use(row);
	size_t most = 2 * max(size, arena->chunk_size);
	struct myslab_chunk *chunk;
	unsigned int i;

	for (i = 0; i < MAX_TRIES; i++) {
		link = link->next;
		if (link == &row->chunks)
			break;
		chunk = list_entry(link, struct myslab_chunk, link);
		if (chunk->size >= size && chunk->size <= most)
			return chunk;
	}
	return NULL;
}

/*
 * Let a spare chunk with room for @size be the last, empty. In the row of
 * large ones it is taken whole, for one object.
 */
bool myslab_row_advance(struct myslab_arena_body *arena,
			struct myslab_row_of_chunks *row, size_t size)
{
	struct myslab_chunk *chunk = find_spare(arena, row, size);
	bool large = row == &arena->large;

	lockdep_assert_held(&arena->lock);
	if (!chunk)
		return false;
	close_last(arena, row);
	chunk->before = myslab_row_fill(arena, row);
	list_move(&chunk->link, end_of_use(row));
	open_last(arena, row, chunk, large ? size : 0, large);
	return true;
}

/*
 * Back to a position. One without a chunk is the start: the writer of a plain
 * arena gets the first chunk right away; others find it spare, so that nobody
 * can have a pointer to it and trim may take it.
 */
void myslab_rows_rewind(struct myslab_arena_body *arena,
			const struct myslab_arena_mark *mark)
{
	struct myslab_chunk *chunk = (void *)mark->chunk;

	lockdep_assert_held(&arena->lock);
	arena->frees += myslab_row_fill(arena, &arena->usual).objects +
			myslab_row_fill(arena, &arena->large).objects;
	if (!chunk && arena->plain)
		chunk = list_first_entry_or_null(&arena->usual.chunks,
						 struct myslab_chunk, link);
	if (chunk && !mark->chunk)
		chunk->before = (struct myslab_fill){};
	open_last(arena, &arena->usual, chunk, mark->offset, mark->objects);
	arena->large.last = (void *)mark->large;
	arena->frees -= myslab_row_fill(arena, &arena->usual).objects +
			myslab_row_fill(arena, &arena->large).objects;
}

static void take_spare(struct myslab_arena_body *arena,
		       struct myslab_row_of_chunks *row,
		       struct list_head *spare)
{
	struct list_head *link = end_of_use(row), *next;
	struct myslab_chunk *chunk;

	for (link = link->next; link != &row->chunks; link = next) {
		next = link->next;
		chunk = list_entry(link, struct myslab_chunk, link);
		if (arena->table && !myslab_table_remove(arena->table, chunk))
			continue;
		list_move(link, spare);
		arena->nr_chunks--;
		arena->bytes -= chunk->size;
	}
}

/* Unlist all chunks that nothing is in, but for those that maps show. */
void myslab_rows_take_spare(struct myslab_arena_body *arena,
			    struct list_head *spare)
{
	lockdep_assert_held(&arena->lock);
	/* The first chunk of a plain arena that was reset: nothing in it. */
	if (arena->plain && arena->usual.last &&
	    !myslab_row_fill(arena, &arena->usual).bytes)
		open_last(arena, &arena->usual, NULL, 0, 0);
	take_spare(arena, &arena->usual, spare);
	take_spare(arena, &arena->large, spare);
}
