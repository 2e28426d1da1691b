// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of a side, taken back: proved, claimed, looked at, put to rest.
 */
#include <linux/rculist.h>
#include <linux/string.h>

#include "cache.h"
#include "debug.h"

/*
 * The side of a cache that an address belongs to: compared, never followed.
 *
 * Context: Any, under rcu_read_lock().
 */
struct myslab_side *myslab_side_find(struct myslab_cache *cache,
				     const void *addr)
{
	unsigned long offset = (unsigned long)addr - PAGE_OFFSET;
	struct myslab_side *side;
	unsigned long owner;

	if (offset >= READ_ONCE(myslab_pages_top))
		return NULL;
	owner = myslab_pages_owner(offset & PAGE_MASK);
	hlist_for_each_entry_rcu(side, &cache->sides, link, true)
		if (owner == side->cache.owner)
			return side;
	return NULL;
}

enum claim {
	CLAIMED,
	CLAIMED_LAST,	/* was withdrawn while it was out: it stays so */
	NO_OBJECT,	/* no start of one, or never handed out */
	TWICE,		/* free already; withdrawn now */
	CONDEMNED,	/* the same again, or after another finding */
};

/* The object at an address of the side; false: none starts there. */
static bool look_up(struct myslab_side *side, void *obj,
		    struct myslab_object *o)
{
	const struct myslab_cache *cache = &side->cache;
	struct page *page = virt_to_page(obj);
	struct myslab_slab *slab;
	unsigned long offset;
	unsigned int idx;

	/* Once more: slabs lose their owner under the lock. */
	if (page_private(page) != cache->owner)
		return false;
	slab = myslab_page_slab(page);
	offset = obj - slab->base - cache->layout.left;
	idx = myslab_layout_index(offset, cache->inverse, cache->shift);
	if (obj < slab->base + cache->layout.left || idx >= cache->objects)
		return false;
	*o = myslab_object_at(slab, idx);
	return true;
}

static bool is_out(u8 state)
{
	return state == MYSLAB_OUT_THERE || state == MYSLAB_OUT_COUNTED;
}

/* The one place where out ends, but for that in cache_light.h. */
static enum claim claim(struct myslab_side *side, void *obj,
			struct myslab_object *o, u8 state)
{
	struct myslab_slab_lists *lists;
	bool condemned;
	u8 before, after;

	lists = myslab_slab_lists_at(&side->cache, obj);
	lockdep_assert_held(&lists->lock);
	if (!look_up(side, obj, o))
		return NO_OBJECT;
	/* Who has it changes anything but out without the lock. */
	before = READ_ONCE(o->record->state);
	if (before == MYSLAB_NEW)
		return NO_OBJECT;
	condemned = myslab_slab_is_condemned(o->slab, o->idx);
	after = condemned ? MYSLAB_GIVEN_BACK : state;
	/* cache_light.h frees without the lock. */
	while (is_out(before) &&
	       !try_cmpxchg(&o->record->state, &before, after))
		;
	if (likely(is_out(before))) {
		if (before == MYSLAB_OUT_COUNTED)
			myslab_site_back(side->sites, o->record,
					 side->cache.size);
		if (myslab_side_has(side, MYSLAB_DEBUG_T))
			myslab_trace_back(o);
		return condemned ? CLAIMED_LAST : CLAIMED;
	}
	if (condemned)
		return CONDEMNED;
	myslab_slab_condemn_locked(o->slab, o->idx);
	myslab_slab_rebin(lists, o->slab);
	return TWICE;
}

static enum claim claim_locked(struct myslab_side *side, void *obj,
			       struct myslab_object *o, u8 state)
{
	struct myslab_slab_lists *lists;
	enum claim result;
	unsigned long flags;

	lists = myslab_slab_lists_at(&side->cache, obj);
	raw_spin_lock_irqsave(&lists->lock, flags);
	result = claim(side, obj, o, state);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return result;
}

/* A free has it: is it as a client may leave it? */
static bool is_sound(const struct myslab_object *o)
{
	struct myslab_damage damage;

	myslab_object_count(o);
	if (myslab_side_has(o->side, MYSLAB_DEBUG_F))
		myslab_object_check_slab(o);
	if (unlikely(!myslab_dress_zones_intact(o, &damage))) {
		myslab_object_withdraw(o, &damage, "when it was freed");
		return false;
	}
	if (myslab_side_has(o->side, MYSLAB_DEBUG_U))
		myslab_track_add(o->record->tracks, MYSLAB_TRACK_FREE, 0);
	return true;
}

static void count_free(const struct myslab_object *o)
{
	atomic_long_inc(&o->side->parent->slow_frees);
}

/* Readers of an RCU-typesafe cache may still look at what is freed. */
static u8 state_after(const struct myslab_side *side,
		      enum myslab_debug_free how)
{
	if (how == MYSLAB_FREE_RCU)
		return MYSLAB_DEFERRED_RCU;
	if ((side->cache.flags & MYSLAB_TYPESAFE_BY_RCU) &&
	    myslab_side_has(side, MYSLAB_DEBUG_P | MYSLAB_DEBUG_C))
		return MYSLAB_WAITING;
	return MYSLAB_GIVEN_BACK;
}

