// SPDX-License-Identifier: GPL-2.0
/*
 * The slab layer, after Bonwick (USENIX 1994), with the free lists outside
 * the objects: a bit for each object, in the slab's own descriptor. A free
 * object is never written to, and one that returns twice is found for nothing.
 *
 * Slabs are listed by how full they are. Taking prefers the fullest, so that
 * the emptiest have a chance to become empty and be given back.
 *
 * lists->lock covers lists and descriptors; see types.h for its order.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>

#include "checkers.h"
#include "report.h"
#include "slab.h"

void myslab_slab_lists_init(struct myslab_slab_lists *lists)
{
	int bin;

	raw_spin_lock_init(&lists->lock);
	for (bin = 0; bin < MYSLAB_NR_BINS; bin++)
		INIT_LIST_HEAD(&lists->bin[bin]);
}

/* List a slab where its fill belongs. */
void myslab_slab_rebin(struct myslab_slab_lists *lists,
		       struct myslab_slab *slab)
{
	unsigned int objects = slab->cache->layout.objects;
	enum myslab_bin bin = myslab_slab_bin_of(slab, objects);

	lockdep_assert_held(&lists->lock);
	if (bin == slab->bin)
		return;
	/* The shrinker reads nr_empty without the lock. */
	if (bin == MYSLAB_BIN_EMPTY)
		WRITE_ONCE(lists->nr_empty, lists->nr_empty + 1);
	if (slab->bin == MYSLAB_BIN_EMPTY) {
		WRITE_ONCE(lists->nr_empty, lists->nr_empty - 1);
		lists->min_empty = min(lists->min_empty, lists->nr_empty);
	}
	slab->bin = bin;
	myslab_slab_move(slab, &lists->bin[bin]);
}

/* From here on its objects are the allocator's; 0: nobody's. */
void myslab_slab_set_owner(struct myslab_slab *slab, unsigned long owner)
{
	struct page *page = virt_to_page(slab->base);
	unsigned int i;

	for (i = 0; i < slab->cache->layout.marked; i++)
		set_page_private(page + i, owner);
}

static unsigned int carve(struct myslab_slab *slab, void **objs,
			  unsigned int want)
{
	unsigned long *free = myslab_slab_bits(slab, MYSLAB_FREE);
	unsigned int stride = slab->cache->layout.stride;
	unsigned int word = slab->hint;
	unsigned int nr = 0;

	want = min(want, slab->nr_free);
	while (nr < want) {
		if (!free[word]) {
			word++;
			continue;
		}
		objs[nr++] = slab->base + (size_t)stride *
			     (word * BITS_PER_LONG + __ffs(free[word]));
		free[word] &= free[word] - 1;
	}
	slab->hint = word;
	slab->nr_free -= nr;
	return nr;
}

/*
 * Take up to @want free objects of one node.
 *
 * Context: Any but NMI.
 * Return: How many were taken.
 */
