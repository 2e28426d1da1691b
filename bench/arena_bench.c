// SPDX-License-Identifier: GPL-2.0
/*
 * An arena beside what one would use instead: kmalloc and kfree of each
 * object, page fragments, a bump written by hand over fresh pages, and one in
 * a static buffer.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#if __has_include(<linux/page_frag_cache.h>)
#include <linux/page_frag_cache.h>
#endif
#include <linux/slab.h>

#include <myslab/arena.h>

#include "bench.h"

#define NR	200		/* of a request */
#define ROUNDS	10
#define MAX_PAGES	64

static struct myslab_arena *ours;
static void *objs[NR];
static size_t sizes[NR];

/* All sides see the same loop; free is called for those that need it. */
static void request(const struct bench_side *side, unsigned int nr)
{
	unsigned int i, round;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < nr; i++)
			objs[i] = side->alloc(sizes[i]);
		if (side->free)
			for (i = 0; i < nr; i++)
				side->free(objs[i]);
		side->end();
	}
}

static noinline void *our_alloc(size_t size)
{
	return myslab_arena_alloc(ours, size, GFP_KERNEL);
}

static noinline void our_end(void)
{
	myslab_arena_reset(ours);
}

static noinline void *no_alloc(size_t size)
{
	return objs;
}

static noinline void no_end(void)
{
	barrier();
}

static noinline void *kmalloc_alloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static noinline void kmalloc_free(void *obj)
{
	kfree(obj);
}

static struct page_frag_cache frags;

static noinline void *frag_alloc(size_t size)
{
	return page_frag_alloc(&frags, size, GFP_KERNEL);
}

static noinline void frag_free(void *obj)
{
	page_frag_free(obj);
}

static void drop_frags(void)
{
#if __has_include(<linux/page_frag_cache.h>)
	page_frag_cache_drain(&frags);
#else
	if (frags.va)
		__page_frag_cache_drain(virt_to_page(frags.va),
					frags.pagecnt_bias);
#endif
}

/* By hand: pages in turn, given back at the end of a request. */
static unsigned long pages[MAX_PAGES], at, room;
static unsigned int nr_pages;

static noinline void *hand_alloc(size_t size)
{
	void *obj;

	size = ALIGN(size, 16);
	if (size > room) {
		if (nr_pages == MAX_PAGES)
			return NULL;
		at = __get_free_page(GFP_KERNEL);
		if (!at)
			return NULL;
		pages[nr_pages++] = at;
		room = PAGE_SIZE;
	}
	obj = (void *)at;
	at += size;
	room -= size;
	return obj;
}

static noinline void hand_end(void)
{
	while (nr_pages)
		free_page(pages[--nr_pages]);
	room = 0;
}

static char *buffer;
static size_t used;

static noinline void *static_alloc(size_t size)
{
	void *obj = buffer + used;

	size = ALIGN(size, 16);
	if (size > NR * 512 - used)
		return NULL;
	used += size;
	return obj;
}

static noinline void static_end(void)
{
	used = 0;
}

static const struct bench_side none = { no_alloc, NULL, no_end };
static const struct bench_side own = { our_alloc, NULL, our_end };

static const struct {
	const char *name;
	struct bench_side side;
	unsigned int limit;
} peers[] = {
	{ "kmalloc+kfree", { kmalloc_alloc, kmalloc_free, no_end }, 7 },
	{ "page_frag", { frag_alloc, frag_free, no_end }, 24 },
	{ "bump of pages", { hand_alloc, NULL, hand_end }, 100 },
	{ "bump in buffer", { static_alloc, NULL, static_end } },
};

static int __init bench_init(void)
{
	unsigned int i, seed = 1;

	buffer = kmalloc(NR * 512, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	ours = myslab_arena_create("bench", NULL);
	if (IS_ERR(ours)) {
		kfree(buffer);
		return PTR_ERR(ours);
	}
	for (i = 0; i < NR; i++)
		sizes[i] = 16 + bench_random(&seed, 497);
	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		struct bench_row row = {
			.name = "arena", .nr = NR, .ops = NR * ROUNDS,
			.peer = peers[i].name, .limit = peers[i].limit,
		};

		bench_compare(&row, request, &none, &peers[i].side, &own);
	}
	drop_frags();
	myslab_arena_destroy(ours);
	kfree(buffer);
	return 0;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts instructions of an arena and of its peers");
MODULE_LICENSE("GPL");
