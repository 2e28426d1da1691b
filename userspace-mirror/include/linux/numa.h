/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* No node. */
#ifndef MIRROR_LINUX_NUMA_H
#define MIRROR_LINUX_NUMA_H

#define NUMA_NO_NODE	(-1)
#define MAX_NUMNODES	2

#endif
