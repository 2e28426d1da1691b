// SPDX-License-Identifier: GPL-2.0
/*
 * What every build of the mirror shares: ending with a message, the check for
 * sleeping, the current task, and putting the machine together.
 */
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <mirror/control.h>
#include <mirror/host.h>
#include <mirror/lock.h>

unsigned long mirror_fence;
int oops_in_progress;
int panic_on_warn;
enum system_states system_state = SYSTEM_RUNNING;
struct mirror_cpu mirror_cpus[MIRROR_MAX_CPUS];
unsigned int nr_cpu_ids = 1;
struct module mirror_module_none = { .name = "mirror" };

#ifdef MIRROR_THREADS
__thread struct mirror_ctx mirror_ctx;
static __thread struct task_struct task = { .comm = "mirror", .pid = 1,
	.tgid = 1 };
static __thread struct task_struct *now;
#else
struct mirror_ctx mirror_ctx;
static struct task_struct task = { .comm = "mirror", .pid = 1,
	.tgid = 1 };
static struct task_struct *now;		/* NULL: task */
#endif

struct task_struct *mirror_current(void)
{
	return now ? now : &task;
}

static void print_held(void)
{
#ifdef MIRROR_SIM
	unsigned int i;

	for (i = 0; i < mirror_ctx.nr_held; i++)
		fprintf(stderr, "mirror:   holds %s\n",
			mirror_ctx.held[i].map->name);
#endif
}

void mirror_abort(const char *fmt, ...)
{
	void *frames[32];
	va_list args;
	char text[512];
	int nr;

	va_start(args, fmt);
	mirror_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "mirror: ABORT: %s\n", text);
	fprintf(stderr, "mirror:   cpu %u, preempt_count %#x, interrupts %s, rcu %u\n",
		mirror_ctx.cpu, mirror_ctx.preempt,
		mirror_ctx.irqs_off ? "off" : "on", mirror_ctx.rcu);
	print_held();
	nr = backtrace(frames, ARRAY_SIZE(frames));
	backtrace_symbols_fd(frames, nr, STDERR_FILENO);
	abort();
}

void panic(const char *fmt, ...)
{
	va_list args;
	char text[512];

	va_start(args, fmt);
	mirror_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	mirror_abort("panic: %s", text);
}

void dump_stack(void)
{
	void *frames[32];

	fflush(stdout);
	backtrace_symbols_fd(frames, backtrace(frames, ARRAY_SIZE(frames)),
			     STDOUT_FILENO);
}

void mirror_might_sleep(const char *what)
{
	/* As the kernel, which says nothing then. */
	if (oops_in_progress || system_state != SYSTEM_RUNNING)
		return;
	if (mirror_ctx.preempt || mirror_ctx.irqs_off)
		mirror_abort("%s: may sleep in atomic context", what);
	if (mirror_ctx.rcu)
		mirror_abort("%s: may sleep inside rcu_read_lock()", what);
}

void mirror_check_pinned(const char *what, const char *file, int line)
{
	if (!mirror_ctx.preempt && !mirror_ctx.irqs_off)
		mirror_abort("%s:%d: %s while preemptible", file, line, what);
}

unsigned int mirror_processor_id(const char *file, int line)
{
	mirror_check_pinned("smp_processor_id()", file, line);
	return mirror_ctx.cpu;
}

void mirror_check_balanced(const char *after)
{
	if (mirror_ctx.preempt)
		mirror_abort("after %s: preempt_count is unbalanced", after);
	if (mirror_ctx.irqs_off)
		mirror_abort("after %s: interrupts are still off", after);
	if (mirror_ctx.rcu)
		mirror_abort("after %s: rcu_read_lock() is unbalanced", after);
	if (mirror_ctx.nr_held)
		mirror_abort("after %s: a lock is still held", after);
}

void mirror_run_as_task(const char *comm, void (*fn)(void *), void *arg)
{
	struct task_struct other = { .pid = 2, .flags = PF_KTHREAD };
	struct task_struct *before = now;

	snprintf(other.comm, sizeof(other.comm), "%s", comm);
	now = &other;
	fn(arg);
	now = before;
}

/* What ends a sleep, but for the start of a kthread. */
int mirror_wake(struct task_struct *sleeper)
{
	return __atomic_exchange_n(&sleeper->state, TASK_RUNNING,
				   __ATOMIC_SEQ_CST) != TASK_RUNNING;
}

void mirror_signal(struct task_struct *sleeper, bool pending)
{
	WRITE_ONCE(sleeper->signalled, pending);
	if (pending)
		mirror_wake(sleeper);
}

bool mirror_asleep(void)
{
	return __atomic_load_n(&current->state, __ATOMIC_SEQ_CST) !=
	       TASK_RUNNING;
}

void mirror_list_check(const struct list_head *prev,
		       const struct list_head *next)
{
#ifndef MIRROR_RELEASE
	if (next == LIST_POISON1 || prev == LIST_POISON2)
		mirror_abort("list entry used after it was deleted");
	if (!next || !prev)
		mirror_abort("list entry used before it was initialised");
	if (next->prev != prev || prev->next != next)
		mirror_abort("list is corrupt");
#endif
}

unsigned int num_online_cpus(void)
{
	unsigned int cpu, nr = 0;

	for_each_online_cpu(cpu)
		nr++;
	return nr;
}

const struct cpumask *mirror_online_mask(void)
{
	static struct cpumask mask;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (cpu_online(cpu))
			cpumask_set_cpu(cpu, &mask);
		else
			cpumask_clear_cpu(cpu, &mask);
	}
	return &mask;
}

void mirror_usage(struct mirror_usage *usage)
{
	usage->pages = mirror_pages_out();
	usage->kmallocs = mirror_kmallocs_out();
	usage->percpu = mirror_percpu_out();
	usage->vmallocs = mirror_vmallocs_out();
	usage->rcu_callbacks = mirror_rcu_pending();
	usage->works = mirror_works_pending();
}

void mirror_init(unsigned int cpus, u64 seed)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	nr_cpu_ids = cpus;
	mirror_reseed(seed);
	mirror_memory_init();
	mirror_pages_init();
	mirror_percpu_init();
	mirror_cpus_init(cpus);
}
