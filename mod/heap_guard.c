// SPDX-License-Identifier: GPL-2.0
/*
 * Guards around blocks: set, compared, reported; and other findings about one.
 */
#include <linux/kernel.h>

#include "canary.h"
#include "heap_slab.h"
#include "report.h"

static struct myslab_guarded guarded(const struct myslab_block *block)
{
	return (struct myslab_guarded){
		.base = block->base, .room = block->room,
		.size = block->size, .pad = block->pad,
	};
}

void myslab_guard_set(struct myslab_heap *heap,
		      const struct myslab_block *block)
{
	struct myslab_guarded g = guarded(block);

	if (block->guarded)
		myslab_canary_set(&heap->secret, &g);
}

/* False: something wrote beyond the block. */
bool myslab_guard_matches(struct myslab_heap *heap,
			  const struct myslab_block *block,
			  struct myslab_damage *damage)
{
	struct myslab_guarded g = guarded(block);

	return !block->guarded ||
	       myslab_zones_intact(&heap->secret, &g, damage);
}

static const char *state_at(struct myslab_slab *slab, unsigned int idx)
{
	if (idx >= slab->cache->objects)
		return NULL;
	/* A neighbour, as the bits are right now. */
	switch (data_race(myslab_state_of(slab, idx))) {
	case MYSLAB_BACK:
		return "free";
	case MYSLAB_GONE:
		return "withdrawn after a finding";
	default:
		return "out, or held back";
	}
}

struct myslab_region myslab_block_region(const struct myslab_block *block)
{
	struct myslab_region region = {
		.start = myslab_block_start(block), .size = block->size,
		.before = block->pad,
		.behind = block->room - block->pad - block->size,
		.tracks = myslab_block_tracks(block->record),
		.nr_tracks = MYSLAB_ALL_TRACKS,
	};
	struct myslab_slab *slab;

	if (!block->class)
		return region;
	slab = myslab_slab_of(block->class, block->base);
	region.idx = myslab_slab_index(block->class, block->base);
	region.nr = block->class->objects;
	region.below = state_at(slab, region.idx - 1);
	region.above = state_at(slab, region.idx + 1);
	return region;
}

/* No lock is held; the block is withdrawn, or the caller's. */
void myslab_block_report(struct myslab_heap *heap,
			 const struct myslab_block *block,
			 const struct myslab_damage *damage, const char *when)
{
	struct myslab_region region = myslab_block_region(block);

	myslab_ledger_report(myslab_ledger_of(&heap->self), &region, damage,
			     when);
}

void myslab_block_report_twice(struct myslab_heap *heap,
			       const struct myslab_block *block)
{
	struct myslab_region region = myslab_block_region(block);

	myslab_ledger_report_twice(myslab_ledger_of(&heap->self), &region,
				   "is free already");
}

/* As matches(), and it has been reported. */
bool myslab_guard_intact(struct myslab_heap *heap,
			 const struct myslab_block *block)
{
	struct myslab_damage damage;

	if (likely(myslab_guard_matches(heap, block, &damage)))
		return true;
	if (block->record)
		myslab_block_report(heap, block, &damage, "when it was freed");
	else
		myslab_report_on(damage.kind, &heap->self,
				 myslab_block_start(block),
				 "of %u bytes: byte %ld is %#04x, was %#04x",
				 block->size, damage.first, damage.found,
				 damage.expected);
	return false;
}
