/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arenas: chunks in a row, of which the last one in use is bumped through.
 *
 * Two rows: objects go into chunks of the usual size; one that is large beside
 * that gets a chunk of its own in the second row, so that the rest of the
 * current chunk is not given up for it. In both, chunks in use come first, up
 * to last, then spare ones. So a position in the arena is a chunk and an
 * offset in the first row and a chunk in the second, and to rewind to it is
 * to call those two the last: what is behind them is spare. What a row holds
 * is summed up in each chunk for those before it, hence known at once too.
 *
 * Two ways to bump:
 *
 *   plain   the writer owns head.next and head.end and moves next, inline;
 *   atomic  head has no room, ever, so each call gets to the slow path, and
 *           there moves the fill of the last chunk by compare and exchange.
 *           For arenas with many writers.
 *
 * Where the kernel zeroes all that it hands out, a plain arena zeroes its chunk
 * a page ahead of next, and head.end is where that ends.
 *
 * Locks, in the order in which they may be taken, raw spinlocks both:
 *
 *   1. arena->lock	the rows, their sums, marks, bytes against the limit
 *   2. table->lock	arena_map.c: offsets to chunks, for page faults
 *
 * Pages are had, given back and zeroed, and findings printed, with neither.
 */
#ifndef MYSLAB_ARENA_MOD_H
#define MYSLAB_ARENA_MOD_H

#include <linux/atomic.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>

#include <myslab/arena.h>

#include "allocator.h"
#include "ledger.h"

#define MYSLAB_STALE_MAX	8

struct myslab_arena_table;

/* What is handed out: of a chunk, or of all chunks before one. */
struct myslab_fill {
	unsigned long bytes;
	unsigned long objects;
	unsigned long pages;		/* touched by these bytes */
};

/*
 * A chunk's fill in one word: bytes in the low half, objects in the high one.
 * Closed: nothing more is taken from it, see myslab_arena_bump().
 */
#define MYSLAB_FILL_OBJECT	((s64)BIT_ULL(32))
#define MYSLAB_FILL_CLOSED	S64_MIN

struct myslab_chunk {
	struct list_head link;		/* in its row; arena->lock */
	struct myslab_fill before;	/* it, in its row; arena->lock */
	atomic64_t fill;		/* plain: only when not the last */
	void *base;			/* never changes */
	unsigned int size;		/* never changes */

	/* Debugging: arena_debug.c, arena_dress.c. */
	struct llist_head records;	/* of objects, the latest first */
	unsigned int poisoned;		/* up to this offset, above the fill */
	u32 epoch;			/* in which that is so */
	u32 validated;			/* by which pass; arena->lock */

	/* In the table of a mappable arena; table->lock. */
	struct rb_node node;
	unsigned long pgoff;		/* of its first page in the maps */
	bool seen;			/* by a map that may be alive */
};

struct myslab_row_of_chunks {
	struct list_head chunks;	/* in use, then spare */
	struct myslab_chunk *last;	/* in use, or NULL: none is */
};

/* Serials in (after, last] belong to marks that a rewind has undone. */
struct myslab_stale {
	u64 after;
	u64 last;
};

struct myslab_arena_body {
	struct myslab_arena head;	/* for clients; plain: the writer's */
	struct myslab_allocator self;

	/* Never change. */
	bool plain;			/* else atomic */
	bool zeroes;			/* all that it hands out is zero */
	unsigned int flags;
	size_t chunk_size;
	size_t limit;			/* ULONG_MAX: none */
	struct myslab_arena_table *table; /* NULL: not mappable */

	raw_spinlock_t lock;
	struct myslab_row_of_chunks usual;
	struct myslab_row_of_chunks large;
	size_t bytes;			/* of chunks */
	unsigned long nr_chunks;
	unsigned long frees;

	/* Marks: arena_mark.c. */
	u64 last_serial;
	u64 reset_serial;		/* up to here undone by a reset */
	u64 forgotten;			/* up to here not all is known */
	unsigned int nr_stale;
	struct myslab_stale stale[MYSLAB_STALE_MAX];	/* rising */
	struct myslab_arena_mark newest;	/* valid one; serial 0: none */

	/* Debugging: arena_debug.c. */
	bool debugged;			/* plain: the writer's */
	bool hides;			/* no room is shown, or not at once */
	bool recorded;			/* or covered; until reset */
	atomic_t bumps;			/* while it is */
	struct myslab_track *tracks;	/* since the first U; who freed last */
	bool keyed;			/* myslab_debug_lock: there is a */
	siphash_key_t secret;		/* of zones; never changes */
};

/* Of an object that was allocated with Z, U or L. */
struct myslab_arena_record {
	struct llist_node link;		/* in its chunk */
	unsigned int offset;		/* there, with its zones */
	unsigned int room;		/* with them */
	unsigned int size;		/* asked for */
	unsigned int pad;		/* in front of it; 0: no zones */
	bool sited;			/* counted at its call site */
	bool tracked;			/* tracks are behind it */
	struct myslab_record record;
};

