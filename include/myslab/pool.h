/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools: a fixed number of blocks of one size, all there from creation on.
 *
 * Allocating cannot fail but for one reason: all blocks are out. Both calls
 * take a bounded number of steps, no lock, and any context, NMI too. Who can
 * sleep may wait for a block, in the order of coming.
 *
 * A freed pointer is proved to be a block of the pool that is out, at the
 * free itself; what fails the proof is reported (see <myslab/report.h>).
 */
#ifndef MYSLAB_POOL_H
#define MYSLAB_POOL_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/types.h>

#include <myslab/cache.h>

struct device;

/* Most blocks of a pool. */
#define MYSLAB_POOL_MAX_BLOCKS	BIT(20)

/* One user at a time, who sees to that himself: no atomics, inline. */
#define MYSLAB_POOL_PRIVATE	BIT(16)

/**
 * struct myslab_pool_args - What a pool needs beyond name, size and number.
 * @align: Alignment in bytes, a power of two up to 1 MiB; 0: the largest
 *	   power of two that divides the block size, at least 8.
 * @flags: MYSLAB_POOL_PRIVATE, MYSLAB_HWCACHE_ALIGN, MYSLAB_ACCOUNT,
 *	   MYSLAB_NO_GUARD, MYSLAB_DMA, MYSLAB_DMA32.
 */
struct myslab_pool_args {
	unsigned int align;
	unsigned int flags;
};

/**
 * struct myslab_pool_stat - Counters of a pool, exact when nobody is in a
 *			     call, else consistent (used <= total).
 * @pages: Pages held.
 * @allocs: Blocks handed out since creation.
 * @frees: Blocks taken back since creation.
 * @failures: Calls that returned no block.
 * @reports: Findings, see <myslab/report.h>.
 * @blocks_used: Blocks that are out.
 * @blocks_total: Blocks, as asked for at creation.
 * @block_size: Size that was asked for at creation, in bytes.
 * @blocks_peak: Most blocks that were ever out at once.
 * @waiting: Tasks in myslab_pool_alloc_wait() that wait for a block.
 * @waits: Calls that had to wait, since creation.
 * @quarantined: Blocks withdrawn for good after a finding.
 * @checks: Looks at blocks by debugging, see <myslab/debug.h>.
 * @debugged: 1 if blocks that are allocated now are debugged.
 */
struct myslab_pool_stat {
	unsigned long pages;
	unsigned long allocs;
	unsigned long frees;
	unsigned long failures;
	unsigned long reports;
	unsigned long blocks_used;
	unsigned long blocks_total;
	unsigned long block_size;
	unsigned long blocks_peak;
	unsigned long waiting;
	unsigned long waits;
	unsigned long quarantined;
	unsigned long checks;
	unsigned long debugged;
};

/*
 * What the inline calls see of a pool; nothing here is for anybody else. The
 * front are up to 64 blocks of a private pool that lie side by side. Of other
 * pools it is empty, and starts where no block does: six instructions for an
 * allocation and three for a free lead on to the calls behind.
 *
 * The block freed last stands in last, so that the next call neither searches
 * the bits nor waits until they are stored. Whoever takes it there leaves it
 * in lent: if that comes back and last is still empty, it is a block, and out,
 * without a division.
 */
struct myslab_pool {
	void *last;			/* not out either; or NULL */
	void *lent;			/* out if last is NULL; or NULL */
	unsigned long free;		/* a bit for each other not out */
	unsigned long base;		/* address of the first */
	unsigned long inverse;		/* of the stride's odd part */
	unsigned int shift;		/* the stride is odd part << shift */
	unsigned int stride;
	unsigned long nr;
	unsigned long allocs;		/* handed out inline */
};

struct myslab_pool *
myslab_pool_create_for(struct module *owner, const char *name,
		       size_t block_size, unsigned int nr_blocks,
		       const struct myslab_pool_args *args);

/**
 * myslab_pool_create() - Create a pool, with all its memory.
 * @name: A letter, then letters, digits, '_', '.', '-'; unique among pools;
 *	  at most MYSLAB_MAX_NAME characters. Copied.
 * @block_size: Bytes of a block, 1 to MYSLAB_MAX_SIZE.
 * @nr_blocks: Number of blocks, 1 to MYSLAB_POOL_MAX_BLOCKS.
 * @args: The rest, or %NULL for defaults. Copied.
 *
 * Context: Process context, may sleep.
 * Return: The pool, or an ERR_PTR: -EINVAL, -ENAMETOOLONG, -EEXIST, -ENOMEM;
 *	   one line in the log says what was wrong.
 */
static inline struct myslab_pool *
myslab_pool_create(const char *name, size_t block_size,
		   unsigned int nr_blocks, const struct myslab_pool_args *args)
{
	return myslab_pool_create_for(THIS_MODULE, name, block_size, nr_blocks,
				      args);
}

void myslab_pool_destroy(struct myslab_pool *pool);

