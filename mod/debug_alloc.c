// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of a side, handed out: taken from a slab, looked at, constructed,
 * dressed. What is found is reported and withdrawn, and the call goes on.
 *
 * Who has an object: from the moment in which it is taken out of its slab, or
 * claimed by a free, until it is in a slab or with a client again, exactly one
 * call works on it, its record included. An allocation may sleep, so that it
 * is counted in side->users; a free holds rcu_read_lock() to its end. Either
 * keeps the side.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/poison.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "debug.h"

/* Taken from its slab: is it as it was left there? */
static bool is_reusable(const struct myslab_object *o)
{
	struct myslab_damage damage;

	myslab_object_count(o);
	if (o->record->state == MYSLAB_NEW) {
		myslab_dress_zones(o);
		return true;
	}
	if (likely(myslab_dress_zones_intact(o, &damage) &&
		   myslab_dress_kept_intact(o, &damage)))
		return true;
	myslab_object_withdraw(o, &damage, "when it was allocated again");
	return false;
}

/* False: the constructor failed, and the object is as it was before. */
static bool construct(const struct myslab_object *o, gfp_t gfp)
{
	const struct myslab_cache *cache = &o->side->cache;

	if (!cache->ctor || test_bit(o->idx, myslab_object_constructed(o)))
		return true;
	if (!cache->ctor(o->start, cache->private, gfp)) {
		set_bit(o->idx, myslab_object_constructed(o));
		myslab_dress_state(o);
		return true;
	}
	if (o->record->kept == MYSLAB_KEPT_POISON)
		myslab_dress_poison(o);
	return false;
}

static unsigned long caller_of(const struct myslab_object *o)
{
	const struct myslab_track *track;

	if (!myslab_side_has(o->side, MYSLAB_DEBUG_U))
		return myslab_track_caller();
	track = &o->record->tracks[MYSLAB_TRACK_ALLOC];
	return track->nr ? track->frames[0] : 0;
}

/*
 * From here on it is the client's. @weight: log2 of what it stands for; -1: for
 * nothing, not even itself.
 */
static void hand_out(const struct myslab_object *o, gfp_t gfp, int weight,
		     unsigned long caller)
{
	bool counted = myslab_side_has(o->side, MYSLAB_DEBUG_L) && weight >= 0;
	const struct myslab_cache *cache = &o->side->cache;

	if (myslab_side_has(o->side, MYSLAB_DEBUG_P) && !cache->ctor &&
	    !(gfp & __GFP_ZERO))
		memset(o->start, POISON_INUSE, cache->size);
	if (myslab_side_has(o->side, MYSLAB_DEBUG_U))
		myslab_track_add(o->record->tracks, MYSLAB_TRACK_ALLOC,
				 caller);
	if (counted) {
		o->record->weight = weight;
		myslab_site_out(o->side->sites, o->record, cache->size,
				caller ? : caller_of(o));
	}
	if (myslab_side_has(o->side, MYSLAB_DEBUG_T))
		myslab_trace_out(o, gfp, caller);
	o->record->kept = MYSLAB_KEPT_NOTHING;
	myslab_object_set(o, counted ? MYSLAB_OUT_COUNTED : MYSLAB_OUT_THERE);
}

/* Fault injection: is it the turn of this one? */
static bool should_fail(struct myslab_side *side, gfp_t gfp,
			unsigned long caller)
{
	return myslab_fails(&side->letters, &side->calls, side->cache.size,
			    gfp, caller);
}

/* Is it the turn of this one to be guarded? */
static bool should_guard(struct myslab_side *side)
{
	return myslab_side_has(side, MYSLAB_DEBUG_G) &&
	       atomic_long_inc_return(&side->turns) %
	       side->letters.every == 0;
}

/*
 * An object of the slabs, looked at and constructed. With P that is done at
 * each allocation, else once. So that debugging fails no more of them than it
 * must, one other object is tried, which may be constructed still; the first
 * one is kept meanwhile, or it would be the next one, too. noinline: its frame
 * is not there while one is guarded.
 *
 * Return: 1, 0: constructors failed; MYSLAB_ORDINARY: there is no memory.
 */
