/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* What everything needs. */
#ifndef MIRROR_LINUX_KERNEL_H
#define MIRROR_LINUX_KERNEL_H

#include <stdarg.h>
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/types.h>
#include <mirror/ctx.h>

#define ARRAY_SIZE(arr)	(sizeof(arr) / sizeof((arr)[0]) + __must_be_array(arr))
#define upper_32_bits(n) ((u32)((n) >> 16 >> 16))
#define lower_32_bits(n) ((u32)(n))
#define u64_to_user_ptr(x) ((void __user *)(uintptr_t)(x))
#define REPEAT_BYTE(x)	((~0UL / 0xff) * (x))

#define might_sleep()	mirror_might_sleep("might_sleep()")
#define might_sleep_if(cond) do { if (cond) might_sleep(); } while (0)
#define cant_sleep()	((void)0)

#endif
