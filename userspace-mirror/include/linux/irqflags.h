/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Whether this CPU takes interrupts. */
#ifndef MIRROR_LINUX_IRQFLAGS_H
#define MIRROR_LINUX_IRQFLAGS_H

#include <linux/types.h>
#include <mirror/ctx.h>

static __always_inline bool irqs_disabled(void)
{
	return mirror_ctx.irqs_off;
}

unsigned long mirror_irq_save(void);
void local_irq_disable(void);
void local_irq_enable(void);
void local_irq_restore(unsigned long flags);

#define local_irq_save(flags) do { (flags) = mirror_irq_save(); } while (0)
#define local_save_flags(flags) do { (flags) = irqs_disabled(); } while (0)
#define irqs_disabled_flags(flags) ((bool)(flags))
#define raw_local_irq_save(flags) local_irq_save(flags)
#define raw_local_irq_restore(flags) local_irq_restore(flags)

#endif
