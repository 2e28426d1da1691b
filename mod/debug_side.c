// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a side, and its end with that of the cache.
 *
 * Made whole, then listed, then cache->debug leads to it. Retired when that
 * leads elsewhere and a grace period is over: from then on side->users does
 * not rise again. Once it is 0 and no object is out or held, nothing can come
 * back: it is unlisted, and freed a grace period later, for the frees that
 * found it and are still on their way.
 *
 * myslab_sides_lock, a mutex, covers all lists and whether a side is retired.
 * Memory is never allocated under it, so that reclaim may wait for it; nor are
 * workers waited for, which may be a client's.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "cache.h"
#include "cpu_cache.h"
#include "debug.h"
#include "depot.h"

/* Who is on which list, and retired. Order: see types.h. */
DEFINE_MUTEX(myslab_sides_lock);

/* Bytes before and behind an object at least, with Z. */
#define ZONE_LEFT	16U
#define ZONE_RIGHT	8U

/* Room behind a record for what the constructor left. */
static size_t snapshot_size(const struct myslab_cache *cache)
{
	const struct myslab_range *range;
	size_t size = 0;

	for (range = cache->state; range->size; range++)
		size += range->size;
	return ALIGN(size, sizeof(u64));
}

static void init_layout(struct myslab_side *side, struct myslab_cache *parent)
{
	/* What the address of an undressed object is a multiple of. */
	unsigned int align = 1U << parent->layout.shift;
	unsigned int left = 0, stride = parent->layout.stride;
	size_t record = sizeof(struct myslab_record);

	if (myslab_side_is_light(side)) {
		myslab_layout_init_light(&side->cache.layout, &parent->layout,
					 MYSLAB_LIGHT_RECORD,
					 parent->flags & MYSLAB_ACCOUNT);
		return;
	}
	if (myslab_side_has(side, MYSLAB_DEBUG_Z)) {
		left = max(ZONE_LEFT, align);
		stride = ALIGN(left + parent->size + ZONE_RIGHT, align);
	}
	if (myslab_side_has(side, MYSLAB_DEBUG_U))
		record += MYSLAB_ALL_TRACKS * sizeof(struct myslab_track);
	side->snapshot = record;
	if (myslab_side_has(side, MYSLAB_DEBUG_C))
		record += snapshot_size(parent);
	myslab_layout_init_side(&side->cache.layout, left, stride, record,
				parent->flags & MYSLAB_ACCOUNT);
}

static void init_cache(struct myslab_cache *cache, struct myslab_cache *parent)
{
	int nid;

	cache->allocator = &parent->self;
	cache->owner = (unsigned long)cache;
	cache->size = parent->size;
	cache->flags = parent->flags;
	cache->ctor = parent->ctor;
	cache->dtor = parent->dtor;
	cache->private = parent->private;
	cache->free_zeroes = parent->free_zeroes;
	cache->max_empty = parent->max_empty;
	cache->inverse = cache->layout.inverse;
	cache->shift = cache->layout.shift;
	cache->objects = cache->layout.objects;
	cache->span_mask = (PAGE_SIZE << cache->layout.span.order) - 1;
	cache->base_mask = ~cache->span_mask;
	for (nid = 0; nid < nr_node_ids; nid++) {
		myslab_depot_init(&cache->node[nid]->depot);
		myslab_slab_lists_init(&cache->node[nid]->lists);
	}
	myslab_rcu_init(cache);
}

static bool make_quarantine(struct myslab_side *side)
{
	struct myslab_quarantine *held = &side->held;

	raw_spin_lock_init(&held->lock);
	if (myslab_side_has(side, MYSLAB_DEBUG_Q))
		held->max = side->letters.held / side->cache.layout.stride;
	if (held->max)
		held->ring = kvmalloc_array(held->max, sizeof(*held->ring),
					    GFP_KERNEL);
	held->open = held->ring;
	return !held->max || held->ring;
}

static bool make_sites(struct myslab_side *side)
{
	if (!myslab_side_has(side, MYSLAB_DEBUG_L))
		return true;
	side->sites = myslab_sites_get(&side->parent->self,
				       myslab_side_is_light(side));
	return side->sites;
}

static bool make_nodes(struct myslab_cache *cache)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		cache->node[nid] = kzalloc_node(sizeof(*cache->node[nid]),
						GFP_KERNEL, node_online(nid) ?
						nid : NUMA_NO_NODE);
		if (!cache->node[nid])
			return false;
	}
	return true;
}

/*
 * A side that nobody knows of yet.
 *
 * Context: Process, may sleep.
 * Return: The side, or %NULL: no memory.
 */
struct myslab_side *myslab_side_new(struct myslab_cache *cache,
				    const struct myslab_letters *letters)
{
	struct myslab_side *side;

	side = kzalloc(struct_size(side, cache.node, nr_node_ids), GFP_KERNEL);
	if (!side)
		return NULL;
	side->parent = cache;
	side->letters = *letters;
	init_layout(side, cache);
	if (!make_nodes(&side->cache) || !make_quarantine(side) ||
	    !make_sites(side) ||
	    (myslab_side_is_light(side) && !myslab_light_init(side))) {
		myslab_side_free(side);
		return NULL;
	}
	init_cache(&side->cache, cache);
	return side;
}

