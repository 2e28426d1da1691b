// SPDX-License-Identifier: GPL-2.0
/*
 * What a cache may be made of, and what may be asked of it. One line in the
 * log says what was refused and why.
 */
#include <linux/errno.h>
#include <linux/log2.h>

#include "cache.h"
#include "pages.h"
#include "registry.h"
#include "report.h"

#define ALL_FLAGS (MYSLAB_HWCACHE_ALIGN | MYSLAB_TYPESAFE_BY_RCU | \
		   MYSLAB_ACCOUNT | MYSLAB_NO_GUARD | MYSLAB_DTOR_SLEEPS | \
		   MYSLAB_RECLAIM_ACCOUNT | MYSLAB_DMA | MYSLAB_DMA32 | \
		   MYSLAB_CTOR_SURE | MYSLAB_LOW_ORDER | MYSLAB_EXACT_GUARD)

#define refuse(name, fmt, ...)						\
	myslab_report(MYSLAB_BAD_ARGS, "cache", name, NULL,		\
		      "not created: " fmt, ##__VA_ARGS__)

static int check_state(const char *name, size_t size,
		       const struct myslab_cache_args *args)
{
	const struct myslab_range *range = args->state_ranges;
	size_t end = 0;

	if (!range)
		return 0;
	if (range->size && !args->ctor) {
		refuse(name, "state_ranges need a constructor");
		return -EINVAL;
	}
	for (; range->size; range++) {
		if (range - args->state_ranges == MYSLAB_STATE_RANGES) {
			refuse(name, "more than %u state_ranges",
			       MYSLAB_STATE_RANGES);
			return -EINVAL;
		}
		if (range->offset < end || range->offset > size ||
		    range->size > size - range->offset) {
			refuse(name, "state_ranges: %u bytes at %u are out of bounds or of order",
			       range->size, range->offset);
			return -EINVAL;
		}
		end = range->offset + range->size;
	}
	return 0;
}

int myslab_cache_check_args(const char *name, size_t size,
			    const struct myslab_cache_args *args)
{
	int err = myslab_registry_check_name(&myslab_cache_type, name);

	if (err)
		return err;
	if (!size || size > MYSLAB_MAX_SIZE) {
		refuse(name, "size %zu is not in 1..%d", size,
		       MYSLAB_MAX_SIZE);
		return -EINVAL;
	}
	if (args->align && (!is_power_of_2(args->align) ||
			    args->align > MYSLAB_MAX_SIZE)) {
		refuse(name, "align %u is not a power of two up to %d",
		       args->align, MYSLAB_MAX_SIZE);
		return -EINVAL;
	}
	if (args->flags & ~ALL_FLAGS) {
		refuse(name, "flags %#lx are unknown",
		       args->flags & ~ALL_FLAGS);
		return -EINVAL;
	}
	if ((args->flags & MYSLAB_DMA) && (args->flags & MYSLAB_DMA32)) {
		refuse(name, "MYSLAB_DMA and MYSLAB_DMA32 exclude each other");
		return -EINVAL;
	}
	return check_state(name, size, args);
}

bool myslab_gfp_allowed(struct myslab_cache *cache, gfp_t gfp)
{
	const char *why;
	gfp_t refused = gfp & cache->gfp_refused;

	if (refused & __GFP_ZERO)
		why = "__GFP_ZERO would undo its constructor";
	else if (refused)
		why = "its memory does not come from that zone";
	else if ((gfp & __GFP_NOFAIL) && !(gfp & __GFP_DIRECT_RECLAIM))
		why = "__GFP_NOFAIL needs direct reclaim";
	else if ((gfp & __GFP_NOFAIL) && cache->ctor &&
		 !(cache->flags & MYSLAB_CTOR_SURE))
		why = "__GFP_NOFAIL, but its constructor can fail";
	else if ((gfp & __GFP_NOFAIL) &&
		 cache->layout.span.order > MYSLAB_NOFAIL_ORDER)
		why = "__GFP_NOFAIL, but its slabs are too large for that";
	else
		return true;
	atomic_long_inc(&cache->self.failures);
	myslab_report_cache(MYSLAB_BAD_ARGS, cache, NULL, "alloc refused: %s",
			    why);
	return false;
}
