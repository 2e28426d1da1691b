// SPDX-License-Identifier: GPL-2.0
/*
 * A cache beside malloc: the hot pair, and objects that are costly to
 * construct.
 */
#include <stdlib.h>
#undef snprintf

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <myslab.h>

#include "native.h"

#define NR_QUEUES	32

/* A session as a network driver has one: its queues are always made anew. */
struct session {
	u64 id;
	struct {
		spinlock_t lock;
		struct list_head packets;
		u64 limit;
	} queue[NR_QUEUES];
	char buffer[512];
};

static struct myslab_cache *plain, *sessions;

static int construct(void *obj, void *private, gfp_t gfp)
{
	struct session *s = obj;
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < NR_QUEUES; i++) {
		spin_lock_init(&s->queue[i].lock);
		INIT_LIST_HEAD(&s->queue[i].packets);
		s->queue[i].limit = 1000;
	}
	return 0;
}

static void pair_malloc(unsigned long rounds)
{
	void *p;

	while (rounds--) {
		p = malloc(256);
		native_hide(p);
		free(p);
	}
}

static void pair_cache(unsigned long rounds)
{
	void *p;

	while (rounds--) {
		p = myslab_cache_alloc(plain, GFP_KERNEL);
		native_hide(p);
		myslab_cache_free(plain, p);
	}
}

static void session_malloc(unsigned long rounds)
{
	struct session *s;

	while (rounds--) {
		s = malloc(sizeof(*s));
		construct(s, NULL, 0);
		native_hide(s);
		free(s);
	}
}

static void session_cache(unsigned long rounds)
{
	struct session *s;

	while (rounds--) {
		s = myslab_cache_alloc(sessions, GFP_KERNEL);
		native_hide(s);
		myslab_cache_free(sessions, s);
	}
}

int native_cache_begin(void)
{
	plain = myslab_cache_create("native", 256, NULL);
	sessions = myslab_cache_create("native-sessions",
				       sizeof(struct session),
				       &(struct myslab_cache_args){
						.ctor = construct });
	return IS_ERR(plain) || IS_ERR(sessions) ? -1 : 0;
}

void native_cache_end(void)
{
	myslab_cache_destroy(sessions);
	myslab_cache_destroy(plain);
}

const struct native_row native_cache_rows[] = {
	{ "cache pair, 256 bytes", NULL, pair_malloc, pair_cache, 200000, 1,
	  55, native_pair_glibc },
	{ "constructed object", NULL, session_malloc, session_cache, 50000, 1, 10 },
	{ }
};

MODULE_LICENSE("GPL");
