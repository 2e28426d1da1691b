/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The heap: blocks of any size.
 *
 * A block of up to MYSLAB_HEAP_SMALL bytes is an object of a size class: a
 * struct myslab_cache without magazines, whose slabs name the heap as their
 * owner. A larger block, or one that fills its pages well, is a struct
 * myslab_large over a span of pages, or over a mapping where no span could be
 * had.
 *
 * From an address to its block: every page of a heap has the heap as its owner
 * word, and behind that its slab, or its large block with a bit set. Mapped
 * blocks are found in a tree. What is known about a block is kept beside it,
 * in slab or struct myslab_large: how many bytes less than it has were asked
 * for, and whether it is guarded.
 *
 * The states of a large block, and who moves it on:
 *
 *   out        handed out
 *   back       kept for the next of about its length, its pages still marked
 *   gone       withdrawn after a finding, for good
 *   (ended)    its pages have no owner and are on their way back
 *
 *   out <-> back -> ended (trim, shrinker, upkeep, destroy)
 *   out -> ended (more are kept already);  out, back -> gone
 *
 * A guarded block does not start where its memory does: behind 2^n bytes that
 * its front canary fills; see canary.h.
 *
 * Locks, none held together with another: the lists' locks of the classes, and
 * large_lock. A free reads the way to its lock without one:
 *
 *   - The page's words are read between two looks at allocator.given_back,
 *     which rises after pages lost their owner and before they are given back.
 *     No rise, and the owner matched: the second word was the heap's too.
 *   - The slab's struct is freed by RCU, and interrupts are off: it is there,
 *     and so is its class, which the heap keeps.
 *   - With the lock held, owner and word are compared again. Slabs and large
 *     blocks lose them under that lock only.
 *
 * So a free of what was freed, even one that races with the end of the slab,
 * is found and follows nothing that is gone. A class ends when its heap's
 * struct is used anew, a grace period after its last page.
 */
#ifndef MYSLAB_HEAP_MOD_H
#define MYSLAB_HEAP_MOD_H

#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>

#include <myslab/heap.h>

#include "debug_guard.h"
#include "ledger.h"
#include "types.h"

/* 64 of 8 bytes more each, then 8 for each power of two. */
#define MYSLAB_HEAP_FINE	512
#define MYSLAB_HEAP_CLASSES	(64 + 8 * 5)

/* Why the fast paths are left: myslab_heap.special. */
#define MYSLAB_HEAP_GUARDS	BIT(0)	/* guard new blocks */
#define MYSLAB_HEAP_ZEROES	BIT(1)	/* init_on_alloc */
#define MYSLAB_HEAP_DEAD	BIT(2)	/* destroyed */
#define MYSLAB_HEAP_DEBUGGED	BIT(3)	/* keep a record of new blocks */
#define MYSLAB_HEAP_ZONES	BIT(4)	/* guard them, as Z asks */

/* The longest blocks that are kept when they are free, in pages. */
#define MYSLAB_KEPT_PAGES	16

/* In the second word of a page, which is no slab then. */
#define MYSLAB_LARGE_BIT	2UL

/* What an address leads to. */
enum myslab_found {
	MYSLAB_NOT_OURS,
	MYSLAB_NO_START,		/* within our memory, not a block */
	MYSLAB_BACK,			/* a block that is free */
	MYSLAB_GONE,			/* a block that was withdrawn */
	MYSLAB_OUT,			/* a block that a client has */
};

/* Why a large block is not freed at once: myslab_large.special. */
#define MYSLAB_LARGE_GUARDED	BIT(0)
#define MYSLAB_LARGE_RECORDED	BIT(1)

/*
 * What debugging knows of a block. Its state is changed from OUT_THERE under
 * the lock of the block, where one of two frees is the first; by others only
 * by who has the block.
 */
struct myslab_block_record {
	struct list_head held;		/* while HELD; ledger->lock */
	void *start;
	size_t size;			/* asked for */
	bool sited;			/* counted at its call site */
	bool tracked;			/* there is room for tracks */
	struct myslab_record record;	/* last: has tracks behind it */
};

