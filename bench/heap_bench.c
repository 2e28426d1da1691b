// SPDX-License-Identifier: GPL-2.0
/*
 * A heap beside kvmalloc() on two traces: blocks of random sizes, of which a
 * random one is replaced each time. Rows of instructions an operation, which
 * is an allocation or a free, and rows of pages held at the peak, as hundredths
 * of the pages that were asked for.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <myslab/heap.h>

#include "bench.h"

#define LIVE		4000
#define LIVE_FS		20000
#define MAX_LIVE	LIVE_FS
#define STEPS		8000

struct trace {
	const char *name;
	unsigned int live;
	size_t (*size)(unsigned int *seed);
	unsigned int limit;		/* of instructions */
	unsigned int pages_limit;	/* hundredths of what was asked for */
};

static struct myslab_heap *heap;
static void **blocks;
static u32 *sizes;			/* of the first fill and of each step */
static u16 *victims;			/* of each step */
static const struct trace *now;

static noinline void *our_alloc(size_t size)
{
	return myslab_heap_alloc(heap, size, GFP_KERNEL);
}

static noinline void our_free(void *p)
{
	myslab_heap_free(heap, p);
}

static noinline void *their_alloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

static noinline void their_free(void *p)
{
	kvfree(p);
}

static noinline void *no_alloc(size_t size)
{
	return blocks;
}

static noinline void no_free(void *p)
{
	barrier();
}

static const struct bench_side none = { no_alloc, no_free };
static const struct bench_side peer = { their_alloc, their_free };
static const struct bench_side own = { our_alloc, our_free };

/* Powers of two are equally likely: 16 bytes to 64 KiB. */
static size_t size_uniform(unsigned int *seed)
{
	unsigned int octave = bench_random(seed, 12);

	return (16 << octave) + bench_random(seed, 16 << octave);
}

/* What filesystems allocate, about: names, extents, dentries, bios, inodes. */
static size_t size_filesystem(unsigned int *seed)
{
	static const u16 common[] = {
		32, 32, 40, 40, 40, 56, 64, 64, 64, 72, 96, 104, 104, 128, 128,
		192, 192, 192, 192, 192, 208, 256, 256, 256, 320, 408, 512, 512,
	};
	static const u16 seldom[] = { 600, 632, 1024, 1080, 2048, 4096 };

	if (!bench_random(seed, 32))
		return seldom[bench_random(seed, ARRAY_SIZE(seldom))];
	return common[bench_random(seed, ARRAY_SIZE(common))];
}

static const struct trace traces[] = {
	{ "heap-uniform", LIVE, size_uniform, 80, 112 },
	{ "heap-filesystem", LIVE_FS, size_filesystem, 65, 104 },
};

/* The same on each run, so that the runs before it are not in a count. */
static void make_trace(void)
{
	unsigned int i, seed = 7;

	for (i = 0; i < now->live + STEPS; i++)
		sizes[i] = now->size(&seed);
	for (i = 0; i < STEPS; i++)
		victims[i] = bench_random(&seed, now->live);
}

static void fill(const struct bench_side *side)
{
	unsigned int i;

	for (i = 0; i < now->live; i++)
		blocks[i] = side->alloc(sizes[i]);
}

static void empty(const struct bench_side *side)
{
	unsigned int i;

	for (i = 0; i < now->live; i++)
		side->free(blocks[i]);
}

/* One step of two operations: what is measured. */
static void replace(const struct bench_side *side, unsigned int i)
{
	side->free(blocks[victims[i]]);
	blocks[victims[i]] = side->alloc(sizes[now->live + i]);
}

/*
 * A long trace can be counted only once: an interrupt takes part in it, so
 * that the steps are counted in pieces, and the rounds' lowest of each piece
 * are added.
 */
#define PIECE	80
#define ROUNDS	5

static u32 lowest[STEPS / PIECE];

static u64 count_trace(const struct bench_side *side)
{
	unsigned int round, piece, i;
	u64 start, sum = 0;

	memset(lowest, 0xff, sizeof(lowest));
	for (round = 0; round < ROUNDS; round++) {
		fill(side);
		for (piece = 0; piece < STEPS / PIECE; piece++) {
			start = get_cycles();
			for (i = 0; i < PIECE; i++)
				replace(side, piece * PIECE + i);
			lowest[piece] = min_t(u64, lowest[piece],
					      get_cycles() - start);
		}
		empty(side);
	}
	for (piece = 0; piece < STEPS / PIECE; piece++)
		sum += lowest[piece];
	return sum;
}

