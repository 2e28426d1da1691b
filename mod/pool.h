/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools: how their parts fit together.
 *
 * Blocks lie in chunks, spans of pages that are laid out as a cache's slabs
 * are. Each 64 blocks of a chunk have a leaf, with a bit for each block that
 * is free. The state of a block is this bit alone:
 *
 *   free       bit set
 *   out        bit clear; freeing sets it, and finds it set if that is done
 *	        a second time
 *   condemned  bit clear, bit in gone set: withdrawn after a double free
 *
 * A pool with zones has a hole at the start of each chunk, a block that is gone
 * from the start and guards the one behind it.
 *
 * Two maps above lead to leaves with free blocks: a bit in mid for each leaf,
 * a bit in top for each word of mid. pool_map.c says when they are right.
 *
 * One number counts, avail. Positive: blocks that are free and that nobody
 * has claimed. Negative: tasks that wait and that no free has met yet. It is
 * kept as spare, one lower, so that a free which somebody waits for sees it by
 * the sign of what its locked addition leaves. An allocation first
 * claims a block by taking one off, and only then looks for it: at each
 * moment there are at least as many bits set as there are claims on the way
 * to theirs. So whether there is a block is decided in one place, exactly;
 * the way to it is all that can be contended.
 *
 * wait_lock is the only lock, raw, with interrupts off, for alloc_wait and
 * the irq_work that wakes; allocating and freeing do not know it.
 */
#ifndef MYSLAB_POOL_MOD_H
#define MYSLAB_POOL_MOD_H

#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>

#include <myslab/pool.h>

#include "allocator.h"
#include "debug_guard.h"
#include "layout.h"
#include "ledger.h"
#include "pages.h"
#include "types.h"

struct myslab_pool_leaf {
	unsigned long free;		/* a bit for each block that is */
	void *base;			/* block of bit 0; never changes */
	unsigned long gone;		/* condemned; only ever grows */
	u32 nr;				/* blocks from here to the chunk's */
					/* end; 0: frees go the slow way */
	u32 number;			/* of this leaf; never changes */
};

struct myslab_letters;
struct myslab_pool_debug;

/* With Z at creation: bytes behind each block at least; none behind larger. */
#define MYSLAB_POOL_ZONE	16
#define MYSLAB_POOL_ZONED_MAX	(PAGE_SIZE / 2)

struct myslab_pool_cpu {
	struct myslab_pool_leaf *hint;	/* where this CPU found some last */
	unsigned long allocs;		/* wraps */
};

struct myslab_pool_body {
	struct myslab_pool front;	/* what clients have the address of */

	/* Read by every call; written at create and destroy only. */
	struct myslab_pool_cpu __percpu *cpu;
	struct myslab_pool_leaf *leaves;	/* and one that is empty */
	unsigned long *mid;
	unsigned long *top;
	unsigned long span_mask;	/* span - 1 */
	u32 inverse;			/* copies from layout: see there */
	unsigned long stride;
	u8 shift;
	bool zeroes;			/* what is free: no fast path there */

	/* Written by every call; and most that are free claimed at once. */
	atomic_t spare ____cacheline_aligned;
	int low;			/* lowest avail so far, 0 at least */

	struct myslab_allocator self ____cacheline_aligned;
	struct myslab_layout layout;
	unsigned int size;		/* bytes a client may use */
	unsigned int align;		/* of each block */
	unsigned int flags;
	unsigned int nr_blocks;
	unsigned int hole;		/* places of a chunk without a block */
	unsigned int per_chunk;		/* blocks; in the last one fewer */
	unsigned int nr_chunks;
	unsigned int chunk_leaves;	/* of each chunk */
	unsigned int nr_leaves;
	unsigned int nr_top;		/* words of top */
	atomic_t condemned;

	/* Waiting: pool_wait.c. */
	raw_spinlock_t wait_lock;
	struct list_head waiters;	/* first come first; wait_lock */
	int nr_waiting;			/* listed; wait_lock */
	unsigned long waits;		/* wait_lock */
	struct irq_work wake;

	/* Private pools: pool_private.c. */
	struct myslab_pool_leaf *current_leaf;	/* at front; or NULL */
	unsigned int nr_opened;		/* blocks that were ever out */
	unsigned int front_nr;		/* front.nr, or what that would be */

	/* Debugging: pool_debug.c. The latter two: myslab_debug_lock. */
	struct myslab_pool_debug __rcu *debug;	/* NULL: off */
	struct myslab_pool_debug *debug_next;
	struct myslab_pool_debug *debug_old;
	bool zones;			/* behind its blocks; never changes */
	siphash_key_t secret;		/* of those */
	unsigned int cursor;		/* with Q: places before it come last */
};

