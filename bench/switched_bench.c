// SPDX-License-Identifier: GPL-2.0
/*
 * What debugging costs, letter by letter, beside SLUB's own of the same
 * letters, which it takes at creation. Its name makes it the last to be
 * loaded: from here on SLUB's paths test for debugging.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <myslab/cache.h>
#include <myslab/debug.h>

#include "bench.h"
#include "held.h"

#define PAIRS	512
#define HELD	2000
#define BATCH	64
#define SIZE	256

static struct myslab_cache *ours;
static struct kmem_cache *theirs;

static noinline void *our_alloc(size_t size)
{
	return myslab_cache_alloc(ours, GFP_KERNEL);
}

static noinline void our_free(void *obj)
{
	myslab_cache_free(ours, obj);
}

static noinline void *their_alloc(size_t size)
{
	return kmem_cache_alloc(theirs, GFP_KERNEL);
}

static noinline void their_free(void *obj)
{
	kmem_cache_free(theirs, obj);
}

static noinline void *no_alloc(size_t size)
{
	barrier();	/* or the compiler would leave the call out */
	return &ours;
}

static noinline void no_free(void *obj)
{
	barrier();
}

static const struct bench_side none = { no_alloc, no_free };
static const struct bench_side peer = { their_alloc, their_free };
static const struct bench_side own = { our_alloc, our_free };

static void hot_pair(const struct bench_side *side, unsigned int unused)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		side->free(side->alloc(0));
}

static void batches(const struct bench_side *side, unsigned int nr)
{
	static void *objs[BATCH];
	unsigned int i, j;

	for (i = 0; i < PAIRS; i += nr) {
		for (j = 0; j < nr; j++)
			objs[j] = side->alloc(0);
		while (j--)
			side->free(objs[j]);
	}
}

/* What SLUB has no letter for is measured against the rest. */
static const struct {
	const char *name, *text;
	slab_flags_t flags;
} letters[] = {
	{ "debug-never", "off,switched", 0 },
	{ "debug-F", "F,switched", SLAB_CONSISTENCY_CHECKS },
	{ "debug-Z", "Z,switched", SLAB_RED_ZONE },
	{ "debug-P", "P,switched", SLAB_POISON },
	{ "debug-U", "U,switched", SLAB_STORE_USER },
	{ "debug-Q", "Q,switched", 0 },
	{ "debug-L", "L,switched", 0 },
	{ "debug-T", "T,switched", 0 },
	{ "debug-E", "E,switched", 0 },
	{ "debug-light", "light,switched", 0 },
	{ "debug-FZPU", "FZPU,switched", SLAB_CONSISTENCY_CHECKS |
	  SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER },
	{ "debug-full", "full,switched", SLAB_CONSISTENCY_CHECKS |
	  SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER },
	{ "debug-off", "off,switched", 0 },
};

/* A kmem_cache with @flags beside ours with the letters of @text. */
static int switch_sides(const char *text, slab_flags_t flags)
{
	int err = myslab_debug_set(text);

	if (err)
		return err;
	theirs = kmem_cache_create("myslab_switched", SIZE, 0, flags, NULL);
	return theirs ? 0 : -ENOMEM;
}

/* Bytes of slabs that each of many objects takes, with what is beside it. */
static u64 bytes_each(const struct bench_side *side)
{
	static void *held[HELD];
	long before, pages;
	unsigned int i;

	/* What the last letter left goes, in its own time. */
	myslab_cache_shrink(ours);
	rcu_barrier();
	msleep(100);
	before = slab_pages();
	for (i = 0; i < HELD; i++)
		held[i] = side->alloc(0);
	pages = slab_pages() - before;
	while (i--)
		side->free(held[i]);
	return div_u64(pages * PAGE_SIZE, HELD);
}

static void bench_bytes(const char *name)
{
	char text[32];
	struct bench_row row = {
		.name = text, .size = SIZE, .nr = HELD, .peer = "slab_debug",
	};

	snprintf(text, sizeof(text), "%s-bytes", name);
	bench_print(&row, bytes_each(&peer) * 10, bytes_each(&own) * 10);
}

