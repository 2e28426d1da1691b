/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See spinlock.h. */
#ifndef MIRROR_LINUX_SPINLOCK_TYPES_H
#define MIRROR_LINUX_SPINLOCK_TYPES_H

#include <mirror/lock.h>

typedef struct raw_spinlock {
	unsigned int locked;
	struct mirror_map map;
} raw_spinlock_t;

/* The same without PREEMPT_RT, but a type of its own. */
typedef struct spinlock {
	union {
		raw_spinlock_t rlock;
		struct {
			unsigned int __locked;
			struct mirror_map map;
		};
	};
} spinlock_t;

#define __RAW_SPIN_LOCK_UNLOCKED(n) { .map = MIRROR_MAP(#n) }
#define __SPIN_LOCK_UNLOCKED(n)	{ { .rlock = __RAW_SPIN_LOCK_UNLOCKED(n) } }
#define DEFINE_RAW_SPINLOCK(n)	raw_spinlock_t n = \
	(raw_spinlock_t)__RAW_SPIN_LOCK_UNLOCKED(n)
#define DEFINE_SPINLOCK(n) \
	spinlock_t n = (spinlock_t)__SPIN_LOCK_UNLOCKED(n)

#endif
