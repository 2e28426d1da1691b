/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* What locks have in common. */
#ifndef MIRROR_MIRROR_LOCK_H
#define MIRROR_MIRROR_LOCK_H

/*
 * Locks of one class are those initialised at one place, as in lockdep. The
 * release build keeps the lock word only.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/types.h>

struct mirror_class {
	const char *name;
	unsigned int id;	/* 0: not seen yet */
};

#ifdef MIRROR_SIM
struct mirror_map {
	const char *name;
	struct mirror_class *class;	/* NULL: one of its own, by address */
};

#define MIRROR_MAP(n)	{ .name = n }
#define mirror_map_name(map) ((map)->name)
#define mirror_map_init(map, n, c) \
	((c)->name = (n), *(map) = (struct mirror_map){ (n), (c) })
void mirror_acquire(struct mirror_map *map, const void *lock, bool try,
		    bool read, bool sleeps);
void mirror_acquired(struct mirror_map *map, const void *lock, bool read);
void mirror_release(struct mirror_map *map, const void *lock);
void mirror_assert_held(struct mirror_map *map, const char *file, int line);
void mirror_assert_not_held(struct mirror_map *map, const char *file, int line);
bool mirror_is_held(struct mirror_map *map);
#else
struct mirror_map { };

#define MIRROR_MAP(n)	{ }
#define mirror_map_name(map) ((void)(map), "a lock")
#define mirror_map_init(map, n, c) ((void)(map), (void)(c))
#define mirror_acquire(map, lock, try, read, sleeps) ((void)(map))
#define mirror_acquired(map, lock, read) ((void)(map))
#define mirror_release(map, lock) ((void)(map))
#define mirror_assert_held(map, file, line) ((void)(map))
#define mirror_assert_not_held(map, file, line) ((void)(map))
#define mirror_is_held(map) ((void)(map), true)
#endif

#endif
