// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging of a pool's blocks: a record for each, in an array that comes with
 * the switch to letters, since blocks are had and freed where nothing can be
 * allocated. Other letters make another array, in which all blocks are new:
 * those that are out are freed without a check.
 *
 * Nothing is in the way of what is not debugged. While a pool is, no CPU has a
 * hint, so that all allocations have to fetch a block, and chunks say that they
 * have no blocks, so that all frees are slow. A private pool has no such leave:
 * it sees that it is debugged when its front has no block, and has no front
 * from then on.
 *
 * Who has a block: as with the pool itself, who cleared its bit until it is
 * set. Of two who free it, one brings its record from OUT_THERE to GIVEN_BACK.
 * pool->debug is read under RCU, in NMI too.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pool.h"
#include "report.h"

struct myslab_pool_debug {
	unsigned int letters;
	size_t stride;			/* of records */
	u8 records[] __aligned(8);
};

static struct myslab_record *record_at(struct myslab_pool_debug *debug,
				       unsigned int index)
{
	return (void *)(debug->records + index * debug->stride);
}

static struct myslab_record *
record_of(const struct myslab_pool_body *pool, struct myslab_pool_debug *debug,
	  const struct myslab_pool_place *place)
{
	return record_at(debug, myslab_pool_index_of(pool, place->leaf,
						     place->bit));
}

static const struct myslab_track *
tracks_of(const struct myslab_pool_debug *debug,
	  const struct myslab_record *record)
{
	return debug->letters & MYSLAB_DEBUG_U ? record->tracks : NULL;
}

/* Where the kernel zeroes memory, what is free is zero: no less a poison. */
static u8 poison_of(const struct myslab_pool_body *pool)
{
	return pool->zeroes ? 0 : POISON_FREE;
}

static bool kept_intact(struct myslab_pool_body *pool,
			const struct myslab_record *record, const void *block,
			struct myslab_damage *damage)
{
	atomic_long_inc(&pool->self.ledger->checks);
	return record->kept != MYSLAB_KEPT_POISON ||
	       myslab_poison_intact(block, pool->size, poison_of(pool), damage);
}

static void report(struct myslab_pool_body *pool,
		   struct myslab_pool_debug *debug,
		   const struct myslab_record *record, const void *block,
		   const struct myslab_damage *damage, const char *when)
{
	struct myslab_region region = {
		.start = block, .size = pool->size,
		.tracks = tracks_of(debug, record),
	};

	myslab_ledger_report(pool->self.ledger, &region, damage, when);
}

static unsigned long caller_of(const struct myslab_pool_debug *debug,
			       const struct myslab_record *record)
{
	const struct myslab_track *tracks = tracks_of(debug, record);

	if (!tracks)
		return myslab_track_caller();
	return tracks[MYSLAB_TRACK_ALLOC].nr ?
	       tracks[MYSLAB_TRACK_ALLOC].frames[0] : 0;
}

static void hand_out(struct myslab_pool_body *pool,
		     struct myslab_pool_debug *debug,
		     struct myslab_record *record, void *block)
{
	if ((debug->letters & MYSLAB_DEBUG_P) && !want_init_on_alloc(0))
		memset(block, POISON_INUSE, pool->size);
	if (debug->letters & MYSLAB_DEBUG_U)
		myslab_track_save(&record->tracks[MYSLAB_TRACK_ALLOC]);
	if (debug->letters & MYSLAB_DEBUG_L)
		myslab_site_out(pool->self.ledger->sites, record, pool->size,
				caller_of(debug, record));
	record->kept = MYSLAB_KEPT_NOTHING;
	/* No longer free before its client writes: see is_damaged(). */
	smp_store_release(&record->state, MYSLAB_OUT_THERE);
}

/*
 * A block that was just taken is about to be a client's. One that is not as it
 * was left is withdrawn, if there is another in its place.
 *
 * Context: Any, NMI too.
 * Return: The block, or the other.
 */
void *myslab_pool_debug_out(struct myslab_pool_body *pool, void *block)
{
	struct myslab_pool_debug *debug;
	struct myslab_pool_place place;
	struct myslab_damage damage;
	struct myslab_record *record;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	while (debug) {
		myslab_pool_find(pool, block, &place);
		record = record_of(pool, debug, &place);
		if (record->state == MYSLAB_FREED &&
		    !kept_intact(pool, record, block, &damage)) {
			report(pool, debug, record, block, &damage,
			       "when it was allocated again");
			block = myslab_pool_exchange(pool, &place, block);
			if (block != myslab_pool_at(pool, place.leaf,
						    place.bit))
				continue;
		}
		hand_out(pool, debug, record, block);
		break;
	}
	rcu_read_unlock();
	return block;
}