unsigned int myslab_slab_take(struct myslab_cache *cache, int nid,
			      void **objs, unsigned int want)
{
	struct myslab_slab_lists *lists = &cache->node[nid]->lists;
	struct myslab_slab *slab;
	unsigned int nr = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	while (nr < want) {
		slab = myslab_slab_fullest(lists);
		if (!slab)
			break;
		nr += carve(slab, objs + nr, want - nr);
		myslab_slab_rebin(lists, slab);
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return nr;
}

/*
 * One free object of a node, without waiting for the lock; NULL: none, now.
 *
 * Context: Any, NMI too.
 */
void *myslab_slab_try_take(struct myslab_cache *cache, int nid)
{
	struct myslab_slab_lists *lists = &cache->node[nid]->lists;
	struct myslab_slab *slab;
	unsigned long flags;
	void *obj = NULL;

	if (!raw_spin_trylock_irqsave(&lists->lock, flags))
		return NULL;
	slab = myslab_slab_fullest(lists);
	if (slab) {
		carve(slab, &obj, 1);
		myslab_slab_rebin(lists, slab);
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return obj;
}

/*
 * Make a new slab and take up to @want objects from it before others can.
 *
 * Context: As @gfp says.
 * Return: How many were taken; 0: no memory.
 */
unsigned int myslab_slab_grow(struct myslab_cache *cache, gfp_t gfp, int nid,
			      void **objs, unsigned int want)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	unsigned long flags;
	unsigned int nr;

	slab = myslab_slab_new(cache, gfp, nid);
	if (!slab)
		return 0;
	if (nid != NUMA_NO_NODE && slab->nid != nid)
		atomic_long_inc(&cache->node_misses);

	lists = myslab_slab_lists_of(slab);
	nr = carve(slab, objs, want);
	raw_spin_lock_irqsave(&lists->lock, flags);
	list_add(&slab->link, &lists->bin[MYSLAB_BIN_FULL]);
	myslab_slab_set_owner(slab, cache->owner);
	lists->nr_slabs++;
	myslab_slab_rebin(lists, slab);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return nr;
}

/* A page that is no longer ours was freed by others: it stays as it is. */
static void disown(struct myslab_slab *slab)
{
	struct page *page = virt_to_page(slab->base);

	slab->lost = page_private(page) != slab->cache->owner;
	if (!slab->lost)
		myslab_slab_set_owner(slab, 0);
}

/*
 * Move up to @max empty slabs to @slabs; from here on nobody owns them.
 *
 * Return: Their number.
 */
unsigned long myslab_slab_unlink_empty(struct myslab_slab_lists *lists,
				       unsigned long max,
				       struct list_head *slabs)
{
	unsigned long before = lists->nr_slabs;
	struct list_head *empty = &lists->bin[MYSLAB_BIN_EMPTY];
	struct myslab_slab *slab;

	lockdep_assert_held(&lists->lock);
	while (max-- && !list_empty(empty)) {
		slab = list_last_entry(empty, struct myslab_slab, link);
		disown(slab);
		list_move(&slab->link, slabs);
		lists->nr_slabs--;
		WRITE_ONCE(lists->nr_empty, lists->nr_empty - 1);
	}
	lists->min_empty = min(lists->min_empty, lists->nr_empty);
	return before - lists->nr_slabs;
}

/* Return: false if it was withdrawn already. */
bool myslab_slab_condemn_locked(struct myslab_slab *slab, unsigned int idx)
{
	if (__test_and_clear_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE)))
		slab->nr_free--;
	if (__test_and_set_bit(idx, myslab_slab_bits(slab, MYSLAB_CONDEMNED)))
		return false;
	slab->nr_condemned++;
	myslab_checkers_known(slab->cache, slab->base +
			      (size_t)idx * slab->cache->layout.stride);
	atomic_long_inc(&slab->cache->condemned);
	return true;
}

static bool has_bit(struct myslab_slab *slab, enum myslab_bits which,
		    unsigned int idx)
{
	return test_bit(idx, myslab_slab_bits(slab, which));
}

/* On its way back already: in the slab, or waiting for a grace period. */
bool myslab_slab_is_back(struct myslab_slab *slab, unsigned int idx)
{
	lockdep_assert_held(&myslab_slab_lists_of(slab)->lock);
	return has_bit(slab, MYSLAB_FREE, idx) ||
	       has_bit(slab, MYSLAB_DEFERRED, idx) ||
	       has_bit(slab, MYSLAB_DEFERRED_TOO, idx);
}

bool myslab_slab_is_condemned(struct myslab_slab *slab, unsigned int idx)
{
	return has_bit(slab, MYSLAB_CONDEMNED, idx);
}

/* The caller counted a free, and it was none. */
static void uncount(struct myslab_cache *cache)
{
	atomic_long_dec(&cache->slow_frees);
}

/* Locked: an object that is nowhere else is in its slab, to be rebinned. */
void myslab_slab_set_free(struct myslab_slab *slab, unsigned int idx)
{
	__set_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE));
	slab->nr_free++;
	slab->hint = min_t(unsigned int, slab->hint, idx / BITS_PER_LONG);
}

