// SPDX-License-Identifier: GPL-2.0
/*
 * RCU between host threads. A CPU counts its sections, odd while inside one:
 * a grace period waits until each CPU that was inside has left. Callbacks run
 * when a thread has time: see mirror_idle().
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <mirror/control.h>
#include <mirror/host.h>

static struct rcu_head *callbacks, **tail = &callbacks;
static unsigned long nr_callbacks;	/* until they have run */
static unsigned long begun, completed;	/* grace periods */

void rcu_read_lock(void)
{
	mirror_section_enter();
	mirror_ctx.rcu++;
}

void rcu_read_unlock(void)
{
	mirror_ctx.rcu--;
	mirror_section_leave();
}

bool rcu_read_lock_held(void)
{
	return mirror_ctx.rcu;
}

void mirror_check_rcu(const char *file, int line)
{
	/* Release builds count sections elsewhere, but not these. */
	if (!mirror_ctx.depth && !mirror_ctx.rcu)
		mirror_abort("%s:%d: rcu_dereference() outside a section",
			     file, line);
}

/* All threads have seen what this one did before. */
static void fence_everywhere(void)
{
#ifdef MIRROR_RELEASE
	static bool registered;

	if (!__atomic_load_n(&registered, __ATOMIC_RELAXED)) {
		syscall(SYS_membarrier,
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
		__atomic_store_n(&registered, true, __ATOMIC_RELAXED);
	}
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
#else
	smp_mb();	/* the sections have fences, too */
#endif
}

/* Until the section that this CPU may be in is over. */
static void wait_for(unsigned int cpu)
{
#ifdef MIRROR_RELEASE
	unsigned int *depth = &per_cpu(mirror_this, cpu).depth;

	while (__atomic_load_n(depth, __ATOMIC_ACQUIRE) & ~MIRROR_CALLED)
		cpu_relax();
#else
	unsigned long *sections = &mirror_cpus[cpu].sections;
	unsigned long snapshot = __atomic_load_n(sections, __ATOMIC_ACQUIRE);

	while ((snapshot & 1) &&
	       snapshot == __atomic_load_n(sections, __ATOMIC_ACQUIRE))
		cpu_relax();
#endif
}

void synchronize_rcu(void)
{
	unsigned int cpu;

	mirror_might_sleep("synchronize_rcu()");
	__atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
	fence_everywhere();
	for_each_possible_cpu(cpu)
		if (cpu != mirror_ctx.cpu || !mirror_ctx.self)
			wait_for(cpu);
	fence_everywhere();
	__atomic_fetch_add(&completed, 1, __ATOMIC_SEQ_CST);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	if (in_nmi())
		mirror_abort("call_rcu() in NMI");
	head->func = func;
	head->next = NULL;
	mirror_lock();
	*tail = head;
	tail = &head->next;
	nr_callbacks++;
	mirror_unlock();
}

static void run_one(void *arg)
{
	struct rcu_head *head = arg;

	head->func(head);
}

void mirror_rcu_run(void)
{
	struct rcu_head *head, *next;

	mirror_lock();
	head = callbacks;
	callbacks = NULL;
	tail = &callbacks;
	mirror_unlock();
	if (!head)
		return;
	synchronize_rcu();
	for (; head; head = next) {
		next = head->next;
		mirror_interrupt(MIRROR_SOFTIRQ, run_one, head);
		mirror_lock();
		nr_callbacks--;
		mirror_unlock();
	}
}

unsigned long mirror_rcu_pending(void)
{
	unsigned long nr;

	mirror_lock();
	nr = nr_callbacks;
	mirror_unlock();
	return nr;
}

/* All there are, those too that another thread is just running. */
void rcu_barrier(void)
{
	mirror_might_sleep("rcu_barrier()");
	while (mirror_rcu_pending()) {
		mirror_rcu_run();
		cpu_relax();
	}
}

void mirror_rcu_idle(void)
{
	mirror_rcu_run();
}

/*
 * A state asks for a grace period that began after it was taken; one at a
 * time may be between begun and completed for each thread.
 */
unsigned long get_state_synchronize_rcu(void)
{
	smp_mb();	/* what the caller did is before what it asks for */
	return __atomic_load_n(&begun, __ATOMIC_SEQ_CST) + 1;
}

unsigned long start_poll_synchronize_rcu(void)
{
	return get_state_synchronize_rcu();
}

bool poll_state_synchronize_rcu(unsigned long oldstate)
{
	return __atomic_load_n(&completed, __ATOMIC_SEQ_CST) >= oldstate;
}

void cond_synchronize_rcu(unsigned long oldstate)
{
	if (!poll_state_synchronize_rcu(oldstate))
		synchronize_rcu();
}

struct deferred_kfree {
	struct rcu_head rcu;
	const void *ptr;
};

static void kfree_deferred(struct rcu_head *rcu)
{
	struct deferred_kfree *d;

	d = container_of(rcu, struct deferred_kfree, rcu);
	kfree(d->ptr);
	free(d);
}

void mirror_kfree_rcu(const void *ptr)
{
	struct deferred_kfree *d;

	if (!ptr)
		return;
	d = malloc(sizeof(*d));
	d->ptr = ptr;
	call_rcu(&d->rcu, kfree_deferred);
}
