/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MYSLAB_STATS_H
#define MYSLAB_STATS_H

#include "types.h"

/* A consistent set: used + cached <= total, empty <= slabs. */
struct myslab_counts {
	unsigned long allocs;
	unsigned long frees;
	unsigned long used;
	unsigned long total;
	unsigned long cached;
	unsigned long slabs;
	unsigned long empty;
	unsigned long condemned;
};

void myslab_stats_count(struct myslab_cache *cache,
			struct myslab_counts *counts);

#endif