/*
 * One object returns; false: it is back already, or its slab is gone, which
 * takes that it was. Slabs lose their owner under the lock, so asking again
 * here is decisive. What is condemned was reported when it became so. A
 * deferred object is counted when its grace period is over; found condemned
 * then, that is taken back, so the free that condemned it stays counted.
 */
static bool put_locked(struct myslab_cache *cache,
		       struct myslab_slab_lists *lists, void *obj)
{
	struct myslab_slab *slab;
	unsigned int idx;
	bool ok = true;

	lockdep_assert_held(&lists->lock);
	if (unlikely(!myslab_slab_owns(cache, obj))) {
		uncount(cache);
		return false;
	}
	slab = myslab_slab_of(cache, obj);
	idx = myslab_slab_index(cache, obj);
	if (unlikely(myslab_slab_is_condemned(slab, idx))) {
		uncount(cache);
		return true;
	}
	if (unlikely(myslab_slab_is_back(slab, idx))) {
		if (has_bit(slab, MYSLAB_FREE, idx))
			uncount(cache);
		myslab_slab_condemn_locked(slab, idx);
		ok = false;
	} else {
		myslab_slab_set_free(slab, idx);
	}
	myslab_slab_rebin(lists, slab);
	return ok;
}

static void report_back(struct myslab_cache *cache, const void *obj)
{
	myslab_report_with(MYSLAB_DOUBLE_FREE, cache->allocator, obj,
			   &myslab_undebugged,
			   "was free, or waiting for a grace period, when it returned to its slab");
}

/*
 * Return objects to their slabs, and slabs beyond what is kept to the pages.
 *
 * Context: Any but NMI.
 * Return: Pages given back.
 */
unsigned long myslab_slab_put(struct myslab_cache *cache, void **objs,
			      unsigned int nr)
{
	struct myslab_slab_lists *lists;
	unsigned long flags;
	unsigned long released = 0, max;
	LIST_HEAD(slabs);
	unsigned int i = 0;
	bool ok;

	while (i < nr) {
		lists = myslab_slab_lists_at(cache, objs[i]);
		raw_spin_lock_irqsave(&lists->lock, flags);
		do {
			ok = put_locked(cache, lists, objs[i++]);
		} while (ok && i < nr &&
			 myslab_slab_lists_at(cache, objs[i]) == lists);
		max = READ_ONCE(cache->max_empty);
		if (lists->nr_empty > max)
			released += myslab_slab_unlink_empty(lists,
				lists->nr_empty - max, &slabs);
		raw_spin_unlock_irqrestore(&lists->lock, flags);
		if (!ok)
			report_back(cache, objs[i - 1]);
	}
	/* Released to the last page, the struct may be another's already. */
	released *= cache->layout.span.pages;
	myslab_slab_release(&slabs);
	return released;
}

/*
 * Return one object without waiting for the lock; false: not now.
 *
 * Context: Any, NMI too.
 */
bool myslab_slab_try_put(struct myslab_cache *cache, void *obj)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_at(cache, obj);
	unsigned long flags;
	bool ok;

	if (!raw_spin_trylock_irqsave(&lists->lock, flags))
		return false;
	atomic_long_inc(&cache->slow_frees);
	ok = put_locked(cache, lists, obj);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (!ok)
		report_back(cache, obj);
	return true;
}

/*
 * Withdraw an object for good: it is neither free nor anybody's.
 *
 * Return: false if it was withdrawn already.
 */
bool myslab_slab_condemn(struct myslab_cache *cache, void *obj)
{
	struct myslab_slab_lists *lists = myslab_slab_lists_at(cache, obj);
	struct myslab_slab *slab;
	unsigned long flags;
	unsigned int idx;
	bool first = true;

	/* In NMI the holder may be what was interrupted: then only unused. */
	if (!raw_spin_trylock_irqsave(&lists->lock, flags)) {
		if (in_nmi())
			return first;
		raw_spin_lock_irqsave(&lists->lock, flags);
	}
	if (myslab_slab_owns(cache, obj)) {
		slab = myslab_slab_of(cache, obj);
		idx = myslab_slab_index(cache, obj);
		first = myslab_slab_condemn_locked(slab, idx);
		myslab_slab_rebin(lists, slab);
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return first;
}
