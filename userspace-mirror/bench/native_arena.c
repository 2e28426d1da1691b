// SPDX-License-Identifier: GPL-2.0
/*
 * An arena beside malloc: requests of 200 objects of mixed sizes, and a tree
 * of 100,000 nodes that goes all at once.
 */
#include <stdlib.h>
#undef snprintf

#include <myslab.h>

#include "native.h"

#define NR_OBJECTS	200
#define NR_NODES	100000

struct node {
	struct node *left, *right;
	u64 key;
};

static struct myslab_arena *arena;
static void *objs[NR_OBJECTS];
static unsigned int sizes[NR_OBJECTS];

static void request_malloc(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NR_OBJECTS; i++) {
			objs[i] = malloc(sizes[i]);
			native_hide(objs[i]);
		}
		for (i = 0; i < NR_OBJECTS; i++)
			free(objs[i]);
	}
}

static void request_arena(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NR_OBJECTS; i++) {
			objs[i] = myslab_arena_alloc(arena, sizes[i],
						     GFP_KERNEL);
			native_hide(objs[i]);
		}
		myslab_arena_reset(arena);
	}
}

static struct node *nodes[NR_NODES];
static unsigned int order[NR_NODES];	/* as a tree of random keys is freed */

static void tree_malloc(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NR_NODES; i++) {
			nodes[i] = malloc(sizeof(struct node));
			nodes[i]->key = i;
		}
		for (i = 0; i < NR_NODES; i++)
			free(nodes[order[i]]);
	}
}

static void tree_arena(unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NR_NODES; i++) {
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

	for (i = 0; i < NR_OBJECTS; i++) {
		seed = seed * 1103515245 + 12345;
		sizes[i] = 16 + (seed >> 8) % 497;
	}
	for (i = 0; i < NR_NODES; i++) {
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
	{ "arena, requests of 16 to 512 bytes", request_malloc, request_arena,
	  1000, NR_OBJECTS, 20 },
	{ "arena, tree of 100,000 nodes", tree_malloc, tree_arena, 3,
	  NR_NODES, 6 },
	{ }
};

MODULE_LICENSE("GPL");
