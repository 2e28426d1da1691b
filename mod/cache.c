// SPDX-License-Identifier: GPL-2.0
/*
 * The beginning of a cache: checked, laid out, listed; and what it answers to
 * those who ask all allocators. Its end is in cache_end.c.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cache.h"
#include "cpu_cache.h"
#include "debug.h"
#include "depot.h"
#include "registry.h"
#include "report.h"
#include "slab.h"
#include "stats.h"

/* Bytes in a depot, at least and for each CPU of its node; in empty slabs. */
#define DEPOT_BYTES	SZ_1M
#define DEPOT_CPU_BYTES	SZ_128K
#define EMPTY_BYTES	SZ_128K
#define MAX_MAGAZINE	64U

static struct myslab_cache *new_cache(void)
{
	struct myslab_cache *cache;
	int nid;

	cache = kzalloc(struct_size(cache, node, nr_node_ids), GFP_KERNEL);
	if (!cache)
		return NULL;
	for (nid = 0; nid < nr_node_ids; nid++) {
		cache->node[nid] = kzalloc_node(sizeof(*cache->node[nid]),
						GFP_KERNEL, node_online(nid) ?
						nid : NUMA_NO_NODE);
		if (!cache->node[nid]) {
			myslab_cache_free_struct(&cache->self);
			return NULL;
		}
	}
	return cache;
}

static struct myslab_cache *blank_cache(void)
{
	struct myslab_allocator *grave;
	struct myslab_cache *cache;
	int nid;

	grave = myslab_registry_dig_up(&myslab_cache_type);
	if (!grave)
		return new_cache();
	cache = myslab_cache_of(grave);
	for (nid = 0; nid < nr_node_ids; nid++)
		memset(cache->node[nid], 0, sizeof(*cache->node[nid]));
	memset(cache, 0, offsetof(struct myslab_cache, node));
	return cache;
}

static void init_gfp(struct myslab_cache *cache)
{
	gfp_t gfp_pages = 0;

	cache->gfp_refused = GFP_ZONEMASK;
	if (cache->flags & MYSLAB_DMA)
		gfp_pages |= GFP_DMA;
	if (cache->flags & MYSLAB_DMA32)
		gfp_pages |= GFP_DMA32;
	cache->gfp_refused &= ~gfp_pages;
	if (cache->flags & MYSLAB_ACCOUNT)
		gfp_pages |= __GFP_ACCOUNT;
	if (cache->flags & MYSLAB_RECLAIM_ACCOUNT)
		gfp_pages |= __GFP_RECLAIMABLE;
	cache->self.gfp_pages = gfp_pages;

	/* As SLUB: what must keep its state is not zeroed unasked. */
	if (cache->ctor)
		cache->gfp_refused |= __GFP_ZERO;
	else if (!(cache->flags & MYSLAB_TYPESAFE_BY_RCU) &&
		 want_init_on_alloc(0))
		cache->gfp_always = __GFP_ZERO;
	cache->gfp_special = cache->gfp_refused | __GFP_ZERO | __GFP_NOFAIL |
			     __GFP_THISNODE;
}

/*
 * What one depot may keep. Less than a magazine or two for each CPU, and those
 * that move many objects would meet at the lock of the slabs instead.
 */
static size_t depot_bytes(void)
{
	unsigned int cpus = DIV_ROUND_UP(num_online_cpus(), nr_online_nodes);

	return max_t(size_t, DEPOT_BYTES, cpus * DEPOT_CPU_BYTES);
}

/* How much a CPU and a depot may keep: by bytes, within reason. */
static void init_sizes(struct myslab_cache *cache)
{
	unsigned int stride = cache->layout.stride;
	unsigned int slab_bytes = cache->layout.span.pages * PAGE_SIZE;

	cache->magazine_size = clamp_t(unsigned int,
				       MYSLAB_MAGAZINE_BYTES / stride,
				       1, MAX_MAGAZINE);
	cache->batch = clamp_t(unsigned int, cache->magazine_size / 2, 1,
			       MYSLAB_MAX_BATCH);
	cache->max_full = max_t(unsigned int, 4, depot_bytes() /
				(stride * cache->magazine_size));
	cache->max_empty = max_t(unsigned int, 1, EMPTY_BYTES / slab_bytes);
}

/* What is whole differs from client to client: without ranges there is no C. */
static void init_state(struct myslab_cache *cache,
		       const struct myslab_range *range)
{
	unsigned int i;

	if (!range || !range->size)
		cache->self.lacks = MYSLAB_DEBUG_C;
	for (i = 0; range && range[i].size; i++)
		cache->state[i] = range[i];
}

