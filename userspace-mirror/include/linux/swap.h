/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Reclaim accounting. */
#ifndef MIRROR_LINUX_SWAP_H
#define MIRROR_LINUX_SWAP_H

#include <linux/mm.h>

struct reclaim_state {
	unsigned long reclaimed;
	unsigned long reclaimed_slab;
};

#endif