struct myslab_large {
	struct list_head link;		/* in heap->large */
	struct rb_node node;		/* in heap->mapped, if mapped */
	union {
		struct llist_node dying;	/* mapped, to a worker */
		struct myslab_large *next;	/* kept, of as many pages */
	};
	void *base;			/* first byte; never changes */
	size_t room;			/* bytes from there; whole pages */
	size_t size;			/* asked for */
	unsigned int pad;		/* bytes from base to the block */
	u8 special;			/* MYSLAB_LARGE_*: not freed at once */
	bool mapped;			/* by vmalloc() */
	enum myslab_found state;	/* OUT; listed too: BACK (kept), GONE */
	struct myslab_block_record *record;	/* or NULL */
	u32 validated;			/* by which pass */
	struct myslab_span span;
};

struct myslab_heap {
	struct myslab_allocator self;

	/* Read by every call, seldom written. */
	unsigned int special ____cacheline_aligned;
	bool zeroes_freed;		/* init_on_free */
	bool contiguous;		/* as kmalloc()'s blocks are */
	struct myslab_cache *classes[MYSLAB_HEAP_CLASSES];
	siphash_key_t secret;

	/* Large blocks: large_lock. */
	raw_spinlock_t large_lock;
	struct list_head large;
	struct rb_root mapped;		/* by address */
	unsigned long allocs;
	unsigned long frees;
	unsigned long used;		/* bytes; those of the condemned, no */
	unsigned long requested;
	unsigned long pages_mapped;
	unsigned long condemned;
	unsigned long nr_kept;		/* pages */
	unsigned long min_kept;		/* lowest nr_kept of this interval */
	struct myslab_large *kept[MYSLAB_KEPT_PAGES + 1];

	struct llist_head dying;	/* mapped blocks to unmap */
	struct work_struct dying_work;

	/* Blocks that wait for a grace period: heap_rcu.c. */
	raw_spinlock_t rcu_lock;
	struct myslab_waiting *rcu_open;
	struct myslab_waiting *rcu_closed;	/* the worker's */
	bool rcu_running;
	struct rcu_work rcu_work;
};

/* What was asked for, and what it takes. */
struct myslab_want {
	size_t size;
	size_t align;
	size_t bytes;			/* with pad and canary */
	size_t promised;		/* align, without a guard */
	unsigned int pad;		/* 0: no guard */
};

/*
 * No more than five words, which are set one by one; what is longer is zeroed
 * by a loop, at each call. Nothing is larger than MYSLAB_HEAP_MAX and a little.
 */
struct myslab_block {
	void *base;			/* first byte of its memory */
	unsigned int room;		/* bytes from there */
	unsigned int size;		/* asked for */
	unsigned int pad;		/* bytes from base to the block */
	bool guarded;
	bool mapped;
	bool fresh;			/* large, its pages just came */
	struct myslab_block_record *record;	/* NULL: not debugged */
	struct myslab_cache *class;	/* NULL: large */
};

static inline void *myslab_block_start(const struct myslab_block *block)
{
	return block->base + block->pad;
}

/* Bytes that a client may use. */
static inline size_t myslab_block_usable(const struct myslab_block *block)
{
	return block->guarded ? block->size : block->room - block->pad;
}

static inline struct myslab_heap *
myslab_heap_of(struct myslab_allocator *allocator)
{
	return container_of(allocator, struct myslab_heap, self);
}

/* The largest power of two that divides a size. */
static inline size_t myslab_natural_align(size_t size)
{
	return size & -size;
}

/* The class of a size from 1 to MYSLAB_HEAP_SMALL, and what it has. */
static __always_inline unsigned int myslab_class_index(size_t size)
{
	unsigned int last = size - 1, top;

	if (likely(size <= MYSLAB_HEAP_FINE))
		return last / 8;
	top = __fls(last);
	return 64 + (top - 9) * 8 + (last >> (top - 3)) - 8;
}

