// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of a side, at rest: undressed by who freed them, held in quarantine,
 * put into their slabs; and withdrawn.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "debug.h"

/* A finding about an object that the caller has. */
void myslab_object_withdraw(const struct myslab_object *o,
			    const struct myslab_damage *damage,
			    const char *when)
{
	myslab_object_set(o, MYSLAB_GIVEN_BACK);
	/* Not again about what validate found in quarantine. */
	if (myslab_slab_condemn(&o->side->cache, myslab_object_slot(o)))
		myslab_debug_report_damage(o, damage, when);
}

void myslab_object_check_slab(const struct myslab_object *o)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_of(o->slab);
	const char *fault;
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	fault = myslab_slab_fault(o->slab);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (unlikely(fault))
		myslab_debug_report_slab(&o->side->cache, o->slab->serial,
					 fault);
}

/*
 * Back to its slab, as the last act; the slab may go with it.
 *
 * Return: Pages that came free by that.
 */
static unsigned long put(const struct myslab_object *o)
{
	struct myslab_cache *cache = &o->side->cache;
	void *slot = myslab_object_slot(o);

	myslab_object_set(o, MYSLAB_FREED);
	/* Not read: the cache counts. The slab layer may take it back. */
	atomic_long_inc(&cache->slow_frees);
	return myslab_slab_put(cache, &slot, 1);
}

/* The shrinker reads nr without the lock. */
static void *take_oldest(struct myslab_quarantine *held)
{
	void *slot = held->ring[held->first];

	held->first = (held->first + 1) % held->max;
	WRITE_ONCE(held->nr, held->nr - 1);
	return slot;
}

/* Put an object into quarantine; what has to leave for it: NULL, or a slot. */
static void *hold(struct myslab_quarantine *held, void *slot)
{
	unsigned long flags;
	void *oldest = NULL;

	raw_spin_lock_irqsave(&held->lock, flags);
	if (!held->open) {
		oldest = slot;
	} else {
		if (held->nr == held->max)
			oldest = take_oldest(held);
		held->ring[(held->first + held->nr) % held->max] = slot;
		WRITE_ONCE(held->nr, held->nr + 1);
	}
	raw_spin_unlock_irqrestore(&held->lock, flags);
	return oldest;
}

static void *next_held(struct myslab_quarantine *held)
{
	unsigned long flags;
	void *slot;

	raw_spin_lock_irqsave(&held->lock, flags);
	slot = held->nr ? take_oldest(held) : NULL;
	raw_spin_unlock_irqrestore(&held->lock, flags);
	return slot;
}

/* An object leaves the quarantine. */
static unsigned long let_go(struct myslab_side *side, void *slot)
{
	struct myslab_object o = myslab_object_of(side, slot);
	struct myslab_damage damage;

	myslab_object_count(&o);
	if (likely(myslab_dress_zones_intact(&o, &damage) &&
		   myslab_dress_kept_intact(&o, &damage)))
		return put(&o);
	myslab_object_withdraw(&o, &damage, "when it left the quarantine");
	return 0;
}

/*
 * Everything that is held back, to the slabs.
 *
 * Return: Pages that came free by that.
 */
unsigned long myslab_side_release_held(struct myslab_side *side)
{
	unsigned long pages = 0;
	void *slot;

	while ((slot = next_held(&side->held)))
		pages += let_go(side, slot);
	return pages;
}

/* The same for good: what is freed from now on is not held back. */
void myslab_side_end_quarantine(struct myslab_side *side)
{
	struct myslab_quarantine *held = &side->held;
	unsigned long flags;

	raw_spin_lock_irqsave(&held->lock, flags);
	held->open = false;
	raw_spin_unlock_irqrestore(&held->lock, flags);
	myslab_side_release_held(side);
	kvfree(held->ring);
	held->ring = NULL;
}

/* As init_on_free asks. */
static void zero(const struct myslab_object *o)
{
	if (o->side->cache.free_zeroes)
		memset(o->start, 0, o->side->cache.size);
}

static bool has_dtor(const struct myslab_object *o)
{
	return o->side->cache.ctor && READ_ONCE(o->side->cache.dtor);
}

/* It will be constructed again; until then no byte of it may change. */
static void destruct_and_poison(const struct myslab_object *o)
{
	struct myslab_cache *cache = &o->side->cache;

	if (cache->ctor &&
	    test_and_clear_bit(o->idx, myslab_object_constructed(o)) &&
	    has_dtor(o))
		cache->dtor(o->start, cache->private);
	myslab_dress_poison(o);
}

/* Nobody may look at it any more: undress it, and let it rest. */
void myslab_object_rest(const struct myslab_object *o)
{
	const struct myslab_cache *cache = &o->side->cache;
	void *slot = myslab_object_slot(o);
	struct myslab_damage damage;

	if (unlikely(!myslab_dress_state_intact(o, &damage))) {
		myslab_object_withdraw(o, &damage,
				       o->record->state == MYSLAB_GIVEN_BACK ?
				       "when it was freed" :
				       "a grace period after it was freed");
		return;
	}
	if (!myslab_side_has(o->side, MYSLAB_DEBUG_P))
		zero(o);
	else if (has_dtor(o) && (cache->flags & MYSLAB_DTOR_SLEEPS))
		myslab_dress_sum(o);
	else
		destruct_and_poison(o);
	myslab_object_set(o, MYSLAB_HELD);
	slot = hold(&o->side->held, slot);
	if (slot == myslab_object_slot(o))
		put(o);
	else if (slot)
		let_go(o->side, slot);
}