static void give_back(const struct myslab_object *o)
{
	u8 state = o->record->state;
	bool sound = is_sound(o);

	/* free_rcu counts when its grace period is over, if it comes to it. */
	if (state != MYSLAB_DEFERRED_RCU || !sound)
		count_free(o);
	if (!sound)
		return;
	if (state == MYSLAB_GIVEN_BACK)
		myslab_object_rest(o);
	else
		myslab_rcu_defer(o->slab, o->idx);
}

/*
 * Free what may be an object of a side.
 *
 * Context: Any but NMI. Never sleeps.
 * Return: false: it is none.
 */
bool myslab_debug_free(struct myslab_cache *cache, void *obj,
		       enum myslab_debug_free how)
{
	struct myslab_side *side;
	struct myslab_object o;
	bool ours = true;

	if (myslab_guard_free(cache, obj, how))
		return true;
	rcu_read_lock();
	side = myslab_side_find(cache, obj);
	if (!side) {
		rcu_read_unlock();
		return false;
	}
	switch (claim_locked(side, obj, &o, state_after(side, how))) {
	case CLAIMED:
		give_back(&o);
		break;
	case CLAIMED_LAST:
		count_free(&o);
		break;
	case TWICE:
		myslab_debug_report_twice(&o);
		/* Where it lies in a magazine, who pops it shall know. */
		if (myslab_side_is_light(side))
			cmpxchg(&o.record->state, MYSLAB_FREED,
				MYSLAB_GIVEN_BACK);
		break;
	case CONDEMNED:
		break;
	case NO_OBJECT:
		ours = false;
	}
	rcu_read_unlock();
	return ours;
}

/*
 * Rest without a lock of its own, without a destructor, and without looking at
 * what readers may still change.
 */
static void rest_locked(const struct myslab_object *o)
{
	const struct myslab_cache *cache = &o->side->cache;

	if (myslab_side_has(o->side, MYSLAB_DEBUG_P) &&
	    !(cache->flags & MYSLAB_TYPESAFE_BY_RCU)) {
		if (cache->ctor)
			myslab_dress_sum(o);
		else
			myslab_dress_poison(o);
	} else if (cache->free_zeroes) {
		memset(o->start, 0, cache->size);
	}
	if (myslab_side_has(o->side, MYSLAB_DEBUG_U))
		myslab_track_add(o->record->tracks, MYSLAB_TRACK_FREE, 0);
	myslab_object_set(o, MYSLAB_FREED);
	myslab_slab_set_free(o->slab, o->idx);
}

static enum claim try_locked(struct myslab_side *side, void *obj,
			     struct myslab_object *o, bool *intact,
			     struct myslab_damage *damage)
{
	enum claim result = claim(side, obj, o, MYSLAB_GIVEN_BACK);

	if (result == CLAIMED_LAST)
		count_free(o);
	if (result != CLAIMED)
		return result;
	myslab_object_count(o);
	count_free(o);
	*intact = myslab_dress_zones_intact(o, damage) &&
		  ((o->side->cache.flags & MYSLAB_TYPESAFE_BY_RCU) ||
		   myslab_dress_state_intact(o, damage));
	if (*intact)
		rest_locked(o);
	else
		myslab_slab_condemn_locked(o->slab, o->idx);
	myslab_slab_rebin(myslab_slab_lists_of(o->slab), o->slab);
	return result;
}

/*
 * Free what may be an object of a side, if that can be done at once.
 *
 * Context: Any, NMI too. Waits for no lock.
 */
enum myslab_tried myslab_debug_try_free(struct myslab_cache *cache, void *obj)
{
	enum myslab_tried result = MYSLAB_TRIED_DONE;
	struct myslab_slab_lists *lists;
	struct myslab_damage damage;
	struct myslab_side *side;
	struct myslab_object o;
	enum claim claimed;
	bool intact = true;
	unsigned long flags;

	/* Closing a page takes more than that. */
	if (in_nmi() && myslab_guard_of(&cache->self, obj))
		return MYSLAB_TRIED_BUSY;
	if (myslab_guard_free(cache, obj, MYSLAB_FREE_NOW))
		return MYSLAB_TRIED_DONE;
	rcu_read_lock();
	side = myslab_side_find(cache, obj);
	if (!side) {
		result = MYSLAB_TRIED_NONE;
		goto out;
	}
	lists = myslab_slab_lists_at(&side->cache, obj);
	if (!raw_spin_trylock_irqsave(&lists->lock, flags)) {
		result = MYSLAB_TRIED_BUSY;
		goto out;
	}
	claimed = try_locked(side, obj, &o, &intact, &damage);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (claimed == NO_OBJECT)
		result = MYSLAB_TRIED_NONE;
	else if (claimed == TWICE)
		myslab_debug_report_twice(&o);
	else if (!intact)
		myslab_debug_report_damage(&o, &damage, "when it was freed");
out:
	rcu_read_unlock();
	return result;
}

/* A grace period is over for objects of a side; a worker's. */
void myslab_debug_returned(struct myslab_cache *cache, void **slots,
			   unsigned int nr)
{
	struct myslab_side *side = myslab_side_of(cache);
	struct myslab_object o;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		o = myslab_object_of(side, slots[i]);
		if (o.record->state == MYSLAB_DEFERRED_RCU)
			count_free(&o);
		myslab_object_rest(&o);
	}
}
