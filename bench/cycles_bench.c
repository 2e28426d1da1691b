// SPDX-License-Identifier: GPL-2.0
/*
 * Real cycles, where the VM has a real processor: rounds of both sides in
 * turns, of which the shortest, the middle one and the 99th of 100 are told.
 * Under TCG the figures mean nothing, and make bench leaves it out.
 */
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "sides.h"

#define OBJECTS		1024	/* of a round */
#define ROUNDS		2000

static const struct bench_side *const sides[] = { &none, &peer, &own };

#define NR_SIDES	ARRAY_SIZE(sides)

static void *objs[OBJECTS];
static u64 *took[NR_SIDES];

static u64 round_of(const struct bench_side *side, unsigned int nr)
{
	u64 start = get_cycles();
	unsigned int i, done;

	for (done = 0; done < OBJECTS; done += nr) {
		for (i = 0; i < nr; i++)
			objs[i] = side->alloc(0);
		for (i = 0; i < nr; i++)
			side->free(objs[i]);
	}
	return get_cycles() - start;
}

static int compare_counts(const void *a, const void *b)
{
	return *(const u64 *)a < *(const u64 *)b ? -1 :
	       *(const u64 *)a > *(const u64 *)b;
}

static u64 cost(unsigned int side, unsigned int rank)
{
	return div_u64((max(took[side][rank], took[0][0]) - took[0][0]) * 10,
		       OBJECTS);
}

static void bench_cycles(unsigned int nr)
{
	static const struct {
		const char *name;
		unsigned int rank;
	} ranks[] = {
		{ "cycles-min", 0 },
		{ "cycles-median", ROUNDS / 2 },
		{ "cycles-p99", ROUNDS - ROUNDS / 100 },
	};
	struct bench_row row = { .size = 256, .nr = nr, .peer = "kmem_cache" };
	unsigned int i, side;

	for (i = 0; i < ROUNDS; i++)
		for (side = 0; side < NR_SIDES; side++)
			took[side][i] = round_of(sides[side], nr);
	for (side = 0; side < NR_SIDES; side++)
		sort(took[side], ROUNDS, sizeof(u64), compare_counts, NULL);
	for (i = 0; i < ARRAY_SIZE(ranks); i++) {
		row.name = ranks[i].name;
		bench_print(&row, cost(1, ranks[i].rank),
			    cost(2, ranks[i].rank));
	}
}

static int __init bench_init(void)
{
	static const unsigned int nrs[] = { 1, 64, OBJECTS };
	unsigned int i;
	int err;

	took[0] = vmalloc(array3_size(NR_SIDES, ROUNDS, sizeof(u64)));
	if (!took[0])
		return -ENOMEM;
	for (i = 1; i < NR_SIDES; i++)
		took[i] = took[0] + i * ROUNDS;
	err = create_sides(256, 0, NULL, NULL);
	if (!err) {
		for (i = 0; i < ARRAY_SIZE(nrs); i++)
			bench_cycles(nrs[i]);
		destroy_sides();
	}
	vfree(took[0]);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Measures cycles of myslab and kmem_cache");
MODULE_LICENSE("GPL");
