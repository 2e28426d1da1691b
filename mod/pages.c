// SPDX-License-Identifier: GPL-2.0
/*
 * The page source: whole spans from the page allocator, tails given back,
 * accounted as kmem_cache's pages are.
 */
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/vmstat.h>

#include "pages.h"

/* What a caller's gfp says about getting a page, and no more. */
#define PAGE_GFP	(GFP_KERNEL | __GFP_HIGH | __GFP_NOWARN | \
			 __GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | \
			 __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_THISNODE)

unsigned long myslab_pages_top __read_mostly;

/* Slabs are made by several CPUs at once; the top is read without a lock. */
static void raise_top(const void *end)
{
	unsigned long top = (unsigned long)end - PAGE_OFFSET;
	unsigned long old = READ_ONCE(myslab_pages_top);

	while (old < top && !try_cmpxchg(&myslab_pages_top, &old, top))
		;
}

static bool is_trimmed(const struct myslab_layout *layout)
{
	return layout->pages != 1U << layout->order;
}

static void account(struct myslab_cache *cache, struct page *page, long pages)
{
	enum node_stat_item item = NR_SLAB_UNRECLAIMABLE_B;

	if (cache->flags & MYSLAB_RECLAIM_ACCOUNT)
		item = NR_SLAB_RECLAIMABLE_B;
	mod_node_page_state(page_pgdat(page), item, pages * (long)PAGE_SIZE);
}

/* Keep the pages that hold objects, each on its own from now on. */
static void trim(const struct myslab_layout *layout, struct page *page)
{
	unsigned int i;

	split_page(page, layout->order);
	for (i = 1; i < layout->pages; i++)
		page_ref_inc(page + i);
	for (; i < 1U << layout->order; i++)
		__free_page(page + i);
}

/*
 * Pages for one slab, not owned yet: that begins where the slab is listed.
 *
 * Context: As @gfp says.
 * Return: The first page, or %NULL.
 */
struct page *myslab_pages_alloc(struct myslab_cache *cache, gfp_t gfp, int nid)
{
	const struct myslab_layout *layout = &cache->layout;
	struct page *page;

	gfp = (gfp & PAGE_GFP) | cache->gfp_pages;
	if (!is_trimmed(layout))
		gfp |= __GFP_COMP;
	page = alloc_pages_node(nid, gfp, layout->order);
	if (!page)
		return NULL;

	page_ref_inc(page);
	if (is_trimmed(layout))
		trim(layout, page);
	/* Scanned for pointers, never itself called a leak. */
	kmemleak_alloc(page_address(page), layout->pages * PAGE_SIZE, 0,
		       gfp & GFP_KERNEL);
	raise_top(page_address(page) + layout->pages * PAGE_SIZE);
	account(cache, page, layout->pages);
	atomic_long_add(layout->pages, &cache->nr_pages);
	return page;
}

/* Drop our own reference; false: somebody dropped it for us. */
static bool drop_extra(struct page *page)
{
	if (page_ref_count(page) < 2)
		return false;
	page_ref_dec(page);
	return true;
}

/* Free them unless somebody else has, twice. */
static void put_pages(struct page *page, unsigned int order)
{
	if (page_ref_count(page))
		__free_pages(page, order);
}

/*
 * Give the pages of one slab back. The owner was forgotten when the slab left
 * its list: from then on a stale pointer into them is nobody's.
 *
 * Return: false if a reference was missing, as after a kfree() of an object.
 */
bool myslab_pages_free(struct myslab_cache *cache, struct page *page)
{
	const struct myslab_layout *layout = &cache->layout;
	unsigned int pages = layout->pages;
	bool intact = true;
	unsigned int i;

	myslab_page_set_slab(page, NULL);
	kmemleak_free(page_address(page));
	account(cache, page, -(long)pages);
	if (!is_trimmed(layout)) {
		intact = drop_extra(page);
		put_pages(page, layout->order);
	} else {
		for (i = 0; i < pages; i++) {
			intact &= drop_extra(page + i);
			put_pages(page + i, 0);
		}
	}
	return intact;
}
