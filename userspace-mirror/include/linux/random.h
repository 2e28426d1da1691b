/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Numbers from the seed of the run. */
#ifndef MIRROR_LINUX_RANDOM_H
#define MIRROR_LINUX_RANDOM_H

#include <linux/types.h>

u32 get_random_u32(void);
u64 get_random_u64(void);
u32 get_random_u32_below(u32 ceil);
void get_random_bytes(void *buf, size_t len);
#define get_random_long()	((unsigned long)get_random_u64())
#define get_random_int()	get_random_u32()
#define prandom_u32()		get_random_u32()

#endif
