// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a cache, summed up when somebody asks.
 *
 * Each CPU counts for itself and nobody is stopped, so a sum taken under load
 * is a little older in one place than in another. Frees are read before
 * allocs, and used is kept within 0 and total, so that a row never contradicts
 * itself.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/string.h>

#include "cache.h"
#include "debug.h"
#include "stats.h"

static void count_array(struct myslab_cpu __percpu *cpus,
			struct myslab_counts *counts)
{
	struct myslab_cpu *cpu;
	int nr;

	for_each_possible_cpu(nr)
		counts->frees += local_read(&per_cpu_ptr(cpus, nr)->frees);
	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(cpus, nr);
		counts->allocs += local_read(&cpu->allocs);
		counts->cached += READ_ONCE(cpu->nr) +
				  READ_ONCE(cpu->spare_nr);
	}
}

static void count_arrays(struct myslab_cache *cache,
			 struct myslab_counts *counts)
{
	count_array(cache->cpu, counts);
	if (cache->leaving)
		count_array(cache->leaving, counts);
}

/* What was counted on CPUs that debugging took the magazines of, too. */
static void count_cpus(struct myslab_cache *cache, struct myslab_counts *counts)
{
	struct myslab_side *side;
	unsigned long flags;

	raw_spin_lock_irqsave(&cache->count_lock, flags);
	counts->frees += atomic_long_read(&cache->slow_frees);
	count_arrays(cache, counts);
	rcu_read_lock();
	hlist_for_each_entry_rcu(side, &cache->sides, link)
		if (myslab_side_is_light(side))
			count_arrays(&side->cache, counts);
	rcu_read_unlock();
	counts->allocs += atomic_long_read(&cache->slow_allocs);
	raw_spin_unlock_irqrestore(&cache->count_lock, flags);
}

static void count_lists(struct myslab_slab_lists *lists,
			struct myslab_counts *counts)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lists->lock, flags);
	counts->slabs += lists->nr_slabs;
	counts->empty += lists->nr_empty;
	raw_spin_unlock_irqrestore(&lists->lock, flags);
}

static void count_nodes(struct myslab_cache *cache,
			struct myslab_counts *counts)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		counts->cached += READ_ONCE(cache->node[nid]->depot.nr_objects);
		count_lists(&cache->node[nid]->lists, counts);
	}
}

/*
 * Slabs of debug sides, whose objects lie further apart, as so many slabs of
 * the cache's own: a row has one size of each. So are guarded objects.
 */
static void count_sides(struct myslab_cache *cache,
			struct myslab_counts *counts)
{
	unsigned int pages = cache->layout.span.pages;
	struct myslab_counts own;
	struct myslab_side *side;
	unsigned long guarded;

	rcu_read_lock();
	hlist_for_each_entry_rcu(side, &cache->sides, link) {
		own = (struct myslab_counts){ 0 };
		count_nodes(&side->cache, &own);
		counts->cached += own.cached;
		counts->total += own.slabs * side->cache.layout.objects;
		counts->slabs += DIV_ROUND_UP(own.slabs *
			side->cache.layout.span.pages, pages);
		counts->empty += own.empty *
			side->cache.layout.span.pages / pages;
		counts->condemned += atomic_long_read(&side->cache.condemned);
	}
	rcu_read_unlock();
	guarded = atomic_long_read(&cache->guarded);
	counts->total += guarded;
	counts->slabs += DIV_ROUND_UP(guarded, cache->layout.objects);
	counts->empty = min(counts->empty, counts->slabs);
}

void myslab_stats_count(struct myslab_cache *cache,
			struct myslab_counts *counts)
{
	long used;

	memset(counts, 0, sizeof(*counts));
	count_cpus(cache, counts);
	count_nodes(cache, counts);
	counts->total = counts->slabs * cache->layout.objects;
	counts->condemned = atomic_long_read(&cache->condemned);
	count_sides(cache, counts);

	used = counts->allocs - counts->frees;
	counts->used = clamp_t(long, used, 0, counts->total);
	counts->cached = min(counts->cached, counts->total - counts->used);
}

/**
 * myslab_cache_stat() - Read a cache's counters.
 * @cache: The cache.
 * @stat: Filled in.
 *
 * Context: Any context except NMI.
 */
void myslab_cache_stat(struct myslab_cache *cache,
		       struct myslab_cache_stat *stat)
{
	struct myslab_counts counts;

	myslab_stats_count(cache, &counts);
	*stat = (struct myslab_cache_stat){
		.pages = atomic_long_read(&cache->self.nr_pages),
		.allocs = counts.allocs,
		.frees = counts.frees,
		.failures = atomic_long_read(&cache->self.failures),
		.reports = atomic_long_read(&cache->self.reports),
		.objects_used = counts.used,
		.objects_total = counts.total,
		.object_size = cache->size,
		.slabs = counts.slabs,
		.objects_cached = counts.cached,
		.node_misses = atomic_long_read(&cache->node_misses),
		.quarantined = counts.condemned,
		.magazine_size = READ_ONCE(cache->magazine_size),
		.checks = atomic_long_read(&cache->checks),
		.undressed = atomic_long_read(&cache->undressed),
		.unguarded = atomic_long_read(&cache->unguarded),
		.debugged = !!READ_ONCE(cache->debug),
	};
}
EXPORT_SYMBOL_GPL(myslab_cache_stat);

/**
 * myslab_cache_name() - The name a cache was created with.
 * @cache: The cache.
 *
 * Context: Any.
 * Return: The name, valid as long as the cache is.
 */
const char *myslab_cache_name(const struct myslab_cache *cache)
{
	return cache->self.name;
}
EXPORT_SYMBOL_GPL(myslab_cache_name);
