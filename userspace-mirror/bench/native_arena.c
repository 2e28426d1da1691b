// SPDX-License-Identifier: GPL-2.0
/*
 * An arena beside malloc: requests of 200 objects of mixed sizes, and a tree
 * of 100,000 nodes that goes all at once.
 */
#include <stdlib.h>
#undef snprintf

#include <myslab.h>

#include "native.h"

struct node {
	struct node *left, *right;
	u64 key;
};

static_assert(sizeof(struct node) == NATIVE_NODE_BYTES);

static struct myslab_arena *arena;
static void *objs[NATIVE_OBJECTS];
unsigned int native_sizes[NATIVE_OBJECTS];

void native_requests_malloc(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_OBJECTS; i++) {
			objs[i] = malloc(native_sizes[i]);
			native_hide(objs[i]);
		}
		for (i = 0; i < NATIVE_OBJECTS; i++)
			free(objs[i]);
	}
}

void native_requests(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_OBJECTS; i++) {
			objs[i] = myslab_arena_alloc(arena, native_sizes[i],
						     GFP_KERNEL);
			native_hide(objs[i]);
		}
		myslab_arena_reset(arena);
	}
}

static struct node *nodes[NATIVE_NODES];
static unsigned int order[NATIVE_NODES];	/* random, to free them */

void native_tree_malloc(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_NODES; i++) {
			nodes[i] = malloc(sizeof(struct node));
			nodes[i]->key = i;
		}
		for (i = 0; i < NATIVE_NODES; i++)
			free(nodes[order[i]]);
	}
}

void native_tree(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_NODES; i++) {
			nodes[i] = myslab_arena_alloc(arena,
						      sizeof(struct node),
						      GFP_KERNEL);
			nodes[i]->key = i;
		}
		myslab_arena_reset(arena);
	}
}

int native_arena_begin(void)
{
	unsigned int seed = 1, i, j;

	for (i = 0; i < NATIVE_OBJECTS; i++) {
		seed = seed * 1103515245 + 12345;
		native_sizes[i] = 16 + (seed >> 8) % 497;
	}
	for (i = 0; i < NATIVE_NODES; i++) {
		seed = seed * 1103515245 + 12345;
		j = (seed >> 8) % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	arena = myslab_arena_create("native", NULL);
	return IS_ERR(arena) ? -1 : 0;
}

void native_arena_end(void)
{
	myslab_arena_destroy(arena);
}

const struct native_row native_arena_rows[] = {
	{ "arena, requests of 16 to 512 bytes", NULL, native_requests_malloc,
	  native_requests, 1000, NATIVE_OBJECTS, 20 },
	{ "arena, tree of 100,000 nodes", NULL, native_tree_malloc,
	  native_tree, 3, NATIVE_NODES, 6 },
	{ }
};

MODULE_LICENSE("GPL");
