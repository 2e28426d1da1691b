// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a slab: made from pages, its objects constructed one by one as
 * they are first needed, destructed together when it is given back.
 *
 * Nothing here takes a lock: a slab is private before it is listed and after
 * it is unlisted, and a constructor runs on an object just taken.
 */
#include <linux/bitmap.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "checkers.h"
#include "report.h"
#include "slab.h"

static atomic_t last_serial;

/* Bitmaps behind a slab; the order of enum myslab_bits is made for this. */
static unsigned int nr_bitmaps(const struct myslab_cache *cache)
{
	if (cache->ctor)
		return MYSLAB_NR_BITS;
	return myslab_is_class(cache) && !myslab_is_side(cache) ?
	       MYSLAB_DEFERRED : MYSLAB_CONSTRUCTED;
}

/* Bytes of the entries, whose addresses follow so from the slab's own. */
static size_t bytes_in_front(const struct myslab_cache *cache)
{
	return ALIGN(cache->layout.slack * cache->layout.objects,
		     sizeof(long));
}

/*
 * A slab with all its objects raw, on no list yet.
 *
 * Context: As @gfp says.
 */
struct myslab_slab *myslab_slab_new(struct myslab_cache *cache, gfp_t gfp,
				    int nid)
{
	const struct myslab_layout *layout = &cache->layout;
	size_t front = bytes_in_front(cache);
	struct myslab_slab *slab;
	struct page *page;
	unsigned int i;
	void *start;

	page = myslab_pages_alloc(cache->allocator, gfp, nid, &layout->span);
	if (!page)
		return NULL;
	gfp &= ~(GFP_ZONEMASK | __GFP_ACCOUNT | __GFP_THISNODE |
		 __GFP_RECLAIMABLE | __GFP_COMP);
	start = kzalloc_node(front + struct_size(slab, bits,
						 nr_bitmaps(cache) *
						 layout->words),
			     gfp, page_to_nid(page));
	if (!start) {
		myslab_pages_free(cache->allocator, page, &layout->span);
		atomic_long_sub(layout->span.pages,
				&cache->allocator->nr_pages);
		return NULL;
	}
	slab = start + front;
	slab->cache = cache;
	slab->base = page_address(page);
	slab->nid = page_to_nid(page);
	slab->serial = atomic_inc_return(&last_serial);
	slab->nr_free = layout->objects;
	slab->bin = MYSLAB_BIN_FULL;
	bitmap_set(myslab_slab_bits(slab, MYSLAB_FREE), 0, layout->objects);
	for (i = 0; i < layout->marked; i++)
		myslab_page_set_slab(page + i, slab);
	myslab_checkers_add(slab);
	return slab;
}

/*
 * Bring objects just taken into the constructed state. The constructed bits
 * of a word belong to different objects, hence the atomic set.
 *
 * Context: As @gfp says; no lock of ours held.
 * Return: How many are constructed, in front; the others went back.
 */
unsigned int myslab_slab_construct(struct myslab_cache *cache, gfp_t gfp,
				   void **objs, unsigned int nr)
{
	struct myslab_slab *slab;
	unsigned long *bits;
	unsigned int i, idx;

	if (!cache->ctor)
		return nr;
	for (i = 0; i < nr; i++) {
		slab = myslab_slab_of(cache, objs[i]);
		bits = myslab_slab_bits(slab, MYSLAB_CONSTRUCTED);
		idx = myslab_slab_index(cache, objs[i]);
		if (test_bit(idx, bits))
			continue;
		myslab_checkers_open(cache, objs[i]);
		if (cache->ctor(objs[i], cache->private, gfp))
			break;
		set_bit(idx, bits);
		myslab_checkers_constructed(cache, objs[i], gfp);
	}
	if (i < nr)
		myslab_slab_put(cache, objs + i, nr - i);
	return i;
}

/*
 * A node that has no page would get one of another, whole, at each call: look
 * first whether another node has objects.
 */
static unsigned int take_before_falling_back(struct myslab_cache *cache,
					     int nid, void **objs,
					     unsigned int want)
{
	unsigned int nr;
	int other;

	nr = myslab_slab_grow(cache, GFP_NOWAIT | __GFP_NOWARN |
			      __GFP_THISNODE, nid, objs, want);
	for_each_online_node(other) {
		if (nr)
			break;
		if (other != nid)
			nr = myslab_slab_take(cache, other, objs, want);
	}
	return nr;
}

