// SPDX-License-Identifier: GPL-2.0
/*
 * Simulated CPUs on one host thread: the current one is a variable, and moves
 * wherever a task could be moved. Interrupts, calls to other CPUs and other
 * tasks run at chosen points, on top of what they interrupt.
 */
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <mirror/control.h>
#include <mirror/host.h>

void (*mirror_hook)(void);
const struct mirror_watch *mirror_watch;

static unsigned int migrate_one_in;
static unsigned int migrate_off;

/* Contexts that stand still while another task runs; innermost first. */
struct paused {
	struct mirror_ctx ctx;
	struct paused *outer;
};

static struct paused *paused;

void mirror_point(void)
{
	if (unlikely(mirror_hook))
		mirror_hook();
}

void mirror_poll(void)
{
}

static void go_to(unsigned int cpu)
{
	mirror_ctx.cpu = cpu;
	mirror_ctx.self = &mirror_cpus[cpu];
}

void mirror_set_cpu(unsigned int cpu)
{
	if (mirror_ctx.preempt || mirror_ctx.irqs_off)
		mirror_abort("moved to another CPU while pinned");
	if (!cpu_online(cpu))
		mirror_abort("moved to CPU %u, which is offline", cpu);
	go_to(cpu);
}

void mirror_migrate_one_in(unsigned int n)
{
	migrate_one_in = n;
}

/* The scheduler could move this task here: sometimes it does. */
static void maybe_migrate(void)
{
	unsigned int cpu;

	if (!migrate_one_in || migrate_off || mirror_ctx.preempt ||
	    mirror_ctx.irqs_off || paused)
		return;
	if (mirror_random() % migrate_one_in)
		return;
	cpu = mirror_random() % nr_cpu_ids;
	if (cpu_online(cpu))
		go_to(cpu);
}

void preempt_disable(void)
{
	mirror_point();
	maybe_migrate();
	mirror_section_enter();
	mirror_ctx.preempt++;
}

void preempt_enable(void)
{
	if (!(mirror_ctx.preempt & PREEMPT_MASK))
		mirror_abort("preempt_enable() without preempt_disable()");
	mirror_ctx.preempt--;
	mirror_section_leave();
	maybe_migrate();
	mirror_point();
}

void migrate_disable(void)
{
	migrate_off++;
}

void migrate_enable(void)
{
	migrate_off--;
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

	mirror_point();
	maybe_migrate();
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
	mirror_section_leave();
	mirror_irq_works_run();
	mirror_point();
}

void local_irq_disable(void)
{
	mirror_irq_save();
}

void local_irq_enable(void)
{
	if (in_hardirq() || in_nmi())
		mirror_abort("local_irq_enable() in an interrupt");
	local_irq_restore(0);
}

static void check_same(const struct mirror_ctx *before, const char *what)
{
	if (mirror_ctx.preempt != before->preempt ||
	    mirror_ctx.irqs_off != before->irqs_off)
		mirror_abort("%s returned with preempt_count or interrupts changed",
			     what);
	if (mirror_ctx.rcu != before->rcu ||
	    mirror_ctx.nr_held != before->nr_held)
		mirror_abort("%s returned with a lock or RCU section left",
			     what);
}

static void run_interrupt(unsigned int add, bool irqs_off, void (*fn)(void *),
			  void *arg)
{
	struct mirror_ctx saved = mirror_ctx, inside;

	mirror_ctx.preempt += add;
	mirror_ctx.irqs_off |= irqs_off;
	mirror_ctx.base_held = mirror_ctx.nr_held;
	mirror_ctx.depth++;
	mirror_ctx.rcu = 0;
	inside = mirror_ctx;
	fn(arg);
	check_same(&inside, "an interrupt handler");
	mirror_ctx = saved;
	mirror_irq_works_run();
}

bool mirror_interrupt(enum mirror_irq kind, void (*fn)(void *), void *arg)
{
	if (in_nmi())
		return false;
	if (kind == MIRROR_NMI) {
		run_interrupt(NMI_OFFSET + HARDIRQ_OFFSET, true, fn, arg);
		return true;
	}
	if (mirror_ctx.irqs_off || in_hardirq())
		return false;
	if (kind == MIRROR_SOFTIRQ && in_softirq())
		return false;
	run_interrupt(kind == MIRROR_HARDIRQ ? HARDIRQ_OFFSET : SOFTIRQ_OFFSET,
		      kind == MIRROR_HARDIRQ, fn, arg);
	return true;
}