/* All that is known of an object, seen at one moment. */
struct myslab_arena_sight {
	const void *addr;		/* in it, or in its zones */
	struct myslab_region region;
	struct myslab_damage damage;
	struct myslab_track *tracks;	/* room for a copy of them, or NULL */
	int bumps;			/* before it was looked for */
};

static inline struct myslab_arena_body *
myslab_arena_body(struct myslab_arena *arena)
{
	return container_of(arena, struct myslab_arena_body, head);
}

static inline struct myslab_arena_body *
myslab_arena_of(struct myslab_allocator *allocator)
{
	return container_of(allocator, struct myslab_arena_body, self);
}

/* arena_debug.c */
void myslab_arena_debug_do_sync(struct myslab_arena_body *arena);
bool myslab_arena_debug_fails(struct myslab_arena_body *arena, size_t size,
			      gfp_t gfp, unsigned long caller);
void myslab_arena_debug_out(struct myslab_arena_body *arena,
			    const struct myslab_chunk *chunk, void *obj,
			    size_t size);
void myslab_arena_debug_free(struct myslab_arena_body *arena,
			     const struct myslab_arena_mark *mark);
void myslab_arena_debug_end(struct myslab_arena_body *arena);
unsigned long myslab_arena_validate(struct myslab_allocator *allocator,
				    u32 pass);
bool myslab_arena_debug_prepare(struct myslab_allocator *allocator,
				const struct myslab_letters *letters);
void myslab_arena_debug_forget(struct myslab_arena_body *arena);

/*
 * Be debugged as is wanted now. Where many write there is no room shown, ever.
 *
 * Context: As myslab_arena_alloc(); a plain arena's writer, or none.
 */
static inline void myslab_arena_debug_sync(struct myslab_arena_body *arena)
{
	if (unlikely(READ_ONCE(arena->self.ledger)))
		myslab_arena_debug_do_sync(arena);
}

/* Has what is freed to be looked at, or records and covers to go? */
static inline bool
myslab_arena_frees_debugged(const struct myslab_arena_body *arena)
{
	return unlikely(arena->debugged) || unlikely(arena->recorded);
}

/* arena_dress.c */
struct myslab_arena_record *
myslab_arena_record_new(struct myslab_arena_body *arena, size_t size,
			size_t align, gfp_t gfp);
void *myslab_arena_dress(struct myslab_arena_body *arena,
			 struct myslab_arena_record *record, void *base,
			 size_t size, unsigned long caller);
void *myslab_arena_cover(struct myslab_arena_body *arena, void *obj,
			 size_t size, size_t align, unsigned long caller);
void myslab_arena_undress(struct myslab_arena_body *arena,
			  struct myslab_chunk *chunk, unsigned int from);
bool myslab_arena_find_damage(struct myslab_arena_body *arena,
			      const struct myslab_chunk *chunk,
			      struct myslab_arena_sight *sight);
bool myslab_arena_look(struct myslab_arena_body *arena,
		       struct myslab_arena_sight *sight);

/* arena_chunk.c */
struct myslab_chunk *myslab_chunk_new(struct myslab_arena_body *arena,
				      size_t want, size_t need, gfp_t gfp);
void myslab_chunk_free(struct myslab_arena_body *arena,
		       struct myslab_chunk *chunk);
unsigned long myslab_chunks_free(struct myslab_arena_body *arena,
				 struct list_head *chunks);

/* arena_row.c */
unsigned int myslab_chunk_fill(struct myslab_arena_body *arena,
			       struct myslab_chunk *chunk);
struct myslab_fill myslab_row_fill(struct myslab_arena_body *arena,
				   struct myslab_row_of_chunks *row);
bool myslab_row_add(struct myslab_arena_body *arena,
		    struct myslab_row_of_chunks *row,
		    struct myslab_chunk *chunk);
bool myslab_row_advance(struct myslab_arena_body *arena,
			struct myslab_row_of_chunks *row, size_t size);
void myslab_rows_rewind(struct myslab_arena_body *arena,
			const struct myslab_arena_mark *mark);
void myslab_rows_take_spare(struct myslab_arena_body *arena,
			    struct list_head *spare);

/* arena_alloc.c */
void *myslab_arena_take(struct myslab_arena_body *arena, size_t size,
			size_t align, gfp_t gfp);
bool myslab_arena_is_usable(struct myslab_arena_body *arena, const char *call);

/* arena_map.c */
struct myslab_arena_table *myslab_table_new(void);
void myslab_table_add(struct myslab_arena_table *table,
		      struct myslab_chunk *chunk);
bool myslab_table_remove(struct myslab_arena_table *table,
			 struct myslab_chunk *chunk);
void myslab_table_put(struct myslab_arena_table *table);

#endif
