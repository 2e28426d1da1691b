// SPDX-License-Identifier: GPL-2.0
/*
 * Guarded objects of caches: constructed when they are handed out, destructed
 * when they are free.
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>

#include "debug.h"

static bool can_guard(const struct myslab_cache *cache, gfp_t gfp)
{
	return cache->size <= MYSLAB_GUARD_MAX &&
	       cache->layout.shift <= PAGE_SHIFT &&
	       !(cache->flags & (MYSLAB_NOT_GUARDED | MYSLAB_DTOR_SLEEPS)) &&
	       !(gfp & (GFP_ZONEMASK | __GFP_THISNODE));
}

/* As hand_out() in debug_alloc.c does it. */
static void count_out(struct myslab_side *side, struct myslab_guard_slot *slot,
		      int weight)
{
	const struct myslab_track *track = &slot->tracks[MYSLAB_TRACK_ALLOC];

	slot->side = side;
	slot->record.weight = weight;
	atomic_inc(&side->guarded);
	atomic_long_inc(&side->parent->guarded);
	if (side->sites)
		myslab_site_out(side->sites, &slot->record, slot->size,
				track->nr ? track->frames[0] : 0);
}

/*
 * A guarded object. @weight: log2 of what it stands for at its site. @caller:
 * who that is, or 0.
 *
 * Context: As @gfp says; not NMI.
 * Return: The object, or %NULL: there is no room, or it cannot be guarded.
 */
void *myslab_guard_alloc(struct myslab_side *side, gfp_t gfp, int weight,
			 unsigned long caller)
{
	struct myslab_cache *cache = side->parent;
	struct myslab_guard_slot *slot;

	if (!can_guard(cache, gfp))
		return NULL;
	slot = myslab_guard_take(&cache->self, cache->size,
				 1UL << cache->layout.shift, caller);
	if (!slot) {
		atomic_long_inc(&cache->unguarded);
		return NULL;
	}
	if (cache->ctor && cache->ctor(slot->start, cache->private, gfp)) {
		myslab_guard_put(slot);
		return NULL;
	}
	count_out(side, slot, weight);
	myslab_guard_hand_out(slot, NULL);
	return slot->start;
}

/* The side may be gone then. */
static void count_free(struct myslab_guard_slot *slot)
{
	struct myslab_side *side = slot->side;
	struct myslab_cache *cache = side->parent;

	if (side->sites)
		myslab_site_back(side->sites, &slot->record, slot->size);
	atomic_long_inc(&cache->slow_frees);
	atomic_long_dec(&cache->guarded);
	/* Pairs with is_over(). */
	smp_mb__before_atomic();
	atomic_dec(&side->guarded);
}

/* Nobody may look at it any more. */
static void rest(struct myslab_guard_slot *slot)
{
	struct myslab_cache *cache = myslab_cache_of(slot->owner);

	if (cache->ctor && READ_ONCE(cache->dtor))
		cache->dtor(slot->start, cache->private);
	atomic_long_dec(&cache->guards_waiting);
	myslab_guard_put(slot);
}

static void rest_rcu(struct rcu_head *rcu)
{
	rest(container_of(rcu, struct myslab_guard_slot, rcu));
}

/* The same of what was given to free_rcu, and counts as out until now. */
static void free_rcu_over(struct rcu_head *rcu)
{
	struct myslab_guard_slot *slot =
		container_of(rcu, struct myslab_guard_slot, rcu);

	count_free(slot);
	rest(slot);
}

/* Readers of an RCU-typesafe cache may still look at what is freed. */
static void give_back(struct myslab_cache *cache,
		      struct myslab_guard_slot *slot,
		      enum myslab_debug_free how)
{
	atomic_long_inc(&cache->guards_waiting);
	if (how == MYSLAB_FREE_RCU) {
		call_rcu(&slot->rcu, free_rcu_over);
		return;
	}
	count_free(slot);
	if (cache->flags & MYSLAB_TYPESAFE_BY_RCU)
		call_rcu(&slot->rcu, rest_rcu);
	else
		rest(slot);
}

/*
 * Free what may be a guarded object of a cache.
 *
 * Context: Any but NMI. Never sleeps.
 * Return: false: it is none.
 */
bool myslab_guard_free(struct myslab_cache *cache, void *obj,
		       enum myslab_debug_free how)
{
	struct myslab_guard_slot *slot;
	bool found;

	slot = myslab_guard_take_back(&cache->self, obj, &found);
	if (slot) {
		atomic_long_inc(&cache->checks);
		give_back(cache, slot, how);
	}
	return found;
}

/* Guarded objects of a cache that are out, on from @nr. */
unsigned long myslab_guard_out(struct myslab_cache *cache, void **first,
			       unsigned int max, unsigned long nr)
{
	struct myslab_guard_slot *slot = NULL;

	if (!atomic_long_read(&cache->guarded))
		return nr;
	while ((slot = myslab_guard_next(&cache->self, slot))) {
		if (nr < max)
			first[nr] = slot->start;
		nr++;
	}
	return nr;
}

/* Frees that wait for a grace period. Context: Process, may sleep. */
void myslab_guard_finish(struct myslab_cache *cache)
{
	if (atomic_long_read(&cache->guards_waiting))
		rcu_barrier();
}
