// SPDX-License-Identifier: GPL-2.0
/*
 * How the cost of single calls is distributed: each call of a random trace is
 * counted by itself, interrupts off so that it is counted alone.
 */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "held.h"
#include "sides.h"

#define CALLS		1000000
#define QUARTER		(CALLS / 4)
#define LIVE		20000
#define PAGES		4096
#define BUCKETS		131072	/* an instruction each */

/* How far a call went. */
struct depth {
	long slabs;			/* pages of slabs, had or given back */
	long pages;			/* of the zone: this CPU's lists were */
					/* empty, or full */
};

/* Of one kind of call on one side. */
struct costs {
	unsigned int *nr;		/* calls that took so many */
	unsigned int calls;
	unsigned int most;		/* in this quarter of the trace */
	unsigned int worst;		/* lowest of the quarters' most */
	unsigned int max;		/* of all */
	struct depth deepest;		/* of that one */
	u64 sum;
};

static void **objs;
static struct costs allocs, frees;

static struct depth depth_now(void)
{
	return (struct depth){
		.slabs = slab_pages(),
		.pages = global_zone_page_state(NR_FREE_PAGES),
	};
}

static void count(struct costs *costs, u64 cost, const struct depth *before)
{
	costs->nr[min_t(u64, cost, BUCKETS - 1)]++;
	costs->calls++;
	costs->sum += cost;
	costs->most = max_t(u64, costs->most, cost);
	if (cost <= costs->max)
		return;
	costs->max = cost;
	costs->deepest = depth_now();
	costs->deepest.slabs -= before->slabs;
	costs->deepest.pages -= before->pages;
}

static void forget(struct costs *costs)
{
	memset(costs->nr, 0, BUCKETS * sizeof(*costs->nr));
	costs->calls = 0;
	costs->most = 0;
	costs->worst = UINT_MAX;
	costs->max = 0;
	costs->sum = 0;
}

/*
 * The worst is one call of a million: that the page allocator's lists of this
 * CPU run out in the same call as something else does says little of either
 * side. What is told is what each quarter of the trace has.
 */
static void end_quarter(struct costs *costs)
{
	costs->worst = min(costs->worst, costs->most);
	costs->most = 0;
}

/* What all but @ppm of a million calls took at most. */
static unsigned int percentile(const struct costs *costs, unsigned int ppm)
{
	u64 left = div_u64((u64)costs->calls * ppm, 1000000);
	unsigned int cost = BUCKETS - 1;

	while (cost && left >= costs->nr[cost])
		left -= costs->nr[cost--];
	return cost;
}

static void one_alloc(const struct bench_side *side, unsigned int slot)
{
	struct depth before;
	unsigned long flags;
	u64 start;

	local_irq_save(flags);
	before = depth_now();
	start = get_cycles();
	objs[slot] = side->alloc(0);
	count(&allocs, get_cycles() - start, &before);
	local_irq_restore(flags);
}

static void one_free(const struct bench_side *side, unsigned int slot)
{
	struct depth before;
	unsigned long flags;
	u64 start;

	local_irq_save(flags);
	before = depth_now();
	start = get_cycles();
	side->free(objs[slot]);
	count(&frees, get_cycles() - start, &before);
	local_irq_restore(flags);
}

/*
 * Live objects come and go in waves, so that slabs do, too: towards a number,
 * in steps of which one in four goes the other way, then towards another.
 */
static void run(const struct bench_side *side)
{
	unsigned int i, victim, seed = 1, live = 0, wanted = LIVE;
	bool more;

	forget(&allocs);
	forget(&frees);
	for (i = 0; i < CALLS; i++) {
		if (live == wanted)
			wanted = bench_random(&seed, LIVE);
		more = (live < wanted) != !bench_random(&seed, 4);
		if (!live || (more && live < LIVE)) {
			one_alloc(side, live++);
		} else {
			victim = bench_random(&seed, live--);
			swap(objs[victim], objs[live]);
			one_free(side, live);
		}
		if ((i + 1) % QUARTER == 0) {
			end_quarter(&allocs);
			end_quarter(&frees);
		}
	}
	while (live)
		side->free(objs[--live]);
}