static void init_cache(struct myslab_cache *cache, struct module *owner,
		       const char *name, size_t size,
		       const struct myslab_cache_args *args)
{
	int nid;

	myslab_registry_init(&cache->self, &myslab_cache_type, owner, name);
	cache->self.reclaimable = args->flags & MYSLAB_RECLAIM_ACCOUNT;
	cache->self.exact_g = args->flags & MYSLAB_EXACT_GUARD;
	cache->allocator = &cache->self;
	cache->owner = (unsigned long)cache;
	raw_spin_lock_init(&cache->count_lock);
	cache->size = size;
	cache->light = MYSLAB_NO_LIGHT;
	cache->light_cpu = &myslab_off;
	cache->flags = args->flags;
	cache->ctor = args->ctor;
	/* Nothing is constructed without the one, nor destructed. */
	cache->dtor = args->ctor ? args->dtor : NULL;
	cache->private = args->private;
	init_state(cache, args->state_ranges);
	cache->free_zeroes = want_init_on_free() && !args->ctor &&
			     !(args->flags & MYSLAB_TYPESAFE_BY_RCU);
	cache->free_special = cache->free_zeroes || nr_online_nodes > 1;

	myslab_layout_init_cache(&cache->layout, size, args->align,
				 args->flags);
	cache->span_mask = (PAGE_SIZE << cache->layout.span.order) - 1;
	cache->base_mask = ~cache->span_mask;
	cache->inverse = cache->layout.inverse;
	cache->shift = cache->layout.shift;
	cache->objects = cache->layout.objects;
	init_gfp(cache);
	init_sizes(cache);

	for (nid = 0; nid < nr_node_ids; nid++) {
		myslab_depot_init(&cache->node[nid]->depot);
		myslab_slab_lists_init(&cache->node[nid]->lists);
	}
	init_llist_head(&cache->dying);
	INIT_WORK(&cache->dying_work, myslab_slab_dying_work);
	myslab_rcu_init(cache);
}

/**
 * myslab_cache_create_for() - Create a cache in the name of another module.
 * @owner: Module whose unload ends the cache at the latest, and which reports
 *	   name; %NULL: the kernel itself.
 * @name: As for myslab_cache_create(), which is what most callers want.
 * @size: Bytes of an object.
 * @args: The rest, or %NULL.
 *
 * Context: Process context, may sleep.
 * Return: The cache, or an ERR_PTR.
 */
struct myslab_cache *
myslab_cache_create_for(struct module *owner, const char *name, size_t size,
			const struct myslab_cache_args *args)
{
	static const struct myslab_cache_args defaults;
	struct myslab_cache *cache;
	int err;

	might_sleep();
	if (!args)
		args = &defaults;
	err = myslab_cache_check_args(name, size, args);
	if (err)
		return ERR_PTR(err);

	cache = blank_cache();
	if (!cache) {
		err = -ENOMEM;
		goto err_say;
	}
	init_cache(cache, owner, name, size, args);
	err = myslab_debug_begin(cache);
	if (err)
		goto err_free_cache;
	return cache;

err_free_cache:
	myslab_cache_free_struct(&cache->self);
err_say:
	myslab_registry_refused(&myslab_cache_type, name, err);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(myslab_cache_create_for);

static void row(struct myslab_allocator *allocator, struct myslab_row *row)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);
	struct myslab_counts counts;

	myslab_stats_count(cache, &counts);
	*row = (struct myslab_row){
		.active_objs = counts.used,
		.num_objs = counts.total,
		.objsize = cache->layout.stride,
		.objperslab = cache->layout.objects,
		.pagesperslab = cache->layout.span.pages,
		.active_slabs = counts.slabs - counts.empty,
		.num_slabs = counts.slabs,
	};
}

static void cpu_dead(struct myslab_allocator *allocator, unsigned int cpu)
{
	myslab_cpu_drain_dead(myslab_cache_of(allocator), cpu);
	myslab_light_cpu_dead(myslab_cache_of(allocator), cpu);
}

static bool owns(struct myslab_allocator *allocator, const void *addr)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);
	unsigned long base = (unsigned long)addr & cache->base_mask;

	if (myslab_side_find(cache, addr))
		return true;
	return myslab_pages_owned(allocator, (void *)base) &&
	       (unsigned long)addr - base <
	       cache->layout.span.pages * PAGE_SIZE;
}

const struct myslab_allocator_type myslab_cache_type = {
	.name = "cache",
	.row_prefix = "",
	.row = row,
	.end = myslab_cache_end,
	.forget = myslab_cache_forget,
	.settle = myslab_cache_settle,
	.free = myslab_cache_free_struct,
	.upkeep = myslab_cache_upkeep,
	.reclaimable = myslab_cache_reclaimable,
	.reclaim = myslab_cache_reclaim,
	.cpu_dead = cpu_dead,
	.owns = owns,
	.describe = myslab_cache_describe,
	.users = myslab_cache_users,
};
