/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the entry points need of a cache's life.
 */
#ifndef MYSLAB_CACHE_MOD_H
#define MYSLAB_CACHE_MOD_H

#include "types.h"

extern const struct myslab_allocator_type myslab_cache_type;

/* Objects that the slow path of alloc gets at a time. */
#define MYSLAB_MAX_BATCH	8U

/* cache_args.c */
int myslab_cache_check_args(const char *name, size_t size,
			    const struct myslab_cache_args *args);
bool myslab_gfp_allowed(struct myslab_cache *cache, gfp_t gfp);

/* cache_end.c */
void myslab_cache_free_struct(struct myslab_allocator *allocator);
void myslab_cache_end(struct myslab_allocator *allocator, const char *why);
void myslab_cache_settle(struct myslab_allocator *allocator);
void myslab_cache_forget(struct myslab_allocator *allocator);

/* cache_reclaim.c */
unsigned long myslab_cache_give_back(struct myslab_cache *cache);
void myslab_cache_upkeep(struct myslab_allocator *allocator);
unsigned long myslab_cache_reclaimable(struct myslab_allocator *allocator,
				       struct shrink_control *sc);
unsigned long myslab_cache_reclaim(struct myslab_allocator *allocator);

/* debug_whatis.c */
long myslab_cache_offset(struct myslab_allocator *allocator, const void *addr);
void myslab_cache_describe(struct myslab_allocator *allocator,
			   const void *addr, char *text, size_t size);
void myslab_cache_users(struct myslab_allocator *allocator, const void *addr,
			struct myslab_lines *to);

/* cache_rcu.c */
void myslab_rcu_init(struct myslab_cache *cache);
void myslab_rcu_defer(struct myslab_slab *slab, unsigned int idx);
void myslab_rcu_finish(struct myslab_cache *cache);

#endif
