/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Lock classes, order and contexts; see src/lockdep.c. */
#ifndef MIRROR_LINUX_LOCKDEP_H
#define MIRROR_LINUX_LOCKDEP_H

#include <mirror/lock.h>

#define lockdep_assert_held(l) \
	mirror_assert_held(&(l)->map, __FILE__, __LINE__)
#define lockdep_assert_not_held(l) \
	mirror_assert_not_held(&(l)->map, __FILE__, __LINE__)
#define lockdep_assert_held_once(l) lockdep_assert_held(l)
#define lockdep_is_held(l)	mirror_is_held(&(l)->map)
#define lockdep_assert_irqs_disabled() \
	mirror_assert(irqs_disabled(), "interrupts are on")
#define lockdep_assert_preemption_disabled() \
	mirror_assert(preempt_count() || irqs_disabled(), "preemptible")
#define lockdep_set_class(l, key) ((void)(l), (void)(key))
#define mirror_assert(cond, what) do {					\
	if (unlikely(!(cond)))						\
		mirror_abort("%s:%d: %s", __FILE__, __LINE__, what);	\
} while (0)

struct lock_class_key { };
#define lockdep_register_key(key) ((void)(key))
#define lockdep_unregister_key(key) ((void)(key))

#endif
