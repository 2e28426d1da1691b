/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites about debugged arenas share. */
#ifndef MYSLAB_KUNIT_ARENA_DEBUG_H
#define MYSLAB_KUNIT_ARENA_DEBUG_H

#include "arena.h"
#include "debug.h"

#define NR	100

static u8 *objs[NR];

static const unsigned int kinds[] = { 0, MYSLAB_ARENA_SHARED };

/* An arena that is debugged with @letters; NULL: failed. */
static inline struct myslab_arena *
debugged_arena(struct kunit *test, const char *letters, unsigned int flags)
{
	const struct myslab_arena_args args = { .flags = flags };
	struct myslab_arena *arena = myslab_arena_create(DEBUGGED, &args);

	if (IS_ERR(arena)) {
		KUNIT_FAIL(test, "creating: %ld", PTR_ERR(arena));
		return NULL;
	}
	switch_to(test, letters);
	return arena;
}

/* Whatever was found, or not: its looks were counted. */
static inline void end_debugged(struct kunit *test, struct myslab_arena *arena)
{
	KUNIT_EXPECT_GT(test, arena_stat(arena).checks, 0UL);
	myslab_arena_destroy(arena);
}

static inline void fill(struct kunit *test, struct myslab_arena *arena,
			size_t size)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		objs[i] = myslab_arena_alloc(arena, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		memset(objs[i], i, size);
	}
}

#endif
