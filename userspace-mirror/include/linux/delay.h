/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Sleeping moves the clock and runs what is due. */
#ifndef MIRROR_LINUX_DELAY_H
#define MIRROR_LINUX_DELAY_H

#include <linux/types.h>

void msleep(unsigned int msecs);
void usleep_range(unsigned long min, unsigned long max);
void udelay(unsigned long usecs);
#define mdelay(n)	udelay((n) * 1000UL)
#define ndelay(n)	udelay(((n) + 999UL) / 1000)
#define ssleep(s)	msleep((s) * 1000)
#define fsleep(us)	usleep_range(us, us)

#endif
