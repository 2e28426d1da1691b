/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* kmalloc over simulated pages, naturally aligned, with red zones. */
#ifndef MIRROR_LINUX_SLAB_H
#define MIRROR_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/topology.h>
#include <linux/types.h>

#define ARCH_KMALLOC_MINALIGN 8
#define ARCH_SLAB_MINALIGN 8
#define KMALLOC_MAX_SIZE	(1UL << 22)
#define ZERO_SIZE_PTR	((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)

void *mirror_kmalloc(size_t size, gfp_t gfp, int nid, unsigned long caller);
void kfree(const void *p);
void kfree_sensitive(const void *p);
void *krealloc(const void *p, size_t size, gfp_t gfp);
size_t ksize(const void *p);

#define __mirror_here	((unsigned long)__builtin_return_address(0))
#define kmalloc_node(size, gfp, nid) \
	mirror_kmalloc(size, gfp, nid, __mirror_here)
#define kmalloc(size, gfp)	kmalloc_node(size, gfp, NUMA_NO_NODE)
#define kzalloc(size, gfp)	kmalloc(size, (gfp) | __GFP_ZERO)
#define kzalloc_node(size, gfp, nid) kmalloc_node(size, (gfp) | __GFP_ZERO, nid)
#define kmalloc_array(n, size, gfp) kmalloc(size_mul(n, size), gfp)
#define kmalloc_array_node(n, size, gfp, nid) \
	kmalloc_node(size_mul(n, size), gfp, nid)
#define kcalloc(n, size, gfp)	kzalloc(size_mul(n, size), gfp)
#define kcalloc_node(n, size, gfp, nid) \
	kzalloc_node(size_mul(n, size), gfp, nid)
#define kmalloc_track_caller(size, gfp) kmalloc(size, gfp)

#define SLAB_HWCACHE_ALIGN	0x2000U
#define SLAB_PANIC		0x40000U
#define SLAB_TYPESAFE_BY_RCU	0x80000U
#define SLAB_ACCOUNT		0x4000000U

struct kmem_cache;
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *s);
void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *s, void *p);
#define kmem_cache_zalloc(s, gfp) kmem_cache_alloc(s, (gfp) | __GFP_ZERO)

#include <linux/cleanup.h>
DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))

#endif
