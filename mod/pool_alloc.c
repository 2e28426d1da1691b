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
	int spare = atomic_read(&pool->spare);
	unsigned int i;

	for (i = 0; i < CLAIM_TRIES; i++) {
		if (spare < 0)
			return false;
		/* What is left available is what was spare. */
		if (atomic_try_cmpxchg(&pool->spare, &spare, spare - 1)) {
			myslab_pool_note_low(pool, spare);
			return true;
		}
	}
	spare = atomic_dec_return(&pool->spare);
	if (spare < -1) {
		myslab_pool_unclaim(pool);
		return false;
	}
	myslab_pool_note_low(pool, spare + 1);
	return true;
}

/* A block is free, or a claim is given up: somebody may be waiting for it. */
void myslab_pool_unclaim(struct myslab_pool_body *pool)
{
	if (unlikely(atomic_add_negative(1, &pool->spare)))
		myslab_pool_wake(pool);
}

void *myslab_pool_handed_out(struct myslab_pool_body *pool, void *block)
{
	this_cpu_inc(pool->cpu->allocs);
	return block;
}

/* Unless it is to fail: then nobody has had the block. */
static noinline void *fetched_debugged(struct myslab_pool_body *pool,
				       void *block, unsigned long caller)
{
	struct myslab_pool_place place;

	if (likely(!myslab_pool_debug_fails(pool, caller))) {
		block = myslab_pool_debug_out(pool, block, caller);
		return myslab_pool_handed_out(pool, block);
	}
	myslab_pool_find(pool, block, &place);
	myslab_pool_put_at(pool, &place);
	atomic_long_inc(&pool->self.failures);
	return NULL;
}

/* The block that was claimed; NULL only in theory: see pool_map.c. */
static __always_inline void *fetch_for(struct myslab_pool_body *pool,
				       unsigned long caller)
{
	void *block = myslab_pool_pick(pool);

	if (likely(block))
		return unlikely(myslab_pool_is_debugged(pool)) ?
		       fetched_debugged(pool, block, caller) :
		       myslab_pool_handed_out(pool, block);
	myslab_pool_unclaim(pool);
	atomic_long_inc(&pool->self.failures);
	return NULL;
}

static noinline void *fetch(struct myslab_pool_body *pool)
{
	return fetch_for(pool, 0);
}

/* @caller: who it is for, or 0. */
static __always_inline void *alloc_for(struct myslab_pool_body *pool,
				       unsigned long caller)
{
	void *block = NULL;

	if (unlikely(!myslab_is_live(&pool->self))) {
		myslab_report_on(MYSLAB_USE_AFTER_FREE, &pool->self, NULL,
				 "alloc from a pool that was destroyed");
		return NULL;
	}
	if (!myslab_pool_is_private(pool) && myslab_pool_claim(pool))
		return fetch_for(pool, caller);
	if (myslab_pool_is_private(pool))
		block = myslab_pool_private_alloc(pool, caller);
	if (unlikely(!block))
		atomic_long_inc(&pool->self.failures);
	return block;
}

static noinline void *alloc_slow(struct myslab_pool_body *pool)
{
	return alloc_for(pool, 0);
}

static noinline void *took_last(struct myslab_pool_body *pool,
				struct myslab_pool_leaf *leaf, void *block)
{
	myslab_pool_emptied(pool, leaf);
	return block;
}

/**
 * myslab_pool_alloc_behind() - myslab_pool_alloc() where the front has none.
 * @front: Pool to allocate from.
 *
 * spare is not below low: there is a block, and taking it is no new peak.
 * In private pools the hint is a leaf that is always empty. What is rare goes
 * on elsewhere and does not come back, so that nothing has to be kept for it.
 *
 * Context: As myslab_pool_alloc().
 * Return: As myslab_pool_alloc().
 */
