// SPDX-License-Identifier: GPL-2.0
/*
 * The release build beside glibc's malloc, natively, on this machine.
 *
 * A time alone says little on a machine that does other things: both sides of
 * a row are run in turns, and the median of the turns' ratios counts. Ends
 * with a line "N passed, N failed": a row that is over its limit has failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#undef snprintf

#include <linux/kernel.h>
#include <linux/module.h>
#include <mirror/control.h>

#include "native.h"

#define TURNS	21

extern struct module mirror_module_myslab;

static unsigned int passed, failed;
static const char *peer;	/* that was put in glibc's place; NULL: none */

static double seconds(native_work *work, unsigned long rounds)
{
	struct timespec from, to;

	/* Of all threads that the work has. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	work(rounds);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values)
{
	qsort(values, TURNS, sizeof(*values), by_size);
	return values[TURNS / 2];
}

static void run(const struct native_row *row)
{
	double theirs[TURNS], ours[TURNS], ratio[TURNS], hundredths;
	double of_glibc[2][TURNS], glibc;
	native_work *third = peer || row->beside ? row->glibc : NULL;
	double ops = (double)row->rounds * row->ops / 1e9;
	bool over;
	int turn;

	row->peer(row->rounds);
	row->ours(row->rounds);
	if (third)
		third(row->rounds);
	for (turn = 0; turn < TURNS; turn++) {
		theirs[turn] = seconds(row->peer, row->rounds);
		ours[turn] = seconds(row->ours, row->rounds);
		ratio[turn] = ours[turn] / theirs[turn];
		if (!third)
			continue;
		glibc = seconds(third, row->rounds);
		of_glibc[0][turn] = theirs[turn] / glibc;
		of_glibc[1][turn] = ours[turn] / glibc;
	}
	hundredths = median(ratio) * 100;
	over = !peer && row->limit && hundredths > row->limit;
	failed += over;
	passed += !over;
	printf("%-36s %8s %8.1f %8.1f %7.2f   ", row->name,
	       row->beside ? : peer ? : "glibc", median(theirs) / ops,
	       median(ours) / ops, hundredths / 100);
	if (third)
		printf("%.2f and %.2f of glibc's\n", median(of_glibc[0]),
		       median(of_glibc[1]));
	else
		printf("%s\n", over ? "over the limit" : "");
}

static void run_all(const struct native_row *rows)
{
	for (; rows->name; rows++)
		run(rows);
}

int main(void)
{
	peer = getenv("PEER");
	mirror_init(2, 1);
	if (mirror_module_load(&mirror_module_myslab)) {
		printf("the module did not load\n");
		return 1;
	}
	printf("%-36s %8s %8s %8s %7s\n", "nanoseconds an operation",
	       "beside", "its", "myslab", "ratio");
	if (native_peers_begin() || native_cache_begin())
		return 1;
	run_all(native_cache_rows);
	native_cache_end();
	if (native_threads_begin())
		return 1;
	run_all(native_threads_rows);
	native_threads_end();
	if (native_arena_begin())
		return 1;
	run_all(native_arena_rows);
	if (!peer) {
		run_all(native_arena_peers);
		run_all(native_cxx_arena_peers);
	}
	native_arena_end();
	if (native_pool_begin())
		return 1;
	run_all(native_pool_rows);
	if (!peer) {
		run_all(native_pool_peers);
		run_all(native_cxx_pool_peers);
	}
	native_pool_end();
	native_peers_end();
	mirror_module_unload(&mirror_module_myslab);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