static int bench_letters(const char *name, const char *text,
			 slab_flags_t flags)
{
	struct bench_row row = {
		.name = name, .size = SIZE, .nr = 1, .ops = PAIRS,
		.peer = "slab_debug",
	};
	int err = switch_sides(text, flags);

	if (err)
		return err;
	bench_compare(&row, hot_pair, &none, &peer, &own);
	bench_bytes(name);
	kmem_cache_destroy(theirs);
	return 0;
}

/* A pair of ours, in tenths of an instruction. */
static u64 pair_of_ours(void)
{
	u64 base = bench_count(hot_pair, &none, 1);

	return div_u64((bench_count(hot_pair, &own, 1) - base) * 10, PAIRS);
}

/* What no letter is on for costs what it did before one ever was: @never. */
static int bench_off(u64 never)
{
	struct bench_row row = {
		.name = "debug-off", .size = SIZE, .nr = 1, .ops = PAIRS,
		.peer = "never on", .limit = 100, .limit7 = 100,
	};
	int err = myslab_debug_set("off,switched");

	bench_print(&row, never, pair_of_ours());
	return err;
}

/* Fewer than there are guard pages: one that was freed waits for a worker. */
#define GUARDED	128

static u64 count_guarded(const struct bench_side *side)
{
	u64 start, lowest = U64_MAX;
	unsigned int i;
	int run;

	for (run = 0; run < BENCH_RUNS; run++) {
		msleep(100);
		start = get_cycles();
		for (i = 0; i < GUARDED; i++)
			side->free(side->alloc(0));
		lowest = min_t(u64, lowest, get_cycles() - start);
	}
	return lowest;
}

static int bench_guarded(void)
{
	struct bench_row row = {
		.name = "debug-G", .size = SIZE, .nr = 1, .peer = "kmem_cache",
	};
	u64 base = count_guarded(&none), theirs_cost;
	int err = switch_sides("G,switched", 0);

	if (err)
		return err;
	theirs_cost = count_guarded(&peer) - base;
	bench_print(&row, div_u64(theirs_cost * 10, GUARDED),
		    div_u64((count_guarded(&own) - base) * 10, GUARDED));
	kmem_cache_destroy(theirs);
	return 0;
}

/* Once so many were allocated that samples are as seldom as they come to be. */
static int bench_light(void)
{
	struct bench_row row = {
		.name = "debug-light", .size = SIZE, .nr = BATCH, .ops = PAIRS,
		.peer = "kmem_cache", .limit = 45, .limit7 = 70,
	};
	unsigned int i;
	int err = switch_sides("light,switched", 0);

	if (err)
		return err;
	for (i = 0; i < 1000; i++)
		batches(&own, BATCH);
	bench_compare(&row, batches, &none, &peer, &own);
	row.name = "debug-light-off";
	err = myslab_debug_set("off,switched");
	bench_compare(&row, batches, &none, &peer, &own);
	kmem_cache_destroy(theirs);
	return err;
}

static int construct(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0, SIZE);
	return 0;
}

/* The whole object is to be as its constructor left it. */
static int bench_state(void)
{
	static const struct myslab_range all[] = { { 0, SIZE }, {} };
	const struct myslab_cache_args args = {
		.ctor = construct, .state_ranges = all,
	};
	int err;

	myslab_cache_destroy(ours);
	ours = myslab_cache_create("switched", SIZE, &args);
	if (!IS_ERR(ours))
		return bench_letters("debug-C", "C,switched", 0);
	err = PTR_ERR(ours);
	ours = NULL;
	return err;
}

static int __init bench_init(void)
{
	unsigned int i;
	int err = 0;
	u64 never;

	ours = myslab_cache_create("switched", SIZE, NULL);
	if (IS_ERR(ours))
		return PTR_ERR(ours);
	never = pair_of_ours();
	for (i = 0; i < ARRAY_SIZE(letters) && !err; i++)
		err = bench_letters(letters[i].name, letters[i].text,
				    letters[i].flags);
	err = err ?: bench_guarded() ?: bench_light() ?: bench_off(never) ?:
	      bench_state();
	myslab_cache_destroy(ours);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts what debugging takes, myslab's and SLUB's");
MODULE_LICENSE("GPL");
