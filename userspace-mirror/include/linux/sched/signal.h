/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* No signals. */
#ifndef MIRROR_LINUX_SCHED_SIGNAL_H
#define MIRROR_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#endif
