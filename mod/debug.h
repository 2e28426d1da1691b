/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debugging of caches.
 *
 * A cache under debug has no magazines: cache->cpu is myslab_off, with which
 * every fast path ends in its slow one, so that what is not debugged pays
 * nothing. The slow path of alloc asks cache->debug; a free finds that the
 * pages of the object name another owner, and asks here before it refuses.
 *
 * side:    where a cache gets objects from while it is debugged: a struct
 *	    myslab_cache without magazines, with slabs of its own in which
 *	    objects lie apart (dressed) and have a record each. Other letters
 *	    make another side. The last one is retired: it hands nothing out,
 *	    and stays until what it handed out is back.
 * undressed: an object of the cache's own slabs. Those from before the switch
 *	    stay what they are, and where a side gets no memory the cache
 *	    itself is asked, so that debugging fails no allocation.
 * snapshot: what the constructor left in the cache's state_ranges, with C;
 *	    behind the record, and as long as the object stays constructed.
 * record:  what a side knows of an object; not in the object's memory, so that
 *	    who writes out of bounds does not write there.
 * held:    in quarantine, a ring of freed objects that come back last.
 * site:    where a client calls alloc, or its wrapper says that it was called;
 *	    its objects are counted there.
 * mark:    a moment; what is allocated later, and still out, is told apart.
 *
 *   slot            slot + left       + size          slot + stride
 *   | red zone          | the object      | red zone          |
 *
 * The states of an object, and who moves it on:
 *
 *   new        never handed out, not dressed yet
 *   out        with a client; counted: at its site, too
 *   back       in the hands of a free; of a finding: condemned, for good
 *   held       in quarantine
 *   waiting    freed, but readers may still look until a grace period is over
 *   deferred   given to free_rcu
 *   free       in its slab
 *
 *   new -> out -> back -> held -> free -> out
 *             \-> waiting, deferred -> back
 *
 * A state changes from out by one of two frees, the first, all others only by
 * who has the object. That is under the lock of the slab's lists, but for what
 * light sides free into magazines: cache_light.h.
 */
#ifndef MYSLAB_DEBUG_MOD_H
#define MYSLAB_DEBUG_MOD_H

#include <linux/mutex.h>

#include "debug_guard.h"
#include "debug_select.h"
#include "ledger.h"
#include "slab.h"
#include "types.h"

struct myslab_lines;
struct seq_file;

struct myslab_quarantine {
	raw_spinlock_t lock;
	bool open;			/* objects may be put into it */
	unsigned int max;		/* slots of the ring */
	unsigned int nr;
	unsigned int first;		/* the oldest */
	void **ring;
};

struct myslab_side {
	struct hlist_node link;		/* in cache->sides: RCU, sides_lock */
	struct hlist_node gone;		/* on its way to be freed */
	struct myslab_cache *parent;
	struct myslab_letters letters;
	struct myslab_sites *sites;	/* with L; all of a cache share them */
	unsigned int snapshot;		/* with C; of a record, in its entry */
	bool retired;			/* for a grace period; sides_lock */
	atomic_t users;			/* allocations under way */
	atomic_t guarded;		/* its objects that have slots */
	atomic_long_t calls;		/* that E could let fail */
	atomic_long_t turns;		/* allocations that G could guard */
	long seen;			/* calls, an interval ago */
	struct myslab_quarantine held;
	struct myslab_cache cache;	/* last: it has an array at its end */
};

/* An object of a side, looked up. */
struct myslab_object {
	struct myslab_side *side;
	struct myslab_slab *slab;
	struct myslab_record *record;
	void *start;			/* what the client has */
	unsigned int idx;
};

static inline struct myslab_side *
myslab_side_of(struct myslab_cache *cache)
{
	return container_of(cache, struct myslab_side, cache);
}

static inline bool myslab_side_has(const struct myslab_side *side,
				   unsigned int letter)
{
	return side->letters.mask & letter;
}

static inline struct myslab_object
myslab_object_at(struct myslab_slab *slab, unsigned int idx)
{
	struct myslab_cache *cache = slab->cache;

	return (struct myslab_object){
		.side = myslab_side_of(cache),
		.slab = slab,
		.record = myslab_slab_entry(slab, idx),
		.start = slab->base + (size_t)idx * cache->layout.stride +
			 cache->layout.left,
		.idx = idx,
	};
}

/* The same by its slot, which is in a slab for sure. */
static inline struct myslab_object
myslab_object_of(struct myslab_side *side, void *slot)
{
	return myslab_object_at(myslab_slab_of(&side->cache, slot),
				myslab_slab_index(&side->cache, slot));
}

