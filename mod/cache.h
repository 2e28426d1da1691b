/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry of caches, and what the entry points need of a cache's life.
 */
#ifndef MYSLAB_CACHE_MOD_H
#define MYSLAB_CACHE_MOD_H

#include <linux/mutex.h>

#include "types.h"

extern struct mutex myslab_caches_lock;
extern struct list_head myslab_caches;	/* by rising id; caches_lock */

void myslab_cache_unpin(struct myslab_cache *cache);
struct myslab_cache *myslab_cache_pin_next(struct myslab_cache *prev);
struct myslab_cache *myslab_cache_dig_up(void);
void myslab_cache_free_struct(struct myslab_cache *cache);
void myslab_cache_end_all(struct module *owner);
void myslab_cache_bury_all(void);
unsigned long myslab_cache_give_back(struct myslab_cache *cache);

/* cache_args.c */
int myslab_cache_check_args(const char *name, size_t size,
			    const struct myslab_cache_args *args);

/* cache_rcu.c */
void myslab_rcu_init(struct myslab_cache *cache);
void myslab_rcu_finish(struct myslab_cache *cache);

#endif
