/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See preempt.h. */
#ifndef MIRROR_LINUX_BOTTOM_HALF_H
#define MIRROR_LINUX_BOTTOM_HALF_H

#include <linux/preempt.h>

#endif
