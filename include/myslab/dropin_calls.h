/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What <myslab/dropin.h> turns calls into, without its new names for them.
 */
#ifndef MYSLAB_DROPIN_CALLS_H
#define MYSLAB_DROPIN_CALLS_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/stdarg.h>
#include <linux/types.h>

struct module;
struct myslab_cache;
struct myslab_heap;

/* Where the memory of a module that moved kmalloc() comes from. */
struct myslab_dropin_home {
	struct module *owner;
	struct myslab_heap *heap;	/* NULL until the first call */
};

/* dropin.c */
struct myslab_cache *
myslab_dropin_create_for(struct module *owner, const char *name,
			 unsigned int size, unsigned int align,
			 slab_flags_t flags, void (*ctor)(void *obj));
void *myslab_dropin_alloc_lru(struct myslab_cache *cache, gfp_t gfp);
void myslab_dropin_free_bulk(struct myslab_cache *cache, size_t nr,
			     void **objs);
unsigned int myslab_dropin_size(struct myslab_cache *cache);
void *myslab_dropin_mempool_alloc(gfp_t gfp, void *cache);
void myslab_dropin_mempool_free(void *obj, void *cache);

/* dropin_free.c */
bool myslab_dropin_free_rcu(const void *obj, void *head);
void myslab_dropin_kfree(const void *p);
void myslab_dropin_kfree_const(const void *p);
void myslab_dropin_kfree_link(void *p);
void myslab_dropin_kfree_sensitive(const void *p);
void myslab_dropin_kvfree(const void *p);
void myslab_dropin_kvfree_sensitive(const void *p, size_t len);
size_t myslab_dropin_ksize(const void *p);

/* dropin_usercopy.c */
struct myslab_cache *
myslab_dropin_for_user(struct myslab_cache *cache, unsigned int offset,
		       unsigned int size);
bool myslab_check_usercopy(const void *p, size_t n);

/* dropin_kmalloc.c */
void *myslab_dropin_kmalloc(struct myslab_dropin_home *home, size_t size,
			    gfp_t gfp, int node);
void *myslab_dropin_kmalloc_caller(struct myslab_dropin_home *home, size_t size,
				   gfp_t gfp, int node, unsigned long caller);
void *myslab_dropin_kvmalloc(struct myslab_dropin_home *home, size_t size,
			     gfp_t gfp, int node);
void *myslab_dropin_krealloc(struct myslab_dropin_home *home, const void *p,
			     size_t size, gfp_t gfp);
void *myslab_dropin_kvrealloc(struct myslab_dropin_home *home, const void *p,
			      size_t size, gfp_t gfp);
size_t myslab_dropin_roundup(size_t size);
void *myslab_dropin_memdup(struct myslab_dropin_home *home, const void *from,
			   size_t len, size_t zeroes, gfp_t gfp);
char *myslab_dropin_vasprintf(struct myslab_dropin_home *home, gfp_t gfp,
			      const char *fmt, va_list args) __printf(3, 0);
char *myslab_dropin_asprintf(struct myslab_dropin_home *home, gfp_t gfp,
			     const char *fmt, ...) __printf(3, 4);

#endif
