// SPDX-License-Identifier: GPL-2.0
/*
 * How objects lie in a slab: stride, order, number of objects.
 *
 * Waste is at most 1/8 of a slab's pages. The lowest order that reaches this
 * is taken: low orders are the ones that can be had when memory is fragmented.
 * Where no cheap order does, the tail of the span is given back page by page.
 * Caches, of which a machine's memory is full, waste 1/32 where one of the
 * cheap orders can do that.
 *
 * Slabs are not coloured (Bonwick 1994, 4.1). Walking over one line each of
 * 200 objects of 320 or 704 bytes took 1.1 ns a step instead of 7 to 8 with the
 * rest of a slab used as colours; from 800 objects on, which no first level
 * cache holds, the two did not differ, and sizes that divide a page have no
 * rest to use. Every free would pay: the index would need the slab's own base.
 */
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "layout.h"

/* As many in a page are too few for the page to bear what describes a slab. */
#define FEW_OBJECTS	16

/* What describes a slab of a cache is for as many objects, if that is cheap. */
#define SHARED		4

/* The part of a cache's pages that may be left over, if that is cheap. */
#define CACHE_WASTE	32

/* The part of a class's pages that may be left over, at best. */
#define CLASS_WASTE	16

/* A line, or for small objects the fraction of a line that holds one. */
static size_t line_align(size_t size)
{
	size_t align = cache_line_size();

	while (align > 8 && size <= align / 2)
		align /= 2;
	return align;
}

static size_t waste(const struct myslab_layout *layout)
{
	return layout->span.pages * PAGE_SIZE -
	       (size_t)layout->objects * layout->stride;
}

/* Fill in the rest for some pages of an order; is at most 1/@part wasted? */
static bool try_pages(struct myslab_layout *layout, unsigned int order,
		      unsigned int pages, unsigned int part)
{
	layout->span.order = order;
	layout->span.pages = pages;
	layout->span.split = pages != 1U << order;
	layout->objects = pages * PAGE_SIZE / layout->stride;
	return waste(layout) * part <= pages * PAGE_SIZE;
}

static bool try_order(struct myslab_layout *layout, unsigned int order,
		      bool trim)
{
	size_t span = PAGE_SIZE << order;

	if (trim)
		span -= span % layout->stride;
	return try_pages(layout, order, PFN_UP(span), 8);
}

static unsigned int lowest_order(const struct myslab_layout *layout)
{
	unsigned int lowest = get_order(layout->stride);

	if (layout->stride * FEW_OBJECTS > PAGE_SIZE)
		lowest = max(lowest, 1U);
	return lowest;
}

/* Whatever is left over, as the caller wants it. */
static void choose_low_order(struct myslab_layout *layout)
{
	if (!try_order(layout, lowest_order(layout), false))
		try_order(layout, lowest_order(layout), true);
}

static void choose_order(struct myslab_layout *layout)
{
	unsigned int lowest = lowest_order(layout);
	unsigned int order;

	for (order = lowest; order <= PAGE_ALLOC_COSTLY_ORDER; order++)
		if (try_order(layout, order, false))
			return;
	for (order = lowest; order < MYSLAB_MAX_ORDER; order++)
		if (try_order(layout, order, true))
			return;
	try_order(layout, order, true);
}

/*
 * Waste little by a cheap order, whole if possible, else but its start. It is
 * not the lowest any more for 4 objects in 2 KiB to 8 KiB and what is not near
 * a power of two; SLUB takes the same orders for those.
 */
static bool try_cheaply(struct myslab_layout *layout)
{
	unsigned int lowest = max(lowest_order(layout),
				  min_t(unsigned int, PAGE_ALLOC_COSTLY_ORDER,
					get_order(layout->stride * SHARED)));
	unsigned int order, pages;

	for (order = lowest; order <= PAGE_ALLOC_COSTLY_ORDER; order++)
		if (try_pages(layout, order, 1U << order, CACHE_WASTE))
			return true;
	for (order = lowest; order <= PAGE_ALLOC_COSTLY_ORDER; order++)
		for (pages = (1U << order) - 1; pages > 1U << order >> 1;
		     pages--)
			if (try_pages(layout, order, pages, CACHE_WASTE))
				return true;
	return false;
}

/* Newton: each step doubles the number of correct low bits, 3 at the start. */
static u32 inverse_of_odd(u32 odd)
{
	u32 x = odd;
	int i;

	for (i = 0; i < 4; i++)
		x *= 2 - odd * x;
	return x;
}

/*
 * @size is 1 to MYSLAB_MAX_SIZE, @align 0 or a power of two up to the same.
 * A stride that is a multiple of 8 gives each object the largest power of two
 * in it as alignment, since slabs start on a multiple of their span.
 */
