/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Min, max and their kin. */
#ifndef MIRROR_LINUX_MINMAX_H
#define MIRROR_LINUX_MINMAX_H

#include <linux/types.h>

#define __careful_cmp(x, y, op) ({	\
	typeof(x) __cx = (x);		\
	typeof(y) __cy = (y);		\
	__cx op __cy ? __cx : __cy; })
/* The types must be equal, up to an integer constant. */
#define __check_cmp(x, y) BUILD_BUG_ON_ZERO(			\
	!(__builtin_types_compatible_p(typeof(x), typeof(y)) ||	\
	  __builtin_constant_p(x) || __builtin_constant_p(y) ||	\
	  ((typeof(x))-1 < (typeof(x))1) == ((typeof(y))-1 < (typeof(y))1)))
#define min(x, y)	__careful_cmp(x, y, <)
#define max(x, y)	__careful_cmp(x, y, >)
#define min3(x, y, z)	min(min(x, y), z)
#define max3(x, y, z)	max(max(x, y), z)
#define min_t(type, x, y) __careful_cmp((type)(x), (type)(y), <)
#define max_t(type, x, y) __careful_cmp((type)(x), (type)(y), >)
#define clamp(val, lo, hi) min((typeof(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi) clamp_t(typeof(val), val, lo, hi)
#define swap(a, b) \
	do { typeof(a) __tmp = (a); (a) = (b); (b) = __tmp; } while (0)

#endif
