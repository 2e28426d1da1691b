// SPDX-License-Identifier: GPL-2.0
/*
 * Locks between host threads. Spinning gives way now and then, since there may
 * be more simulated CPUs than real ones, and takes calls where a real CPU
 * would take interrupts.
 */
#include <sched.h>

#include <linux/cpu.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define SPINS	100

static bool try(unsigned int *locked)
{
	return !__atomic_exchange_n(locked, 1, __ATOMIC_ACQUIRE);
}

static void wait(unsigned int *locked)
{
	unsigned int spins = 0;

	while (!try(locked)) {
		while (__atomic_load_n(locked, __ATOMIC_RELAXED)) {
			mirror_poll();
			if (++spins % SPINS == 0)
				sched_yield();
		}
	}
}

static void release(unsigned int *locked)
{
	__atomic_store_n(locked, 0, __ATOMIC_RELEASE);
}

void mirror_spin_init(raw_spinlock_t *lock, const char *name,
		      struct mirror_class *class)
{
	lock->locked = 0;
}

void raw_spin_lock(raw_spinlock_t *lock)
{
	if (in_nmi())
		mirror_abort("a lock is waited for in NMI");
	preempt_disable();
	wait(&lock->locked);
}

int raw_spin_trylock(raw_spinlock_t *lock)
{
	preempt_disable();
	if (try(&lock->locked))
		return 1;
	preempt_enable();
	return 0;
}

void raw_spin_unlock(raw_spinlock_t *lock)
{
	release(&lock->locked);
	preempt_enable();
}

unsigned long mirror_spin_lock_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags = mirror_irq_save();

	raw_spin_lock(lock);
	return flags;
}

bool mirror_spin_trylock_irqsave(raw_spinlock_t *lock, unsigned long *flags)
{
	*flags = mirror_irq_save();
	if (raw_spin_trylock(lock))
		return true;
	local_irq_restore(*flags);
	return false;
}

void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	raw_spin_unlock(lock);
	local_irq_restore(flags);
}

bool raw_spin_is_locked(raw_spinlock_t *lock)
{
	return __atomic_load_n(&lock->locked, __ATOMIC_RELAXED);
}

void mirror_mutex_init(struct mutex *lock, const char *name,
		       struct mirror_class *class)
{
	lock->locked = 0;
}

void mutex_lock(struct mutex *lock)
{
	mirror_might_sleep("mutex_lock()");
	while (!try(&lock->locked))
		mirror_cpu_yield();
}

int mutex_trylock(struct mutex *lock)
{
	return try(&lock->locked);
}

void mutex_unlock(struct mutex *lock)
{
	release(&lock->locked);
}

bool mutex_is_locked(struct mutex *lock)
{
	return __atomic_load_n(&lock->locked, __ATOMIC_RELAXED);
}

void mutex_destroy(struct mutex *lock)
{
}

/* CPU hotplug: the number of readers, or -1; writers wait for none. */
static int cpus_lock;

int cpus_read_trylock(void)
{
	int readers = __atomic_load_n(&cpus_lock, __ATOMIC_RELAXED);

	return readers >= 0 &&
	       __atomic_compare_exchange_n(&cpus_lock, &readers, readers + 1,
					   false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void cpus_read_lock(void)
{
	mirror_might_sleep("cpus_read_lock()");
	while (!cpus_read_trylock())
		mirror_cpu_yield();
}

void cpus_read_unlock(void)
{
	__atomic_fetch_sub(&cpus_lock, 1, __ATOMIC_RELEASE);
}

void lockdep_assert_cpus_held(void)
{
}

void mirror_cpus_write_lock(void)
{
	int none = 0;

	while (!__atomic_compare_exchange_n(&cpus_lock, &none, -1, false,
					    __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		none = 0;
		cpu_relax();
	}
}

void mirror_cpus_write_unlock(void)
{
	__atomic_store_n(&cpus_lock, 0, __ATOMIC_RELEASE);
}
