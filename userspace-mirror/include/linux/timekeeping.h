/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See ktime.h. */
#ifndef MIRROR_LINUX_TIMEKEEPING_H
#define MIRROR_LINUX_TIMEKEEPING_H

#include <linux/ktime.h>

#endif
