/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Powers of two. */
#ifndef MIRROR_LINUX_LOG2_H
#define MIRROR_LINUX_LOG2_H

#include <linux/bitops.h>

#define ilog2(n)	((int)(sizeof(n) <= 4 ? fls(n) : fls64(n)) - 1)

static inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << fls64(n - 1);
}

static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1UL << (fls64(n) - 1);
}

static inline int order_base_2(unsigned long n)
{
	return n > 1 ? fls64(n - 1) : 0;
}

#endif
