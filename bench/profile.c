// SPDX-License-Identifier: GPL-2.0
/*
 * Hot pairs of a cache, of a heap and of their peers in turns, for the host to
 * step through; it then puts the addresses that it saw into seen, and is told
 * their symbols.
 */
#include <linux/module.h>

#include <myslab/heap.h>

#include "sides.h"

static struct {
	u64 nr;
	unsigned long ip[2000];
} seen;

static struct myslab_heap *heap;

static noinline void *block_alloc(size_t size)
{
	return myslab_heap_alloc(heap, size, bench_gfp);
}

static noinline void block_free(void *p)
{
	myslab_heap_free(heap, p);
}

static noinline void *kv_alloc(size_t size)
{
	return kvmalloc(size, bench_gfp);
}

static noinline void kv_free(void *p)
{
	kvfree(p);
}

static void pair_of_each(void)
{
	peer.free(peer.alloc(0));
	own.free(own.alloc(0));
	kv_free(kv_alloc(192));
	block_free(block_alloc(192));
}

static void take_turns(void)
{
	/* So that its slab is never empty, as most are not. */
	void *held = block_alloc(192);
	unsigned int i;

	/* The first pair has to make a slab. */
	pair_of_each();
	pr_info("profile: seen at %lx, a round at %lx\n", (unsigned long)&seen,
		(unsigned long)their_alloc);
	while (!READ_ONCE(seen.nr))
		pair_of_each();
	for (i = 0; i < seen.nr; i++)
		pr_info("profile: %lx %pS\n", seen.ip[i], (void *)seen.ip[i]);
	block_free(held);
}

static int __init profile_init(void)
{
	int err;

	heap = myslab_heap_create("profile", NULL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	err = create_sides(256, 0, NULL, NULL);
	if (!err) {
		take_turns();
		destroy_sides();
	}
	myslab_heap_destroy(heap);
	return err;
}

static void __exit profile_exit(void)
{
}

module_init(profile_init);
module_exit(profile_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hot pairs to be stepped through");
