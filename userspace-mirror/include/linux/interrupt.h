/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See preempt.h. */
#ifndef MIRROR_LINUX_INTERRUPT_H
#define MIRROR_LINUX_INTERRUPT_H

#include <linux/hardirq.h>

#endif
