/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine of many CPUs, as scaling.c simulates it.
 */
#ifndef MIRROR_BENCH_SCALING_H
#define MIRROR_BENCH_SCALING_H

#include <linux/types.h>

struct myslab_cache;

/* What all CPUs did since machine_forget(). */
struct machine_counts {
	unsigned long accesses;		/* to memory, by the allocator */
	unsigned long transfers;	/* of a cache line from CPU to CPU */
	unsigned long depot, slabs;	/* acquisitions of the locks */
	unsigned long waiting;		/* for them, in units of time */
};

extern struct machine_counts machine;

void machine_start(unsigned int cpus, struct myslab_cache *cache);
unsigned int machine_next_cpu(void);
void machine_wait(unsigned long until);
unsigned long machine_clock(unsigned int cpu);
unsigned long machine_now(void);
void machine_sync(void);
void machine_stop(void);

#endif