void *myslab_pool_alloc_behind(struct myslab_pool *front)
{
	struct myslab_pool_body *pool = myslab_pool_body(front);
	struct myslab_pool_cpu __percpu *cpu = pool->cpu;
	int spare = atomic_read(&pool->spare);
	struct myslab_pool_leaf *leaf;
	unsigned long had, left;
	void *block;

	/* A low that is a little old, or half: the slow way knows better. */
	if (unlikely(spare < data_race(pool->low)) ||
	    unlikely(!atomic_try_cmpxchg(&pool->spare, &spare, spare - 1)))
		return alloc_slow(pool);
	leaf = this_cpu_read(cpu->hint);
	if (unlikely(!myslab_pool_take(leaf, &had, &left)))
		return fetch(pool);
	this_cpu_inc(cpu->allocs);
	block = myslab_pool_at(pool, leaf, __ffs(had));
	if (unlikely(!left))
		return took_last(pool, leaf, block);
	return block;
}
EXPORT_SYMBOL_GPL(myslab_pool_alloc_behind);

/**
 * myslab_pool_alloc_behind_caller() - The same for myslab_pool_alloc_caller().
 * @front: Pool to allocate from.
 * @caller: As there.
 *
 * Context: As myslab_pool_alloc().
 * Return: As myslab_pool_alloc().
 */
void *myslab_pool_alloc_behind_caller(struct myslab_pool *front,
				      unsigned long caller)
{
	struct myslab_pool_body *pool = myslab_pool_body(front);

	if (likely(!myslab_pool_is_debugged(pool)))
		return myslab_pool_alloc_behind(front);
	return alloc_for(pool, caller);
}
EXPORT_SYMBOL_GPL(myslab_pool_alloc_behind_caller);

/*
 * Take just this block, if it is free and there is a claim to be had for it.
 * Nothing is done with it until the caller puts it back or withdraws it.
 */
bool myslab_pool_take_at(struct myslab_pool_body *pool,
			 const struct myslab_pool_place *place)
{
	struct myslab_pool_leaf *leaf = place->leaf;

	if (!test_bit(place->bit, &leaf->free) || !myslab_pool_claim(pool))
		return false;
	if (!test_and_clear_bit(place->bit, &leaf->free)) {
		myslab_pool_unclaim(pool);
		return false;
	}
	if (!READ_ONCE(leaf->free))
		myslab_pool_emptied(pool, leaf);
	return true;
}

/*
 * A block that the caller took, for good. From now on frees of its chunk look
 * at gone: only one that is on its way right now can put it back.
 */
void myslab_pool_condemn(struct myslab_pool_body *pool,
			 const struct myslab_pool_place *place)
{
	set_bit(place->bit, &place->leaf->gone);
	/* Seen by who opens frees meanwhile. */
	smp_mb__after_atomic();
	WRITE_ONCE(myslab_pool_first_leaf(pool, place->leaf)->nr, 0);
	atomic_inc(&pool->condemned);
}

/*
 * A block that is free was freed. It may have a new owner by the time this
 * looks: then nothing can be done. Else it is withdrawn.
 */
static bool withdraw(struct myslab_pool_body *pool,
		     const struct myslab_pool_place *place)
{
	if (!myslab_pool_take_at(pool, place))
		return false;
	myslab_pool_condemn(pool, place);
	return true;
}

/* Another block for one that is to be withdrawn; if there is none, the same. */
void *myslab_pool_exchange(struct myslab_pool_body *pool,
			   const struct myslab_pool_place *place, void *block)
{
	void *other = NULL;

	if (myslab_pool_is_private(pool))
		other = myslab_pool_private_take(pool);
	else if (myslab_pool_claim(pool))
		other = myslab_pool_pick(pool);
	if (!other)
		return block;
	myslab_pool_condemn(pool, place);
	return other;
}

void myslab_pool_report_twice(struct myslab_pool_body *pool, void *block,
			      bool withdrawn)
{
	myslab_pool_debug_report_twice(pool, block, withdrawn ?
				       "is not out, and withdrawn now" :
				       "is not out");
}

static void found_twice(struct myslab_pool_body *pool,
			const struct myslab_pool_place *place, void *block)
{
	myslab_pool_report_twice(pool, block, withdraw(pool, place));
}

