/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See preempt.h. */
#ifndef MIRROR_LINUX_HARDIRQ_H
#define MIRROR_LINUX_HARDIRQ_H

#include <linux/preempt.h>

/* What interrupt entry and exit do to the count; see mirror_interrupt(). */
#define nmi_enter() \
	((void)(mirror_ctx.preempt += NMI_OFFSET + HARDIRQ_OFFSET))
#define nmi_exit() \
	((void)(mirror_ctx.preempt -= NMI_OFFSET + HARDIRQ_OFFSET))

#endif
