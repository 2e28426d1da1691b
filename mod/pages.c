// SPDX-License-Identifier: GPL-2.0
/*
 * The page source: whole spans from the page allocator, tails given back,
 * accounted as kmem_cache's pages are.
 */
#include <linux/delay.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/vmstat.h>

#include "compat.h"
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

/* Whoever frees in reclaim, as a client's shrinker does: that hears of it. */
static void account(struct myslab_allocator *allocator, struct page *page,
		    long pages)
{
	enum node_stat_item item = NR_SLAB_UNRECLAIMABLE_B;

	if (allocator->reclaimable)
		item = NR_SLAB_RECLAIMABLE_B;
	mod_node_page_state(page_pgdat(page), item, pages * (long)PAGE_SIZE);
	if (pages < 0)
		myslab_account_reclaimed(-pages);
}

/* Keep the pages that are needed, each on its own from now on. */
static void split(const struct myslab_span *span, struct page *page)
{
	unsigned int i;

	split_page(page, span->order);
	for (i = 1; i < span->pages; i++)
		page_ref_inc(page + i);
	for (; i < 1U << span->order; i++)
		__free_page(page + i);
}

/* Free pages that nobody has, @from to @to of a span, in powers of two. */
static void free_blocks(struct page *page, unsigned int from, unsigned int to)
{
	unsigned int order;

	while (from < to) {
		order = ilog2(to - from);
		if (from)
			order = min_t(unsigned int, order, __ffs(from));
		set_page_count(page + from, 1);
		__free_pages(page + from, order);
		from += 1U << order;
	}
}

/*
 * Keep the pages that are needed. Each has two references, so that neither a
 * kfree() of memory in it nor the end of a look at it by others frees it; the
 * rest goes back as few blocks, which is much cheaper than as single pages.
 * split_page() is not needed: only cgroups' charges would want it, and those
 * spans are split.
 */
static void hold_blocks(const struct myslab_span *span, struct page *page)
{
	unsigned int i;

	free_blocks(page, span->pages, 1U << span->order);
	for (i = 0; i < span->pages; i++)
		set_page_count(page + i, 2);
}

/* Somebody else looks at one of the pages, or dropped a reference: alone. */
static bool put_frozen(struct page *page, unsigned int from, unsigned int i,
		       unsigned int to)
{
	bool intact = true;
	unsigned int j;

	for (j = from; j < i; j++)
		free_blocks(page, j, j + 1);
	for (; i < to; i++) {
		if (page_ref_count(page + i) < 2)
			intact = false;
		else
			page_ref_dec(page + i);
		if (page_ref_count(page + i) > 0)
			__free_page(page + i);
	}
	return intact;
}

static bool put_blocks(struct page *page, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++)
		if (unlikely(!page_ref_freeze(page + i, 2)))
			return put_frozen(page, from, i, to);
	free_blocks(page, from, to);
	return true;
}

static void hold(const struct myslab_span *span, struct page *page)
{
	if (span->blocks) {
		hold_blocks(span, page);
		return;
	}
	page_ref_inc(page);
	if (span->split)
		split(span, page);
}

/*
 * Count pages as the allocator's, unless that would be too many. What is
 * refused is never counted, not for an instant: others may fit meanwhile.
 */
bool myslab_pages_reserve(struct myslab_allocator *allocator,
			  unsigned long pages)
{
	unsigned long max = allocator->max_pages;
	long nr;

	if (likely(!max)) {
		atomic_long_add(pages, &allocator->nr_pages);
		return true;
	}
	nr = atomic_long_read(&allocator->nr_pages);
	do {
		if (nr + pages > max)
			return false;
	} while (!atomic_long_try_cmpxchg(&allocator->nr_pages, &nr,
					  nr + pages));
	return true;
}

/*
 * The page allocator honours __GFP_NOFAIL to order 1 and warns of it above. Up
 * to order 3 it does not give up by itself but where the task was killed for
 * its memory: then others make room.
 */
static struct page *get_pages(gfp_t gfp, int nid, unsigned int order)
{
	struct page *page;

	if (order <= 1 || !(gfp & __GFP_NOFAIL))
		return alloc_pages_node(nid, gfp, order);
	while (!(page = alloc_pages_node(nid, gfp & ~__GFP_NOFAIL, order)))
		msleep(20);
	return page;
}

/*
 * The pages of one span, not owned yet.
 *
 * Context: As @gfp says.
 * Return: The first page, or %NULL.
 */
struct page *myslab_pages_alloc(struct myslab_allocator *allocator, gfp_t gfp,
				int nid, const struct myslab_span *span)
{
	struct page *page;

	if (!myslab_pages_reserve(allocator, span->pages))
		return NULL;
	gfp = (gfp & PAGE_GFP) | allocator->gfp_pages;
	if (!span->split && !span->blocks)
		gfp |= __GFP_COMP;
	page = get_pages(gfp, nid, span->order);
	if (!page) {
		atomic_long_sub(span->pages, &allocator->nr_pages);
		return NULL;
	}
	hold(span, page);
	/* Scanned for pointers, never itself called a leak. */
	if (!span->told)
		kmemleak_alloc(page_address(page), span->pages * PAGE_SIZE, 0,
			       gfp & GFP_KERNEL);
	raise_top(page_address(page) + span->pages * PAGE_SIZE);
	account(allocator, page, span->pages);
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
 * Give the pages of one span back. Nobody owns them any more, so that a stale
 * pointer into them is nobody's. They still count as the allocator's, whose
 * struct may be used anew once none does: the caller subtracts them from
 * nr_pages, last.
 *
 * Return: false if a reference was missing, as after a kfree() of an object.
 */
bool myslab_pages_free(struct myslab_allocator *allocator, struct page *page,
		       const struct myslab_span *span)
{
	bool intact = true;
	unsigned int i;

	if (!span->told)
		kmemleak_free(page_address(page));
	account(allocator, page, -(long)span->pages);
	/* Who found an owner before this looks again after it. */
	smp_mb__before_atomic();
	atomic_inc(&allocator->given_back);
	if (span->blocks) {
		intact = put_blocks(page, 0, span->pages);
	} else if (!span->split) {
		intact = drop_extra(page);
		put_pages(page, span->order);
	} else {
		for (i = 0; i < span->pages; i++) {
			intact &= drop_extra(page + i);
			put_pages(page + i, 0);
		}
	}
	return intact;
}

/*
 * Give back the end of a span of blocks, of which @pages stay. As with
 * myslab_pages_free(), nobody owns that end any more, and the caller subtracts
 * it from nr_pages.
 */
bool myslab_pages_trim(struct myslab_allocator *allocator, struct page *page,
		       struct myslab_span *span, unsigned int pages)
{
	unsigned int all = span->pages;

	kmemleak_free_part(page_address(page + pages),
			   (all - pages) * PAGE_SIZE);
	account(allocator, page, (long)pages - all);
	/* As in myslab_pages_free(). */
	smp_mb__before_atomic();
	atomic_inc(&allocator->given_back);
	span->pages = pages;
	return put_blocks(page, pages, all);
}