/* Beside the parts in a million. */
#define WORST	0
#define MEAN	UINT_MAX
#define MOST	(UINT_MAX - 1)

static const struct {
	const char *name;
	struct costs *costs;
	unsigned int ppm;
	unsigned int limit;
	unsigned int limit7;
} rows[] = {
	{ "alloc-mean", &allocs, MEAN },
	{ "alloc-median", &allocs, 500000 },
	{ "alloc-p99", &allocs, 10000 },
	{ "alloc-p99.9", &allocs, 1000, 100, 100 },
	{ "alloc-worst", &allocs, WORST, 100, 100 },
	{ "alloc-max", &allocs, MOST },
	{ "free-mean", &frees, MEAN },
	{ "free-median", &frees, 500000 },
	{ "free-p99", &frees, 10000 },
	{ "free-p99.9", &frees, 1000, 100, 100 },
	{ "free-worst", &frees, WORST },
	{ "free-max", &frees, MOST },
};

static unsigned int figure(unsigned int i)
{
	switch (rows[i].ppm) {
	case WORST:
		return rows[i].costs->worst;
	case MOST:
		return rows[i].costs->max;
	case MEAN:
		return div_u64(rows[i].costs->sum, rows[i].costs->calls);
	default:
		return percentile(rows[i].costs, rows[i].ppm);
	}
}

/* What took longest: the way of that call. */
static void say_path(const char *who, const char *call,
		     const struct costs *costs)
{
	const char *where = "within slabs or magazines";

	if (costs->deepest.pages)
		where = "pages of the zone, for this CPU's lists";
	else if (costs->deepest.slabs)
		where = "pages of this CPU's lists";
	pr_info("bench-note: the longest %s of %s, %u: %s, slabs changed by %+ld\n",
		call, who, costs->max, where, costs->deepest.slabs);
}

static void run_and_say(const struct bench_side *side, const char *who)
{
	run(side);
	say_path(who, "allocation", &allocs);
	say_path(who, "free", &frees);
}

static void *page_alloc(size_t size)
{
	return (void *)__get_free_page(GFP_NOWAIT);
}

static void page_free(void *page)
{
	free_page((unsigned long)page);
}

/* Below it no call can be that needs one. */
static void say_pages(void)
{
	static const struct bench_side pages = { page_alloc, page_free };
	unsigned int i;

	forget(&allocs);
	for (i = 0; i < PAGES; i++)
		one_alloc(&pages, i);
	while (i--)
		pages.free(objs[i]);
	pr_info("bench-note: a page of the page allocator, one of %u: %u, 1 in 100 takes %u, one %u\n",
		PAGES, percentile(&allocs, 500000), percentile(&allocs, 10000),
		allocs.max);
}

static void bench_latency(void)
{
	unsigned int theirs_of[ARRAY_SIZE(rows)], i;

	say_pages();
	run_and_say(&peer, "kmem_cache");
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		theirs_of[i] = figure(i);
	run_and_say(&own, "myslab");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench_row row = {
			.name = rows[i].name, .size = 256, .nr = LIVE,
			.peer = "kmem_cache", .limit = rows[i].limit,
			.limit7 = rows[i].limit7,
		};

		bench_print(&row, theirs_of[i] * 10ULL, figure(i) * 10ULL);
	}
}

static int __init bench_init(void)
{
	int err = -ENOMEM;

	/* With interrupts off nothing may sleep. */
	bench_gfp = GFP_NOWAIT;
	objs = vzalloc(LIVE * sizeof(*objs));
	allocs.nr = vmalloc(BUCKETS * sizeof(*allocs.nr));
	frees.nr = vmalloc(BUCKETS * sizeof(*frees.nr));
	if (objs && allocs.nr && frees.nr)
		err = create_sides(256, 0, NULL, NULL);
	if (!err) {
		bench_latency();
		destroy_sides();
	}
	vfree(frees.nr);
	vfree(allocs.nr);
	vfree(objs);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts the instructions of single calls");
MODULE_LICENSE("GPL");
