/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See ktime.h. */
#ifndef MIRROR_LINUX_SCHED_CLOCK_H
#define MIRROR_LINUX_SCHED_CLOCK_H

#include <linux/ktime.h>

#endif
