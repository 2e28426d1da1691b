// SPDX-License-Identifier: GPL-2.0
/*
 * Pools beside malloc: a block and back.
 */
#include <stdlib.h>
#undef snprintf

#include <myslab.h>

#include "native.h"

static struct myslab_pool *shared, *private;

void native_block_malloc(unsigned long rounds)
{
	void *p;

	while (rounds--) {
		p = malloc(64);
		native_hide(p);
		free(p);
	}
}

void native_shared(unsigned long rounds)
{
	void *p;

	while (rounds--) {
		p = myslab_pool_alloc(shared);
		native_hide(p);
		myslab_pool_free(shared, p);
	}
}

void native_private(unsigned long rounds)
{
	struct myslab_pool *pool = private;
	void *p;

	while (rounds--) {
		p = myslab_pool_alloc(pool);
		native_hide(p);
		myslab_pool_free(pool, p);
	}
}

int native_pool_begin(void)
{
	static const struct myslab_pool_args alone = {
		.flags = MYSLAB_POOL_PRIVATE,
	};

	shared = myslab_pool_create("native-shared", 64, 64, NULL);
	private = myslab_pool_create("native-private", 64, 64, &alone);
	return IS_ERR(shared) || IS_ERR(private) ? -1 : 0;
}

void native_pool_end(void)
{
	myslab_pool_destroy(private);
	myslab_pool_destroy(shared);
}

const struct native_row native_pool_rows[] = {
	{ "private pool pair", NULL, native_block_malloc, native_private,
	  200000, 1, 12 },
	{ "shared pool pair", NULL, native_block_malloc, native_shared,
	  200000, 1, 90 },
	{ }
};

MODULE_LICENSE("GPL");
