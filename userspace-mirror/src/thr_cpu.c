// SPDX-License-Identifier: GPL-2.0
/*
 * Simulated CPUs as host threads: who is attached to a CPU is that CPU. Calls
 * from others are taken at the places where interrupts come on, where
 * preemption comes on, and while waiting; on a CPU that nobody is, the caller
 * takes them itself.
 */
#include <pthread.h>
#include <sched.h>

#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <mirror/control.h>
#include <mirror/host.h>

/* Who is on a CPU. */
enum owner {
	NOBODY,
	THREAD,
	CALLER,		/* of a call, for its length */
	DEAD,		/* offline */
};

struct call {
	smp_call_func_t func;
	void *info;
	struct call *next;
	int done;
};

static pthread_mutex_t runtime = PTHREAD_MUTEX_INITIALIZER;
static struct call *calls[MIRROR_MAX_CPUS];

void (*mirror_hook)(void);

void mirror_lock(void)
{
	pthread_mutex_lock(&runtime);
}

void mirror_unlock(void)
{
	pthread_mutex_unlock(&runtime);
}

void mirror_point(void)
{
}

static bool become(unsigned int cpu, int from, int to)
{
	return __atomic_compare_exchange_n(&mirror_cpus[cpu].owner, &from, to,
					   false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static void leave(unsigned int cpu, int to)
{
	__atomic_store_n(&mirror_cpus[cpu].owner, to, __ATOMIC_RELEASE);
}

static void be(unsigned int cpu)
{
	mirror_set_ctx(&(struct mirror_ctx){
		.cpu = cpu, .self = &mirror_cpus[cpu],
	});
}

void mirror_cpu_attach(unsigned int cpu)
{
	while (!become(cpu, NOBODY, THREAD))
		sched_yield();
	be(cpu);
}

void mirror_cpu_detach(void)
{
	unsigned int cpu = mirror_ctx.cpu;

	mirror_check_balanced("leaving a CPU");
	mirror_poll();
	mirror_ctx.self = NULL;
	leave(cpu, NOBODY);
}

/* Any CPU that is free, @cpu if it is. */
void mirror_cpu_attach_any(unsigned int cpu)
{
	while (!become(cpu, NOBODY, THREAD)) {
		cpu = (cpu + 1) % nr_cpu_ids;
		sched_yield();
	}
	be(cpu);
}

/* Asleep for a moment: whoever needs this CPU can have it. */
void mirror_cpu_yield(void)
{
	unsigned int cpu = mirror_ctx.cpu;

	mirror_cpu_detach();
	sched_yield();
	mirror_cpu_attach_any(cpu);
}

void mirror_set_cpu(unsigned int cpu)
{
	if (cpu == mirror_ctx.cpu)
		return;
	mirror_cpu_detach();
	mirror_cpu_attach(cpu);
}

void mirror_migrate_one_in(unsigned int n)
{
}

#ifndef MIRROR_RELEASE
void preempt_disable(void)
{
	if (!mirror_ctx.self)
		mirror_abort("a thread that is no CPU calls the kernel");
	mirror_section_enter();
	mirror_ctx.preempt++;
}

void preempt_enable(void)
{
	if (!(mirror_ctx.preempt & PREEMPT_MASK))
		mirror_abort("preempt_enable() without preempt_disable()");
	mirror_ctx.preempt--;
	mirror_section_leave();
}
#endif

void migrate_disable(void)
{
}

void migrate_enable(void)
{
}

void local_bh_disable(void)
{
	mirror_section_enter();
	mirror_ctx.preempt += SOFTIRQ_DISABLE_OFFSET;
}

void local_bh_enable(void)
{
	mirror_ctx.preempt -= SOFTIRQ_DISABLE_OFFSET;
	mirror_section_leave();
}

unsigned long mirror_irq_save(void)
{
	unsigned long flags = mirror_ctx.irqs_off;

	if (!flags) {
		mirror_section_enter();
		mirror_ctx.irqs_off = true;
	}
	return flags;
}

void local_irq_restore(unsigned long flags)
{
	if (!mirror_ctx.irqs_off)
		mirror_abort("local_irq_restore() with interrupts on");
	if (flags)
		return;
	mirror_ctx.irqs_off = false;
	mirror_poll();
	mirror_section_leave();
}

void local_irq_disable(void)
{
	mirror_irq_save();
}

void local_irq_enable(void)
{
	local_irq_restore(0);
}

static void run_interrupt(unsigned int add, bool irqs_off, void (*fn)(void *),
			  void *arg)
{
	bool were_off = mirror_ctx.irqs_off;

	mirror_section_enter();
	mirror_ctx.preempt += add;
	mirror_ctx.irqs_off |= irqs_off;
	fn(arg);
	mirror_ctx.preempt -= add;
	mirror_ctx.irqs_off = were_off;
	mirror_section_leave();
	mirror_poll();
}

bool mirror_interrupt(enum mirror_irq kind, void (*fn)(void *), void *arg)
{
	if (in_nmi() || (kind != MIRROR_NMI &&
			 (mirror_ctx.irqs_off || in_hardirq())))
		return false;
	if (kind == MIRROR_SOFTIRQ && in_softirq())
		return false;
	run_interrupt(kind == MIRROR_NMI ? NMI_OFFSET + HARDIRQ_OFFSET :
		      kind == MIRROR_HARDIRQ ? HARDIRQ_OFFSET : SOFTIRQ_OFFSET,
		      kind != MIRROR_SOFTIRQ, fn, arg);
	return true;
}

/*
 * Calls.
 */

static struct call *take_calls(unsigned int cpu)
{
	struct call *c, *oldest = NULL, *next;

	__atomic_store_n(&mirror_cpus[cpu].calls, 0, __ATOMIC_SEQ_CST);
	c = __atomic_exchange_n(&calls[cpu], NULL, __ATOMIC_ACQ_REL);
	for (; c; c = next) {
		next = c->next;
		c->next = oldest;
		oldest = c;
	}
	return oldest;
}

/* The caller's frame may be gone as soon as done is seen. */
static void run_calls(unsigned int cpu)
{
	struct call *c = take_calls(cpu), *next;

	for (; c; c = next) {
		next = c->next;
		run_interrupt(HARDIRQ_OFFSET, true, c->func, c->info);
		__atomic_store_n(&c->done, 1, __ATOMIC_RELEASE);
	}
}

void mirror_poll(void)
{
	if (!mirror_ctx.self || mirror_ctx.irqs_off || in_hardirq() ||
	    in_nmi())
		return;
	if (__atomic_load_n(&calls[mirror_ctx.cpu], __ATOMIC_RELAXED))
		run_calls(mirror_ctx.cpu);
	mirror_irq_works_run();
}

static void post(unsigned int cpu, struct call *c)
{
	c->next = __atomic_load_n(&calls[cpu], __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&calls[cpu], &c->next, c, false,
					    __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED))
		;
	mirror_tell(cpu);
}

static void wait_for(unsigned int cpu, struct call *c)
{
	struct mirror_ctx saved;

	while (!__atomic_load_n(&c->done, __ATOMIC_ACQUIRE)) {
		mirror_poll();
		mirror_tell(cpu);
		if (become(cpu, NOBODY, CALLER)) {
			saved = mirror_ctx;
			be(cpu);
			run_calls(cpu);
			mirror_set_ctx(&saved);
			leave(cpu, NOBODY);
		}
		sched_yield();
	}
}

void on_each_cpu_cond_mask(smp_cond_func_t cond, smp_call_func_t func,
			   void *info, bool wait, const struct cpumask *mask)
{
	struct call posted[MIRROR_MAX_CPUS];
	unsigned long flags;
	unsigned int cpu;

	if (mirror_ctx.irqs_off || in_interrupt())
		mirror_abort("a call to CPUs with interrupts off or in one");
	preempt_disable();
	for_each_possible_cpu(cpu) {
		posted[cpu].done = 1;
		if (cpu == mirror_ctx.cpu || !cpu_online(cpu) ||
		    !cpumask_test_cpu(cpu, mask) || (cond && !cond(cpu, info)))
			continue;
		posted[cpu] = (struct call){ .func = func, .info = info };
		post(cpu, &posted[cpu]);
	}
	cpu = mirror_ctx.cpu;
	if (cpumask_test_cpu(cpu, mask) && (!cond || cond(cpu, info))) {
		local_irq_save(flags);
		func(info);
		local_irq_restore(flags);
	}
	for_each_possible_cpu(cpu)
		wait_for(cpu, &posted[cpu]);
	preempt_enable();
}

void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func,
		      void *info, bool wait)
{
	on_each_cpu_cond_mask(NULL, func, info, wait, mask);
}

