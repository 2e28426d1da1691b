/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Counters of a node. */
#ifndef MIRROR_LINUX_MMZONE_H
#define MIRROR_LINUX_MMZONE_H

#include <linux/types.h>
#include <asm/page.h>

#define MAX_PAGE_ORDER	10
#define PAGE_ALLOC_COSTLY_ORDER 3

enum node_stat_item {
	NR_SLAB_RECLAIMABLE_B,
	NR_SLAB_UNRECLAIMABLE_B,
	NR_KERNEL_MISC_RECLAIMABLE,
	NR_VM_NODE_STAT_ITEMS,
};

typedef struct pglist_data {
	int node_id;
	atomic_long_t vm_stat[NR_VM_NODE_STAT_ITEMS];
} pg_data_t;

extern struct pglist_data mirror_nodes[];
#define NODE_DATA(nid)	(&mirror_nodes[nid])

#endif
