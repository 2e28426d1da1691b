// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing blocks of a pool: without a lock, in any context, in
 * a bounded number of steps. See pool.h for how a claim and a block go
 * together.
 */
#include <linux/export.h>
#include <linux/string.h>

#include "owner.h"
#include "pool.h"
#include "report.h"

/*
 * Tries at a count that others change: after these, it is claimed without
 * looking, and given back if there was none. That may hide for an instant a
 * block that is just coming back, so it is not the first choice.
 */
#define CLAIM_TRIES	16

/* A new low: at most nr_blocks times in the life of a pool. */
void myslab_pool_note_low(struct myslab_pool_body *pool, int avail)
{
	int low = READ_ONCE(pool->low);

	avail = max(avail, 0);
	while (avail < low && !try_cmpxchg(&pool->low, &low, avail))
		;
}

/* One of the blocks that are free, to be fetched; false: none is. */
bool myslab_pool_claim(struct myslab_pool_body *pool)
{
	int avail = atomic_read(&pool->avail);
	unsigned int i;

	for (i = 0; i < CLAIM_TRIES; i++) {
		if (avail <= 0)
			return false;
		if (atomic_try_cmpxchg(&pool->avail, &avail, avail - 1)) {
			myslab_pool_note_low(pool, avail - 1);
			return true;
		}
	}
	avail = atomic_dec_return(&pool->avail);
	if (avail < 0) {
		myslab_pool_unclaim(pool);
		return false;
	}
	myslab_pool_note_low(pool, avail);
	return true;
}

/* A block is free, or a claim is given up: somebody may be waiting for it. */
void myslab_pool_unclaim(struct myslab_pool_body *pool)
{
	if (unlikely(atomic_inc_return(&pool->avail) <= 0))
		myslab_pool_wake(pool);
}

void *myslab_pool_handed_out(struct myslab_pool_body *pool, void *block)
{
	this_cpu_inc(pool->cpu->allocs);
	if (pool->zero_alloc)
		memset(block, 0, pool->size);
	return block;
}

/* The block that was claimed; NULL only in theory: see pool_map.c. */
static noinline void *fetch(struct myslab_pool_body *pool)
{
	void *block = myslab_pool_pick(pool);

	if (likely(block))
		return myslab_pool_handed_out(pool, block);
	myslab_pool_unclaim(pool);
	atomic_long_inc(&pool->self.failures);
	return NULL;
}

static noinline void *alloc_slow(struct myslab_pool_body *pool)
{
	void *block = NULL;

	if (unlikely(!myslab_is_live(&pool->self))) {
		myslab_report_on(MYSLAB_USE_AFTER_FREE, &pool->self, NULL,
				 "alloc from a pool that was destroyed");
		return NULL;
	}
	if (!myslab_pool_is_private(pool) && myslab_pool_claim(pool))
		return fetch(pool);
	if (myslab_pool_is_private(pool))
		block = myslab_pool_private_alloc(pool);
	if (unlikely(!block))
		atomic_long_inc(&pool->self.failures);
	return block;
}

/*
 * myslab_pool_alloc() where the front has no block.
 *
 * avail above low: there is a block, and taking it is no new peak. Where
 * something is special, and in private pools, the hint is a leaf that is
 * always empty.
 */
void *myslab_pool_alloc_behind(struct myslab_pool *front)
{
	struct myslab_pool_body *pool = myslab_pool_body(front);
	int avail = atomic_read(&pool->avail);
	void *block;

	if (unlikely(avail <= READ_ONCE(pool->low)) ||
	    unlikely(!atomic_try_cmpxchg(&pool->avail, &avail, avail - 1)))
		return alloc_slow(pool);
	block = myslab_pool_take(pool, this_cpu_read(pool->cpu->hint));
	if (unlikely(!block))
		return fetch(pool);
	this_cpu_inc(pool->cpu->allocs);
	return block;
}
EXPORT_SYMBOL_GPL(myslab_pool_alloc_behind);

/*
 * A block that is free was freed. It may have a new owner by the time this
 * looks: then nothing can be done. Else it is withdrawn, if there is a claim
 * to be had for it. From then on frees of its chunk look at gone: only one
 * that is on its way right now can put it back.
 */
static bool withdraw(struct myslab_pool_body *pool,
		     const struct myslab_pool_place *place)
{
	struct myslab_pool_leaf *leaf = place->leaf;

	if (!test_bit(place->bit, &leaf->free) || !myslab_pool_claim(pool))
		return false;
	WRITE_ONCE(myslab_pool_first_leaf(pool, leaf)->nr, 0);
	if (!test_and_clear_bit(place->bit, &leaf->free)) {
		myslab_pool_unclaim(pool);
		return false;
	}
	set_bit(place->bit, &leaf->gone);
	atomic_inc(&pool->condemned);
	if (!READ_ONCE(leaf->free))
		myslab_pool_emptied(pool, leaf);
	return true;
}

void myslab_pool_report_twice(struct myslab_pool_body *pool, void *block,
			      bool withdrawn)
{
	myslab_report_on(MYSLAB_DOUBLE_FREE, &pool->self, block,
			 "is not out%s", withdrawn ? ", and withdrawn now" : "");
}

static void found_twice(struct myslab_pool_body *pool,
			const struct myslab_pool_place *place, void *block)
{
	myslab_pool_report_twice(pool, block, withdraw(pool, place));
}

/* Not what free expects, or special: say so, or do it. */
static noinline void free_slow(struct myslab_pool_body *pool, void *block)
{
	struct myslab_pool_place place;

	if (myslab_pool_is_private(pool) && myslab_is_live(&pool->self))
		return myslab_pool_private_free(pool, block);
	if (!myslab_pool_find(pool, block, &place))
		return myslab_free_refused(&pool->self, block);
	if (test_bit(place.bit, &place.leaf->gone) ||
	    test_bit(place.bit, &place.leaf->free))
		return found_twice(pool, &place, block);
	if (pool->zero_free)
		memset(block, 0, pool->size);
	if (test_and_set_bit(place.bit, &place.leaf->free))
		return found_twice(pool, &place, block);
	if (!test_bit(place.leaf->number, pool->mid))
		myslab_pool_announce(pool, place.leaf->number);
	myslab_pool_unclaim(pool);
}

/*
 * myslab_pool_free() of what is not in the front.
 *
 * The block is found before it is counted, and counted before anybody is
 * woken: who claims it can fetch it, who is woken can claim it.
 */
void myslab_pool_free_behind(struct myslab_pool *front, void *block)
{
	struct myslab_pool_body *pool = myslab_pool_body(front);
	unsigned long offset = (unsigned long)block & pool->span_mask;
	struct myslab_pool_leaf *leaf;
	u32 idx;

	if (unlikely(!myslab_pages_owned(&pool->self, block - offset)))
		return free_slow(pool, block);
	leaf = myslab_page_slab(virt_to_page(block - offset));
	idx = myslab_layout_index(offset, pool->inverse, pool->shift);
	if (unlikely(idx >= leaf->nr))
		return free_slow(pool, block);
	leaf += idx / BITS_PER_LONG;
	if (unlikely(test_and_set_bit(idx % BITS_PER_LONG, &leaf->free)))
		return free_slow(pool, block);
	if (unlikely(!test_bit(leaf->number, pool->mid)))
		myslab_pool_announce(pool, leaf->number);
	this_cpu_write(pool->cpu->hint, leaf);
	if (unlikely(atomic_inc_return(&pool->avail) <= 0))
		myslab_pool_wake(pool);
}
EXPORT_SYMBOL_GPL(myslab_pool_free_behind);