/* One that nobody knows of any more. */
void myslab_side_free(struct myslab_side *side)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++)
		kfree(side->cache.node[nid]);
	if (side->cache.cpu != &myslab_off)
		free_percpu(side->cache.cpu);
	kvfree(side->held.ring);
	myslab_sites_put(side->sites);
	kfree(side);
}

void myslab_side_list(struct myslab_side *side)
{
	mutex_lock(&myslab_sides_lock);
	hlist_add_head_rcu(&side->link, &side->parent->sides);
	mutex_unlock(&myslab_sides_lock);
	if (myslab_side_has(side, MYSLAB_DEBUG_P))
		myslab_scan_arm();
}

/* What is free in the slabs of a side, and in its depot, to the pages. */
unsigned long myslab_side_give_back(struct myslab_side *side)
{
	myslab_debug_look_last(side);
	return myslab_cache_give_back(&side->cache);
}

static void retire(struct myslab_side *side)
{
	side->retired = true;
	WRITE_ONCE(side->cache.max_empty, 0);
	myslab_side_end_quarantine(side);
	myslab_side_give_back(side);
}

/*
 * All sides but the one that objects come from now hand out no more. A grace
 * period has passed since that became so.
 */
void myslab_sides_retire(struct myslab_cache *cache)
{
	struct myslab_side *side;

	mutex_lock(&myslab_sides_lock);
	hlist_for_each_entry(side, &cache->sides, link)
		if (side != cache->debug && !side->retired)
			retire(side);
	mutex_unlock(&myslab_sides_lock);
}

static bool has_slabs(struct myslab_cache *cache)
{
	struct myslab_slab_lists *lists;
	unsigned long flags, nr = 0;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		lists = &cache->node[nid]->lists;
		raw_spin_lock_irqsave(&lists->lock, flags);
		nr += lists->nr_slabs;
		raw_spin_unlock_irqrestore(&lists->lock, flags);
	}
	return nr;
}

static bool is_over(struct myslab_side *side)
{
	bool idle = side->retired && !atomic_read(&side->users);

	/* As in myslab_side_leave(): what the last user did is seen. */
	smp_mb();
	return idle && !atomic_read(&side->guarded) && !has_slabs(&side->cache);
}

/* Its last objects may still be with workers, or with RCU. */
static void finish(struct myslab_side *side)
{
	myslab_rcu_finish(&side->cache);
	if (side->cache.flags & MYSLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	flush_work(&side->parent->dying_work);
	/* An empty magazine may have come last. */
	myslab_side_give_back(side);
	myslab_side_free(side);
}

/*
 * Free the sides that have nothing any more.
 *
 * Context: Process, may sleep.
 */
void myslab_sides_reap(struct myslab_cache *cache)
{
	struct hlist_node *next;
	struct myslab_side *side;
	HLIST_HEAD(gone);

	mutex_lock(&myslab_sides_lock);
	hlist_for_each_entry_safe(side, next, &cache->sides, link) {
		if (is_over(side)) {
			hlist_del_rcu(&side->link);
			hlist_add_head(&side->gone, &gone);
		}
	}
	mutex_unlock(&myslab_sides_lock);
	if (hlist_empty(&gone))
		return;
	synchronize_rcu();
	hlist_for_each_entry_safe(side, next, &gone, gone)
		finish(side);
}

/*
 * The end of the cache, which nobody uses any more: sides hold nothing back.
 * Those with objects that leaked stay with the struct of the cache, for who
 * frees them after all.
 */
void myslab_debug_end(struct myslab_cache *cache)
{
	struct myslab_side *side;

	WRITE_ONCE(cache->debug, NULL);
	myslab_guard_finish(cache);
	hlist_for_each_entry(side, &cache->sides, link) {
		myslab_light_end(side);
		myslab_rcu_finish(&side->cache);
		mutex_lock(&myslab_sides_lock);
		retire(side);
		mutex_unlock(&myslab_sides_lock);
		if (cache->flags & MYSLAB_TYPESAFE_BY_RCU)
			rcu_barrier();
		flush_work(&cache->dying_work);
		myslab_slab_destruct_free(&side->cache);
		side->cache.ctor = NULL;
		WRITE_ONCE(side->cache.dtor, NULL);
	}
	myslab_sides_reap(cache);
}

/* The struct of a cache that has no pages is about to go, or used anew. */
void myslab_debug_settle(struct myslab_cache *cache)
{
	struct hlist_node *next;
	struct myslab_side *side;

	myslab_guard_forget(&cache->self);
	hlist_for_each_entry_safe(side, next, &cache->sides, link)
		finish(side);
	INIT_HLIST_HEAD(&cache->sides);
}

void myslab_debug_forget(struct myslab_cache *cache)
{
	struct myslab_side *side;

	hlist_for_each_entry(side, &cache->sides, link) {
		myslab_rcu_finish(&side->cache);
		myslab_slab_forget_all(&side->cache);
	}
}

/* Objects with clients, on from @nr: see myslab_slab_out(). */
unsigned long myslab_debug_out(struct myslab_cache *cache, void **first,
			       unsigned int max, unsigned long nr)
{
	struct myslab_side *side;
	unsigned long before;

	hlist_for_each_entry(side, &cache->sides, link) {
		before = min_t(unsigned long, nr, max);
		nr += myslab_slab_out(&side->cache, first + before,
				      max - before);
	}
	return myslab_guard_out(cache, first, max, nr);
}
