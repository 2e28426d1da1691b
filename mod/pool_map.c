// SPDX-License-Identifier: GPL-2.0
/*
 * The way to a leaf with free blocks: mid has a bit for each leaf, top one for
 * each word of mid.
 *
 * Who frees into a leaf whose bit is clear sets it, after the block's own.
 * Who takes the last block of a leaf clears it, and looks at the leaf again:
 *
 *	free				take the last
 *	----				-------------
 *	F1 set bit in leaf		T1 clear last bit in leaf
 *	F2 read bit in mid		T2 clear bit in mid
 *	F3 if clear: set it		T3 read leaf
 *					T4 if not empty: set bit in mid
 *
 * All of 1 and 2 are full barriers. If F2 reads the bit set and T2 clears it
 * later, F1 is before T3, which finds the block, and T4 sets the bit again. If
 * F2 comes after T2, F3 does. So when nobody is between 1 and 4, the bit of
 * each leaf that has a free block is set. The bit of an empty leaf may be set
 * too, by F3 or T4 of somebody who was late; who is led there clears it, by T2
 * to T4 again. The same holds for top above mid: setting a bit of mid is 1
 * there, and a word of mid that has become empty is the last taken.
 *
 * Between T2 and T4, or before F3, a block may be out of sight. Whoever is led
 * nowhere, or has been led astray too often, looks at the leaves themselves.
 * He has a claim, so there is a block for him, at each moment: he can miss it
 * only if it is taken before his eyes and another one is freed behind his
 * back, in each of the rounds.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>

#include "pool.h"

/* Leaves that one is led to before one looks at all, and how often then. */
#define LED		32
#define ROUNDS		8
#define TRIES		4	/* at each leaf */

/* Set a bit in mid, and see to that it can be found. */
void myslab_pool_announce(struct myslab_pool_body *pool, u32 leaf)
{
	set_bit(leaf, pool->mid);
	smp_mb__after_atomic();		/* F1 before F2, of the word */
	if (!test_bit(leaf / BITS_PER_LONG, pool->top))
		set_bit(leaf / BITS_PER_LONG, pool->top);
}

static void mid_emptied(struct myslab_pool_body *pool, u32 word)
{
	clear_bit(word, pool->top);
	smp_mb__after_atomic();		/* T2 before T3 */
	if (READ_ONCE(pool->mid[word]))
		set_bit(word, pool->top);
}

void myslab_pool_emptied(struct myslab_pool_body *pool,
			 struct myslab_pool_leaf *leaf)
{
	u32 word = leaf->number / BITS_PER_LONG;

	clear_bit(leaf->number, pool->mid);
	smp_mb__after_atomic();		/* T2 before T3 */
	if (READ_ONCE(leaf->free))
		myslab_pool_announce(pool, leaf->number);
	else if (!READ_ONCE(pool->mid[word]))
		mid_emptied(pool, word);
}

/* Where the maps lead to; NULL: nowhere. Reads at most all of top. */
struct myslab_pool_leaf *myslab_pool_some_leaf(struct myslab_pool_body *pool)
{
	unsigned long bits;
	unsigned int i, word;

	for (i = 0; i < pool->nr_top; i++) {
		bits = READ_ONCE(pool->top[i]);
		if (!bits)
			continue;
		word = i * BITS_PER_LONG + __ffs(bits);
		bits = READ_ONCE(pool->mid[word]);
		if (bits)
			return &pool->leaves[word * BITS_PER_LONG +
					     __ffs(bits)];
		mid_emptied(pool, word);
	}
	return NULL;
}

static void *take_some(struct myslab_pool_body *pool,
		       struct myslab_pool_leaf *leaf)
{
	unsigned long had, left;
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		if (myslab_pool_take(leaf, &had, &left)) {
			if (!left)
				myslab_pool_emptied(pool, leaf);
			else if (!myslab_pool_is_debugged(pool))
				this_cpu_write(pool->cpu->hint, leaf);
			return myslab_pool_at(pool, leaf, __ffs(had));
		}
		if (!had)
			break;
	}
	return NULL;
}

static void *look_at_all(struct myslab_pool_body *pool)
{
	unsigned int i, round;
	void *block;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < pool->nr_leaves; i++) {
			block = take_some(pool, &pool->leaves[i]);
			if (block)
				return block;
		}
	}
	return NULL;
}

/* The first block of a leaf that is free, of those in @mask. */
static void *take_of(struct myslab_pool_body *pool,
		     struct myslab_pool_leaf *leaf, unsigned long mask)
{
	unsigned long had = READ_ONCE(leaf->free), left;
	unsigned int i, bit;

	for (i = 0; i < TRIES && (had & mask); i++) {
		bit = __ffs(had & mask);
		left = had & ~BIT(bit);
		if (!try_cmpxchg(&leaf->free, &had, left))
			continue;
		if (!left)
			myslab_pool_emptied(pool, leaf);
		WRITE_ONCE(pool->cursor,
			   leaf->number * BITS_PER_LONG + bit + 1);
		return myslab_pool_at(pool, leaf, bit);
	}
	return NULL;
}

static unsigned int leaf_from(struct myslab_pool_body *pool, unsigned int leaf)
{
	/* A hint: who is led there looks at the leaf itself. */
	return data_race(find_next_bit(pool->mid, pool->nr_leaves, leaf));
}

/* The next one with a free block, round and round; nr_leaves: none. */
static unsigned int next_leaf(struct myslab_pool_body *pool, unsigned int leaf)
{
	leaf = leaf_from(pool, leaf + 1);
	return leaf < pool->nr_leaves ? leaf : leaf_from(pool, 0);
}

/*
 * With Q: on from the block that was the last one to be had, so that what is
 * freed comes back when all others that are free have been had, on average
 * half of them. Nothing is held back.
 *
 * Bound: LED times the words of mid.
 */
static void *take_behind(struct myslab_pool_body *pool)
{
	unsigned int cursor = READ_ONCE(pool->cursor);
	unsigned int leaf = cursor / BITS_PER_LONG, i;
	unsigned long mask = ~0UL << cursor % BITS_PER_LONG;
	void *block = NULL;

	for (i = 0; i < LED && leaf < pool->nr_leaves && !block; i++) {
		block = take_of(pool, &pool->leaves[leaf], mask);
		mask = ~0UL;
		leaf = next_leaf(pool, leaf);
	}
	return block;
}

/*
 * A block for somebody who has a claim to one.
 *
 * Bound: LED times the words of top, of which there is one for every 4096
 * leaves; and then ROUNDS times the leaves.
 */
void *myslab_pool_pick(struct myslab_pool_body *pool)
{
	struct myslab_pool_leaf *leaf;
	unsigned int i;
	void *block;

	if (unlikely(myslab_pool_is_debugged(pool)) &&
	    myslab_ledger_has(myslab_ledger_of(&pool->self), MYSLAB_DEBUG_Q)) {
		block = take_behind(pool);
		if (block)
			return block;
	}
	for (i = 0; i < LED; i++) {
		leaf = myslab_pool_some_leaf(pool);
		if (!leaf)
			break;
		block = take_some(pool, leaf);
		if (block)
			return block;
		if (!READ_ONCE(leaf->free))
			myslab_pool_emptied(pool, leaf);
	}
	return look_at_all(pool);
}
