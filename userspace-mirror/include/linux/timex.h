/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See ktime.h. */
#ifndef MIRROR_LINUX_TIMEX_H
#define MIRROR_LINUX_TIMEX_H

#include <linux/ktime.h>

#define get_cycles()	((unsigned long)ktime_get_ns())

#endif