static void bench_trace(void)
{
	struct bench_row row = {
		.name = now->name, .nr = now->live, .ops = 2 * STEPS,
		.peer = "kvmalloc", .limit = now->limit,
	};
	u64 base = count_trace(&none);
	u64 peers = count_trace(&peer) - base;
	u64 ours = count_trace(&own) - base;

	bench_print(&row, div_u64(peers * 10, row.ops),
		    div_u64(ours * 10, row.ops));
}

/* What kvmalloc() takes of pages: its classes, or an order, or pages. */
static size_t their_bytes(size_t size)
{
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return PAGE_SIZE << get_order(size);
	return kmalloc_size_roundup(size);
}

/*
 * Pages at the peak beside what was asked for then, in tenths: ours as the
 * heap holds them; kvmalloc's without what is free in its slabs.
 */
static void bench_pages(void)
{
	struct bench_row row = {
		.nr = now->live, .peer = "requested",
		.limit = now->pages_limit,
	};
	unsigned long bytes = 0, theirs = 0, peak = 0, most = 0, worst = 0;
	struct myslab_heap_stat stat;
	char name[32];
	unsigned int i;

	snprintf(name, sizeof(name), "%s-pages", now->name);
	row.name = name;
	fill(&own);
	for (i = 0; i < STEPS; i++) {
		replace(&own, i);
		myslab_heap_stat(heap, &stat);
		bytes = max(bytes, stat.bytes_requested);
		peak = max(peak, stat.pages);
	}
	empty(&own);
	for (i = 0; i < now->live; i++) {
		most += sizes[i];
		theirs += their_bytes(sizes[i]);
	}
	worst = div_u64((u64)theirs * 100, most);
	pr_info("bench-note: %s: kvmalloc takes %lu.%02lu of what was asked for\n",
		now->name, worst / 100, worst % 100);
	bench_print(&row, bytes * 10 / PAGE_SIZE, peak * 10);
}

/*
 * What canaries cost: instructions of a pair and bytes of a block, beside those
 * of a heap without.
 */
static struct myslab_heap *guarded;
static size_t pair_size;

static noinline void *guarded_alloc(size_t size)
{
	return myslab_heap_alloc(guarded, size, GFP_KERNEL);
}

static noinline void guarded_free(void *p)
{
	myslab_heap_free(guarded, p);
}

static const struct bench_side canaries = { guarded_alloc, guarded_free };

static void work_pairs(const struct bench_side *side, unsigned int nr)
{
	while (nr--)
		side->free(side->alloc(pair_size));
}

static unsigned long bytes_of(struct myslab_heap *of)
{
	void *p = myslab_heap_alloc(of, pair_size, GFP_KERNEL);
	struct myslab_heap_stat stat;

	myslab_heap_stat(of, &stat);
	myslab_heap_free(of, p);
	return stat.bytes_used;
}

static int bench_canaries(void)
{
	static const struct myslab_heap_args args = {
		.flags = MYSLAB_HEAP_CANARY,
	};
	/* The second is aligned to itself, and has as much in front of it. */
	static const u16 pairs[] = { 40, 256, 200, 1000 };
	struct bench_row row = { .nr = 100, .ops = 100, .peer = "no canaries" };
	unsigned int i;

	heap = myslab_heap_create("bench", NULL);
	guarded = myslab_heap_create("guarded", &args);
	if (IS_ERR(heap) || IS_ERR(guarded))
		goto out;
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		pair_size = pairs[i];
		row.size = pair_size;
		row.name = "heap-canary";
		bench_compare(&row, work_pairs, &none, &own, &canaries);
		row.name = "heap-canary-bytes";
		bench_print(&row, bytes_of(heap) * 10, bytes_of(guarded) * 10);
	}
out:
	myslab_heap_destroy(guarded);
	myslab_heap_destroy(heap);
	return IS_ERR(heap) ? PTR_ERR(heap) : PTR_ERR_OR_ZERO(guarded);
}

static int bench_one(const struct trace *trace)
{
	now = trace;
	heap = myslab_heap_create("bench", NULL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	make_trace();
	bench_trace();
	bench_pages();
	myslab_heap_destroy(heap);
	return 0;
}

static int __init bench_init(void)
{
	unsigned int i;
	int err = -ENOMEM;

	blocks = vmalloc(MAX_LIVE * sizeof(*blocks));
	sizes = vmalloc((MAX_LIVE + STEPS) * sizeof(*sizes));
	victims = vmalloc(STEPS * sizeof(*victims));
	if (blocks && sizes && victims)
		for (i = 0, err = 0; i < ARRAY_SIZE(traces) && !err; i++)
			err = bench_one(&traces[i]);
	if (!err)
		err = bench_canaries();
	vfree(victims);
	vfree(sizes);
	vfree(blocks);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts instructions and pages of heaps and kvmalloc()");
MODULE_LICENSE("GPL");
