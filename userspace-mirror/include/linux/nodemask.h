/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* At most two nodes. */
#ifndef MIRROR_LINUX_NODEMASK_H
#define MIRROR_LINUX_NODEMASK_H

#include <linux/numa.h>
#include <mirror/ctx.h>

extern unsigned int nr_node_ids;
#define nr_online_nodes		nr_node_ids

enum node_states {
	N_POSSIBLE,
	N_ONLINE,
	N_NORMAL_MEMORY,
	N_MEMORY,
	N_CPU,
};

#define for_each_node_state(node, state) \
	for ((node) = 0; (node) < (int)nr_node_ids; (node)++)
#define for_each_node(node)	for_each_node_state(node, N_POSSIBLE)
#define for_each_online_node(node) for_each_node_state(node, N_ONLINE)
#define node_online(node)	((unsigned int)(node) < nr_node_ids)
#define node_possible(node)	node_online(node)
#define node_state(node, state)	node_online(node)
#define num_online_nodes()	nr_node_ids
#define first_online_node	0

#endif
