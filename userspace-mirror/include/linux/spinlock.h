/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Locks of CPUs; waiting for a lock of one's own aborts. */
#ifndef MIRROR_LINUX_SPINLOCK_H
#define MIRROR_LINUX_SPINLOCK_H

#include <linux/bottom_half.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/spinlock_types.h>

void mirror_spin_init(raw_spinlock_t *lock, const char *name,
		      struct mirror_class *class);
void raw_spin_lock(raw_spinlock_t *lock);
int raw_spin_trylock(raw_spinlock_t *lock);
void raw_spin_unlock(raw_spinlock_t *lock);
bool raw_spin_is_locked(raw_spinlock_t *lock);
unsigned long mirror_spin_lock_irqsave(raw_spinlock_t *lock);
bool mirror_spin_trylock_irqsave(raw_spinlock_t *lock, unsigned long *flags);
void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags);

#define raw_spin_lock_init(l) do {					\
	static struct mirror_class __class;				\
	mirror_spin_init(l, #l, &__class);				\
} while (0)
#define raw_spin_lock_irqsave(l, flags) \
	do { (flags) = mirror_spin_lock_irqsave(l); } while (0)
#define raw_spin_trylock_irqsave(l, flags) \
	mirror_spin_trylock_irqsave(l, &(flags))
#define raw_spin_lock_nested(l, sub) raw_spin_lock(l)
#define raw_spin_lock_irq(l) \
	do { local_irq_disable(); raw_spin_lock(l); } while (0)
#define raw_spin_unlock_irq(l) \
	do { raw_spin_unlock(l); local_irq_enable(); } while (0)
#define raw_spin_lock_bh(l) \
	do { local_bh_disable(); raw_spin_lock(l); } while (0)
#define raw_spin_unlock_bh(l) \
	do { raw_spin_unlock(l); local_bh_enable(); } while (0)
#define assert_raw_spin_locked(l) \
	mirror_assert(raw_spin_is_locked(l), #l " is not locked")
#define raw_spin_is_contended(l) (false)

#define spin_lock_init(l)	raw_spin_lock_init(&(l)->rlock)
#define spin_lock(l)		raw_spin_lock(&(l)->rlock)
#define spin_unlock(l)		raw_spin_unlock(&(l)->rlock)
#define spin_trylock(l)		raw_spin_trylock(&(l)->rlock)
#define spin_is_locked(l)	raw_spin_is_locked(&(l)->rlock)
#define spin_lock_irqsave(l, flags) raw_spin_lock_irqsave(&(l)->rlock, flags)
#define spin_unlock_irqrestore(l, flags) \
	raw_spin_unlock_irqrestore(&(l)->rlock, flags)
#define spin_trylock_irqsave(l, flags) \
	raw_spin_trylock_irqsave(&(l)->rlock, flags)
#define spin_lock_irq(l)	raw_spin_lock_irq(&(l)->rlock)
#define spin_unlock_irq(l)	raw_spin_unlock_irq(&(l)->rlock)
#define spin_lock_bh(l)		raw_spin_lock_bh(&(l)->rlock)
#define spin_unlock_bh(l)	raw_spin_unlock_bh(&(l)->rlock)
#define assert_spin_locked(l)	assert_raw_spin_locked(&(l)->rlock)

#endif
