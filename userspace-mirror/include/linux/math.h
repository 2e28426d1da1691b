/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Rounding and division. */
#ifndef MIRROR_LINUX_MATH_H
#define MIRROR_LINUX_MATH_H

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d) DIV_ROUND_UP(n, d)
#define DIV_ROUND_CLOSEST(x, d) (((x) + (d) / 2) / (d))
#define round_up(x, y)	((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define round_down(x, y) ((x) & ~((typeof(x))(y) - 1))
#define roundup(x, y)	((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y)	((x) - ((x) % (y)))
#define abs(x)		((x) < 0 ? -(x) : (x))
#define mult_frac(x, n, d) ((x) / (d) * (n) + (x) % (d) * (n) / (d))

#endif
