// SPDX-License-Identifier: GPL-2.0
/*
 * How objects lie in a slab: stride, order, number of objects.
 *
 * Waste is at most 1/8 of a slab's pages. The lowest order that reaches this
 * is taken: low orders are the ones that can be had when memory is fragmented.
 * Where no cheap order does, the tail of the span is given back page by page.
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

static bool wastes_little(size_t bytes, size_t stride, size_t objects)
{
	return (bytes - objects * stride) * 8 <= bytes;
}

/* Fill in the rest for one order; is the waste within bounds? */
static bool try_order(struct myslab_layout *layout, unsigned int order,
		      bool trim)
{
	size_t span = PAGE_SIZE << order;

	layout->span.order = order;
	layout->objects = span / layout->stride;
	layout->span.pages = 1U << order;
	if (trim)
		layout->span.pages = PFN_UP((size_t)layout->objects *
					    layout->stride);
	layout->span.split = layout->span.pages != 1U << order;
	return wastes_little(layout->span.pages * PAGE_SIZE, layout->stride,
			     layout->objects);
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

static size_t waste(const struct myslab_layout *layout)
{
	return layout->span.pages * PAGE_SIZE -
	       (size_t)layout->objects * layout->stride;
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
}

/* Records of a slab are one piece of memory beside it: not too large a one. */
#define MAX_RECORDED	64U

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
	layout->objects = min(layout->objects, MAX_RECORDED);
	layout->words = BITS_TO_LONGS(layout->objects);
	layout->marked = layout->span.pages;
	layout->span.split = charged;
	layout->span.blocks = !charged;
}
