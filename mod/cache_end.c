// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a cache: unlisted, taken out of service, emptied, buried.
 *
 * The struct of a destroyed cache is kept, marked dead, its CPUs off: a call
 * that still comes is found instead of followed. The oldest grave without
 * pages is dug up when a new cache is made and there are enough others.
 *
 * Lock order: cpus_read_lock() -> myslab_caches_lock; see types.h.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "cache.h"
#include "cpu_cache.h"
#include "depot.h"
#include "report.h"
#include "slab.h"

/* Destroyed caches that are remembered at least. */
#define MIN_GRAVES	64
#define LEAKS_SHOWN	8

static LIST_HEAD(graves);		/* oldest first; caches_lock */
static unsigned int nr_graves;

void myslab_cache_free_struct(struct myslab_cache *cache)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++)
		kfree(cache->node[nid]);
	kfree(cache);
}

/* The oldest grave that nothing refers to any more, if there are many. */
struct myslab_cache *myslab_cache_dig_up(void)
{
	struct myslab_cache *cache, *found = NULL;

	mutex_lock(&myslab_caches_lock);
	if (nr_graves > MIN_GRAVES) {
		list_for_each_entry(cache, &graves, grave) {
			if (cache->state == MYSLAB_BURIED &&
			    !atomic_long_read(&cache->nr_pages)) {
				found = cache;
				list_del(&cache->grave);
				nr_graves--;
				break;
			}
		}
	}
	mutex_unlock(&myslab_caches_lock);
	/* The work that let its last page go may not have returned yet. */
	if (found) {
		myslab_rcu_finish(found);
		flush_work(&found->dying_work);
	}
	return found;
}

/* Everything that is free, from magazines too, back to the pages. */
unsigned long myslab_cache_give_back(struct myslab_cache *cache)
{
	unsigned long pages = 0;
	struct myslab_node *node;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		node = cache->node[nid];
		pages += myslab_depot_flush(cache, &node->depot, ULONG_MAX);
		myslab_depot_free_empty(&node->depot, ULONG_MAX);
	}
	for (nid = 0; nid < nr_node_ids; nid++)
		pages += myslab_slab_release_empty(cache,
						   &cache->node[nid]->lists,
						   ULONG_MAX);
	return pages;
}

static void report_leak(struct myslab_cache *cache, const char *why)
{
	void *first[LEAKS_SHOWN];
	unsigned long nr = myslab_slab_out(cache, first, LEAKS_SHOWN);
	unsigned long i;

	if (!nr && !why)
		return;
	myslab_report_cache(MYSLAB_LEAK, cache, nr ? first[0] : NULL,
			    "%s, with %lu of its objects out, made by module %s",
			    why ? : "destroyed", nr, cache->owner_name);
	for (i = 0; i < min_t(unsigned long, nr, LEAKS_SHOWN); i++)
		pr_err("myslab:   still out: %p, %u bytes\n", first[i],
		       cache->size);
}

/*
 * End a cache that is no longer listed. @why is said where ending it is itself
 * a finding.
 *
 * Context: Process, may sleep; no lock held.
 */
static void cache_end(struct myslab_cache *cache, const char *why)
{
	myslab_rcu_finish(cache);
	cpus_read_lock();
	myslab_cpu_destroy(cache);
	cpus_read_unlock();

	cache->max_empty = 0;
	myslab_cache_give_back(cache);
	if (cache->flags & MYSLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	flush_work(&cache->dying_work);
	myslab_slab_destruct_free(cache);

	report_leak(cache, why);
	cache->ctor = NULL;
	cache->dtor = NULL;
	cache->owner = NULL;

	mutex_lock(&myslab_caches_lock);
	cache->state = MYSLAB_BURIED;
	mutex_unlock(&myslab_caches_lock);
}

/*
 * Take a living cache off the registry, once nobody has it pinned. RCU readers
 * may still walk over its link: that stays as it is until the struct is used
 * again, many grace periods later.
 */
static void unlist(struct myslab_cache *cache)
{
	lockdep_assert_held(&myslab_caches_lock);
	WRITE_ONCE(cache->state, MYSLAB_DEAD);
	list_add_tail(&cache->grave, &graves);
	nr_graves++;
	while (atomic_read(&cache->pins)) {
		mutex_unlock(&myslab_caches_lock);
		wait_var_event(&cache->pins, !atomic_read(&cache->pins));
		mutex_lock(&myslab_caches_lock);
	}
	list_del_rcu(&cache->link);
}

/* The state of a cache, or of what a stale pointer says is one. */
static enum myslab_state find(const struct myslab_cache *wanted)
{
	struct myslab_cache *cache;

	lockdep_assert_held(&myslab_caches_lock);
	list_for_each_entry(cache, &graves, grave)
		if (cache == wanted)
			return MYSLAB_DEAD;
	list_for_each_entry(cache, &myslab_caches, link)
		if (cache == wanted)
			return MYSLAB_LIVE;
	return MYSLAB_UNKNOWN;
}

/**
 * myslab_cache_destroy() - Destroy a cache.
 * @cache: What create returned; %NULL or an ERR_PTR: nothing happens.
 *
 * Objects that are still out are reported as a leak; freeing them later is
 * harmless. Deferred frees are waited for, and readers of an RCU-typesafe
 * cache. Afterwards neither constructor nor destructor runs again.
 *
 * Context: Process context, may sleep. Nobody else uses the cache.
 */
void myslab_cache_destroy(struct myslab_cache *cache)
{
	enum myslab_state state;

	if (IS_ERR_OR_NULL(cache))
		return;
	might_sleep();

	mutex_lock(&myslab_caches_lock);
	state = find(cache);
	if (state == MYSLAB_LIVE)
		unlist(cache);
	mutex_unlock(&myslab_caches_lock);

	if (state == MYSLAB_LIVE)
		cache_end(cache, NULL);
	else if (state == MYSLAB_DEAD)
		myslab_report_cache(MYSLAB_USE_AFTER_FREE, cache, NULL,
				    "destroyed a second time");
	else
		myslab_report(MYSLAB_INVALID_FREE, "cache", "(unknown)", cache,
			      "destroyed, but it is no cache");
}
EXPORT_SYMBOL_GPL(myslab_cache_destroy);

static struct myslab_cache *unlist_one_of(struct module *owner)
{
	struct myslab_cache *cache, *found = NULL;

	mutex_lock(&myslab_caches_lock);
	list_for_each_entry(cache, &myslab_caches, link) {
		if (cache->owner == owner && cache->state == MYSLAB_LIVE) {
			found = cache;
			break;
		}
	}
	if (found)
		unlist(found);
	mutex_unlock(&myslab_caches_lock);
	return found;
}

/* A module goes; what it did not destroy itself ends now. */
void myslab_cache_end_all(struct module *owner)
{
	struct myslab_cache *cache;

	while ((cache = unlist_one_of(owner)))
		cache_end(cache, "its module was unloaded and did not destroy it");
}

/* The last act: graves with all that was kept in them. Nobody can call. */
void myslab_cache_bury_all(void)
{
	struct myslab_cache *cache, *next;

	list_for_each_entry(cache, &graves, grave) {
		myslab_rcu_finish(cache);
		myslab_slab_forget_all(cache);
	}
	rcu_barrier();
	list_for_each_entry_safe(cache, next, &graves, grave)
		myslab_cache_free_struct(cache);
}
