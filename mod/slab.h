/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slab layer: where objects come from and return to.
 */
#ifndef MYSLAB_SLAB_H
#define MYSLAB_SLAB_H

#include "layout.h"
#include "pages.h"
#include "types.h"

void myslab_slab_lists_init(struct myslab_slab_lists *lists);
void myslab_slab_set_owner(struct myslab_slab *slab, unsigned long owner);
void myslab_slab_rebin(struct myslab_slab_lists *lists,
		       struct myslab_slab *slab);

unsigned long myslab_slab_unlink_empty(struct myslab_slab_lists *lists,
				       unsigned long max,
				       struct list_head *slabs);

unsigned int myslab_slab_take(struct myslab_cache *cache, int nid,
			      void **objs, unsigned int want);
unsigned int myslab_slab_get(struct myslab_cache *cache, gfp_t gfp, int nid,
			     void **objs, unsigned int want);
unsigned int myslab_slab_grow(struct myslab_cache *cache, gfp_t gfp, int nid,
			      void **objs, unsigned int want);
unsigned int myslab_slab_construct(struct myslab_cache *cache, gfp_t gfp,
				   void **objs, unsigned int nr);
void *myslab_slab_try_take(struct myslab_cache *cache, int nid);
bool myslab_slab_try_put(struct myslab_cache *cache, void *obj);
void myslab_slab_set_free(struct myslab_slab *slab, unsigned int idx);
unsigned long myslab_slab_put(struct myslab_cache *cache, void **objs,
			      unsigned int nr);
bool myslab_slab_is_condemned(struct myslab_slab *slab, unsigned int idx);
bool myslab_slab_is_back(struct myslab_slab *slab, unsigned int idx);
bool myslab_slab_condemn_locked(struct myslab_slab *slab, unsigned int idx);
bool myslab_slab_condemn(struct myslab_cache *cache, void *obj);
unsigned long myslab_slab_release_empty(struct myslab_cache *cache,
					struct myslab_slab_lists *lists,
					unsigned long max);
void myslab_slab_reap(struct myslab_cache *cache,
		      struct myslab_slab_lists *lists);
unsigned long myslab_slab_out(struct myslab_cache *cache, void **first,
			      unsigned int max);
struct myslab_slab *myslab_slab_new(struct myslab_cache *cache, gfp_t gfp,
				    int nid);
void myslab_slab_release(struct list_head *slabs);
void myslab_slab_destruct_free(struct myslab_cache *cache);
void myslab_slab_dying_work(struct work_struct *work);
void myslab_slab_forget_all(struct myslab_cache *cache);

/*
 * Does @obj lie in a slab of @owner, if that has spans as @cache? Nothing that
 * is not ours is followed: the address is compared with the bounds of all
 * slabs, the owner word of the page at the start of its span with the owner.
 */
static __always_inline bool
myslab_slab_is_of(const struct myslab_cache *cache, unsigned long owner,
		  const void *obj)
{
	unsigned long offset = (unsigned long)obj - PAGE_OFFSET;

	return likely(offset < READ_ONCE(myslab_pages_top)) &&
	       likely(myslab_pages_owner(offset & cache->base_mask) == owner);
}

/* Of an address in a slab: does an object start there, at a multiple? */
static __always_inline bool
myslab_slab_starts(const struct myslab_cache *cache, const void *obj)
{
	return myslab_layout_index((unsigned long)obj & cache->span_mask,
				   cache->inverse, cache->shift) <
	       cache->objects;
}

static __always_inline bool
__myslab_slab_owns(const struct myslab_cache *cache, unsigned long owner,
		   const void *obj)
{
	return myslab_slab_is_of(cache, owner, obj) &&
	       myslab_slab_starts(cache, obj);
}

static inline bool myslab_slab_owns(const struct myslab_cache *cache,
				    const void *obj)
{
	return __myslab_slab_owns(cache, cache->owner, obj);
}

/* The slab whose span starts at an offset into the direct map. */
static __always_inline struct myslab_slab *
myslab_slab_at(unsigned long span)
{
	return myslab_page_slab(myslab_pages_page(span));
}

/* The slab of an address for which owns() said yes. */
static inline struct myslab_slab *
myslab_slab_of(const struct myslab_cache *cache, const void *obj)
{
	unsigned long offset = (unsigned long)obj - PAGE_OFFSET;

	return myslab_slab_at(offset & cache->base_mask);
}

static inline unsigned int myslab_slab_index(const struct myslab_cache *cache,
					     const void *obj)
{
	return myslab_layout_index((unsigned long)obj & cache->span_mask,
				   cache->inverse, cache->shift);
}

/* The entry of an object: see struct myslab_slab. */
static inline void *myslab_slab_entry(const struct myslab_slab *slab,
				      unsigned int idx)
{
	return (void *)slab + slab->cache->layout.slack * ~(unsigned long)idx;
}

/* The lists of the node that an address of ours lies on. */
static inline struct myslab_slab_lists *
myslab_slab_lists_at(const struct myslab_cache *cache, const void *obj)
{
	return &cache->node[page_to_nid(virt_to_page(obj))]->lists;
}

static inline struct myslab_slab_lists *
myslab_slab_lists_of(const struct myslab_slab *slab)
{
	return &slab->cache->node[slab->nid]->lists;
}

static inline enum myslab_bin
myslab_slab_bin_of(const struct myslab_slab *slab, unsigned int objects)
{
	if (!slab->nr_free)
		return MYSLAB_BIN_FULL;
	if (slab->nr_free == objects)
		return MYSLAB_BIN_EMPTY;
	return MYSLAB_BIN_1 + slab->nr_free * 4 / objects;
}

/*
 * list_move(), but for its checks: with CONFIG_DEBUG_LIST, as Debian has it,
 * they take 70 instructions, and a slab moves at four of five calls of a heap.
 */
static __always_inline void myslab_slab_move(struct myslab_slab *slab,
					     struct list_head *head)
{
	struct list_head *link = &slab->link, *first;

	link->next->prev = link->prev;
	WRITE_ONCE(link->prev->next, link->next);
	first = head->next;
	first->prev = link;
	link->next = first;
	link->prev = head;
	WRITE_ONCE(head->next, link);
}

/* The slab to take from: the fullest that is not full; NULL: none. */
static inline struct myslab_slab *
myslab_slab_fullest(struct myslab_slab_lists *lists)
{
	struct list_head *bin = &lists->bin[MYSLAB_BIN_1], *first;

	/* By index, a kernel with UBSAN would check each, at each call. */
	do {
		first = bin->next;
		if (first != bin)
			return list_entry(first, struct myslab_slab, link);
	} while (bin++ != &lists->bin[MYSLAB_BIN_EMPTY]);
	return NULL;
}

#endif
