// SPDX-License-Identifier: GPL-2.0
/*
 * Locks on one host thread. Nobody else can release a lock, so waiting for
 * one is the end: it is said who waits for what.
 */
#include <linux/cpu.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <mirror/control.h>

void mirror_spin_init(raw_spinlock_t *lock, const char *name,
		      struct mirror_class *class)
{
	lock->locked = 0;
	mirror_map_init(&lock->map, name, class);
}

/* Who tries this lock meets another CPU: so many times yet, and so far. */
static struct {
	const char *name;
	unsigned int left, met;
} contention;

void mirror_contend(const char *name, unsigned int nr)
{
	contention.name = name;
	contention.left = nr;
	contention.met = 0;
}

unsigned int mirror_contended(void)
{
	return contention.met;
}

static bool held_elsewhere(const raw_spinlock_t *lock)
{
	if (mirror_watch && mirror_watch->busy(lock))
		return true;
	if (!contention.left ||
	    strcmp(contention.name, mirror_map_name(&lock->map)))
		return false;
	contention.left--;
	contention.met++;
	return true;
}

static void take(raw_spinlock_t *lock, bool try)
{
	mirror_acquire(&lock->map, lock, try, false, false);
	if (lock->locked)
		mirror_abort("waits for ever for %s: held by what it interrupted",
			     mirror_map_name(&lock->map));
	lock->locked = 1;
	mirror_acquired(&lock->map, lock, false);
	if (mirror_watch)
		mirror_watch->locked(lock);
}

void raw_spin_lock(raw_spinlock_t *lock)
{
	preempt_disable();
	take(lock, false);
	mirror_point();
}

int raw_spin_trylock(raw_spinlock_t *lock)
{
	preempt_disable();
	if (lock->locked || held_elsewhere(lock)) {
		preempt_enable();
		return 0;
	}
	take(lock, true);
	mirror_point();
	return 1;
}

void raw_spin_unlock(raw_spinlock_t *lock)
{
	if (!lock->locked)
		mirror_abort("unlock of %s, which is not locked",
			     mirror_map_name(&lock->map));
	mirror_point();
	if (mirror_watch)
		mirror_watch->unlocked(lock);
	mirror_release(&lock->map, lock);
	lock->locked = 0;
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
	return lock->locked || (mirror_watch && mirror_watch->busy(lock));
}

void mirror_mutex_init(struct mutex *lock, const char *name,
		       struct mirror_class *class)
{
	lock->locked = 0;
	mirror_map_init(&lock->map, name, class);
}

void mutex_lock(struct mutex *lock)
{
	mirror_might_sleep("mutex_lock()");
	mirror_acquire(&lock->map, lock, false, false, true);
	if (lock->locked)
		mirror_abort("waits for ever for %s: held by who waits for us",
			     mirror_map_name(&lock->map));
	lock->locked = 1;
	mirror_acquired(&lock->map, lock, false);
}

int mutex_trylock(struct mutex *lock)
{
	if (in_interrupt())
		mirror_abort("mutex_trylock() in an interrupt");
	if (lock->locked)
		return 0;
	lock->locked = 1;
	mirror_acquired(&lock->map, lock, false);
	return 1;
}

void mutex_unlock(struct mutex *lock)
{
	if (!lock->locked)
		mirror_abort("mutex_unlock() of %s, which is not locked",
			     mirror_map_name(&lock->map));
	if (in_interrupt())
		mirror_abort("mutex_unlock() in an interrupt");
	mirror_release(&lock->map, lock);
	lock->locked = 0;
}

bool mutex_is_locked(struct mutex *lock)
{
	return lock->locked;
}

void mutex_destroy(struct mutex *lock)
{
	if (lock->locked)
		mirror_abort("mutex_destroy() of %s, which is locked",
			     mirror_map_name(&lock->map));
}

/* The lock of CPU hotplug: here a mutex that readers may nest. */
static struct mirror_map cpus_map = MIRROR_MAP("cpu_hotplug_lock");
static int cpus_lock;		/* readers, or -1 */

void cpus_read_lock(void)
{
	mirror_might_sleep("cpus_read_lock()");
	mirror_acquire(&cpus_map, &cpus_lock, false, true, true);
	if (cpus_lock < 0)
		mirror_abort("cpus_read_lock() inside CPU hotplug");
	cpus_lock++;
	mirror_acquired(&cpus_map, &cpus_lock, true);
}

int cpus_read_trylock(void)
{
	if (cpus_lock < 0)
		return 0;
	cpus_lock++;
	mirror_acquired(&cpus_map, &cpus_lock, true);
	return 1;
}

void cpus_read_unlock(void)
{
	mirror_release(&cpus_map, &cpus_lock);
	cpus_lock--;
}

void lockdep_assert_cpus_held(void)
{
	if (!cpus_lock)
		mirror_abort("cpus_read_lock() is not held");
}

void mirror_cpus_write_lock(void)
{
	mirror_might_sleep("CPU hotplug");
	mirror_acquire(&cpus_map, &cpus_lock, false, false, true);
	if (cpus_lock)
		mirror_abort("CPU hotplug inside cpus_read_lock()");
	cpus_lock = -1;
	mirror_acquired(&cpus_map, &cpus_lock, false);
}

void mirror_cpus_write_unlock(void)
{
	mirror_release(&cpus_map, &cpus_lock);
	cpus_lock = 0;
}
