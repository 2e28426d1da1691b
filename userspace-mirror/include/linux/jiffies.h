/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* A clock that the test moves; with threads, the host's. */
#ifndef MIRROR_LINUX_JIFFIES_H
#define MIRROR_LINUX_JIFFIES_H

#include <linux/math64.h>
#include <linux/types.h>

#define HZ		250
#define MAX_JIFFY_OFFSET ((LONG_MAX >> 1) - 1)
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

unsigned long mirror_jiffies(void);
#define jiffies		mirror_jiffies()
#define get_jiffies_64() ((u64)mirror_jiffies())

#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define time_is_before_jiffies(a) time_after(jiffies, a)
#define time_is_after_jiffies(a) time_before(jiffies, a)

static inline unsigned long msecs_to_jiffies(unsigned int m)
{
	return ((unsigned long)m * HZ + 999) / 1000;
}

static inline unsigned long usecs_to_jiffies(unsigned int u)
{
	return ((unsigned long)u * HZ + 999999) / 1000000;
}

static inline unsigned int jiffies_to_msecs(unsigned long j)
{
	return j * (1000 / HZ);
}

#define round_jiffies_relative(j) (j)
#define round_jiffies(j)	(j)
#define secs_to_jiffies(s)	((s) * HZ)

#endif