/*
 * The task under way stands still. It must be at a place where it does not
 * keep the other from going on: no lock held, and preemptible if the other
 * wants its CPU.
 */
bool mirror_other_task(unsigned int cpu, void (*fn)(void *), void *arg)
{
	struct paused here = { .ctx = mirror_ctx, .outer = paused };

	if (mirror_ctx.nr_held || mirror_ctx.irqs_off || in_interrupt() ||
	    !cpu_online(cpu))
		return false;
	if (cpu == mirror_ctx.cpu && mirror_ctx.preempt)
		return false;

	paused = &here;
	mirror_ctx = (struct mirror_ctx){ };
	go_to(cpu);
	mirror_run_as_task("other/mirror", fn, arg);
	mirror_check_balanced("another task");
	mirror_ctx = here.ctx;
	paused = here.outer;
	return true;
}

/* Would a grace period have to wait for somebody who stands still? */
bool mirror_in_section_elsewhere(void)
{
	struct paused *p;

	for (p = paused; p; p = p->outer)
		if (p->ctx.depth)
			return true;
	return false;
}

static struct paused *paused_on(unsigned int cpu)
{
	struct paused *p;

	for (p = paused; p; p = p->outer)
		if (p->ctx.cpu == cpu)
			return p;
	return NULL;
}

/* A call arrives on another CPU, as an interrupt of whatever it does. */
static void call_on(unsigned int cpu, smp_call_func_t func, void *info)
{
	struct mirror_ctx saved = mirror_ctx;
	struct paused *p = paused_on(cpu);

	if (p && p->ctx.irqs_off)
		mirror_abort("a call waits for a CPU that stands still with interrupts off");
	mirror_ctx = p ? p->ctx : (struct mirror_ctx){ };
	go_to(cpu);
	run_interrupt(HARDIRQ_OFFSET, true, func, info);
	mirror_ctx = saved;
}

static void check_may_call(const char *what)
{
	if (mirror_ctx.irqs_off || in_interrupt())
		mirror_abort("%s with interrupts off or in one", what);
}

void on_each_cpu_cond_mask(smp_cond_func_t cond, smp_call_func_t func,
			   void *info, bool wait, const struct cpumask *mask)
{
	unsigned long flags;
	unsigned int cpu;

	check_may_call("on_each_cpu()");
	preempt_disable();
	for_each_cpu(cpu, mask)
		if (cpu_online(cpu) && cpu != mirror_ctx.cpu &&
		    (!cond || cond(cpu, info)))
			call_on(cpu, func, info);
	cpu = mirror_ctx.cpu;
	if (cpumask_test_cpu(cpu, mask) && (!cond || cond(cpu, info))) {
		local_irq_save(flags);
		func(info);
		local_irq_restore(flags);
	}
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
	check_may_call("smp_call_function_single()");
	if (!cpu_online(cpu))
		return -ENXIO;
	on_each_cpu_mask(cpumask_of(cpu), func, info, wait);
	return 0;
}

void cpu_relax(void)
{
	mirror_point();
}

int mirror_cond_resched(void)
{
	mirror_might_sleep("cond_resched()");
	maybe_migrate();
	return 0;
}

void mirror_cpus_init(unsigned int cpus)
{
	unsigned int cpu;

	for (cpu = 0; cpu < cpus; cpu++)
		mirror_cpus[cpu].online = true;
	go_to(0);
}

/* Tasks leave a CPU that goes. */
void mirror_cpu_evacuate(unsigned int cpu)
{
	unsigned int other;

	if (mirror_ctx.cpu == cpu)
		for_each_online_cpu(other)
			if (other != cpu)
				go_to(other);
}

void mirror_cpu_revive(unsigned int cpu)
{
}

void mirror_cpu_attach(unsigned int cpu)
{
	mirror_set_cpu(cpu);
}

void mirror_cpu_detach(void)
{
}