/*
 * A block that is out is about to be free.
 *
 * Context: Any, NMI too.
 * Return: false: somebody else is freeing it.
 */
bool myslab_pool_debug_back(struct myslab_pool_body *pool,
			    const struct myslab_pool_place *place, void *block)
{
	struct myslab_pool_debug *debug;
	struct myslab_record *record;
	bool first = true;
	u8 state;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	if (!debug)
		goto out;
	record = record_of(pool, debug, place);
	state = READ_ONCE(record->state);
	first = state != MYSLAB_GIVEN_BACK &&
		cmpxchg(&record->state, state, MYSLAB_GIVEN_BACK) == state;
	if (!first)
		goto out;
	atomic_long_inc(&pool->self.ledger->checks);
	if (state == MYSLAB_OUT_THERE && (debug->letters & MYSLAB_DEBUG_L))
		myslab_site_back(pool->self.ledger->sites, record, pool->size);
	if (debug->letters & MYSLAB_DEBUG_U)
		myslab_track_save(&record->tracks[MYSLAB_TRACK_FREE]);
	if (debug->letters & MYSLAB_DEBUG_P) {
		memset(block, poison_of(pool), pool->size);
		record->kept = MYSLAB_KEPT_POISON;
	}
	/* Poisoned before it is looked at: pairs with is_damaged(). */
	smp_store_release(&record->state, MYSLAB_FREED);
out:
	rcu_read_unlock();
	return first;
}

/* It is not out, and freed. */
void myslab_pool_debug_report_twice(struct myslab_pool_body *pool,
				    const struct myslab_pool_place *place,
				    void *block, const char *text)
{
	struct myslab_region region = { .start = block, .size = pool->size };
	struct myslab_pool_debug *debug;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	if (debug) {
		region.tracks = tracks_of(debug, record_of(pool, debug, place));
		myslab_ledger_report_twice(pool->self.ledger, &region, text);
	} else {
		myslab_report_on(MYSLAB_DOUBLE_FREE, &pool->self, block, "%s",
				 text);
	}
	rcu_read_unlock();
}

/* Behind the line about a block that leaked. */
void myslab_pool_debug_print_tracks(struct myslab_pool_body *pool,
				    const void *block)
{
	struct myslab_pool_debug *debug;
	struct myslab_pool_place place;
	struct myslab_record *record;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	if (debug && myslab_pool_find(pool, block, &place)) {
		record = record_of(pool, debug, &place);
		myslab_ledger_print_tracks(tracks_of(debug, record));
	}
	rcu_read_unlock();
}

/*
 * Is a block that nobody has taken changed? It may be taken meanwhile, which
 * its record says before anybody writes to it; who wants to be sure takes it.
 */
static bool is_damaged(struct myslab_pool_body *pool,
		       const struct myslab_record *record, const void *block,
		       struct myslab_damage *damage)
{
	/* Pairs with the releases above. */
	if (smp_load_acquire(&record->state) != MYSLAB_FREED)
		return false;
	/* Its client may write by now: then the caller cannot take it. */
	return !data_race(kept_intact(pool, record, block, damage));
}

static unsigned long validate_block(struct myslab_pool_body *pool,
				    struct myslab_pool_debug *debug,
				    unsigned int index)
{
	struct myslab_record *record = record_at(debug, index);
	struct myslab_pool_place place;
	struct myslab_damage damage;
	void *block;

	myslab_pool_place_of(pool, index, &place);
	block = myslab_pool_at(pool, place.leaf, place.bit);
	if (likely(!is_damaged(pool, record, block, &damage)) ||
	    !myslab_pool_take_at(pool, &place))
		return 0;
	if (!is_damaged(pool, record, block, &damage)) {
		myslab_pool_put_at(pool, &place);
		return 0;
	}
	myslab_pool_condemn(pool, &place);
	report(pool, debug, record, block, &damage, "by validate");
	return 1;
}

/*
 * Poison of the blocks that are free. Those of private pools are nobody's to
 * look at but their user's.
 *
 * Context: Process; the pool cannot end meanwhile.
 * Return: Findings.
 */
unsigned long myslab_pool_validate(struct myslab_allocator *allocator,
				   u32 pass)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);
	struct myslab_pool_debug *debug;
	unsigned long nr = 0;
	unsigned int i;

	if (myslab_pool_is_private(pool))
		return 0;
	for (i = 0; i < pool->nr_blocks; i++) {
		rcu_read_lock();
		debug = rcu_dereference(pool->debug);
		if (debug)
			nr += validate_block(pool, debug, i);
		rcu_read_unlock();
	}
	return nr;
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
		stride += MYSLAB_NR_TRACKS * sizeof(struct myslab_track);
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
		record = record_at(old, i);
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
