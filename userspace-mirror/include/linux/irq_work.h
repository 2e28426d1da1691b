/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Works that interrupts queue; run as soon as they may. */
#ifndef MIRROR_LINUX_IRQ_WORK_H
#define MIRROR_LINUX_IRQ_WORK_H

#include <linux/types.h>

struct irq_work {
	struct irq_work *next;
	void (*func)(struct irq_work *work);
	unsigned int pending;
	unsigned int running;	/* how often, right now */
};

#define IRQ_WORK_INIT(f)	{ .func = (f) }
#define DEFINE_IRQ_WORK(n, f)	struct irq_work n = IRQ_WORK_INIT(f)

static inline void init_irq_work(struct irq_work *work,
				 void (*func)(struct irq_work *))
{
	*work = (struct irq_work)IRQ_WORK_INIT(func);
}

bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);

#endif