/*
 * Up to @want objects, of this node if there are any.
 *
 * Context: As @gfp says.
 * Return: How many; 0: no memory.
 */
unsigned int myslab_slab_get(struct myslab_cache *cache, gfp_t gfp, int nid,
			     void **objs, unsigned int want)
{
	unsigned int nr = myslab_slab_take(cache, nid, objs, want);

	if (!nr && nr_online_nodes > 1 && !(gfp & __GFP_THISNODE))
		nr = take_before_falling_back(cache, nid, objs, want);
	if (!nr)
		nr = myslab_slab_grow(cache, gfp, nid, objs, want);
	return nr;
}

static void destruct(struct myslab_slab *slab)
{
	struct myslab_cache *cache = slab->cache;
	unsigned long *bits = myslab_slab_bits(slab, MYSLAB_CONSTRUCTED);
	unsigned int idx;

	if (!cache->dtor)
		return;
	for_each_set_bit(idx, bits, cache->layout.objects)
		cache->dtor(slab->base + (size_t)idx * cache->layout.stride +
			    cache->layout.left, cache->private);
}

/* The slab's class may be gone by now. Of a side it is rcu_next, NULL. */
static void free_guards(struct myslab_guards *guards)
{
	unsigned int i;

	for (i = 0; guards && i < guards->nr; i++)
		kfree(guards->slot[i].record);
	kfree(guards);
}

static void free_struct_rcu(struct rcu_head *rcu)
{
	struct myslab_slab *slab = container_of(rcu, struct myslab_slab, rcu);

	free_guards(slab->guards);
	kfree((void *)slab - slab->front);
}

/*
 * Heaps and debug sides find their slabs by address alone, under RCU: a stale
 * pointer may still lead somebody here.
 */
static void free_struct(struct myslab_slab *slab)
{
	if (!myslab_is_class(slab->cache)) {
		kfree(slab);
		return;
	}
	slab->front = bytes_in_front(slab->cache);
	call_rcu(&slab->rcu, free_struct_rcu);
}

/*
 * The end of a slab that nobody can reach any more. The page count is touched
 * last: at 0 the struct of a destroyed cache may be used again.
 */
static void slab_destroy(struct myslab_slab *slab)
{
	struct myslab_cache *cache = slab->cache;
	struct myslab_allocator *allocator = cache->allocator;
	const struct myslab_span *span = &cache->layout.span;
	struct page *page = virt_to_page(slab->base);
	unsigned int pages = span->pages, i;
	bool intact = !slab->lost;

	myslab_checkers_remove(slab);
	if (intact) {
		destruct(slab);
		for (i = 0; i < cache->layout.marked; i++)
			myslab_page_set_slab(page + i, NULL);
		intact = myslab_pages_free(allocator, page, span);
	}
	free_struct(slab);
	if (!intact)
		myslab_report_cache(MYSLAB_CORRUPT_METADATA, cache, NULL,
				    "somebody put a page of it: kfree() of an object?");
	atomic_long_sub(pages, &allocator->nr_pages);
}

void myslab_slab_dying_work(struct work_struct *work)
{
	struct myslab_cache *cache = container_of(work, struct myslab_cache,
						  dying_work);
	struct llist_node *dying = llist_del_all(&cache->dying);
	struct myslab_slab *slab, *next;

	llist_for_each_entry_safe(slab, next, dying, dying)
		slab_destroy(slab);
}

static void slab_end(struct myslab_slab *slab)
{
	/* A debug side's go with those of its cache. */
	struct myslab_cache *cache = myslab_cache_of(slab->cache->allocator);

	if (!slab->cache->dtor || !(slab->cache->flags & MYSLAB_DTOR_SLEEPS)) {
		slab_destroy(slab);
		return;
	}
	llist_add(&slab->dying, &cache->dying);
	queue_work(myslab_wq, &cache->dying_work);
}

/* Readers may still have looked at the objects until now. */
static void slab_end_rcu(struct rcu_head *rcu)
{
	slab_end(container_of(rcu, struct myslab_slab, rcu));
}

/*
 * End slabs that were taken off their lists empty.
 *
 * Context: Any but NMI; no lock of ours held.
 */
void myslab_slab_release(struct list_head *slabs)
{
	struct myslab_slab *slab, *next;

	list_for_each_entry_safe(slab, next, slabs, link) {
		if (slab->cache->flags & MYSLAB_TYPESAFE_BY_RCU)
			call_rcu(&slab->rcu, slab_end_rcu);
		else
			slab_end(slab);
	}
}
