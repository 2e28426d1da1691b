/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The structures of a cache, layer by layer; what it has in common with the
 * other allocators is in allocator.h.
 *
 * The states an object can be in, and who moves it on:
 *
 *   raw        in its slab, bit set in free, not constructed
 *   slab       in its slab, bit set in free
 *   cached     in a magazine, of a CPU or of the depot; bit clear
 *   client     handed out; bit clear
 *   deferred   given to free_rcu; bit set in one of the two deferred
 *   condemned  withdrawn after a finding, for good; bit set in condemned
 *
 *   raw -> slab (constructor) <-> cached <-> client -> deferred -> slab
 *
 * Nothing of this is written into the object itself.
 *
 * Locks, in the order in which they may be taken:
 *
 *   1. cpus_read_lock()     destroy, shrink: CPUs stay as they are
 *   2. myslab_registry_lock mutex
 *   3. cpu->busy            this CPU's magazines; not a lock but a claim: who
 *                           finds it taken goes to the slabs instead
 *   4. depot->lock          raw spinlock, interrupts off
 *   4. lists->lock          raw spinlock, interrupts off
 *   5. cache->rcu_lock      raw spinlock, interrupts off
 *
 * Debugging has three mutexes more: myslab_debug_lock comes before all of
 * these, myslab_sides_lock after 1 and without 2, myslab_site_lock behind the
 * other two and alone. side->held.lock, cache->count_lock, unused_lock of
 * guard pages and that of findings.c are taken alone. The two of number 4 do
 * not nest.
 * Pages, constructors, destructors and printing are used with nothing of 3 to 5
 * held.
 */
#ifndef MYSLAB_TYPES_H
#define MYSLAB_TYPES_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <asm/local.h>

#include <myslab/cache.h>
#include <myslab/report.h>

#include "allocator.h"

/* Workers of ours: destructors that sleep, deferred frees, upkeep. */
extern struct workqueue_struct *myslab_wq;

/*
 * Layer 1: slabs.
 */

/*
 * The order of the bitmaps behind a slab, layout.words words each. Heaps have
 * the first two, caches without a constructor all but the last.
 */
enum myslab_bits {
	MYSLAB_FREE,		/* in the slab; clear: out, or condemned */
	MYSLAB_CONDEMNED,	/* withdrawn after a finding */
	MYSLAB_DEFERRED,	/* free_rcu called; this and the next take */
	MYSLAB_DEFERRED_TOO,	/* turns, see cache_rcu.c */
	MYSLAB_CONSTRUCTED,	/* its constructor has run */
	MYSLAB_NR_BITS,
};

/*
 * Where a slab is listed: by how full it is, so that allocation can take from
 * the fullest and the others have a chance to become empty.
 */
enum myslab_bin {
	MYSLAB_BIN_FULL,	/* nothing to take */
	MYSLAB_BIN_1,		/* less than a quarter free */
	MYSLAB_BIN_2,
	MYSLAB_BIN_3,
	MYSLAB_BIN_4,
	MYSLAB_BIN_EMPTY,	/* everything free */
	MYSLAB_NR_BINS,
};

/*
 * What is kept beside the blocks of a heap's slab once one was guarded or
 * debugged; lists->lock. A record stays with its place, whoever has it.
 */
struct myslab_guard {
	struct myslab_block_record *record;	/* or NULL */
	u16 how;			/* log2 of pad, and MYSLAB_RECORDED */
};

#define MYSLAB_RECORDED		BIT(8)	/* the record is of this block */

struct myslab_guards {
	unsigned int nr;
	struct myslab_guard slot[];
};

/*
 * In front of it lies an entry of layout.slack bytes for each object, the first
 * nearest: of heaps the bytes not asked for, of debug sides a record.
 */
