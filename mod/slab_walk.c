// SPDX-License-Identifier: GPL-2.0
/*
 * What is done to many slabs: the empty ones given back; and at the end of a
 * cache, whose objects are still out, what is constructed and free, and in the
 * end everything.
 */
#include <linux/bitmap.h>
#include <linux/nodemask.h>

#include "checkers.h"
#include "slab.h"

#define BATCH 16

/*
 * Give up to @max empty slabs back.
 *
 * Context: Any but NMI, if the destructor can run there.
 * Return: Pages in them; with an RCU-typesafe cache they are free later.
 */
unsigned long myslab_slab_release_empty(struct myslab_cache *cache,
					struct myslab_slab_lists *lists,
					unsigned long max)
{
	unsigned long flags, nr;
	LIST_HEAD(slabs);

	raw_spin_lock_irqsave(&lists->lock, flags);
	nr = myslab_slab_unlink_empty(lists, max, &slabs);
	raw_spin_unlock_irqrestore(&lists->lock, flags);

	nr *= cache->layout.span.pages;
	myslab_slab_release(&slabs);
	return nr;
}

/* Give back what was empty for the whole of the interval that now ends. */
void myslab_slab_reap(struct myslab_cache *cache,
		      struct myslab_slab_lists *lists)
{
	unsigned long flags, max;

	raw_spin_lock_irqsave(&lists->lock, flags);
	max = lists->min_empty;
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	myslab_slab_release_empty(cache, lists, max);

	raw_spin_lock_irqsave(&lists->lock, flags);
	lists->min_empty = lists->nr_empty;
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

/* Count the objects of one slab that are out, on from @nr. */
static unsigned long slab_out(struct myslab_slab *slab, void **first,
			      unsigned long max, unsigned long nr)
{
	unsigned long *free = myslab_slab_bits(slab, MYSLAB_FREE);
	unsigned int idx;
	void *obj;

	for_each_clear_bit(idx, free, slab->cache->layout.objects) {
		if (test_bit(idx, myslab_slab_bits(slab, MYSLAB_CONDEMNED)))
			continue;
		obj = slab->base + slab->cache->layout.left +
		      (size_t)idx * slab->cache->layout.stride;
		myslab_checkers_known(slab->cache, obj);
		if (nr < max)
			first[nr] = obj;
		nr++;
	}
	return nr;
}

/*
 * Objects out of their slabs that nothing condemned: at destroy, leaked.
 * @first gets the addresses of up to @max of them.
 *
 * Return: Their number.
 */
unsigned long myslab_slab_out(struct myslab_cache *cache, void **first,
			      unsigned int max)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	unsigned long flags, nr = 0;
	int bin, nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		lists = &cache->node[nid]->lists;
		raw_spin_lock_irqsave(&lists->lock, flags);
		for (bin = 0; bin < MYSLAB_BIN_EMPTY; bin++)
			list_for_each_entry(slab, &lists->bin[bin], link)
				nr = slab_out(slab, first, max, nr);
		raw_spin_unlock_irqrestore(&lists->lock, flags);
	}
	return nr;
}

/* Take a constructed object out of its slab, as raw. */
static void *take_constructed(struct myslab_slab *slab)
{
	unsigned int objects = slab->cache->layout.objects;
	unsigned int idx;

	for_each_set_bit(idx, myslab_slab_bits(slab, MYSLAB_CONSTRUCTED),
			 objects) {
		if (!__test_and_clear_bit(idx, myslab_slab_bits(slab,
								MYSLAB_FREE)))
			continue;
		clear_bit(idx, myslab_slab_bits(slab, MYSLAB_CONSTRUCTED));
		slab->nr_free--;
		return slab->base + (size_t)idx * slab->cache->layout.stride;
	}
	return NULL;
}

static unsigned int take_some(struct myslab_slab_lists *lists, void **objs)
{
	struct myslab_slab *slab, *next;
	unsigned long flags;
	unsigned int nr = 0;
	int bin;

	raw_spin_lock_irqsave(&lists->lock, flags);
	for (bin = MYSLAB_BIN_1; bin < MYSLAB_BIN_EMPTY; bin++) {
		list_for_each_entry_safe(slab, next, &lists->bin[bin], link) {
			while (nr < BATCH &&
			       (objs[nr] = take_constructed(slab)))
				nr++;
			myslab_slab_rebin(lists, slab);
		}
	}
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return nr;
}

/*
 * Destruct what is free in slabs that cannot go because objects are out. Each
 * is taken for that time, so that its slab stays whoever frees the others.
 *
 * Context: Process, may sleep if the destructor does.
 */
void myslab_slab_destruct_free(struct myslab_cache *cache)
{
	void *objs[BATCH];
	unsigned int nr, i;
	int nid;

	if (!cache->dtor)
		return;
	for (nid = 0; nid < nr_node_ids; nid++) {
		while ((nr = take_some(&cache->node[nid]->lists, objs))) {
			for (i = 0; i < nr; i++) {
				myslab_checkers_open(cache, objs[i]);
				kmemleak_free(objs[i]);
				cache->dtor(objs[i] + cache->layout.left,
					    cache->private);
			}
			myslab_slab_put(cache, objs, nr);
		}
	}
}

/*
 * At the end of the module: whatever still has objects out goes too.
 */
void myslab_slab_forget_all(struct myslab_cache *cache)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	LIST_HEAD(slabs);
	int bin, nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		lists = &cache->node[nid]->lists;
		for (bin = 0; bin < MYSLAB_NR_BINS; bin++)
			list_splice_init(&lists->bin[bin], &slabs);
	}
	list_for_each_entry(slab, &slabs, link)
		myslab_slab_set_owner(slab, 0);
	myslab_slab_release(&slabs);
}