extern const struct myslab_allocator_type myslab_pool_type;

static_assert(!offsetof(struct myslab_pool_body, front));

static inline struct myslab_pool_body *
myslab_pool_body(const struct myslab_pool *pool)
{
	return container_of(pool, struct myslab_pool_body, front);
}

static inline struct myslab_pool_body *
myslab_pool_of(struct myslab_allocator *allocator)
{
	return container_of(allocator, struct myslab_pool_body, self);
}

static inline bool myslab_pool_is_private(const struct myslab_pool_body *pool)
{
	return pool->flags & MYSLAB_POOL_PRIVATE;
}

static inline struct myslab_pool_leaf *
myslab_pool_first_leaf(const struct myslab_pool_body *pool,
		       const struct myslab_pool_leaf *leaf)
{
	return &pool->leaves[rounddown(leaf->number, pool->chunk_leaves)];
}

/* Places of the chunk that @leaf belongs to, from @leaf on. */
static inline unsigned int
myslab_pool_left(const struct myslab_pool_body *pool,
		 const struct myslab_pool_leaf *leaf)
{
	unsigned int chunk = leaf->number / pool->chunk_leaves;
	unsigned int before = leaf->number % pool->chunk_leaves;

	return min(pool->per_chunk,
		   pool->nr_blocks - chunk * pool->per_chunk) + pool->hole -
	       before * BITS_PER_LONG;
}

/* What a freed pointer is proved to be. */
struct myslab_pool_place {
	struct myslab_pool_leaf *leaf;
	unsigned int bit;
};

/* Is there a hole right before it? */
static inline bool
myslab_pool_is_behind_hole(const struct myslab_pool_body *pool,
			   const struct myslab_pool_place *place)
{
	return pool->hole && place->bit == pool->hole &&
	       place->leaf->number % pool->chunk_leaves == 0;
}

/* The index of a block among all of the pool, and back. */
static inline unsigned int
myslab_pool_index_of(const struct myslab_pool_body *pool,
		     const struct myslab_pool_leaf *leaf, unsigned int bit)
{
	return leaf->number / pool->chunk_leaves * pool->per_chunk +
	       leaf->number % pool->chunk_leaves * BITS_PER_LONG + bit -
	       pool->hole;
}

static inline void
myslab_pool_place_of(const struct myslab_pool_body *pool, unsigned int index,
		     struct myslab_pool_place *place)
{
	unsigned int chunk = index / pool->per_chunk;
	unsigned int rest = index % pool->per_chunk + pool->hole;

	place->leaf = &pool->leaves[chunk * pool->chunk_leaves +
				    rest / BITS_PER_LONG];
	place->bit = rest % BITS_PER_LONG;
}

/* pool_args.c */
int myslab_pool_check_args(const char *name, size_t size, unsigned int nr,
			   const struct myslab_pool_args *args);
unsigned int myslab_pool_lacks(const struct myslab_pool_body *pool);
void myslab_pool_lay_out(struct myslab_pool_body *pool, size_t size,
			 unsigned int nr, const struct myslab_pool_args *args);

/* pool_chunk.c */
int myslab_pool_get_chunks(struct myslab_pool_body *pool);
unsigned int myslab_pool_put_chunks(struct myslab_pool_body *pool, bool all);
void myslab_pool_open_frees(struct myslab_pool_body *pool,
			    struct myslab_pool_leaf *first, bool on);
void myslab_pool_free_maps(struct myslab_pool_body *pool);
unsigned int myslab_pool_out(const struct myslab_pool_body *pool,
			     unsigned int from, unsigned int to, void **first,
			     unsigned int max);
void myslab_pool_span_of(const struct myslab_pool_body *pool,
			 unsigned int chunk, struct myslab_span *span);
unsigned int myslab_pool_chunk_pages(const struct myslab_pool_body *pool,
				     unsigned int chunk);
bool myslab_pool_find(const struct myslab_pool_body *pool, const void *block,
		      struct myslab_pool_place *place);
const char *myslab_pool_fault(const struct myslab_pool_body *pool,
			      const struct myslab_pool_leaf *leaf);

/* pool_map.c */
void myslab_pool_announce(struct myslab_pool_body *pool, u32 leaf);
void myslab_pool_emptied(struct myslab_pool_body *pool,
			 struct myslab_pool_leaf *leaf);
void *myslab_pool_pick(struct myslab_pool_body *pool);
struct myslab_pool_leaf *myslab_pool_some_leaf(struct myslab_pool_body *pool);

