// SPDX-License-Identifier: GPL-2.0
/*
 * Guards around blocks: set, compared, reported.
 */
#include <linux/kernel.h>

#include "canary.h"
#include "heap.h"
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

/* The same, and it has been reported. */
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