static inline void *myslab_object_slot(const struct myslab_object *o)
{
	return o->start - o->side->cache.layout.left;
}

/* Seen by others with all that was done before: myslab_debug_validate(). */
static inline void myslab_object_set(const struct myslab_object *o,
				     enum myslab_object_state state)
{
	/* Pairs with rests() and is_damaged(). */
	smp_store_release(&o->record->state, state);
}

static inline unsigned long *
myslab_object_constructed(const struct myslab_object *o)
{
	return myslab_slab_bits(o->slab, MYSLAB_CONSTRUCTED);
}

static inline const char *myslab_object_state(const struct myslab_object *o)
{
	return myslab_record_state(o->record);
}

/* A look at an object. */
static inline void myslab_object_count(const struct myslab_object *o)
{
	atomic_long_inc(&o->side->parent->checks);
}

static inline bool myslab_side_is_light(const struct myslab_side *side)
{
	return myslab_side_has(side, MYSLAB_DEBUG_LIGHT);
}

/*
 * Light sides: records without tracks, and objects where the cache has them, so
 * that either one's numbers lead to it.
 */
#define MYSLAB_LIGHT_RECORD	sizeof(struct myslab_record)

/* In gfp_always of a cache that is debugged so; no gfp of the kernel's. */
#define MYSLAB_GFP_LIGHT	((__force gfp_t)BIT(31))
/* In cache->light: no page has this owner. */
#define MYSLAB_NO_LIGHT		1UL

static __always_inline struct myslab_record *
myslab_light_record(const struct myslab_cache *cache,
		    const struct myslab_slab *slab, const void *obj)
{
	unsigned long idx = myslab_slab_index(cache, obj);

	return (void *)slab + MYSLAB_LIGHT_RECORD * ~idx;
}

/* Popped from a magazine; false: it was withdrawn, so drop it. */
static __always_inline bool
myslab_light_hand_out(const struct myslab_cache *cache, void *obj)
{
	struct myslab_slab *slab = myslab_slab_of(cache, obj);
	struct myslab_record *record = myslab_light_record(cache, slab, obj);

	/* One that is withdrawn just now leaves when it is in its slab. */
	if (unlikely(data_race(record->state) == MYSLAB_GIVEN_BACK))
		return false;
	WRITE_ONCE(record->state, MYSLAB_OUT_THERE);
	return true;
}

/* Of pages for a side: to go without is better than to wait long for them. */
static inline gfp_t myslab_side_gfp(gfp_t gfp)
{
	gfp &= ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL);
	return gfp | __GFP_NORETRY | __GFP_NOWARN;
}

/* debug_light.c */
bool myslab_light_init(struct myslab_side *side);
void myslab_light_set(struct myslab_cache *cache, struct myslab_side *side);
int myslab_light_turn(struct myslab_side *side);
void *myslab_light_pop(struct myslab_side *side);
int myslab_light_take(struct myslab_side *side, gfp_t gfp, int nid,
		      void **obj);
void myslab_light_put(struct myslab_side *side, void *obj);
void myslab_light_end(struct myslab_side *side);
void myslab_light_upkeep(struct myslab_side *side);
void myslab_light_drain(struct myslab_cache *cache);
void myslab_light_cpu_dead(struct myslab_cache *cache, unsigned int cpu);

/* debug_dress.c */
void myslab_dress_init(void);
void myslab_dress_zones(const struct myslab_object *o);
void myslab_dress_poison(const struct myslab_object *o);
void myslab_dress_sum(const struct myslab_object *o);
bool myslab_dress_zones_intact(const struct myslab_object *o,
			       struct myslab_damage *damage);
bool myslab_dress_kept_intact(const struct myslab_object *o,
			      struct myslab_damage *damage);
void myslab_dress_state(const struct myslab_object *o);
bool myslab_dress_state_intact(const struct myslab_object *o,
			       struct myslab_damage *damage);

/* debug_trace.c */
void myslab_trace_out(const struct myslab_object *o, gfp_t gfp,
		      unsigned long caller);
void myslab_trace_back(const struct myslab_object *o);

/* debug_whatis.c */
int myslab_whatis_parse(char *text, unsigned long *addr);

/* debug_report.c */
void myslab_debug_report_damage(const struct myslab_object *o,
				const struct myslab_damage *damage,
				const char *when);
void myslab_debug_report_twice(const struct myslab_object *o);
void myslab_debug_report_slab(struct myslab_cache *cache, u32 serial,
			      const char *fault);
void myslab_debug_print_still_out(struct myslab_cache *cache,
				  const void *obj);

