// SPDX-License-Identifier: GPL-2.0
/*
 * The depot, after Bonwick and Adams (USENIX 2001): one per node and cache,
 * stacks of full and of empty magazines under one lock. CPUs trade a magazine
 * at a time, so a trip here is shared by a whole magazine's worth of calls.
 *
 * Each list remembers how low it fell in the current interval: what was never
 * needed is the part above the working set, and goes back to the slabs.
 *
 * In NMI the lock is only tried; what is asked for then may fail.
 */
#include <linux/kmemleak.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "depot.h"
#include "slab.h"

/* Lock holders who had to wait, in one interval, before magazines grow. */
#define CONTENDED	16
#define MAX_CAPACITY	256

/* The one slot is the stop. */
struct myslab_magazine myslab_nothing = { .slot = { NULL } };

void myslab_depot_init(struct myslab_depot *depot)
{
	raw_spin_lock_init(&depot->lock);
}

static bool lock_or_fail(struct myslab_depot *depot, unsigned long *flags)
{
	if (unlikely(!raw_spin_trylock_irqsave(&depot->lock, *flags))) {
		if (in_nmi())
			return false;
		raw_spin_lock_irqsave(&depot->lock, *flags);
		depot->contended++;
	}
	__release(&depot->lock);	/* sparse counts in the macro below */
	return true;
}

#define depot_lock(d, flags)						\
({									\
	struct myslab_depot *__d = (d);					\
									\
	__cond_lock(&__d->lock, lock_or_fail(__d, flags));		\
})

static void depot_unlock(struct myslab_depot *depot, unsigned long flags)
	__releases(&depot->lock)
{
	raw_spin_unlock_irqrestore(&depot->lock, flags);
}

/* full, nr_full and nr_objects are also read without the lock. */
static void push_full(struct myslab_depot *depot, struct myslab_magazine *mag,
		      unsigned int nr)
{
	mag->nr = nr;
	mag->next = depot->full;
	WRITE_ONCE(depot->full, mag);
	WRITE_ONCE(depot->nr_full, depot->nr_full + 1);
	WRITE_ONCE(depot->nr_objects, depot->nr_objects + nr);
}

static struct myslab_magazine *pop_full(struct myslab_depot *depot)
{
	struct myslab_magazine *mag = depot->full;

	if (!mag)
		return NULL;
	WRITE_ONCE(depot->full, mag->next);
	WRITE_ONCE(depot->nr_objects, depot->nr_objects - mag->nr);
	WRITE_ONCE(depot->nr_full, depot->nr_full - 1);
	if (depot->nr_full < depot->min_full)
		depot->min_full = depot->nr_full;
	return mag;
}

static void push_empty(struct myslab_depot *depot,
		       struct myslab_magazine *mag)
{
	mag->next = depot->empty;
	depot->empty = mag;
	depot->nr_empty++;
}

static struct myslab_magazine *pop_empty(struct myslab_depot *depot)
{
	struct myslab_magazine *mag = depot->empty;

	if (!mag)
		return NULL;
	depot->empty = mag->next;
	if (--depot->nr_empty < depot->min_empty)
		depot->min_empty = depot->nr_empty;
	return mag;
}

static void push(struct myslab_depot *depot, struct myslab_magazine *mag,
		 unsigned int nr)
{
	if (mag == &myslab_nothing)
		return;
	if (nr)
		push_full(depot, mag, nr);
	else
		push_empty(depot, mag);
}

/* Trade an empty magazine for a full one; NULL: no trade. */
struct myslab_magazine *myslab_depot_swap_empty(struct myslab_depot *depot,
						struct myslab_magazine *empty)
{
	struct myslab_magazine *mag;
	unsigned long flags;

	/* Without the lock: a stale answer costs one visit to the slabs. */
	if (!READ_ONCE(depot->full) || !depot_lock(depot, &flags))
		return NULL;
	mag = pop_full(depot);
	if (mag)
		push(depot, empty, 0);
	depot_unlock(depot, flags);
	return mag;
}

/* Trade a magazine with @nr objects for an empty one; NULL: no trade. */
struct myslab_magazine *myslab_depot_swap_full(struct myslab_depot *depot,
					       struct myslab_magazine *full,
					       unsigned int nr)
{
	struct myslab_magazine *mag;
	unsigned long flags;

	if (!depot_lock(depot, &flags))
		return NULL;
	mag = pop_empty(depot);
	if (mag)
		push(depot, full, nr);
	depot_unlock(depot, flags);
	return mag;
}

static struct myslab_magazine *get_full(struct myslab_depot *depot)
{
	struct myslab_magazine *mag;
	unsigned long flags;

