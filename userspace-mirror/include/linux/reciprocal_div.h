/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Division by an invariant. */
#ifndef MIRROR_LINUX_RECIPROCAL_DIV_H
#define MIRROR_LINUX_RECIPROCAL_DIV_H

#include <linux/types.h>

struct reciprocal_value {
	u32 m;
	u8 sh1, sh2;
};

static inline struct reciprocal_value reciprocal_value(u32 d)
{
	struct reciprocal_value r;
	int l = d > 1 ? 32 - __builtin_clz(d - 1) : 0;

	r.m = (u32)((1ULL << 32) * ((1ULL << l) - d) / d + 1);
	r.sh1 = l < 1 ? l : 1;
	r.sh2 = l > 0 ? l - 1 : 0;
	return r;
}

static inline u32 reciprocal_divide(u32 a, struct reciprocal_value r)
{
	u32 t = (u32)(((u64)a * r.m) >> 32);

	return (t + ((a - t) >> r.sh1)) >> r.sh2;
}

#endif
