/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that slabs hold, by the kernel's own count: Slab in /proc/meminfo.
 */
#ifndef MYSLAB_BENCH_HELD_H
#define MYSLAB_BENCH_HELD_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

/* Before 6.5 the VM is booted with slab_nomerge. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE	0
#endif

static inline long count_of(pg_data_t *node, enum node_stat_item item)
{
	long pages = atomic_long_read(&node->vm_stat[item]);
	int cpu;

	/* What the CPUs have not yet added. */
	for_each_online_cpu(cpu)
		pages += per_cpu_ptr(node->per_cpu_nodestats,
				     cpu)->vm_node_stat_diff[item];
	return pages;
}

static inline long slab_pages(void)
{
	pg_data_t *node = NODE_DATA(0);

	return count_of(node, NR_SLAB_UNRECLAIMABLE_B) +
	       count_of(node, NR_SLAB_RECLAIMABLE_B);
}

#endif
