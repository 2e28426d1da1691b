/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Search in bitmaps. */
#ifndef MIRROR_LINUX_FIND_H
#define MIRROR_LINUX_FIND_H

#include <linux/bitops.h>

/* First bit from @start on that is set in (a & ~b) ^ flip, or @size. */
static inline unsigned long __mirror_find(const unsigned long *a,
					  const unsigned long *b,
					  unsigned long flip,
					  unsigned long size,
					  unsigned long start)
{
	unsigned long word, i;

	if (start >= size)
		return size;
	for (i = BIT_WORD(start); i < BITS_TO_LONGS(size); i++) {
		word = ((b ? a[i] & ~b[i] : a[i]) ^ flip);
		if (i == BIT_WORD(start))
			word &= ~0UL << (start % BITS_PER_LONG);
		if (word) {
			start = i * BITS_PER_LONG + __ffs(word);
			return start < size ? start : size;
		}
	}
	return size;
}

#define find_next_bit(addr, size, off)	__mirror_find(addr, NULL, 0, size, off)
#define find_first_bit(addr, size)	find_next_bit(addr, size, 0)
#define find_next_zero_bit(addr, size, off) \
	__mirror_find(addr, NULL, ~0UL, size, off)
#define find_first_zero_bit(addr, size)	find_next_zero_bit(addr, size, 0)
#define find_next_andnot_bit(a, b, size, off) __mirror_find(a, b, 0, size, off)

static inline unsigned long find_next_and_bit(const unsigned long *a,
					      const unsigned long *b,
					      unsigned long size,
					      unsigned long off)
{
	for (; off < size; off++)
		if (test_bit(off, a) && test_bit(off, b))
			break;
	return off < size ? off : size;
}

#define find_first_and_bit(a, b, size)	find_next_and_bit(a, b, size, 0)

static inline unsigned long find_last_bit(const unsigned long *addr,
					  unsigned long size)
{
	unsigned long i;

	for (i = size; i-- > 0;)
		if (test_bit(i, addr))
			return i;
	return size;
}

#define for_each_set_bit(bit, addr, size)				\
	for ((bit) = 0;							\
	     (bit) = find_next_bit((addr), (size), (bit)), (bit) < (size); \
	     (bit)++)
#define for_each_set_bit_from(bit, addr, size)				\
	for (; (bit) = find_next_bit((addr), (size), (bit)), (bit) < (size); \
	     (bit)++)
#define for_each_clear_bit(bit, addr, size)				\
	for ((bit) = 0;							\
	     (bit) = find_next_zero_bit((addr), (size), (bit)),		\
	     (bit) < (size);						\
	     (bit)++)

#endif
