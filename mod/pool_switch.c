// SPDX-License-Identifier: GPL-2.0
/*
 * A pool is switched to letters of debugging, and away; see pool_debug.c.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "pool.h"

/* All blocks of a new pool, once: nobody may write there ever. */
void myslab_pool_debug_dress(struct myslab_pool_body *pool)
{
	struct myslab_pool_place place;
	struct myslab_guarded zone;
	unsigned int i;
	void *block;

	if (!pool->zones)
		return;
	get_random_bytes(&pool->secret, sizeof(pool->secret));
	for (i = 0; i < pool->nr_blocks; i++) {
		myslab_pool_place_of(pool, i, &place);
		block = myslab_pool_at(pool, place.leaf, place.bit);
		zone = myslab_pool_zone(pool, block, pool->size);
		myslab_canary_set(&pool->secret, &zone);
		if (!myslab_pool_is_behind_hole(pool, &place))
			continue;
		zone = myslab_pool_zone(pool, block - pool->stride, 0);
		myslab_canary_set(&pool->secret, &zone);
	}
}

bool myslab_pool_debug_prepare(struct myslab_allocator *allocator,
			       const struct myslab_letters *letters)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);
	size_t stride = sizeof(struct myslab_record);
	struct myslab_pool_debug *next;

	kvfree(pool->debug_next);
	pool->debug_next = NULL;
	if (!letters->mask)
		return true;
	if (letters->mask & MYSLAB_DEBUG_U)
		stride += MYSLAB_ALL_TRACKS * sizeof(struct myslab_track);
	next = kvzalloc(sizeof(*next) + stride * pool->nr_blocks, GFP_KERNEL);
	if (!next)
		return false;
	next->letters = letters->mask;
	next->stride = stride;
	pool->debug_next = next;
	return true;
}

static void set_paths(struct myslab_pool_body *pool)
{
	struct myslab_pool_leaf *none = &pool->leaves[pool->nr_leaves];
	unsigned int cpu, i;
	bool on = rcu_access_pointer(pool->debug);

	if (myslab_pool_is_private(pool))
		return;
	for (i = 0; i < pool->nr_leaves; i += pool->chunk_leaves)
		myslab_pool_open_frees(pool, &pool->leaves[i], !on);
	for_each_possible_cpu(cpu)
		if (on)
			WRITE_ONCE(per_cpu_ptr(pool->cpu, cpu)->hint, none);
}

void myslab_pool_debug_switch(struct myslab_allocator *allocator)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);

	pool->debug_old = rcu_dereference_protected(pool->debug, true);
	rcu_assign_pointer(pool->debug, pool->debug_next);
	pool->debug_next = NULL;
	set_paths(pool);
}

/* Its blocks that are out: nobody will say when they are back. */
static void uncount(struct myslab_pool_body *pool,
		    struct myslab_pool_debug *old)
{
	struct myslab_record *record;
	unsigned int i;

	for (i = 0; i < pool->nr_blocks; i++) {
		record = myslab_pool_record(old, i);
		if (record->state == MYSLAB_OUT_THERE)
			myslab_site_back(pool->self.ledger->sites, record,
					 pool->size);
	}
}

/* Once more: who was about to leave a hint has done so. */
void myslab_pool_debug_settle(struct myslab_allocator *allocator)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);
	struct myslab_pool_debug *old = pool->debug_old;

	set_paths(pool);
	if (old && (old->letters & MYSLAB_DEBUG_L))
		uncount(pool, old);
	kvfree(old);
	pool->debug_old = NULL;
}

static void free_records(struct myslab_pool_body *pool)
{
	kvfree(rcu_dereference_protected(pool->debug, true));
	kvfree(pool->debug_next);
	pool->debug_next = NULL;
	RCU_INIT_POINTER(pool->debug, NULL);
}

/* The end of a pool, of which no block is out any more. */
void myslab_pool_debug_close(struct myslab_pool_body *pool)
{
	free_records(pool);
	myslab_ledger_close(&pool->self);
}

/* Nobody has a pointer to the pool any more. */
void myslab_pool_debug_free(struct myslab_pool_body *pool)
{
	free_records(pool);
	myslab_ledger_free(&pool->self);
}
