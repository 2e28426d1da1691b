/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* One node, or two with the CPUs shared out. */
#ifndef MIRROR_LINUX_TOPOLOGY_H
#define MIRROR_LINUX_TOPOLOGY_H

#include <linux/numa.h>
#include <linux/nodemask.h>

int mirror_cpu_to_node(unsigned int cpu);
#define cpu_to_node(cpu)	mirror_cpu_to_node(cpu)
#define cpu_to_mem(cpu)		mirror_cpu_to_node(cpu)
#define numa_node_id()		mirror_cpu_to_node(mirror_ctx.cpu)
#define numa_mem_id()		numa_node_id()
#define node_distance(a, b)	((a) == (b) ? 10 : 20)

#endif