void myslab_layout_init(struct myslab_layout *layout, size_t size,
			size_t align, unsigned int flags)
{
	align = max_t(size_t, align, 8);
	if (flags & MYSLAB_HWCACHE_ALIGN)
		align = max(align, line_align(size));

	layout->stride = ALIGN(size, align);
	layout->shift = __ffs(layout->stride);
	layout->inverse = inverse_of_odd(layout->stride >> layout->shift);
	if (flags & MYSLAB_LOW_ORDER)
		choose_low_order(layout);
	else
		choose_order(layout);
	layout->words = BITS_TO_LONGS(layout->objects);
	layout->marked = 1;
}

/* The same for a cache, of which there may be many slabs. */
void myslab_layout_init_cache(struct myslab_layout *layout, size_t size,
			      size_t align, unsigned int flags)
{
	struct myslab_layout cheap;

	myslab_layout_init(layout, size, align, flags);
	layout->span.told = true;
	cheap = *layout;
	if ((flags & MYSLAB_LOW_ORDER) || !try_cheaply(&cheap))
		return;
	cheap.words = BITS_TO_LONGS(cheap.objects);
	*layout = cheap;
}

/* Waste of @a in its pages, compared with that of @b: more? */
static bool wastes_more(const struct myslab_layout *a,
			const struct myslab_layout *b)
{
	return waste(a) * b->span.pages > waste(b) * a->span.pages;
}

/*
 * A size class of a heap: small slabs, since blocks of all sizes share the
 * memory, in whole pages of which little is left over. Every page leads to its
 * slab, so that an address is enough to free a block.
 */
void myslab_layout_init_class(struct myslab_layout *layout, size_t stride)
{
	unsigned int order = get_order(stride);
	struct myslab_layout other;

	layout->stride = stride;
	layout->shift = __ffs(stride);
	layout->inverse = inverse_of_odd(stride >> layout->shift);
	layout->slack = stride <= 256 ? 1 : 2;
	try_order(layout, order, true);
	while (waste(layout) * CLASS_WASTE > layout->span.pages * PAGE_SIZE &&
	       ++order <= PAGE_ALLOC_COSTLY_ORDER) {
		other = *layout;
		try_order(&other, order, true);
		if (wastes_more(layout, &other))
			*layout = other;
	}
	layout->words = BITS_TO_LONGS(layout->objects);
	layout->marked = layout->span.pages;
	layout->span.split = false;
	layout->span.blocks = true;
	layout->span.told = true;
}

/* Records of a slab are one piece of memory beside it: not too large a one. */
#define MAX_RECORDED	64U
#define MAX_RECORDS	(31U << 10)	/* bytes */

/* What a slab with so many records takes of kmalloc(), beside its pages. */
static size_t piece_of(unsigned int objects, unsigned int record)
{
	return roundup_pow_of_two(sizeof(struct myslab_slab) +
				  MYSLAB_NR_BITS * sizeof(long) +
				  objects * record);
}

/* Half the piece holds almost as many: then that takes less for each. */
static void fill_piece(struct myslab_layout *layout, unsigned int record)
{
	size_t bytes = layout->span.pages * PAGE_SIZE;
	size_t piece = piece_of(layout->objects, record);
	unsigned int fewer = layout->objects;

	while (fewer > 1 && piece_of(fewer, record) == piece)
		fewer--;
	if ((bytes + piece_of(fewer, record)) * layout->objects <
	    (bytes + piece) * fewer)
		layout->objects = fewer;
}

/*
 * A debug side of a cache: each object has a record, and every page leads to
 * its slab, so that an address in a slab of any size is enough. Pages that are
 * charged to a cgroup have to be split for that.
 */
void myslab_layout_init_side(struct myslab_layout *layout, unsigned int left,
			     unsigned int stride, unsigned int record,
			     bool charged)
{
	layout->stride = stride;
	layout->left = left;
	layout->shift = __ffs(stride);
	layout->inverse = inverse_of_odd(stride >> layout->shift);
	layout->slack = record;
	choose_order(layout);
	layout->objects = min3(layout->objects, MAX_RECORDED,
			       max(MAX_RECORDS / record, 1U));
	fill_piece(layout, record);
	layout->words = BITS_TO_LONGS(layout->objects);
	layout->marked = layout->span.pages;
	layout->span.split = charged;
	layout->span.blocks = !charged;
	layout->span.told = false;
}

/*
 * A side that is debugged lightly: its objects lie as the cache's own do, so
 * that the same numbers lead from an address to an object.
 */
void myslab_layout_init_light(struct myslab_layout *layout,
			      const struct myslab_layout *parent,
			      unsigned int record, bool charged)
{
	*layout = *parent;
	layout->slack = record;
	layout->marked = layout->span.pages;
	layout->span.split = charged;
	layout->span.blocks = !charged;
	layout->span.told = false;
}
