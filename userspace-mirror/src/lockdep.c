// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order and lock contexts, by class: a cycle in the order in which
 * classes were ever taken, or a class that is taken both in interrupts and
 * with them on, is reported when it first becomes possible, not when it first
 * deadlocks.
 */
#include <linux/kernel.h>
#include <mirror/lock.h>

#define MAX_CLASSES	256

/* How a class was ever used. */
#define IN_HARDIRQ	1
#define IN_SOFTIRQ	2
#define HARDIRQS_ON	4	/* while it was held */
#define SOFTIRQS_ON	8

static struct mirror_class by_address[MAX_CLASSES];
static const char *names[MAX_CLASSES];
static unsigned char usage[MAX_CLASSES];
static bool before[MAX_CLASSES][MAX_CLASSES];	/* [a][b]: b taken under a */
static unsigned int nr_classes = 1;

static unsigned int class_of(struct mirror_map *map)
{
	struct mirror_class *class = map->class;

	if (!class) {
		class = &by_address[nr_classes];
		map->class = class;
		class->name = map->name;
	}
	if (!class->id) {
		if (nr_classes == MAX_CLASSES)
			mirror_abort("more than %d lock classes", MAX_CLASSES);
		class->id = nr_classes;
		names[nr_classes++] = class->name;
	}
	return class->id;
}

static bool reaches(unsigned int from, unsigned int to, bool *seen)
{
	unsigned int i;

	if (from == to)
		return true;
	seen[from] = true;
	for (i = 1; i < nr_classes; i++)
		if (before[from][i] && !seen[i] && reaches(i, to, seen))
			return true;
	return false;
}

static void check_order(unsigned int held, unsigned int id)
{
	bool seen[MAX_CLASSES] = { };

	if (before[held][id])
		return;
	if (held == id)
		mirror_abort("two locks of class %s nest", names[id]);
	if (reaches(id, held, seen))
		mirror_abort("lock order: %s is taken under %s, and was taken before it elsewhere",
			     names[id], names[held]);
	before[held][id] = true;
}

static void note_usage(unsigned int id)
{
	unsigned char use = 0;

	if (in_hardirq())
		use |= IN_HARDIRQ;
	else if (!irqs_disabled())
		use |= HARDIRQS_ON;
	if (in_serving_softirq())
		use |= IN_SOFTIRQ;
	else if (!irqs_disabled() && !in_softirq())
		use |= SOFTIRQS_ON;
	usage[id] |= use;
	if ((usage[id] & (IN_HARDIRQ | HARDIRQS_ON)) ==
	    (IN_HARDIRQ | HARDIRQS_ON))
		mirror_abort("%s is taken in hard interrupts, and elsewhere with them on",
			     names[id]);
	if ((usage[id] & (IN_SOFTIRQ | SOFTIRQS_ON)) ==
	    (IN_SOFTIRQ | SOFTIRQS_ON))
		mirror_abort("%s is taken in soft interrupts, and elsewhere with them on",
			     names[id]);
}

void mirror_acquire(struct mirror_map *map, const void *lock, bool try,
		    bool read, bool sleeps)
{
	unsigned int id = class_of(map), i;

	if (in_nmi() && !try)
		mirror_abort("%s: a lock is waited for in NMI", map->name);
	for (i = 0; i < mirror_ctx.nr_held; i++)
		if (mirror_ctx.held[i].lock == lock &&
		    !(read && mirror_ctx.held[i].read))
			mirror_abort("%s is taken twice", map->name);
	/* What tasks wait for, interrupts never take: no usage. */
	if (!sleeps && !in_nmi())
		note_usage(id);
	if (try)
		return;
	for (i = mirror_ctx.base_held; i < mirror_ctx.nr_held; i++)
		if (mirror_ctx.held[i].lock != lock)
			check_order(class_of(mirror_ctx.held[i].map), id);
}

void mirror_acquired(struct mirror_map *map, const void *lock, bool read)
{
	struct mirror_held *held;

	if (mirror_ctx.nr_held == MIRROR_MAX_HELD)
		mirror_abort("more than %d locks held", MIRROR_MAX_HELD);
	held = &mirror_ctx.held[mirror_ctx.nr_held++];
	held->map = map;
	held->lock = lock;
	held->read = read;
}

void mirror_release(struct mirror_map *map, const void *lock)
{
	unsigned int i;

	for (i = mirror_ctx.nr_held; i-- > mirror_ctx.base_held;) {
		if (mirror_ctx.held[i].lock != lock)
			continue;
		mirror_ctx.nr_held--;
		for (; i < mirror_ctx.nr_held; i++)
			mirror_ctx.held[i] = mirror_ctx.held[i + 1];
		return;
	}
	mirror_abort("%s is released by somebody who does not hold it",
		     map->name);
}

bool mirror_is_held(struct mirror_map *map)
{
	unsigned int i;

	for (i = 0; i < mirror_ctx.nr_held; i++)
		if (mirror_ctx.held[i].map == map)
			return true;
	return false;
}

void mirror_assert_held(struct mirror_map *map, const char *file, int line)
{
	if (!mirror_is_held(map))
		mirror_abort("%s:%d: %s is not held", file, line, map->name);
}

void mirror_assert_not_held(struct mirror_map *map, const char *file, int line)
{
	if (mirror_is_held(map))
		mirror_abort("%s:%d: %s is held", file, line, map->name);
}