static inline unsigned int myslab_class_stride(unsigned int index)
{
	if (index < 64)
		return (index + 1) * 8;
	index -= 64;
	return (9 + index % 8) << (6 + index / 8);
}

/* The next class that there is, from index @i on; NULL: none. */
static inline struct myslab_cache *myslab_class_next(struct myslab_heap *heap,
						     unsigned int *i)
{
	struct myslab_cache *class;

	for (; *i < MYSLAB_HEAP_CLASSES; ++*i) {
		/* Pairs with the cmpxchg() that publishes a class. */
		class = smp_load_acquire(&heap->classes[*i]);
		if (class)
			return class;
	}
	return NULL;
}

/* heap.c */
extern const struct myslab_allocator_type myslab_heap_type;
extern bool myslab_heap_canaries;

/* heap_debug.c */
bool myslab_block_is_reusable(struct myslab_heap *heap,
			      const struct myslab_block *block);
void myslab_block_out(struct myslab_heap *heap,
		      const struct myslab_block *block, bool zeroed,
		      unsigned long caller);
void myslab_block_resized(struct myslab_heap *heap,
			  const struct myslab_block *block);
enum myslab_found myslab_block_back(struct myslab_heap *heap,
				    const struct myslab_block *block,
				    bool condemn);
void myslab_block_redress(struct myslab_heap *heap,
			  const struct myslab_block *block);
const struct myslab_track *
myslab_block_tracks(const struct myslab_block_record *record);
void myslab_block_count_back(struct myslab_heap *heap,
			     struct myslab_block_record *record);
bool myslab_block_copy_tracks(const struct myslab_block *block,
			      struct myslab_track *tracks);
void myslab_heap_release_held(struct myslab_heap *heap);
void myslab_heap_debug_upkeep(struct myslab_heap *heap);
void myslab_heap_debug_switch(struct myslab_allocator *allocator);
void myslab_heap_debug_settle(struct myslab_allocator *allocator);

/* heap_check.c */
void myslab_block_check_slab(struct myslab_heap *heap,
			     const struct myslab_block *block);
unsigned long myslab_heap_validate(struct myslab_allocator *allocator,
				   u32 pass);
void myslab_heap_users(struct myslab_allocator *allocator, const void *addr,
		       struct myslab_lines *to);

/* heap_class.c */
struct myslab_cache *myslab_class_get(struct myslab_heap *heap,
				      unsigned int index, gfp_t gfp);
void myslab_class_free_all(struct myslab_heap *heap);

/* heap_free.c */
enum myslab_found myslab_block_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block);

/* heap_slab.c */
void myslab_small_note(struct myslab_cache *class, void *base, size_t size);
enum myslab_found myslab_small_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block);
enum myslab_found myslab_small_put(struct myslab_heap *heap,
				   const struct myslab_block *block,
				   bool condemn);
enum myslab_found myslab_small_claim(struct myslab_heap *heap,
				     const struct myslab_block *block);
void myslab_small_rest(struct myslab_heap *heap,
		       const struct myslab_block *block, bool condemn);
struct myslab_block_record *myslab_small_record(const void *base);
bool myslab_small_attach(const void *base, struct myslab_block_record *record);
bool myslab_small_tracks(struct myslab_heap *heap, const void *p,
			 struct myslab_track *tracks);
void myslab_small_resize(const struct myslab_block *block, size_t size);
bool myslab_small_guard(void *base, unsigned int pad, gfp_t gfp);

/* heap_large.c, heap_large_free.c */
struct myslab_large *myslab_large_locked(struct myslab_heap *heap,
					 const void *p);
enum myslab_found myslab_large_state(const struct myslab_large *large,
				     const void *p);
bool myslab_large_alloc(struct myslab_heap *heap,
			const struct myslab_want *want, gfp_t gfp,
			struct myslab_block *block);
