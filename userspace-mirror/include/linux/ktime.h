/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See jiffies.h; the test's clock, or the host's. */
#ifndef MIRROR_LINUX_KTIME_H
#define MIRROR_LINUX_KTIME_H

#include <linux/types.h>

typedef s64 ktime_t;

#define NSEC_PER_SEC	1000000000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_USEC	1000L
#define USEC_PER_MSEC	1000L
#define USEC_PER_SEC	1000000L
#define MSEC_PER_SEC	1000L

u64 ktime_get_ns(void);
#define ktime_get()		((ktime_t)ktime_get_ns())
#define ktime_get_mono_fast_ns() ktime_get_ns()
#define ktime_get_boottime_ns()	ktime_get_ns()
#define ktime_get_coarse_ns()	ktime_get_ns()
#define local_clock()		ktime_get_ns()
#define ktime_to_ns(kt)		(kt)
#define ktime_sub(a, b)		((a) - (b))
#define ktime_us_delta(a, b)	(((a) - (b)) / 1000)
#define ktime_ms_delta(a, b)	(((a) - (b)) / 1000000)

#endif
