/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How objects lie in a slab, and the arithmetic from an address to an index.
 * Pure: no lock, no allocation, no printing.
 */
#ifndef MYSLAB_LAYOUT_H
#define MYSLAB_LAYOUT_H

#include <linux/bitops.h>

#include "types.h"

/* The largest order that the page allocator of every supported kernel has. */
#define MYSLAB_MAX_ORDER	10

void myslab_layout_init(struct myslab_layout *layout, size_t size,
			size_t align, unsigned int flags);

void myslab_layout_init_cache(struct myslab_layout *layout, size_t size,
			      size_t align, unsigned int flags);

void myslab_layout_init_class(struct myslab_layout *layout, size_t stride);

void myslab_layout_init_side(struct myslab_layout *layout, unsigned int left,
			     unsigned int stride, unsigned int record,
			     bool charged);

void myslab_layout_init_light(struct myslab_layout *layout,
			      const struct myslab_layout *parent,
			      unsigned int record, bool charged);

/*
 * Which multiple of the stride is @offset? Division by an odd number is
 * multiplication by its inverse mod 2^32, a bijection; multiples of the odd
 * part land on their quotients, everything else above them, and the rotation
 * moves low bits that a multiple of 2^shift does not have to the top.
 * So the result is the index, or too large to be one (Hacker's Delight, 10-17).
 */
static __always_inline u32 myslab_layout_index(u32 offset, u32 inverse,
					       u8 shift)
{
	return ror32(offset * inverse, shift);
}

#endif
