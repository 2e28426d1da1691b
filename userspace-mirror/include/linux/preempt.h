/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* preempt_count() with the kernel's bits. */
#ifndef MIRROR_LINUX_PREEMPT_H
#define MIRROR_LINUX_PREEMPT_H

#include <linux/bits.h>
#include <mirror/ctx.h>

#define PREEMPT_MASK	0x000000ffU
#define SOFTIRQ_MASK	0x0000ff00U
#define HARDIRQ_MASK	0x000f0000U
#define NMI_MASK	0x00f00000U
#define PREEMPT_OFFSET	0x00000001U
#define SOFTIRQ_OFFSET	0x00000100U
#define HARDIRQ_OFFSET	0x00010000U
#define NMI_OFFSET	0x00100000U
#define SOFTIRQ_DISABLE_OFFSET (2 * SOFTIRQ_OFFSET)

#ifdef MIRROR_RELEASE
/* Any section counts as one with preemption off. */
static __always_inline int preempt_count(void)
{
	return mirror_ctx.preempt +
	       (mirror_gs(mirror_this.depth) & ~MIRROR_CALLED);
}

static __always_inline void preempt_disable(void)
{
	mirror_section_enter();
}

static __always_inline void preempt_enable(void)
{
	mirror_section_leave();
}
#else
static __always_inline int preempt_count(void)
{
	return mirror_ctx.preempt;
}

void preempt_disable(void);
void preempt_enable(void);
#endif
#define preempt_disable_notrace()	preempt_disable()
#define preempt_enable_notrace()	preempt_enable()
#define preempt_enable_no_resched()	preempt_enable()

void migrate_disable(void);
void migrate_enable(void);
void local_bh_disable(void);
void local_bh_enable(void);

#define nmi_count()	(preempt_count() & NMI_MASK)
#define hardirq_count()	(preempt_count() & HARDIRQ_MASK)
#define softirq_count()	(preempt_count() & SOFTIRQ_MASK)
#define irq_count() \
	(preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_MASK))
#define in_nmi()	(nmi_count())
#define in_hardirq()	(hardirq_count())
#define in_serving_softirq() (softirq_count() & SOFTIRQ_OFFSET)
#define in_softirq()	(softirq_count())
#define in_interrupt()	(irq_count())
#define in_task() \
	(!(preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)))
#define in_atomic()	(preempt_count() != 0)
#define preemptible()	(preempt_count() == 0 && !irqs_disabled())

#include <linux/irqflags.h>

#endif
