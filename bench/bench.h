/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting guest instructions of an allocator of ours and of its peer, side by
 * side.
 *
 * Under QEMU's -icount the time stamp counter advances by one an instruction,
 * so the difference of two readings is a count, the same on each run. Each
 * workload is run some times and the lowest is taken: the one that no
 * interrupt fell into. What the loop itself takes is measured with calls that
 * do nothing, and subtracted from both sides.
 */
#ifndef MYSLAB_BENCH_H
#define MYSLAB_BENCH_H

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/timex.h>
#include <linux/types.h>

#define BENCH_RUNS	10

/* One way to do a workload. NULL functions are not called by its loops. */
struct bench_side {
	void *(*alloc)(size_t size);
	void (*free)(void *obj);
	void (*end)(void);		/* of a round: reset */
};

/* A workload: loops over one side, @nr objects at a time. */
typedef void bench_work(const struct bench_side *side, unsigned int nr);

/* The row's text, and how many operations one run of the workload does. */
struct bench_row {
	const char *name;
	size_t size;			/* of an object; 0: mixed */
	unsigned int nr;		/* at a time */
	unsigned int ops;
	const char *peer;
	/*
	 * Most hundredths of the peer's count that are accepted where the
	 * kernel does not zero what it allocates; where it does, and the peer
	 * too, a hundred are; 0: any. From 7.0 on, whose peers are others, it
	 * is the second.
	 */
	unsigned int limit;
	unsigned int limit7;
};

static inline u64 bench_count(bench_work *work, const struct bench_side *side,
			      unsigned int nr)
{
	u64 start, lowest = U64_MAX;
	int run;

	for (run = 0; run < BENCH_RUNS; run++) {
		start = get_cycles();
		work(side, nr);
		lowest = min_t(u64, lowest, get_cycles() - start);
	}
	return lowest;
}

/* Print one row: counts in tenths of an instruction an operation. */
static inline void bench_print(const struct bench_row *row, u64 peer, u64 ours)
{
	u64 its = max_t(u64, peer, 1);
	u64 ratio = div64_u64(ours * 100 + its / 2, its);

	pr_info("bench: %s,%zu,%u,%s,%llu.%llu,%llu.%llu,%llu.%02llu,%u,%u\n",
		row->name, row->size, row->nr, row->peer, peer / 10, peer % 10,
		ours / 10, ours % 10, ratio / 100, ratio % 100, row->limit,
		row->limit7);
}

/* @none is the side whose calls do nothing. */
static inline void bench_compare(const struct bench_row *row, bench_work *work,
				 const struct bench_side *none,
				 const struct bench_side *peer,
				 const struct bench_side *ours)
{
	u64 base = bench_count(work, none, row->nr);
	u64 peers = bench_count(work, peer, row->nr) - base;
	u64 own = bench_count(work, ours, row->nr) - base;

	bench_print(row, div_u64(peers * 10, row->ops),
		    div_u64(own * 10, row->ops));
}

/* A fixed generator: the same numbers on each run and machine. */
static inline unsigned int bench_random(unsigned int *seed,
					unsigned int below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 8) % below;
}

/* A permutation of 0..nr-1. */
static inline void bench_shuffle(unsigned int *order, unsigned int nr)
{
	unsigned int i, j, seed = 1;

	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = nr - 1; i; i--) {
		j = bench_random(&seed, i + 1);
		swap(order[i], order[j]);
	}
}

#endif
