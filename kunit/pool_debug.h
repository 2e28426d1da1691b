/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites about debugged pools share. */
#ifndef MYSLAB_KUNIT_POOL_DEBUG_H
#define MYSLAB_KUNIT_POOL_DEBUG_H

#include "debug.h"
#include "pool.h"

#define NR	100

static void *blocks[NR];

static const unsigned int kinds[] = { 0, MYSLAB_POOL_PRIVATE };

static inline struct myslab_pool *
debugged_pool_of(struct kunit *test, const char *letters, unsigned int nr,
		 unsigned int flags)
{
	const struct myslab_pool_args args = { .flags = flags };
	struct myslab_pool *pool;

	pool = myslab_pool_create(DEBUGGED, 64, nr, &args);
	if (IS_ERR(pool)) {
		KUNIT_FAIL(test, "creating: %ld", PTR_ERR(pool));
		return NULL;
	}
	switch_to(test, letters);
	return pool;
}

/* A pool that is debugged with @letters; NULL: failed. */
static inline struct myslab_pool *
debugged_pool(struct kunit *test, const char *letters, unsigned int flags)
{
	return debugged_pool_of(test, letters, NR, flags);
}

/* Whatever was found, or not: its looks were counted. */
static inline void end_debugged(struct kunit *test, struct myslab_pool *pool)
{
	KUNIT_EXPECT_GT(test, pool_stat(pool).checks, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).blocks_used, 0UL);
	myslab_pool_destroy(pool);
}

#endif