	if (!depot_lock(depot, &flags))
		return NULL;
	mag = pop_full(depot);
	depot_unlock(depot, flags);
	return mag;
}

/* Take a magazine in, with @nr objects. Not in NMI. */
void myslab_depot_put(struct myslab_depot *depot, struct myslab_magazine *mag,
		      unsigned int nr)
{
	unsigned long flags;

	if (!depot_lock(depot, &flags))
		return;
	push(depot, mag, nr);
	depot_unlock(depot, flags);
}

/* One more empty magazine, if there is memory without waiting. */
bool myslab_depot_add_empty(struct myslab_depot *depot, unsigned int capacity,
			    int nid)
{
	struct myslab_magazine *mag;

	mag = kmalloc_node(struct_size(mag, slot, capacity + 1),
			   GFP_NOWAIT | __GFP_NOWARN, nid);
	if (!mag)
		return false;
	/* What was popped lies there still: kmemleak must not follow that. */
	kmemleak_scan_area(mag, offsetof(struct myslab_magazine, slot),
			   GFP_NOWAIT | __GFP_NOWARN);
	mag->capacity = capacity;
	mag->slot[0] = NULL;
	myslab_depot_put(depot, mag, 0);
	return true;
}

/* Objects of a full magazine to their slabs, the magazine to the empty ones. */
static unsigned long flush_one(struct myslab_cache *cache,
			       struct myslab_depot *depot,
			       struct myslab_magazine *mag)
{
	unsigned long pages = myslab_slab_put(cache, mag->slot + 1, mag->nr);

	myslab_depot_put(depot, mag, 0);
	return pages;
}

/*
 * Up to @max_full magazines to the slabs.
 *
 * Return: Pages that came free by that.
 */
unsigned long myslab_depot_flush(struct myslab_cache *cache,
				 struct myslab_depot *depot,
				 unsigned long max_full)
{
	struct myslab_magazine *mag;
	unsigned long pages = 0;

	while (max_full--) {
		mag = get_full(depot);
		if (!mag)
			break;
		pages += flush_one(cache, depot, mag);
	}
	return pages;
}

/* Up to @max empty magazines to where they came from. */
void myslab_depot_free_empty(struct myslab_depot *depot, unsigned long max)
{
	struct myslab_magazine *mag;
	unsigned long flags;

	while (max--) {
		if (!depot_lock(depot, &flags))
			return;
		mag = pop_empty(depot);
		depot_unlock(depot, flags);
		if (!mag)
			return;
		kfree(mag);
	}
}

/* Magazines from before they grew leave as they come back empty. */
static void drop_small(struct myslab_depot *depot, unsigned int capacity)
{
	struct myslab_magazine **link, *mag, *small = NULL;
	unsigned long flags;

	if (!depot_lock(depot, &flags))
		return;
	for (link = &depot->empty; (mag = *link);) {
		if (mag->capacity >= capacity) {
			link = &mag->next;
			continue;
		}
		*link = mag->next;
		mag->next = small;
		small = mag;
		depot->nr_empty--;
	}
	depot_unlock(depot, flags);
	while ((mag = small)) {
		small = mag->next;
		kfree(mag);
	}
}

/* What a CPU and the depot may keep is bounded in bytes: see init_sizes(). */
static bool may_grow(const struct myslab_cache *cache)
{
	unsigned int size = cache->magazine_size * 2;

	return size <= MAX_CAPACITY &&
	       size <= MYSLAB_MAGAZINE_BYTES / cache->layout.stride;
}

static void grow(struct myslab_cache *cache)
{
	WRITE_ONCE(cache->max_full, max(cache->max_full / 2, 4U));
	WRITE_ONCE(cache->magazine_size, cache->magazine_size * 2);
}

/*
 * The end of an interval: give back what lies above the working set. Where
 * the lock was fought for, new magazines hold twice as much, so that it is
 * taken half as often; full ones of the old size would stay in use for ever,
 * so that all are flushed.
 */
void myslab_depot_reap(struct myslab_cache *cache, struct myslab_depot *depot)
{
	unsigned long flags, full, empty;
	bool fought;

	if (!depot_lock(depot, &flags))
		return;
	full = depot->min_full;
	empty = depot->min_empty;
	fought = depot->contended > CONTENDED && may_grow(cache);
	depot->contended = 0;
	depot_unlock(depot, flags);

	myslab_depot_flush(cache, depot, fought ? ULONG_MAX : full);
	if (fought)
		grow(cache);
	myslab_depot_free_empty(depot, empty);
	drop_small(depot, cache->magazine_size);

	if (!depot_lock(depot, &flags))
		return;
	depot->min_full = depot->nr_full;
	depot->min_empty = depot->nr_empty;
	depot_unlock(depot, flags);
}