struct myslab_slab {
	union {
		struct list_head link;	/* in lists->bin[bin]; lists->lock */
		struct rcu_head rcu;	/* or on its way to the pages */
		struct llist_node dying;	/* or to the worker */
	};
	struct myslab_cache *cache;	/* never changes */
	void *base;			/* first object; never changes */
	union {
		struct myslab_slab *rcu_next;	/* NULL: unlisted, or last; */
						/* rcu_lock */
		struct myslab_guards *guards;	/* heaps; NULL: none ever was */
	};
	unsigned int nr_free;		/* bits set in free; lists->lock */
	u32 serial;			/* no two slabs have the same, ever */
	union {
		u32 validated;		/* by which pass; lists->lock */
		u32 front;		/* bytes of entries: on its way out */
	};
	unsigned int hint;		/* no free bit in words below it */
	short nid;			/* of its pages; never changes */
	unsigned short nr_condemned;	/* lists->lock */
	unsigned char bin;		/* enum myslab_bin; lists->lock */
	bool rcu_listed;		/* in cache->rcu_slabs; rcu_lock */
	bool lost;			/* its page was somebody else's */
	bool faulty;			/* which was reported */
	unsigned long bits[];		/* enum myslab_bits */
};

/* One piece of kmalloc-96, of up to 64 objects without a constructor. */
static_assert(offsetof(struct myslab_slab, bits) +
	      MYSLAB_CONSTRUCTED * sizeof(long) <= 96);

struct myslab_slab_lists {
	raw_spinlock_t lock;
	struct list_head bin[MYSLAB_NR_BINS];
	unsigned long nr_slabs;
	unsigned long nr_empty;		/* slabs in bin[MYSLAB_BIN_EMPTY] */
	unsigned long min_empty;	/* lowest nr_empty of this interval */

	/* Size classes of heaps count here, under the lock. */
	unsigned long allocs;
	unsigned long frees;
	unsigned long slack;		/* of all blocks that are out */
};

/*
 * Layer 2: magazines and the depot.
 */

struct myslab_magazine {
	struct myslab_magazine *next;	/* in the depot */
	unsigned int capacity;
	unsigned int nr;		/* valid only in the depot */
	void *slot[];			/* [0] is NULL, always: the stop */
};

struct myslab_depot {
	raw_spinlock_t lock;
	struct myslab_magazine *full;	/* not quite: at least one object */
	struct myslab_magazine *empty;	/* all of the current capacity */
	unsigned long nr_full;
	unsigned long nr_empty;
	unsigned long min_full;		/* lowest of this interval: what */
	unsigned long min_empty;	/* was never needed goes back */
	unsigned long nr_objects;	/* in full */
	unsigned long contended;	/* lock was taken, this interval */
};

struct myslab_node {
	struct myslab_depot depot ____cacheline_aligned;
	struct myslab_slab_lists lists ____cacheline_aligned;
};

/*
 * Layer 3: what each CPU owns. Written by that CPU with busy set only, except
 * where the CPU is dead or the whole array has been taken out of service.
 */
struct myslab_cpu {
	unsigned int busy;
	unsigned int nr;		/* objects in main, at slot[1..nr] */
	unsigned int capacity;		/* of main */
	unsigned int spare_nr;		/* objects in spare */
	struct myslab_magazine *main;	/* never NULL, maybe myslab_nothing */
	struct myslab_magazine *spare;	/* the same */
	local_t allocs;			/* wraps; the difference counts */
	local_t frees;
	unsigned long seen;		/* allocs + frees an interval ago */
	int until;			/* allocs before a sample: light */
	u8 weight;			/* log2 of what that will stand for */
	u16 samples;			/* until now; wraps, which is late */
};

/*
 * Layer 4: the cache.
 */

struct myslab_side;

/*
 * Pages that are had and given back together. They start at a multiple of
 * their whole, a power of two; what nobody needs of that goes back at once.
 */
struct myslab_span {
	unsigned int order;		/* had is PAGE_SIZE << order */
	unsigned int pages;		/* kept of it */
	bool split;			/* each page stands on its own */
	bool blocks;			/* in powers of two; not compound */
	bool told;			/* checkers know what is in it */
};

/*
 * How objects lie in a slab: one span, so that base and index of an object
 * follow from its address.
 */
struct myslab_layout {
	struct myslab_span span;
	unsigned int stride;		/* bytes from object to object */
	unsigned int left;		/* of them in front of the object */
	unsigned int objects;		/* in a slab */
	unsigned int marked;		/* pages that name owner and slab */
	unsigned int words;		/* of one bitmap */
	unsigned int slack;		/* bytes of an entry of a slab */
	u32 inverse;			/* of stride's odd part, mod 2^32 */
	u8 shift;			/* stride is odd part << shift */
};

