/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* One kind of signal, that a test sends; see mirror/control.h. */
#ifndef MIRROR_LINUX_SCHED_SIGNAL_H
#define MIRROR_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#endif
