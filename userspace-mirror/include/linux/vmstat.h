/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Counters that can be read back. */
#ifndef MIRROR_LINUX_VMSTAT_H
#define MIRROR_LINUX_VMSTAT_H

#include <linux/atomic.h>
#include <linux/mmzone.h>

/* As in the kernel, byte counters take whole pages only. */
void mod_node_page_state(struct pglist_data *pgdat, enum node_stat_item item,
			 long delta);
unsigned long global_node_page_state(enum node_stat_item item);
unsigned long node_page_state(struct pglist_data *pgdat,
			      enum node_stat_item item);

#endif