/*
 * A cache of its own; or a size class of a heap, or the debug side of a cache:
 * those have no magazines, and their allocator is the heap or the cache. The
 * pages of a side name the side as their owner, so that no test of its cache
 * takes them for its own: see debug.h.
 */
struct myslab_cache {
	struct myslab_allocator self;	/* first: its address is ours */

	/* Read by every call; written at create, destroy and switches only. */
	struct myslab_cpu __percpu *cpu ____cacheline_aligned;
	unsigned long span_mask;	/* span - 1 */
	unsigned long base_mask;	/* ~span_mask */
	u32 inverse;			/* copies from layout: see there */
	u32 objects;
	u8 shift;
	bool free_special;		/* free has more to do: see there */
	bool free_zeroes;		/* init_on_free, and it may be zeroed */
	gfp_t gfp_always;		/* added to the gfp of each alloc */
	gfp_t gfp_special;		/* bits that leave the fast path */
	unsigned int size;		/* bytes a client may use */
	struct myslab_cpu __percpu *light_cpu;	/* cache_light.h has these */
	unsigned long light;		/* owner of its pages; or none */

	/* Read by slow paths. */
	struct myslab_allocator *allocator;	/* &self; its heap's, cache's */
	unsigned long owner;		/* word in the pages of its slabs */
	gfp_t gfp_refused;
	unsigned int flags;
	unsigned int batch;		/* objects per visit to the slabs */
	unsigned int max_full;		/* magazines in a depot; shrinks */
	unsigned int max_empty;		/* empty slabs kept, per node */
	unsigned int magazine_size;	/* for new ones; the worker grows it */
	struct myslab_layout layout;
	int (*ctor)(void *obj, void *private, gfp_t gfp);
	void (*dtor)(void *obj, void *private);
	void *private;
	struct myslab_range state[MYSLAB_STATE_RANGES + 1];	/* to size 0 */
	unsigned int user_offset;	/* of a drop-in's objects, user space */
	unsigned int user_size;		/* may have so many bytes from here */

	/* Counters of slow paths. */
	atomic_long_t slow_allocs;	/* not counted on a CPU */
	atomic_long_t slow_frees;
	atomic_long_t condemned;
	atomic_long_t node_misses;

	/* Deferred frees: cache_rcu.c. */
	raw_spinlock_t rcu_lock;
	struct myslab_slab *rcu_slabs;	/* with bits in a deferred; first */
	bool rcu_running;		/* a grace period is being waited for */
	unsigned char rcu_open;		/* bitmap that calls mark, 0 or 1 */
	struct rcu_work rcu_work;

	/* Slabs whose destructors may sleep. */
	struct llist_head dying;
	struct work_struct dying_work;

	/* Debugging: debug.h. */
	struct myslab_side *debug;	/* where objects come from; or NULL */
	struct hlist_head sides;	/* all that have objects; RCU */
	atomic_long_t checks;		/* looks at an object */
	atomic_long_t undressed;	/* allocated without, for memory */
	atomic_long_t guarded;		/* out, on pages of their own */
	atomic_long_t guards_waiting;	/* freed, not at rest yet */
	atomic_long_t unguarded;	/* were to be, but had no room */

	/* Magazines on their way out of service; stats.c. */
	raw_spinlock_t count_lock;
	struct myslab_cpu __percpu *leaving;

	struct myslab_node *node[];	/* nr_node_ids of them */
};

static_assert(!offsetof(struct myslab_cache, self));

static inline struct myslab_cache *
myslab_cache_of(struct myslab_allocator *allocator)
{
	return container_of(allocator, struct myslab_cache, self);
}

/* A size class of a heap, or a debug side? */
static inline bool myslab_is_class(const struct myslab_cache *cache)
{
	return cache->allocator != &cache->self;
}

static inline bool myslab_is_side(const struct myslab_cache *cache)
{
	return myslab_is_class(cache) && cache->owner == (unsigned long)cache;
}

static inline unsigned long *myslab_slab_bits(struct myslab_slab *slab,
					      enum myslab_bits which)
{
	return slab->bits + which * slab->cache->layout.words;
}

#endif
