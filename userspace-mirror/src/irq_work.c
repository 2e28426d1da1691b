// SPDX-License-Identifier: GPL-2.0
/*
 * irq_works: run as an interrupt of the CPU that queued them, at once where
 * one may come, else as soon as it may.
 */
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <mirror/control.h>
#include <mirror/host.h>

#ifdef MIRROR_THREADS
static __thread struct irq_work *queued;
#else
static struct irq_work *queued;
#endif

bool irq_work_queue(struct irq_work *work)
{
	if (__atomic_exchange_n(&work->pending, 1, __ATOMIC_SEQ_CST))
		return false;
	work->next = queued;
	queued = work;
	mirror_irq_works_run();
	return true;
}

/* Not pending any more when it begins: it may be queued again from then on. */
static void run(void *arg)
{
	struct irq_work *work = arg;

	__atomic_fetch_add(&work->running, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&work->pending, 0, __ATOMIC_SEQ_CST);
	work->func(work);
	__atomic_fetch_sub(&work->running, 1, __ATOMIC_SEQ_CST);
}

void mirror_irq_works_run(void)
{
	struct irq_work *work;

	while (queued && !mirror_ctx.irqs_off && !in_hardirq() && !in_nmi()) {
		work = queued;
		queued = work->next;
		mirror_interrupt(MIRROR_HARDIRQ, run, work);
	}
}

void irq_work_sync(struct irq_work *work)
{
	mirror_might_sleep("irq_work_sync()");
	while (__atomic_load_n(&work->pending, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&work->running, __ATOMIC_SEQ_CST)) {
#ifdef MIRROR_THREADS
		cpu_relax();
#else
		mirror_abort("irq_work_sync() of one that does not come to run");
#endif
	}
}
