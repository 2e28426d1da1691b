// SPDX-License-Identifier: GPL-2.0
/*
 * The beginning of a cache: checked, laid out, listed. Its end is in
 * cache_end.c.
 *
 * Lock order: cpus_read_lock() -> myslab_caches_lock; see types.h.
 */
#include <linux/mutex.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/rculist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait_bit.h>

#include "cache.h"
#include "cpu_cache.h"
#include "depot.h"
#include "report.h"
#include "slab.h"

/* Bytes in a depot and in empty slabs, about. */
#define DEPOT_BYTES	SZ_1M
#define EMPTY_BYTES	SZ_128K
#define MAX_MAGAZINE	64U
#define MAX_BATCH	32U

/* The registry, and that no cache in it ends. Order: see types.h. */
DEFINE_MUTEX(myslab_caches_lock);
LIST_HEAD(myslab_caches);

static u32 last_id;

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
			myslab_cache_free_struct(cache);
			return NULL;
		}
	}
	return cache;
}

static struct myslab_cache *blank_cache(void)
{
	struct myslab_cache *cache = myslab_cache_dig_up();
	int nid;

	if (!cache)
		return new_cache();
	for (nid = 0; nid < nr_node_ids; nid++)
		memset(cache->node[nid], 0, sizeof(*cache->node[nid]));
	memset(cache, 0, offsetof(struct myslab_cache, node));
	return cache;
}

static void init_gfp(struct myslab_cache *cache)
{
	cache->gfp_refused = GFP_ZONEMASK;
	if (cache->flags & MYSLAB_DMA)
		cache->gfp_pages |= GFP_DMA;
	if (cache->flags & MYSLAB_DMA32)
		cache->gfp_pages |= GFP_DMA32;
	cache->gfp_refused &= ~cache->gfp_pages;
	if (cache->flags & MYSLAB_ACCOUNT)
		cache->gfp_pages |= __GFP_ACCOUNT;
	if (cache->flags & MYSLAB_RECLAIM_ACCOUNT)
		cache->gfp_pages |= __GFP_RECLAIMABLE;

	/* As SLUB: what must keep its state is not zeroed unasked. */
	if (cache->ctor)
		cache->gfp_refused |= __GFP_ZERO;
	else if (!(cache->flags & MYSLAB_TYPESAFE_BY_RCU) &&
		 want_init_on_alloc(0))
		cache->gfp_always = __GFP_ZERO;
	cache->gfp_special = cache->gfp_refused | __GFP_ZERO | __GFP_NOFAIL |
			     __GFP_THISNODE;
}

/* How much a CPU and a depot may keep: by bytes, within reason. */
static void init_sizes(struct myslab_cache *cache)
{
	unsigned int stride = cache->layout.stride;
	unsigned int slab_bytes = cache->layout.pages * PAGE_SIZE;

	cache->magazine_size = clamp_t(unsigned int,
				       MYSLAB_MAGAZINE_BYTES / stride,
				       1, MAX_MAGAZINE);
	cache->batch = clamp_t(unsigned int, cache->magazine_size / 2, 1,
			       MAX_BATCH);
	cache->max_full = max_t(unsigned int, 4, DEPOT_BYTES /
				(stride * cache->magazine_size));
	cache->max_empty = max_t(unsigned int, 1, EMPTY_BYTES / slab_bytes);
}

static void init_cache(struct myslab_cache *cache, struct module *owner,
		       const char *name, size_t size,
		       const struct myslab_cache_args *args)
{
	int nid;

	strscpy(cache->name, name, sizeof(cache->name));
	strscpy(cache->owner_name, owner ? owner->name : "kernel",
		sizeof(cache->owner_name));
	cache->owner = owner;
	cache->size = size;
	cache->flags = args->flags;
	cache->ctor = args->ctor;
	cache->dtor = args->dtor;
	cache->private = args->private;
	cache->state = MYSLAB_LIVE;
	cache->free_zeroes = want_init_on_free() && !args->ctor &&
			     !(args->flags & MYSLAB_TYPESAFE_BY_RCU);
	cache->free_special = cache->free_zeroes || nr_online_nodes > 1;

	myslab_layout_init(&cache->layout, size, args->align, args->flags);
	cache->span_mask = (PAGE_SIZE << cache->layout.order) - 1;
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

static bool name_is_taken(const char *name)
{
	struct myslab_cache *cache;

	lockdep_assert_held(&myslab_caches_lock);
	list_for_each_entry(cache, &myslab_caches, link)
		if (!strcmp(cache->name, name))
			return true;
	return false;
}

static int enlist(struct myslab_cache *cache)
{
	int err = 0;

	mutex_lock(&myslab_caches_lock);
	if (name_is_taken(cache->name)) {
		err = -EEXIST;
	} else {
		cache->id = ++last_id;
		list_add_tail_rcu(&cache->link, &myslab_caches);
	}
	mutex_unlock(&myslab_caches_lock);
	return err;
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
	err = myslab_cpu_create(cache);
	if (err)
		goto err_free_cache;
	err = enlist(cache);
	if (err)
		goto err_free_cpu;
	return cache;

err_free_cpu:
	free_percpu(cache->cpu);
err_free_cache:
	myslab_cache_free_struct(cache);
err_say:
	if (err == -EEXIST)
		myslab_report(MYSLAB_BAD_ARGS, "cache", name, NULL,
			      "not created: the name is taken");
	else
		pr_err("myslab: cache %s: not created: out of memory\n", name);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(myslab_cache_create_for);

/*
 * The next living cache behind @prev, pinned: it cannot end, and needs no lock
 * until myslab_cache_unpin(). @prev is pinned too, or NULL for the first.
 */
struct myslab_cache *myslab_cache_pin_next(struct myslab_cache *prev)
{
	struct myslab_cache *cache = prev;

	lockdep_assert_held(&myslab_caches_lock);
	if (!prev)
		cache = list_entry(&myslab_caches, struct myslab_cache, link);
	list_for_each_entry_continue(cache, &myslab_caches, link) {
		if (cache->state == MYSLAB_LIVE) {
			atomic_inc(&cache->pins);
			return cache;
		}
	}
	return NULL;
}

/* Whoever ends the cache may be waiting for this. */
void myslab_cache_unpin(struct myslab_cache *cache)
{
	if (atomic_dec_and_test(&cache->pins))
		wake_up_var(&cache->pins);
}