enum myslab_found myslab_large_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block);
bool myslab_large_tracks(struct myslab_heap *heap, const void *p,
			 struct myslab_track *tracks);
enum myslab_found myslab_large_put(struct myslab_heap *heap, const void *p,
				   bool condemn);
bool myslab_large_free(struct myslab_heap *heap, const void *p);
enum myslab_found myslab_large_claim(struct myslab_heap *heap,
				     const struct myslab_block *block);
void myslab_large_rest(struct myslab_heap *heap,
		       const struct myslab_block *block, bool condemn);
void myslab_large_attach(struct myslab_heap *heap,
			 const struct myslab_block *block,
			 struct myslab_block_record *record);
void myslab_large_at(const struct myslab_large *large,
		     struct myslab_block *block);
void myslab_large_withdraw(struct myslab_heap *heap,
			   struct myslab_large *large);
void myslab_large_free_struct(struct myslab_large *large);
void myslab_large_resize(struct myslab_heap *heap,
			 const struct myslab_block *block, size_t size);
void myslab_large_unlist(struct myslab_heap *heap, struct myslab_large *large);
void myslab_large_end(struct myslab_heap *heap, struct myslab_large *large);
void myslab_large_forget_all(struct myslab_heap *heap);

/* heap_kept.c */
bool myslab_kept_add(struct myslab_heap *heap, struct myslab_large *large);
struct myslab_large *myslab_kept_take(struct myslab_heap *heap,
				      unsigned long pages);
void myslab_kept_remove(struct myslab_heap *heap, struct myslab_large *large);
unsigned int myslab_kept_largest(struct myslab_heap *heap);
unsigned long myslab_kept_release(struct myslab_heap *heap, unsigned long max);
void myslab_kept_reap(struct myslab_heap *heap);

/* heap_mapped.c */
bool myslab_mapped_get(struct myslab_heap *heap, struct myslab_large *large,
		       size_t align, gfp_t gfp);
void myslab_mapped_add(struct myslab_heap *heap, struct myslab_large *large);
void myslab_mapped_remove(struct myslab_heap *heap,
			  struct myslab_large *large);
struct myslab_large *myslab_mapped_find(struct myslab_heap *heap,
					const void *p);
void myslab_mapped_end(struct myslab_heap *heap, struct myslab_large *large);
void myslab_mapped_dying_work(struct work_struct *work);

/* heap_rcu.c */
void myslab_heap_rcu_init(struct myslab_heap *heap);
void myslab_heap_free_rcu(struct myslab_heap *heap, void *head);
void myslab_heap_rcu_finish(struct myslab_heap *heap);

/* heap_guard.c */
void myslab_guard_set(struct myslab_heap *heap,
		      const struct myslab_block *block);
bool myslab_guard_matches(struct myslab_heap *heap,
			  const struct myslab_block *block,
			  struct myslab_damage *damage);
bool myslab_guard_intact(struct myslab_heap *heap,
			 const struct myslab_block *block);
struct myslab_region myslab_block_region(const struct myslab_block *block);
void myslab_block_report(struct myslab_heap *heap,
			 const struct myslab_block *block,
			 const struct myslab_damage *damage,
			 const char *when);
void myslab_block_report_twice(struct myslab_heap *heap,
			       const struct myslab_block *block);

/* heap_end.c */
void myslab_heap_end(struct myslab_allocator *allocator, const char *why);
void myslab_heap_forget(struct myslab_allocator *allocator);
void myslab_heap_settle(struct myslab_allocator *allocator);
void myslab_heap_free_struct(struct myslab_allocator *allocator);

/* heap_reclaim.c */
unsigned long myslab_heap_give_back(struct myslab_heap *heap);
void myslab_heap_upkeep(struct myslab_allocator *allocator);
unsigned long myslab_heap_reclaimable(struct myslab_allocator *allocator,
				      struct shrink_control *sc);
unsigned long myslab_heap_reclaim(struct myslab_allocator *allocator);

#endif
