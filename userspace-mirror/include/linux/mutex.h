/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Locks of tasks. */
#ifndef MIRROR_LINUX_MUTEX_H
#define MIRROR_LINUX_MUTEX_H

#include <linux/lockdep.h>

struct mutex {
	unsigned int locked;
	struct mirror_map map;
};

#define __MUTEX_INITIALIZER(n)	{ .map = MIRROR_MAP(#n) }
#define DEFINE_MUTEX(n)		struct mutex n = __MUTEX_INITIALIZER(n)

void mirror_mutex_init(struct mutex *lock, const char *name,
		       struct mirror_class *class);
void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
bool mutex_is_locked(struct mutex *lock);
void mutex_destroy(struct mutex *lock);

#define mutex_init(l) do {						\
	static struct mirror_class __class;				\
	mirror_mutex_init(l, #l, &__class);				\
} while (0)
#define mutex_lock_interruptible(l) ({ mutex_lock(l); 0; })
#define mutex_lock_killable(l)	mutex_lock_interruptible(l)
#define mutex_lock_nested(l, sub) mutex_lock(l)

#endif
