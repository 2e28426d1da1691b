// SPDX-License-Identifier: GPL-2.0
/*
 * The same workloads with what user space has for them: obstacks of glibc,
 * pools of talloc, where a free takes what was allocated below along, and apr
 * pools. Nothing of the kernel's is included here.
 */
#include <apr_pools.h>
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <obstack.h>
#include <stdlib.h>
#include <talloc.h>

#include "native.h"

#define obstack_chunk_alloc	malloc
#define obstack_chunk_free	free

/* Room for all that a round allocates, as arenas keep it. */
#define POOL_BYTES	(16UL << 20)
#define BLOCK		64

static struct obstack obstack;
static void *bottom;		/* of the obstack */
static void *talloc;
static apr_pool_t *apr;
static void *(*glibc_malloc)(size_t size);	/* even if replaced */
static void (*glibc_free)(void *p);

static void requests_obstack(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_OBJECTS; i++) {
			void *p = obstack_alloc(&obstack, native_sizes[i]);

			native_hide(p);
		}
		obstack_free(&obstack, bottom);
	}
}

static void requests_talloc(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_OBJECTS; i++) {
			void *p = talloc_size(talloc, native_sizes[i]);

			native_hide(p);
		}
		talloc_free_children(talloc);
	}
}

static void requests_apr(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_OBJECTS; i++) {
			void *p = apr_palloc(apr, native_sizes[i]);

			native_hide(p);
		}
		apr_pool_clear(apr);
	}
}

static void tree_obstack(unsigned long rounds)
{
	unsigned long *node;
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_NODES; i++) {
			node = obstack_alloc(&obstack, NATIVE_NODE_BYTES);
			*node = i;
		}
		obstack_free(&obstack, bottom);
	}
}

static void tree_talloc(unsigned long rounds)
{
	unsigned long *node;
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_NODES; i++) {
			node = talloc_size(talloc, NATIVE_NODE_BYTES);
			*node = i;
		}
		talloc_free_children(talloc);
	}
}

static void tree_apr(unsigned long rounds)
{
	unsigned long *node;
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_NODES; i++) {
			node = apr_palloc(apr, NATIVE_NODE_BYTES);
			*node = i;
		}
		apr_pool_clear(apr);
	}
}

/* The one thing that can be given back to an obstack is the last. */
static void block_obstack(unsigned long rounds)
{
	while (rounds--) {
		void *p = obstack_alloc(&obstack, BLOCK);

		native_hide(p);
		obstack_free(&obstack, p);
	}
}

static void block_talloc(unsigned long rounds)
{
	while (rounds--) {
		void *p = talloc_size(talloc, BLOCK);

		native_hide(p);
		talloc_free(p);
	}
}

void native_pair_glibc(unsigned long rounds)
{
	while (rounds--) {
		void *p = glibc_malloc(256);

		native_hide(p);
		glibc_free(p);
	}
}

/* What a shared pool's pair does at least: claim, fetch, return, announce. */
static void four_locked(unsigned long rounds)
{
	static unsigned long count, bits;
	unsigned long p;

	while (rounds--) {
		__atomic_sub_fetch(&count, 1, __ATOMIC_SEQ_CST);
		p = __atomic_fetch_xor(&bits, 1, __ATOMIC_SEQ_CST);
		native_hide(p);
		__atomic_fetch_xor(&bits, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
	}
}

int native_peers_begin(void)
{
	void *libc = dlopen(LIBC_SO, RTLD_NOW);

	glibc_malloc = dlsym(libc, "malloc");
	glibc_free = dlsym(libc, "free");
	obstack_init(&obstack);
	bottom = obstack_alloc(&obstack, 1);
	talloc = talloc_pool(NULL, POOL_BYTES);
	return apr_initialize() || apr_pool_create(&apr, NULL) || !talloc;
}

void native_peers_end(void)
{
	apr_terminate();
	talloc_free(talloc);
	obstack_free(&obstack, NULL);
}

const struct native_row native_arena_peers[] = {
	{ "arena, requests", "obstack", requests_obstack, native_requests,
	  2000, NATIVE_OBJECTS, 0, native_requests_malloc },
	{ "arena, requests", "talloc", requests_talloc, native_requests, 500,
	  NATIVE_OBJECTS, 0, native_requests_malloc },
	{ "arena, requests", "apr", requests_apr, native_requests, 2000,
	  NATIVE_OBJECTS, 0, native_requests_malloc },
	{ "arena, tree", "obstack", tree_obstack, native_tree, 5,
	  NATIVE_NODES, 0, native_tree_malloc },
	{ "arena, tree", "talloc", tree_talloc, native_tree, 3, NATIVE_NODES,
	  0, native_tree_malloc },
	{ "arena, tree", "apr", tree_apr, native_tree, 5, NATIVE_NODES, 0,
	  native_tree_malloc },
	{ }
};

const struct native_row native_pool_peers[] = {
	{ "private pool pair", "obstack", block_obstack, native_private,
	  200000, 1, 0, native_block_malloc },
	{ "private pool pair", "talloc", block_talloc, native_private, 50000,
	  1, 0, native_block_malloc },
	{ "shared pool pair", "4 locked", four_locked, native_shared, 200000,
	  1, 0, native_block_malloc },
	{ }
};