/* Behind the inline calls; not called by clients. */
void *myslab_pool_alloc_behind(struct myslab_pool *pool);
void *myslab_pool_alloc_behind_caller(struct myslab_pool *pool,
				      unsigned long caller);
void myslab_pool_free_behind(struct myslab_pool *pool, void *block);

/**
 * myslab_pool_alloc() - Allocate one block.
 * @pool: Pool to allocate from.
 *
 * Does not take what tasks in myslab_pool_alloc_wait() are waiting for: while
 * more of them wait than blocks are back, there is none for others.
 *
 * Takes at most some 200 instructions; where somebody who empties or fills a
 * word of 64 blocks was interrupted in the middle, or CPUs contend, a scan of
 * a word for every 64 blocks more.
 *
 * Context: Any, NMI too. Never sleeps, takes no lock. A private pool: one
 *	    call at a time, of all calls.
 * Return: The block, or %NULL: all are out.
 */
static __always_inline void *myslab_pool_alloc(struct myslab_pool *pool)
{
	void *block = pool->last;
	unsigned long free, idx;

	if (likely(block)) {
		pool->last = NULL;
		pool->lent = block;
		pool->allocs++;
		return block;
	}
	free = pool->free;
	if (!free)
		return myslab_pool_alloc_behind(pool);
	idx = __ffs(free);
	pool->free = free & (free - 1);
	pool->allocs++;
	return (void *)(pool->base + idx * pool->stride);
}

/**
 * myslab_pool_alloc_caller() - Allocate one block for who calls a wrapper.
 * @pool: Pool to allocate from.
 * @caller: As for myslab_cache_alloc_caller(): _RET_IP_ in the wrapper.
 *
 * The comparisons are those of myslab_pool_alloc(), which are made once.
 *
 * Context: As myslab_pool_alloc().
 * Return: As myslab_pool_alloc().
 */
static __always_inline void *
myslab_pool_alloc_caller(struct myslab_pool *pool, unsigned long caller)
{
	if (!pool->last && !pool->free)
		return myslab_pool_alloc_behind_caller(pool, caller);
	return myslab_pool_alloc(pool);
}

void *myslab_pool_alloc_wait(struct myslab_pool *pool, long timeout);

/**
 * myslab_pool_free() - Free one block.
 * @pool: Pool it was allocated from.
 * @block: The block; %NULL: nothing happens. Anything that is not a block of
 *	   @pool that is out is reported and left alone.
 *
 * Context: Any, NMI too. Never sleeps, takes no lock. A private pool: one
 *	    call at a time, of all calls.
 */
static __always_inline void
myslab_pool_free(struct myslab_pool *pool, void *block)
{
	unsigned long offset, idx;

	if (__builtin_sub_overflow((unsigned long)block, pool->base, &offset))
		return myslab_pool_free_behind(pool, block);
	if (likely(block == pool->lent) && likely(!pool->last)) {
		pool->last = block;
		return;
	}
	/*
	 * Division by the stride as mod/layout.h explains it, of 64 bits: what
	 * is no multiple, or beyond the front, is above nr.
	 */
	idx = ror64(offset * pool->inverse, pool->shift);
	if (unlikely(idx >= pool->nr) || unlikely(pool->free >> idx & 1))
		return myslab_pool_free_behind(pool, block);
	if (likely(!pool->last)) {
		pool->last = block;
		return;
	}
	if (unlikely(block == pool->last))
		return myslab_pool_free_behind(pool, block);
	/* In a register: bts on memory takes longer than all else. */
	pool->free |= 1UL << idx;
}

int myslab_pool_index(struct myslab_pool *pool, const void *block);
void *myslab_pool_block(struct myslab_pool *pool, unsigned int index);
void myslab_pool_stat(struct myslab_pool *pool, struct myslab_pool_stat *stat);
const char *myslab_pool_name(const struct myslab_pool *pool);

struct myslab_pool *
devm_myslab_pool_create_for(struct device *dev, struct module *owner,
			    const char *name, size_t block_size,
			    unsigned int nr_blocks,
			    const struct myslab_pool_args *args);

/**
 * devm_myslab_pool_create() - Create a pool that is destroyed with a device.
 * @dev: Device whose driver detaching destroys the pool.
 * @name: As for myslab_pool_create().
 * @block_size: As for myslab_pool_create().
 * @nr_blocks: As for myslab_pool_create().
 * @args: As for myslab_pool_create().
 *
 * Context: Process context, may sleep.
 * Return: As myslab_pool_create().
 */
static inline struct myslab_pool *
devm_myslab_pool_create(struct device *dev, const char *name,
			size_t block_size, unsigned int nr_blocks,
			const struct myslab_pool_args *args)
{
	return devm_myslab_pool_create_for(dev, THIS_MODULE, name, block_size,
					   nr_blocks, args);
}

/* For __free(myslab_pool): destroyed when the variable goes out of scope. */
DEFINE_FREE(myslab_pool, struct myslab_pool *, myslab_pool_destroy(_T))

#endif