static noinline void freed_first(struct myslab_pool_body *pool,
				 struct myslab_pool_leaf *leaf)
{
	myslab_pool_announce(pool, leaf->number);
	myslab_pool_unclaim(pool);
}

static void made_free(struct myslab_pool_body *pool,
		      struct myslab_pool_leaf *leaf)
{
	if (!test_bit(leaf->number, pool->mid))
		return freed_first(pool, leaf);
	myslab_pool_unclaim(pool);
}

/* What was taken, and nobody has had since. */
void myslab_pool_put_at(struct myslab_pool_body *pool,
			const struct myslab_pool_place *place)
{
	set_bit(place->bit, &place->leaf->free);
	/* Before the maps are read: see pool_map.c. */
	smp_mb__after_atomic();
	made_free(pool, place->leaf);
}

/*
 * Not what free expects: say so, or do it. All frees come here where the kernel
 * zeroes memory, when it is allocated or when it is freed: blocks are zero
 * while they are free, so that alloc has nothing to do for it. New pages are.
 */
static noinline void free_slow(struct myslab_pool_body *pool, void *block)
{
	struct myslab_pool_place place;

	if (myslab_pool_is_private(pool) && myslab_is_live(&pool->self))
		return myslab_pool_private_free(pool, block);
	if (!myslab_pool_find(pool, block, &place))
		return myslab_pool_free_stranger(pool, block);
	if (test_bit(place.bit, &place.leaf->gone) ||
	    test_bit(place.bit, &place.leaf->free))
		return found_twice(pool, &place, block);
	if (unlikely(myslab_pool_is_debugged(pool)) &&
	    !myslab_pool_debug_back(pool, &place, block))
		return found_twice(pool, &place, block);
	if (pool->zeroes)
		memset(block, 0, pool->size);
	if (test_and_set_bit(place.bit, &place.leaf->free))
		return found_twice(pool, &place, block);
	made_free(pool, place.leaf);
}

/* None of its blocks: the cover of one, or nothing to be freed here. */
void myslab_pool_free_stranger(struct myslab_pool_body *pool, void *block)
{
	void *real = myslab_guard_uncover(&pool->self, block);

	if (real == block)
		myslab_free_refused(&pool->self, block);
	else if (real)
		myslab_pool_free_behind(&pool->front, real);
}

/**
 * myslab_pool_free_behind() - myslab_pool_free() of what is not in the front.
 * @front: Pool it was allocated from.
 * @block: The block, or what is not one.
 *
 * The block can be found before it is counted, and is counted before anybody
 * is woken: who claims it can fetch it, who is woken has a claim.
 *
 * Context: As myslab_pool_free().
 */
void myslab_pool_free_behind(struct myslab_pool *front, void *block)
{
	struct myslab_pool_body *pool = myslab_pool_body(front);
	unsigned long offset = (unsigned long)block & pool->span_mask;
	unsigned long base = (unsigned long)block - offset - PAGE_OFFSET;
	struct myslab_pool_leaf *leaf;
	u32 idx;

	if (unlikely(base >= READ_ONCE(myslab_pages_top)) ||
	    unlikely(myslab_pages_owner(base) != (unsigned long)&pool->self))
		return free_slow(pool, block);
	leaf = myslab_page_slab(myslab_pages_page(base));
	idx = myslab_layout_index(offset, pool->inverse, pool->shift);
	/* Plain, so that it is compared in memory: the old nr or the new. */
	if (unlikely(idx >= data_race(leaf->nr)))
		return free_slow(pool, block);
	leaf += idx / BITS_PER_LONG;
	if (unlikely(test_and_set_bit(idx % BITS_PER_LONG, &leaf->free)))
		return free_slow(pool, block);
	if (unlikely(!test_bit(leaf->number, pool->mid)))
		return freed_first(pool, leaf);
	if (unlikely(atomic_add_negative(1, &pool->spare)))
		myslab_pool_wake(pool);
}
EXPORT_SYMBOL_GPL(myslab_pool_free_behind);