static noinline int take_constructed(struct myslab_side *side, gfp_t gfp,
				     int nid, struct myslab_object *o)
{
	unsigned int refused = 0;
	int nr = MYSLAB_ORDINARY;
	void *slots[2];

	while (refused < ARRAY_SIZE(slots) &&
	       myslab_slab_get(&side->cache, myslab_side_gfp(gfp), nid,
			       &slots[refused], 1)) {
		*o = myslab_object_of(side, slots[refused]);
		if (myslab_side_has(side, MYSLAB_DEBUG_F))
			myslab_object_check_slab(o);
		if (!is_reusable(o))
			continue;
		nr = construct(o, gfp);
		if (nr)
			break;
		refused++;
	}
	if (refused)
		myslab_slab_put(&side->cache, slots, refused);
	return nr;
}

static int take(struct myslab_side *side, gfp_t gfp, int nid, void **obj,
		unsigned long caller)
{
	struct myslab_object o;
	int weight = 0, nr;

	if (should_fail(side, gfp, caller))
		return 0;
	if (myslab_side_is_light(side)) {
		weight = myslab_light_turn(side);
		if (weight < 0)
			return myslab_light_take(side, gfp, nid, obj);
	}
	if (should_guard(side)) {
		*obj = myslab_guard_alloc(side, gfp, weight, caller);
		if (*obj)
			return 1;
	}
	nr = take_constructed(side, gfp, nid, &o);
	if (nr == 1) {
		hand_out(&o, gfp, weight, caller);
		*obj = o.start;
	} else if (nr == MYSLAB_ORDINARY) {
		atomic_long_inc(&side->parent->undressed);
	}
	return nr;
}

/*
 * Where objects come from now, kept until it is left; NULL: no side.
 *
 * Context: Any.
 */
struct myslab_side *myslab_side_enter(struct myslab_cache *cache)
{
	struct myslab_side *side;

	rcu_read_lock();
	side = READ_ONCE(cache->debug);
	if (side)
		atomic_inc(&side->users);
	rcu_read_unlock();
	return side;
}

void myslab_side_leave(struct myslab_side *side)
{
	/* What was done is seen by who finds none left. */
	smp_mb__before_atomic();
	atomic_dec(&side->users);
}

/*
 * Allocate from a cache that may be debugged, for @caller, or 0.
 *
 * Context: As @gfp says; not NMI.
 * Return: 1, or 0: the constructor failed, or E says so; MYSLAB_ORDINARY: it
 *	   is not debugged, or has no memory for that.
 */
int myslab_debug_take(struct myslab_cache *cache, gfp_t gfp, int nid,
		      void **obj, unsigned long caller)
{
	struct myslab_side *side = myslab_side_enter(cache);
	int nr;

	if (!side)
		return MYSLAB_ORDINARY;
	nr = take(side, gfp, nid, obj, caller);
	myslab_side_leave(side);
	return nr;
}

/*
 * The same from what a side has, without waiting for anything.
 *
 * Context: Any, NMI too; there no constructor can run.
 */
void *myslab_debug_try_take(struct myslab_cache *cache)
{
	struct myslab_side *side = myslab_side_enter(cache);
	struct myslab_object o;
	void *slot, *obj = NULL;

	if (!side)
		return NULL;
	if ((side->cache.ctor && in_nmi()) || should_fail(side, 0, 0))
		goto out;
	if (myslab_side_is_light(side)) {
		obj = myslab_light_pop(side);
		if (obj)
			goto count;
	}
	slot = myslab_slab_try_take(&side->cache, numa_mem_id());
	if (!slot)
		goto out;
	o = myslab_object_of(side, slot);
	if (!is_reusable(&o))
		goto out;
	if (!construct(&o, GFP_NOWAIT)) {
		myslab_slab_put(&side->cache, &slot, 1);
		goto out;
	}
	hand_out(&o, GFP_NOWAIT, myslab_side_is_light(side) ? -1 : 0, 0);
	obj = o.start;
count:
	atomic_long_inc(&cache->slow_allocs);
out:
	myslab_side_leave(side);
	return obj;
}
