// SPDX-License-Identifier: GPL-2.0
/*
 * Private pools: one call at a time, so nothing here contends. The inline
 * calls work on the front, a leaf's free bits moved to where they see them;
 * what they cannot do comes here. Where blocks are zeroed, as in pool_alloc.c,
 * all frees do: the front shows none that they could be of.
 *
 * Blocks that were never out are in no leaf: they are opened one by one, in
 * the order of their index, each when no other is free. So the number of
 * those opened is the most that were ever out.
 */
#include <linux/bitops.h>
#include <linux/string.h>

#include "owner.h"
#include "pool.h"
#include "report.h"

/* Which block of the front it is, or more than those are. */
static unsigned long front_index(const struct myslab_pool *front,
				 const void *block)
{
	unsigned long offset = (unsigned long)block - front->base;

	return ror64(offset * front->inverse, front->shift);
}

/* Back to its leaf with what is in the front; it is empty then. */
void myslab_pool_private_put_front(struct myslab_pool_body *pool)
{
	struct myslab_pool_leaf *leaf = pool->current_leaf;
	struct myslab_pool *front = &pool->front;

	if (leaf && front->last) {
		__set_bit(front_index(front, front->last), &front->free);
		front->last = NULL;
	}
	front->lent = NULL;
	if (leaf && pool->front.free) {
		leaf->free = pool->front.free;
		myslab_pool_announce(pool, leaf->number);
	}
	pool->current_leaf = NULL;
	pool->front.free = 0;
	pool->front.nr = 0;
	pool->front_nr = 0;
	pool->front.base = ~0UL;
}

/* Blocks of a leaf that were opened. */
static unsigned int opened(const struct myslab_pool_body *pool,
			   const struct myslab_pool_leaf *leaf)
{
	/* -1: the hole in front of all. */
	int before = myslab_pool_index_of(pool, leaf, 0);

	if (before >= (int)pool->nr_opened)
		return 0;
	return min3(pool->nr_opened - before, myslab_pool_left(pool, leaf),
		    (unsigned int)BITS_PER_LONG);
}

static void put_in_front(struct myslab_pool_body *pool,
			 struct myslab_pool_leaf *leaf)
{
	if (pool->current_leaf != leaf)
		myslab_pool_private_put_front(pool);
	if (leaf->free) {
		pool->front.free = leaf->free;
		leaf->free = 0;
		myslab_pool_emptied(pool, leaf);
	}
	pool->current_leaf = leaf;
	pool->front_nr = opened(pool, leaf);
	pool->front.nr = pool->zeroes ? 0 : pool->front_nr;
	pool->front.base = (unsigned long)leaf->base;
}

/* The front would take a block that is gone back, and look at none. */
static bool may_be_in_front(const struct myslab_pool_body *pool,
			    const struct myslab_pool_leaf *leaf)
{
	return !leaf->gone && !myslab_pool_is_debugged(pool);
}

static void *open_block(struct myslab_pool_body *pool)
{
	struct myslab_pool_place place;

	if (pool->nr_opened == pool->nr_blocks)
		return NULL;
	myslab_pool_place_of(pool, pool->nr_opened++, &place);
	if (may_be_in_front(pool, place.leaf))
		put_in_front(pool, place.leaf);
	return myslab_pool_at(pool, place.leaf, place.bit);
}

/* A block, for now of nobody. */
void *myslab_pool_private_take(struct myslab_pool_body *pool)
{
	struct myslab_pool_leaf *leaf = myslab_pool_some_leaf(pool);
	unsigned int bit;

	if (!leaf)
		return open_block(pool);
	bit = __ffs(leaf->free);
	leaf->free &= leaf->free - 1;
	if (!leaf->free)
		myslab_pool_emptied(pool, leaf);
	if (may_be_in_front(pool, leaf))
		put_in_front(pool, leaf);
	return myslab_pool_at(pool, leaf, bit);
}

void *myslab_pool_private_alloc(struct myslab_pool_body *pool,
				unsigned long caller)
{
	bool debugged = myslab_pool_is_debugged(pool);
	void *block;

	if (unlikely(debugged))
		myslab_pool_private_put_front(pool);
	if (myslab_pool_debug_fails(pool, caller))
		return NULL;
	block = myslab_pool_private_take(pool);
	if (!block)
		return NULL;
	pool->front.allocs++;
	return unlikely(debugged) ? myslab_pool_debug_out(pool, block, caller) :
				    block;
}

static bool is_out(const struct myslab_pool_body *pool,
		   const struct myslab_pool_place *place)
{
	unsigned long in = place->leaf->free | place->leaf->gone;

	return !(in & BIT(place->bit)) &&
	       place->bit < opened(pool, place->leaf);
}

static bool withdraw(struct myslab_pool_body *pool,
		     const struct myslab_pool_place *place)
{
	struct myslab_pool_leaf *leaf = place->leaf;

	if (!__test_and_clear_bit(place->bit, &leaf->free))
		return false;
	__set_bit(place->bit, &leaf->gone);
	atomic_inc(&pool->condemned);
	if (!leaf->free)
		myslab_pool_emptied(pool, leaf);
	return true;
}

/* What the inline free would have done, and zeroes; false: it is refused. */
static bool zero_to_front(struct myslab_pool_body *pool, void *block)
{
	struct myslab_pool *front = &pool->front;
	unsigned long idx = front_index(front, block);

	if (idx >= pool->front_nr || __test_and_set_bit(idx, &front->free))
		return false;
	memset(block, 0, pool->size);
	return true;
}

void myslab_pool_private_free(struct myslab_pool_body *pool, void *block)
{
	struct myslab_pool_place place;

	if (pool->zeroes && zero_to_front(pool, block))
		return;
	if (!myslab_pool_find(pool, block, &place))
		return myslab_pool_free_stranger(pool, block);
	/* The front would have taken it, were it out. */
	if (place.leaf == pool->current_leaf)
		myslab_pool_private_put_front(pool);
	if (!is_out(pool, &place)) {
		myslab_pool_report_twice(pool, block,
					 withdraw(pool, &place));
		return;
	}
	myslab_pool_debug_back(pool, &place, block);
	if (pool->zeroes)
		memset(block, 0, pool->size);
	__set_bit(place.bit, &place.leaf->free);
	if (!test_bit(place.leaf->number, pool->mid))
		myslab_pool_announce(pool, place.leaf->number);
}

/* Blocks that are out, by looking at each leaf. */
unsigned int myslab_pool_private_used(struct myslab_pool_body *pool)
{
	unsigned int i, nr = READ_ONCE(pool->nr_opened);

	nr -= atomic_read(&pool->condemned);
	for (i = 0; i < pool->nr_leaves; i++)
		nr -= hweight_long(READ_ONCE(pool->leaves[i].free));
	nr -= !!READ_ONCE(pool->front.last);
	return nr - hweight_long(READ_ONCE(pool->front.free));
}
