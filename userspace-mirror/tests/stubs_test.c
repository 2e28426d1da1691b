// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror itself: misuse of contexts, locks, RCU and works ends a process
 * with a message that says so.
 */
#include "ends.h"

#include <linux/bug.h>
#include <linux/cpu.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <mirror/control.h>

static DEFINE_PER_CPU(int, counter);
static DEFINE_RAW_SPINLOCK(lock_a);
static DEFINE_RAW_SPINLOCK(lock_b);
static DEFINE_MUTEX(mutex_a);

static void this_cpu_while_preemptible(void)
{
	*this_cpu_ptr(&counter) = 1;
}

static void enable_without_disable(void)
{
	preempt_enable();
}

static void handler_leaves_preemption_off(void *arg)
{
	preempt_disable();
}

static void unbalanced_handler(void)
{
	mirror_interrupt(MIRROR_HARDIRQ, handler_leaves_preemption_off, NULL);
}

static void irqs_left_off(void)
{
	local_irq_disable();
	mirror_check_balanced("a test");
}

static void lock_twice(void)
{
	raw_spin_lock(&lock_a);
	raw_spin_lock(&lock_a);
}

static void lock_order_cycle(void)
{
	raw_spin_lock(&lock_a);
	raw_spin_lock(&lock_b);
	raw_spin_unlock(&lock_b);
	raw_spin_unlock(&lock_a);
	raw_spin_lock(&lock_b);
	raw_spin_lock(&lock_a);
}

static void take_a(void *arg)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock_a, flags);
	raw_spin_unlock_irqrestore(&lock_a, flags);
}

static void lock_not_safe_for_interrupts(void)
{
	raw_spin_lock(&lock_a);
	raw_spin_unlock(&lock_a);
	mirror_interrupt(MIRROR_HARDIRQ, take_a, NULL);
}

static void lock_waited_for_in_nmi(void)
{
	mirror_interrupt(MIRROR_NMI, take_a, NULL);
}

static void unlock_of_an_unlocked(void)
{
	preempt_disable();
	raw_spin_unlock(&lock_a);
}

static void lock_not_held(void)
{
	lockdep_assert_held(&lock_a);
}

static void mutex_in_atomic(void)
{
	preempt_disable();
	mutex_lock(&mutex_a);
}

static void kmalloc_in_atomic(void)
{
	unsigned long flags;

	local_irq_save(flags);
	kfree(kmalloc(8, GFP_KERNEL));
	local_irq_restore(flags);
}

static void might_alloc_under_rcu(void)
{
	rcu_read_lock();
	might_alloc(GFP_KERNEL);
}

static void synchronize_under_lock(void)
{
	raw_spin_lock(&lock_a);
	synchronize_rcu();
}

static void synchronize_under_rcu(void)
{
	rcu_read_lock();
	synchronize_rcu();
}

static void dereference_outside_rcu(void)
{
	static int *p;

	if (rcu_dereference(p))
		return;
}

static void flush_self(struct work_struct *work)
{
	flush_work(work);
}

static void flush_in_atomic(void)
{
	static DECLARE_WORK(work, flush_self);

	preempt_disable();
	flush_work(&work);
}

static void work_waits_for_itself(void)
{
	static DECLARE_WORK(work, flush_self);

	queue_work(system_wq, &work);
	mirror_works_run();
}

static void ipi(void *arg)
{
}

static void call_with_irqs_off(void)
{
	local_irq_disable();
	on_each_cpu(ipi, NULL, 1);
}

static void hotplug_under_cpus_read_lock(void)
{
	cpus_read_lock();
	remove_cpu(1);
}

static void warning(void)
{
	WARN_ON(1);
}

static const struct end ends[] = {
	END(this_cpu_while_preemptible, "while preemptible"),
	END(enable_without_disable, "without preempt_disable()"),
	END(unbalanced_handler, "interrupt handler returned with preempt_count"),
	END(irqs_left_off, "interrupts are still off"),
	END(lock_twice, "lock_a is taken twice"),
	END(lock_order_cycle, "lock order: lock_a is taken under lock_b"),
	END(lock_not_safe_for_interrupts, "taken in hard interrupts"),
	END(lock_waited_for_in_nmi, "waited for in NMI"),
	END(unlock_of_an_unlocked, "which is not locked"),
	END(lock_not_held, "lock_a is not held"),
	END(mutex_in_atomic, "mutex_lock(): may sleep in atomic"),
	END(kmalloc_in_atomic, "may sleep in atomic context"),
	END(might_alloc_under_rcu, "may sleep inside rcu_read_lock()"),
	END(synchronize_under_lock, "synchronize_rcu(): may sleep in atomic"),
	END(synchronize_under_rcu, "may sleep inside rcu_read_lock()"),
	END(dereference_outside_rcu, "rcu_dereference() outside a section"),
	END(flush_in_atomic, "flush_work(): may sleep in atomic"),
	END(work_waits_for_itself, "a work waits for itself"),
	END(call_with_irqs_off, "on_each_cpu() with interrupts off"),
	END(hotplug_under_cpus_read_lock, "cpu_hotplug_lock is taken twice"),
	END(warning, "WARN at"),
};

static void misuse_of_contexts_ends_with_a_message(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		expect_end(test, &ends[i]);
}

static struct kunit_case stubs_cases[] = {
	KUNIT_CASE(misuse_of_contexts_ends_with_a_message),
	{}
};

static struct kunit_suite stubs_suite = {
	.name = "mirror_stubs",
	.test_cases = stubs_cases,
};

kunit_test_suite(stubs_suite);

MODULE_LICENSE("GPL");
