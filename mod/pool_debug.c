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
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/string.h>

#include "pool.h"
#include "report.h"

static struct myslab_record *
record_of(const struct myslab_pool_body *pool, struct myslab_pool_debug *debug,
	  const struct myslab_pool_place *place)
{
	return myslab_pool_record(debug, myslab_pool_index_of(pool, place->leaf,
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

/* What its record says of the block that would be at an address, if one is. */
static const char *state_at(const struct myslab_pool_body *pool,
			    struct myslab_pool_debug *debug, const void *block)
{
	struct myslab_pool_place at;

	return myslab_pool_find(pool, block, &at) ?
	       myslab_record_state(record_of(pool, debug, &at)) : NULL;
}

static struct myslab_region
region_of(const struct myslab_pool_body *pool, struct myslab_pool_debug *debug,
	  const void *block)
{
	struct myslab_pool_place place;

	myslab_pool_find(pool, block, &place);
	return (struct myslab_region){
		.start = block, .size = pool->size,
		.tracks = tracks_of(debug, record_of(pool, debug, &place)),
		.nr_tracks = MYSLAB_ALL_TRACKS,
		.idx = myslab_pool_index_of(pool, place.leaf, place.bit),
		.nr = pool->nr_blocks,
		.below = state_at(pool, debug, block - pool->stride),
		.above = state_at(pool, debug, block + pool->stride),
	};
}

static void report(struct myslab_pool_body *pool,
		   struct myslab_pool_debug *debug, const void *block,
		   const struct myslab_damage *damage, const char *when)
{
	struct myslab_region region = region_of(pool, debug, block);

	region.behind = pool->stride - pool->size;
	region.before = damage->first < 0 ? region.behind : 0;
	myslab_ledger_report(pool->self.ledger, &region, damage, when);
}

/*
 * A zone that is not as it was, behind a block or a hole: of the block that the
 * damage is nearer to. It is made anew: no block is given up for it.
 */
static void report_zone(struct myslab_pool_body *pool,
			struct myslab_pool_debug *debug,
			const struct myslab_guarded *zone,
			struct myslab_damage *damage, const char *when)
{
	const void *block = zone->base, *above = block + pool->stride;
	long behind = damage->first - (long)zone->size;
	long before = pool->stride - 1 - damage->last;
	struct myslab_pool_place place;

	if ((!zone->size || before < behind) &&
	    myslab_pool_find(pool, above, &place)) {
		damage->kind = MYSLAB_OUT_OF_BOUNDS_LEFT;
		damage->first -= pool->stride;
		damage->last -= pool->stride;
		block = above;
	}
	report(pool, debug, block, damage, when);
	myslab_canary_set(&pool->secret, zone);
}

static bool check_zone(struct myslab_pool_body *pool,
		       struct myslab_pool_debug *debug, void *block,
		       size_t size, const char *when)
{
	struct myslab_guarded zone = myslab_pool_zone(pool, block, size);
	struct myslab_damage damage;

	if (likely(myslab_zones_intact(&pool->secret, &zone, &damage)))
		return true;
	report_zone(pool, debug, &zone, &damage, when);
	return false;
}

/* Zones that are not as they were, on both sides of a block. */
static unsigned int check_zones(struct myslab_pool_body *pool,
				struct myslab_pool_debug *debug,
				const struct myslab_pool_place *place,
				const char *when)
{
	void *block = myslab_pool_at(pool, place->leaf, place->bit);
	void *below = block - pool->stride;
	struct myslab_pool_place at;
	unsigned int nr;

	if (!(debug->letters & MYSLAB_DEBUG_Z))
		return 0;
	nr = !check_zone(pool, debug, block, pool->size, when);
	if (myslab_pool_find(pool, below, &at))
		nr += !check_zone(pool, debug, below, pool->size, when);
	else if (pool->hole)
		nr += !check_zone(pool, debug, below, 0, when);
	return nr;
}

/* With F: what a chunk, its pages and its leaf say, once. */
static unsigned int check_fault(struct myslab_pool_body *pool,
				struct myslab_pool_debug *debug,
				const struct myslab_pool_leaf *leaf)
{
	const char *fault;

	if (!(debug->letters & MYSLAB_DEBUG_F))
		return 0;
	fault = myslab_pool_fault(pool, leaf);
	if (likely(!fault) || xchg(&debug->faulty, true))
		return 0;
	myslab_report_on(MYSLAB_CORRUPT_METADATA, &pool->self, NULL,
			 "blocks from %u on: %s",
			 myslab_pool_index_of(pool, leaf, pool->hole), fault);
	return 1;
}

static unsigned long caller_of(const struct myslab_pool_debug *debug,
			       const struct myslab_record *record)
{
	const struct myslab_track *alloc = tracks_of(debug, record);

	if (!alloc)
		return myslab_track_caller();
	return alloc->nr ? alloc->frames[0] : 0;
}

static void hand_out(struct myslab_pool_body *pool,
		     struct myslab_pool_debug *debug,
		     struct myslab_record *record, void *block,
		     unsigned long caller)
{
	if ((debug->letters & MYSLAB_DEBUG_P) && !want_init_on_alloc(0))
		memset(block, POISON_INUSE, pool->size);
	if (debug->letters & MYSLAB_DEBUG_U)
		myslab_track_add(record->tracks, MYSLAB_TRACK_ALLOC, caller);
	if (debug->letters & MYSLAB_DEBUG_L)
		myslab_site_out(pool->self.ledger->sites, record, pool->size,
				caller ? : caller_of(debug, record));
	record->kept = MYSLAB_KEPT_NOTHING;
	/* No longer free before its client writes: see is_damaged(). */
	smp_store_release(&record->state, MYSLAB_OUT_THERE);
}

/* Apart from its caller for the stack's sake. */
static noinline bool is_reusable(struct myslab_pool_body *pool,
				 struct myslab_pool_debug *debug,
				 const struct myslab_record *record,
				 const void *block)
{
	struct myslab_damage damage;

	if (record->state != MYSLAB_FREED ||
	    likely(kept_intact(pool, record, block, &damage)))
		return true;
	report(pool, debug, block, &damage, "when it was allocated again");
	return false;
}

/*
 * A block that was just taken is about to be a client's. One that is not as it
 * was left is withdrawn, if there is another in its place. @caller: whose; 0.
 *
 * Context: Any, NMI too.
 * Return: The block, or the other, or what covers it.
 */
void *myslab_pool_debug_out(struct myslab_pool_body *pool, void *block,
			    unsigned long caller)
{
	struct myslab_pool_debug *debug;
	struct myslab_pool_place place;
	struct myslab_record *record;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	while (debug) {
		myslab_pool_find(pool, block, &place);
		record = record_of(pool, debug, &place);
		if (unlikely(!is_reusable(pool, debug, record, block))) {
			block = myslab_pool_exchange(pool, &place, block);
			if (block != myslab_pool_at(pool, place.leaf,
						    place.bit))
				continue;
		}
		check_zones(pool, debug, &place, "when it was allocated");
		hand_out(pool, debug, record, block, caller);
		break;
	}
	rcu_read_unlock();
	return myslab_guard_cover(&pool->self, block, pool->size, pool->align,
				  pool->zeroes, caller);
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
	check_fault(pool, debug, place->leaf);
	check_zones(pool, debug, place, "when it was freed");
	if (state == MYSLAB_OUT_THERE && (debug->letters & MYSLAB_DEBUG_L))
		myslab_site_back(pool->self.ledger->sites, record, pool->size);
	if (debug->letters & MYSLAB_DEBUG_U)
		myslab_track_add(record->tracks, MYSLAB_TRACK_FREE, 0);
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
				    void *block, const char *text)
{
	struct myslab_pool_debug *debug;
	struct myslab_region region;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	if (debug) {
		region = region_of(pool, debug, block);
		myslab_ledger_report_twice(pool->self.ledger, &region, text);
	} else {
		myslab_report_with(MYSLAB_DOUBLE_FREE, &pool->self, block,
				   &myslab_undebugged, "%s", text);
	}
	rcu_read_unlock();
}

/*
 * Who had the block that @addr is in, as its record says, which may be written
 * to right now.
 *
 * Context: Any.
 */
void myslab_pool_users(struct myslab_allocator *allocator, const void *addr,
		       struct myslab_lines *to)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);
	unsigned long offset = (unsigned long)addr & pool->span_mask;
	const void *block = addr - offset % pool->stride;
	struct myslab_pool_debug *debug;
	struct myslab_pool_place place;

	rcu_read_lock();
	debug = rcu_dereference(pool->debug);
	if (debug && myslab_pool_find(pool, block, &place))
		myslab_tracks_print(region_of(pool, debug, block).tracks,
				    MYSLAB_ALL_TRACKS,
				    ktime_get_mono_fast_ns(), to);
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
	struct myslab_record *record = myslab_pool_record(debug, index);
	struct myslab_pool_place place;
	struct myslab_damage damage;
	unsigned long nr;
	void *block;

	myslab_pool_place_of(pool, index, &place);
	block = myslab_pool_at(pool, place.leaf, place.bit);
	nr = check_fault(pool, debug, place.leaf) +
	     check_zones(pool, debug, &place, "by validate");
	if (likely(!is_damaged(pool, record, block, &damage)) ||
	    !myslab_pool_take_at(pool, &place))
		return nr;
	if (!is_damaged(pool, record, block, &damage)) {
		myslab_pool_put_at(pool, &place);
		return nr;
	}
	myslab_pool_condemn(pool, &place);
	report(pool, debug, block, &damage, "by validate");
	return nr + 1;
}

/*
 * Poison of the blocks that are free, and zones. Those of private pools are
 * nobody's to look at but their user's.
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
