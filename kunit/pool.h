/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites about pools share. A suite's init and exit are
 * pools_begin and pools_end: those of watch.h, with pools that the end of the
 * test destroys.
 */
#ifndef MYSLAB_KUNIT_POOL_H
#define MYSLAB_KUNIT_POOL_H

#include <linux/jiffies.h>
#include <linux/sched.h>

#include "watch.h"

#define POOLS_MAX	32

static struct myslab_pool *pools[POOLS_MAX];
static unsigned int nr_pools;

static inline int pools_begin(struct kunit *test)
{
	nr_pools = 0;
	return watch_begin(test);
}

static inline void pools_end(struct kunit *test)
{
	while (nr_pools)
		myslab_pool_destroy(pools[--nr_pools]);
	watch_end(test);
}

/* A pool under a name of its own; NULL: failed. */
static inline struct myslab_pool *
new_pool(struct kunit *test, size_t size, unsigned int nr, unsigned int flags)
{
	const struct myslab_pool_args args = { .flags = flags };
	static unsigned int serial;
	struct myslab_pool *pool;
	char name[24];

	if (nr_pools == POOLS_MAX)
		return NULL;
	snprintf(name, sizeof(name), "kunit-%u", serial++);
	pool = myslab_pool_create(name, size, nr, &args);
	if (IS_ERR(pool)) {
		KUNIT_FAIL(test, "creating %s: %ld", name, PTR_ERR(pool));
		return NULL;
	}
	pools[nr_pools++] = pool;
	return pool;
}

/* Destroy now what new_pool() made. */
static inline void destroy_pool(struct myslab_pool *pool)
{
	unsigned int i;

	for (i = 0; i < nr_pools; i++)
		if (pools[i] == pool)
			pools[i] = pools[--nr_pools];
	myslab_pool_destroy(pool);
}

static inline struct myslab_pool_stat pool_stat(struct myslab_pool *pool)
{
	struct myslab_pool_stat stat;

	myslab_pool_stat(pool, &stat);
	return stat;
}

/* Allocate up to @nr blocks into @blocks; what there was to get. */
static inline unsigned int pool_take(struct myslab_pool *pool, void **blocks,
				     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		blocks[i] = myslab_pool_alloc(pool);
		if (!blocks[i])
			break;
	}
	return i;
}

static inline void pool_give(struct myslab_pool *pool, void **blocks,
			     unsigned int nr)
{
	while (nr--)
		myslab_pool_free(pool, blocks[nr]);
}

#endif
