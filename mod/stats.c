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
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "cache.h"
#include "stats.h"

static void count_cpus(struct myslab_cache *cache, struct myslab_counts *counts)
{
	struct myslab_cpu *cpu;
	int nr;

	for_each_possible_cpu(nr)
		counts->frees += local_read(&per_cpu_ptr(cache->cpu,
							 nr)->frees);
	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(cache->cpu, nr);
		counts->allocs += local_read(&cpu->allocs);
		counts->cached += READ_ONCE(cpu->nr) +
				  READ_ONCE(cpu->spare_nr);
	}
}

static void count_nodes(struct myslab_cache *cache,
			struct myslab_counts *counts)
{
	struct myslab_node *node;
	unsigned long flags;
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++) {
		node = cache->node[nid];
		counts->cached += READ_ONCE(node->depot.nr_objects);
		raw_spin_lock_irqsave(&node->lists.lock, flags);
		counts->slabs += node->lists.nr_slabs;
		counts->empty += node->lists.nr_empty;
		raw_spin_unlock_irqrestore(&node->lists.lock, flags);
	}
}

void myslab_stats_count(struct myslab_cache *cache,
			struct myslab_counts *counts)
{
	long used;

	memset(counts, 0, sizeof(*counts));
	counts->frees = atomic_long_read(&cache->slow_frees);
	count_cpus(cache, counts);
	counts->allocs += atomic_long_read(&cache->slow_allocs);
	count_nodes(cache, counts);

	counts->total = counts->slabs * cache->layout.objects;
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
		.quarantined = atomic_long_read(&cache->condemned),
		.magazine_size = READ_ONCE(cache->magazine_size),
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