/* pool_alloc.c */
bool myslab_pool_claim(struct myslab_pool_body *pool);
void myslab_pool_unclaim(struct myslab_pool_body *pool);
void myslab_pool_note_low(struct myslab_pool_body *pool, int avail);
void *myslab_pool_handed_out(struct myslab_pool_body *pool, void *block);
void myslab_pool_free_stranger(struct myslab_pool_body *pool, void *block);
void myslab_pool_report_twice(struct myslab_pool_body *pool, void *block,
			      bool withdrawn);
bool myslab_pool_take_at(struct myslab_pool_body *pool,
			 const struct myslab_pool_place *place);
void myslab_pool_put_at(struct myslab_pool_body *pool,
			const struct myslab_pool_place *place);
void myslab_pool_condemn(struct myslab_pool_body *pool,
			 const struct myslab_pool_place *place);
void *myslab_pool_exchange(struct myslab_pool_body *pool,
			   const struct myslab_pool_place *place, void *block);

/* pool_debug.c */
void *myslab_pool_debug_out(struct myslab_pool_body *pool, void *block,
			    unsigned long caller);
bool myslab_pool_debug_back(struct myslab_pool_body *pool,
			    const struct myslab_pool_place *place,
			    void *block);
void myslab_pool_debug_report_twice(struct myslab_pool_body *pool,
				    void *block, const char *text);
void myslab_pool_users(struct myslab_allocator *allocator, const void *addr,
		       struct myslab_lines *to);
unsigned long myslab_pool_validate(struct myslab_allocator *allocator,
				   u32 pass);

/* pool_switch.c */
void myslab_pool_debug_dress(struct myslab_pool_body *pool);
bool myslab_pool_debug_prepare(struct myslab_allocator *allocator,
			       const struct myslab_letters *letters);
void myslab_pool_debug_switch(struct myslab_allocator *allocator);
void myslab_pool_debug_settle(struct myslab_allocator *allocator);
void myslab_pool_debug_close(struct myslab_pool_body *pool);
void myslab_pool_debug_free(struct myslab_pool_body *pool);

/* pool_wait.c */
void myslab_pool_wait_init(struct myslab_pool_body *pool);
void myslab_pool_wake(struct myslab_pool_body *pool);
void myslab_pool_dismiss(struct myslab_pool_body *pool);

/* pool_private.c */
void *myslab_pool_private_take(struct myslab_pool_body *pool);
void *myslab_pool_private_alloc(struct myslab_pool_body *pool,
				unsigned long caller);
void myslab_pool_private_free(struct myslab_pool_body *pool, void *block);
void myslab_pool_private_put_front(struct myslab_pool_body *pool);
unsigned int myslab_pool_private_used(struct myslab_pool_body *pool);

static inline int myslab_pool_avail(const struct myslab_pool_body *pool)
{
	return atomic_read(&pool->spare) + 1;
}

static inline bool myslab_pool_is_debugged(const struct myslab_pool_body *pool)
{
	return rcu_access_pointer(pool->debug);
}

/* Of which an array is had for all blocks at once. */
struct myslab_pool_debug {
	unsigned int letters;
	bool faulty;			/* which was reported */
	size_t stride;			/* of records */
	u8 records[] __aligned(8);
};

static inline struct myslab_record *
myslab_pool_record(struct myslab_pool_debug *debug, unsigned int index)
{
	return (void *)(debug->records + index * debug->stride);
}

/* Between a block of @size bytes and the next; of a hole it is all. */
static inline struct myslab_guarded
myslab_pool_zone(const struct myslab_pool_body *pool, void *block, size_t size)
{
	return (struct myslab_guarded){
		.base = block, .room = pool->stride, .size = size,
	};
}

/* Fault injection: is it the turn of this call? */
static inline bool myslab_pool_debug_fails(struct myslab_pool_body *pool,
					   unsigned long caller)
{
	return unlikely(myslab_pool_is_debugged(pool)) &&
	       myslab_ledger_fails(myslab_ledger_of(&pool->self),
				   pool->size, 0, caller);
}

/* The block of one bit of a leaf. */
static inline void *myslab_pool_at(const struct myslab_pool_body *pool,
				   const struct myslab_pool_leaf *leaf,
				   unsigned long bit)
{
	return leaf->base + bit * pool->stride;
}

/*
 * Take the first block of a leaf, by one try: false if there is none, or
 * somebody else was faster; who comes back counts. Of what it had and has
 * left the caller makes the block, and sees to the maps if that is nothing.
 */
static __always_inline bool myslab_pool_take(struct myslab_pool_leaf *leaf,
					     unsigned long *had,
					     unsigned long *left)
{
	*had = READ_ONCE(leaf->free);
	*left = *had & (*had - 1);
	return likely(*had) && likely(try_cmpxchg(&leaf->free, had, *left));
}

#endif