void on_each_cpu(smp_call_func_t func, void *info, int wait)
{
	on_each_cpu_cond_mask(NULL, func, info, wait, cpu_online_mask);
}

int smp_call_function_single(int cpu, smp_call_func_t func, void *info,
			     int wait)
{
	if (!cpu_online(cpu))
		return -ENXIO;
	on_each_cpu_mask(cpumask_of(cpu), func, info, wait);
	return 0;
}

void cpu_relax(void)
{
	mirror_poll();
	sched_yield();
}

int mirror_cond_resched(void)
{
	mirror_might_sleep("cond_resched()");
	mirror_poll();
	return 0;
}

void mirror_cpus_init(unsigned int cpus)
{
	unsigned int cpu;

	for (cpu = 0; cpu < cpus; cpu++)
		mirror_cpus[cpu].online = true;
	mirror_cpu_attach(0);
}

/* A CPU dies when nobody is on it any more, and is free when it comes back. */
void mirror_cpu_evacuate(unsigned int cpu)
{
	if (cpu == mirror_ctx.cpu)
		mirror_set_cpu((cpu + 1) % nr_cpu_ids);
	while (!become(cpu, NOBODY, DEAD))
		cpu_relax();
}

void mirror_cpu_revive(unsigned int cpu)
{
	become(cpu, DEAD, NOBODY);
}