/* debug_check.c */
const char *myslab_slab_fault(struct myslab_slab *slab);
struct myslab_slab *myslab_slab_not_seen(struct myslab_slab_lists *lists,
					 enum myslab_bin bin, u32 pass);
bool myslab_debug_look(struct myslab_slab_lists *lists, enum myslab_bin bin,
		       u32 pass, const char *when, unsigned long *nr);
void myslab_debug_look_last(struct myslab_side *side);
u32 myslab_debug_pass(void);

/* debug_scan.c */
extern unsigned int myslab_scan_ms;

void myslab_scan_arm(void);
void myslab_scan_end(void);

/* debug_alloc.c */
#define MYSLAB_ORDINARY		-1	/* from the cache's own slabs, then */

int myslab_debug_take(struct myslab_cache *cache, gfp_t gfp, int nid,
		      void **obj, unsigned long caller);
void *myslab_debug_try_take(struct myslab_cache *cache);
struct myslab_side *myslab_side_enter(struct myslab_cache *cache);
void myslab_side_leave(struct myslab_side *side);

/* debug_free.c */
enum myslab_debug_free {
	MYSLAB_FREE_NOW,
	MYSLAB_FREE_RCU,
};

enum myslab_tried {
	MYSLAB_TRIED_DONE,
	MYSLAB_TRIED_BUSY,
	MYSLAB_TRIED_NONE,		/* no object of a side */
};

struct myslab_side *myslab_side_find(struct myslab_cache *cache,
				     const void *addr);
bool myslab_debug_free(struct myslab_cache *cache, void *obj,
		       enum myslab_debug_free how);
enum myslab_tried myslab_debug_try_free(struct myslab_cache *cache, void *obj);
void myslab_debug_returned(struct myslab_cache *cache, void **slots,
			   unsigned int nr);

/* debug_guard_cache.c */
void *myslab_guard_alloc(struct myslab_side *side, gfp_t gfp, int weight,
			 unsigned long caller);
bool myslab_guard_free(struct myslab_cache *cache, void *obj,
		       enum myslab_debug_free how);
unsigned long myslab_guard_out(struct myslab_cache *cache, void **first,
			       unsigned int max, unsigned long nr);
void myslab_guard_finish(struct myslab_cache *cache);

/* debug_rest.c */
void myslab_object_withdraw(const struct myslab_object *o,
			    const struct myslab_damage *damage,
			    const char *when);
void myslab_object_check_slab(const struct myslab_object *o);
void myslab_object_rest(const struct myslab_object *o);
unsigned long myslab_side_release_held(struct myslab_side *side);
void myslab_side_end_quarantine(struct myslab_side *side);

/* debug_side.c */
extern struct mutex myslab_sides_lock;

struct myslab_side *myslab_side_new(struct myslab_cache *cache,
				    const struct myslab_letters *letters);
void myslab_side_free(struct myslab_side *side);
void myslab_side_list(struct myslab_side *side);
void myslab_sides_retire(struct myslab_cache *cache);
void myslab_sides_reap(struct myslab_cache *cache);
unsigned long myslab_side_give_back(struct myslab_side *side);

/* What the life of a cache asks of its sides; nothing if it has none. */
void myslab_debug_end(struct myslab_cache *cache);
void myslab_debug_forget(struct myslab_cache *cache);
void myslab_debug_settle(struct myslab_cache *cache);
unsigned long myslab_debug_out(struct myslab_cache *cache, void **first,
			       unsigned int max, unsigned long nr);

/* debug_reclaim.c: the same */
unsigned long myslab_debug_shrink(struct myslab_cache *cache);
unsigned long myslab_debug_reclaim(struct myslab_cache *cache);
unsigned long myslab_debug_reclaimable(struct myslab_cache *cache);
void myslab_debug_upkeep(struct myslab_cache *cache);

/* debug_match.c */
struct myslab_matches {
	unsigned int caches;
	unsigned int all;
};

bool myslab_is_cache(const struct myslab_allocator *allocator);
struct myslab_letters
myslab_letters_wanted(const struct myslab_rules *by,
		      const struct myslab_allocator *allocator);
struct myslab_allocator *myslab_debug_next(struct myslab_allocator *prev);
void myslab_rules_count(const struct myslab_rules *by, unsigned int from,
			unsigned int to, struct myslab_matches *nr);
int myslab_rules_begin_guards(struct myslab_rules *all);
bool myslab_rules_all_match(const struct myslab_rules *more);

/* debug.c */
int myslab_debug_begin(struct myslab_cache *cache);
int myslab_debug_init(const char *text);
void myslab_debug_rules(struct myslab_rules *copy);

#endif
