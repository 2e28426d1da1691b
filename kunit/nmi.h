/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the kernel-only suites: NMIs of our own, one after the other, so that
 * what their handler uses is touched by one at a time.
 */
#ifndef MYSLAB_KUNIT_NMI_H
#define MYSLAB_KUNIT_NMI_H

#ifdef CONFIG_X86_LOCAL_APIC

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <asm/apic.h>
#include <asm/nmi.h>

static atomic_t nmi_pending;

/* In the handler: is it the one that was sent? */
static inline bool nmi_is_ours(void)
{
	return atomic_xchg(&nmi_pending, 0);
}

/* Interrupt a CPU, wait until the handler has raised the count. */
static inline int send_nmi(unsigned int cpu, const unsigned int *count)
{
	unsigned int before = READ_ONCE(*count), i;

	atomic_set(&nmi_pending, 1);
	apic->send_IPI(cpu, NMI_VECTOR);
	for (i = 0; READ_ONCE(*count) == before; i++) {
		if (i == 10000)
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return 0;
}

/* The CPUs in turn, each in the middle of what it does. */
static inline int send_nmis(const unsigned int *count, unsigned int enough)
{
	int err = 0;

	while (!err && READ_ONCE(*count) < enough)
		err = send_nmi(cpumask_any_and_distribute(cpu_online_mask,
							  cpu_online_mask),
			       count);
	return err;
}

#endif
#endif
