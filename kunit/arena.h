/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the suites of arenas: arenas that the end of the test destroys. Use
 * watch_begin and arena_end as a suite's init and exit.
 */
#ifndef MYSLAB_KUNIT_ARENA_H
#define MYSLAB_KUNIT_ARENA_H

#include <linux/err.h>
#include <linux/mm.h>

#include "watch.h"

#define ARENAS_MAX	8

static struct myslab_arena *arenas[ARENAS_MAX];
static unsigned int nr_arenas;

static inline struct myslab_arena_stat arena_stat(struct myslab_arena *arena)
{
	struct myslab_arena_stat stat;

	myslab_arena_stat(arena, &stat);
	return stat;
}

/* An arena under a name of its own, destroyed at the end; NULL: failed. */
static inline struct myslab_arena *
new_arena(struct kunit *test, const struct myslab_arena_args *args)
{
	static unsigned int serial;
	struct myslab_arena *arena;
	char name[24];

	if (nr_arenas == ARENAS_MAX)
		return NULL;
	snprintf(name, sizeof(name), "kunit-%u", serial++);
	arena = myslab_arena_create(name, args);
	if (IS_ERR(arena)) {
		KUNIT_FAIL(test, "creating %s: %ld", name, PTR_ERR(arena));
		return NULL;
	}
	arenas[nr_arenas++] = arena;
	return arena;
}

/* Destroy now what new_arena() made. */
static inline void destroy_arena(struct myslab_arena *arena)
{
	unsigned int i;

	for (i = 0; i < nr_arenas; i++)
		if (arenas[i] == arena)
			arenas[i] = arenas[--nr_arenas];
	myslab_arena_destroy(arena);
}

/* For tests of where the objects of an arena lie, and how many there are. */
#define skip_if_arena_debugged(test, arena) do {			\
	if (arena_stat(arena).debugged)					\
		kunit_skip(test, "the arena is debugged");		\
} while (0)

static inline void arena_end(struct kunit *test)
{
	while (nr_arenas)
		myslab_arena_destroy(arenas[--nr_arenas]);
	watch_end(test);
}

#endif
