/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What <myslab/dropin.h> turns calls into, without its new names for them.
 */
#ifndef MYSLAB_DROPIN_CALLS_H
#define MYSLAB_DROPIN_CALLS_H

#include <linux/gfp.h>
#include <linux/types.h>

struct module;
struct myslab_cache;

struct myslab_cache *
myslab_dropin_create_for(struct module *owner, const char *name,
			 unsigned int size, unsigned int align,
			 slab_flags_t flags, void (*ctor)(void *obj));
void *myslab_dropin_alloc_lru(struct myslab_cache *cache, gfp_t gfp);
void myslab_dropin_free_bulk(struct myslab_cache *cache, size_t nr,
			     void **objs);
unsigned int myslab_dropin_size(struct myslab_cache *cache);
bool myslab_dropin_free_rcu(const void *obj);
void myslab_dropin_kfree(const void *p);
void myslab_dropin_kvfree(const void *p);
void myslab_dropin_kfree_sensitive(const void *p);
size_t myslab_dropin_ksize(const void *p);
void *myslab_dropin_mempool_alloc(gfp_t gfp, void *cache);
void myslab_dropin_mempool_free(void *obj, void *cache);

#endif
