// SPDX-License-Identifier: GPL-2.0
/*
 * What a pool may be made of, and how its blocks are laid out.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "pool.h"
#include "registry.h"
#include "report.h"

#define ALL_FLAGS (MYSLAB_POOL_PRIVATE | MYSLAB_HWCACHE_ALIGN |		\
		   MYSLAB_ACCOUNT | MYSLAB_DMA | MYSLAB_DMA32 |		\
		   MYSLAB_NO_GUARD)

#define refuse(name, fmt, ...)						\
	myslab_report(MYSLAB_BAD_ARGS, "pool", name, NULL,		\
		      "not created: " fmt, ##__VA_ARGS__)

int myslab_pool_check_args(const char *name, size_t size, unsigned int nr,
			   const struct myslab_pool_args *args)
{
	int err = myslab_registry_check_name(&myslab_pool_type, name);

	if (err)
		return err;
	if (!size || size > MYSLAB_MAX_SIZE)
		refuse(name, "block size %zu is not in 1..%d", size,
		       MYSLAB_MAX_SIZE);
	else if (!nr || nr > MYSLAB_POOL_MAX_BLOCKS)
		refuse(name, "%u blocks are not in 1..%lu", nr,
		       MYSLAB_POOL_MAX_BLOCKS);
	else if (args->align && (!is_power_of_2(args->align) ||
				 args->align > MYSLAB_MAX_SIZE))
		refuse(name, "align %u is not a power of two up to %d",
		       args->align, MYSLAB_MAX_SIZE);
	else if (args->flags & ~ALL_FLAGS)
		refuse(name, "flags %#lx are unknown",
		       args->flags & ~ALL_FLAGS);
	else if ((args->flags & MYSLAB_DMA) && (args->flags & MYSLAB_DMA32))
		refuse(name, "MYSLAB_DMA and MYSLAB_DMA32 exclude each other");
	else
		return 0;
	return -EINVAL;
}

/* Letters that others have. */
unsigned int myslab_pool_lacks(const struct myslab_pool_body *pool)
{
	unsigned int lacks = pool->zones ? 0 : MYSLAB_DEBUG_Z;

	/* It has its blocks in an order of its own. */
	if (myslab_pool_is_private(pool))
		lacks |= MYSLAB_DEBUG_Q;
	if ((pool->flags & MYSLAB_NOT_GUARDED) || pool->size > MYSLAB_GUARD_MAX)
		lacks |= MYSLAB_DEBUG_G;
	return lacks;
}

/*
 * A leaf has 64 blocks, and fewer where a chunk ends: chunks larger than a
 * slab would be make fuller leaves, and so fewer of them. Orders that can
 * always be had, and none larger than all blocks need.
 */
static void enlarge(struct myslab_layout *layout, unsigned int nr)
{
	while (layout->objects < min_t(unsigned int, nr, BITS_PER_LONG) &&
	       layout->span.order < PAGE_ALLOC_COSTLY_ORDER) {
		layout->span.order++;
		layout->span.pages = 1U << layout->span.order;
		layout->span.split = false;
		layout->objects = layout->span.pages * PAGE_SIZE /
				  layout->stride;
	}
}

void myslab_pool_lay_out(struct myslab_pool_body *pool, size_t size,
			 unsigned int nr, const struct myslab_pool_args *args)
{
	struct myslab_layout *layout = &pool->layout;

	myslab_layout_init(layout, size, args->align, args->flags);
	pool->align = 1U << layout->shift;
	/* What an address is a multiple of stays so. */
	if (pool->zones)
		myslab_layout_init(layout, size + MYSLAB_POOL_ZONE,
				   pool->align, args->flags);
	enlarge(layout, nr + pool->zones);
	pool->span_mask = (PAGE_SIZE << layout->span.order) - 1;
	pool->inverse = layout->inverse;
	pool->shift = layout->shift;
	pool->stride = layout->stride;
	pool->nr_blocks = nr;
	pool->hole = pool->zones && layout->objects > 1;
	pool->per_chunk = layout->objects - pool->hole;
	pool->nr_chunks = DIV_ROUND_UP(nr, pool->per_chunk);
	pool->chunk_leaves = DIV_ROUND_UP(min(layout->objects,
					      nr + pool->hole), BITS_PER_LONG);
	pool->nr_leaves = pool->nr_chunks * pool->chunk_leaves;
}
