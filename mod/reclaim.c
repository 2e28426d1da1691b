// SPDX-License-Identifier: GPL-2.0
/*
 * Memory on its way back: the upkeep at the end of each interval, the
 * shrinker, shrink on demand, and CPUs that die.
 *
 * A pin keeps a cache alive meanwhile, so that destructors run without the
 * registry's lock. The shrinker only tries that lock, since somebody who holds
 * it may be waiting for memory.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "cache.h"
#include "compat.h"
#include "cpu_cache.h"
#include "depot.h"
#include "reclaim.h"
#include "report.h"
#include "slab.h"

#define MIN_INTERVAL_MS 100U

unsigned int myslab_interval_ms = 4000;

static void upkeep(struct work_struct *work);
/* Not deferrable: on a CPU that sleeps, that would wait for as long. */
static DECLARE_DELAYED_WORK(upkeep_work, upkeep);
static struct shrinker *shrinker;
static int cpuhp_state;

/* Above the working set of the last interval, back to the pages. */
static void reap(struct myslab_cache *cache)
{
	struct myslab_slab_lists *lists;
	unsigned long flags, max;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		myslab_depot_reap(cache, &cache->node[nid]->depot);

		lists = &cache->node[nid]->lists;
		raw_spin_lock_irqsave(&lists->lock, flags);
		max = lists->min_empty;
		raw_spin_unlock_irqrestore(&lists->lock, flags);
		myslab_slab_release_empty(cache, lists, max);

		raw_spin_lock_irqsave(&lists->lock, flags);
		lists->min_empty = lists->nr_empty;
		raw_spin_unlock_irqrestore(&lists->lock, flags);
	}
}

/* A cache that nobody called for a whole interval keeps nothing free. */
static void upkeep_cache(struct myslab_cache *cache)
{
	if (!atomic_long_read(&cache->nr_pages))
		return;
	if (myslab_cpu_drain_idle(cache))
		myslab_cache_give_back(cache);
	else
		reap(cache);
}

static void arm_upkeep(void)
{
	unsigned int ms = max(READ_ONCE(myslab_interval_ms), MIN_INTERVAL_MS);

	queue_delayed_work(myslab_wq, &upkeep_work, msecs_to_jiffies(ms));
}

static void upkeep(struct work_struct *work)
{
	struct myslab_cache *cache, *prev = NULL;

	do {
		mutex_lock(&myslab_caches_lock);
		cache = myslab_cache_pin_next(prev);
		mutex_unlock(&myslab_caches_lock);
		if (prev)
			myslab_cache_unpin(prev);
		if (cache)
			upkeep_cache(cache);
		prev = cache;
		cond_resched();
	} while (cache);
	arm_upkeep();
}

/**
 * myslab_cache_shrink() - Give back all memory that holds no client's object.
 * @cache: Cache to shrink.
 *
 * Context: Process context, may sleep; for a grace period if the cache is
 *	    RCU-typesafe.
 * Return: Pages given back.
 */
unsigned long myslab_cache_shrink(struct myslab_cache *cache)
{
	unsigned long pages;

	might_sleep();
	cpus_read_lock();
	if (READ_ONCE(cache->state) != MYSLAB_LIVE) {
		cpus_read_unlock();
		myslab_report_cache(MYSLAB_USE_AFTER_FREE, cache, NULL,
				    "shrink of a cache that was destroyed");
		return 0;
	}
	myslab_cpu_drain_all(cache);
	cpus_read_unlock();
	pages = myslab_cache_give_back(cache);
	if (cache->flags & MYSLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	flush_work(&cache->dying_work);
	return pages;
}
EXPORT_SYMBOL_GPL(myslab_cache_shrink);

/* Whether this reclaim may run the destructor: it may take client's locks. */
static bool may_reclaim(struct myslab_cache *cache, struct shrink_control *sc)
{
	return !cache->dtor || (sc->gfp_mask & __GFP_FS);
}

static unsigned long reclaimable(struct myslab_cache *cache)
{
	unsigned long objects = 0, slabs = 0;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		objects += READ_ONCE(cache->node[nid]->depot.nr_objects);
		slabs += READ_ONCE(cache->node[nid]->lists.nr_empty);
	}
	return (slabs + objects / cache->layout.objects) * cache->layout.pages;
}

/* Pages in empty slabs, and those that the depot's objects would fill. */
static unsigned long count_pages(struct shrinker *unused,
				 struct shrink_control *sc)
{
	struct myslab_cache *cache;
	unsigned long pages = 0;

	if (!mutex_trylock(&myslab_caches_lock))
		return 0;
	list_for_each_entry(cache, &myslab_caches, link)
		if (may_reclaim(cache, sc))
			pages += reclaimable(cache);
	mutex_unlock(&myslab_caches_lock);
	return pages;
}

static unsigned long scan_pages(struct shrinker *unused,
				struct shrink_control *sc)
{
	struct myslab_cache *cache = NULL, *prev;
	unsigned long pages = 0;

	while (pages < sc->nr_to_scan) {
		if (!mutex_trylock(&myslab_caches_lock))
			break;
		prev = cache;
		cache = myslab_cache_pin_next(prev);
		mutex_unlock(&myslab_caches_lock);
		if (prev)
			myslab_cache_unpin(prev);
		if (!cache)
			break;
		if (reclaimable(cache) && may_reclaim(cache, sc))
			pages += myslab_cache_give_back(cache);
	}
	if (cache)
		myslab_cache_unpin(cache);
	myslab_account_reclaimed(pages);
	return pages ? pages : SHRINK_STOP;
}

/* After the death of a CPU: nobody else touches its magazines now. */
static int cpu_dead(unsigned int cpu)
{
	struct myslab_cache *cache;

	mutex_lock(&myslab_caches_lock);
	list_for_each_entry(cache, &myslab_caches, link)
		myslab_cpu_drain_dead(cache, cpu);
	mutex_unlock(&myslab_caches_lock);
	return 0;
}

int myslab_reclaim_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mm/myslab:dead",
					NULL, cpu_dead);
	if (err < 0)
		return err;
	cpuhp_state = err;

	shrinker = myslab_shrinker_new();
	if (!shrinker) {
		err = -ENOMEM;
		goto err_remove_state;
	}
	shrinker->count_objects = count_pages;
	shrinker->scan_objects = scan_pages;
	err = myslab_shrinker_add(shrinker);
	if (err)
		goto err_free_shrinker;

	arm_upkeep();
	return 0;

err_free_shrinker:
	myslab_shrinker_del(shrinker);
err_remove_state:
	cpuhp_remove_state_nocalls(cpuhp_state);
	return err;
}

void myslab_reclaim_exit(void)
{
	cancel_delayed_work_sync(&upkeep_work);
	myslab_shrinker_del(shrinker);
	cpuhp_remove_state_nocalls(cpuhp_state);
}
