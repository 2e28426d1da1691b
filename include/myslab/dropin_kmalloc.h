/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What <myslab/dropin.h> adds with -DMYSLAB_DROPIN_KMALLOC: kmalloc() and its
 * like on a heap of the driver's module. docs/dropin.md says what must not be
 * freed by the core then.
 */
#ifndef MYSLAB_DROPIN_KMALLOC_H
#define MYSLAB_DROPIN_KMALLOC_H

#include <linux/compiler.h>
#include <linux/instruction_pointer.h>
#include <linux/module.h>
#include <linux/numa.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <myslab/dropin_calls.h>

/* One a module, of however many files it is made. */
extern struct myslab_dropin_home myslab_dropin_home;
struct myslab_dropin_home myslab_dropin_home __weak = {
	.owner = THIS_MODULE,
};

static inline __alloc_size(1) void *
myslab_dropin_kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return myslab_dropin_kmalloc(&myslab_dropin_home, size, gfp, node);
}

static inline __alloc_size(1, 2) void *
myslab_dropin_kmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return myslab_dropin_kmalloc_node(bytes, gfp, node);
}

static inline __alloc_size(1) void *
myslab_dropin_kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	return myslab_dropin_kvmalloc(&myslab_dropin_home, size, gfp, node);
}

static inline __alloc_size(1, 2) void *
myslab_dropin_kvmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return myslab_dropin_kvmalloc_node(bytes, gfp, node);
}

static inline __realloc_size(2, 3) void *
myslab_dropin_krealloc_array(const void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return myslab_dropin_krealloc(&myslab_dropin_home, p, bytes, gfp);
}

static inline __realloc_size(2) void *
myslab_dropin_kmemdup(const void *from, size_t len, gfp_t gfp)
{
	return myslab_dropin_memdup(&myslab_dropin_home, from, len, 0, gfp);
}

static inline void *myslab_dropin_kvmemdup(const void *from, size_t len,
					   gfp_t gfp)
{
	void *p = myslab_dropin_kvmalloc_node(len, gfp, NUMA_NO_NODE);

	return p ? memcpy(p, from, len) : NULL;
}

static inline char *myslab_dropin_kmemdup_nul(const char *s, size_t len,
					      gfp_t gfp)
{
	if (!s)
		return NULL;
	return myslab_dropin_memdup(&myslab_dropin_home, s, len, 1, gfp);
}

static inline char *myslab_dropin_kstrdup(const char *s, gfp_t gfp)
{
	return s ? myslab_dropin_kmemdup_nul(s, strlen(s), gfp) : NULL;
}

static inline char *myslab_dropin_kstrndup(const char *s, size_t max,
					   gfp_t gfp)
{
	return s ? myslab_dropin_kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

#undef kmalloc_node
#define kmalloc_node			myslab_dropin_kmalloc_node
#undef kmalloc_node_track_caller
#define kmalloc_node_track_caller(size, gfp, node)			\
	myslab_dropin_kmalloc_caller(&myslab_dropin_home, size, gfp, node, \
				     _RET_IP_)
#undef kmalloc_track_caller
#define kmalloc_track_caller(size, gfp)					\
	kmalloc_node_track_caller(size, gfp, NUMA_NO_NODE)
#undef kmalloc
#define kmalloc(size, gfp)		kmalloc_node(size, gfp, NUMA_NO_NODE)
#undef kzalloc_node
#define kzalloc_node(size, gfp, node)					\
	kmalloc_node(size, (gfp) | __GFP_ZERO, node)
#undef kzalloc
#define kzalloc(size, gfp)		kmalloc(size, (gfp) | __GFP_ZERO)
#undef kmalloc_array_node
#define kmalloc_array_node		myslab_dropin_kmalloc_array_node
#undef kmalloc_array
#define kmalloc_array(n, size, gfp)					\
	kmalloc_array_node(n, size, gfp, NUMA_NO_NODE)
#undef kcalloc_node
#define kcalloc_node(n, size, gfp, node)				\
	kmalloc_array_node(n, size, (gfp) | __GFP_ZERO, node)
#undef kcalloc
#define kcalloc(n, size, gfp)						\
	kmalloc_array(n, size, (gfp) | __GFP_ZERO)

#undef kvmalloc_node
#define kvmalloc_node			myslab_dropin_kvmalloc_node
#undef kvmalloc
#define kvmalloc(size, gfp)		kvmalloc_node(size, gfp, NUMA_NO_NODE)
#undef kvzalloc_node
#define kvzalloc_node(size, gfp, node)					\
	kvmalloc_node(size, (gfp) | __GFP_ZERO, node)
#undef kvzalloc
#define kvzalloc(size, gfp)		kvmalloc(size, (gfp) | __GFP_ZERO)
#undef kvmalloc_array_node
#define kvmalloc_array_node		myslab_dropin_kvmalloc_array_node
#undef kvmalloc_array
#define kvmalloc_array(n, size, gfp)					\
	kvmalloc_array_node(n, size, gfp, NUMA_NO_NODE)
#undef kvcalloc_node
#define kvcalloc_node(n, size, gfp, node)				\
	kvmalloc_array_node(n, size, (gfp) | __GFP_ZERO, node)
#undef kvcalloc
#define kvcalloc(n, size, gfp)						\
	kvmalloc_array(n, size, (gfp) | __GFP_ZERO)

#undef krealloc
#define krealloc(p, size, gfp)						\
	myslab_dropin_krealloc(&myslab_dropin_home, p, size, gfp)
#undef krealloc_array
#define krealloc_array			myslab_dropin_krealloc_array

/* They would have a block of ours resized by the core: not to be called. */
#undef krealloc_node_align
#undef kvrealloc_node_align

/* A macro since the old size is no longer told. */
#ifdef kvrealloc

#undef kvrealloc
#define kvrealloc(p, size, gfp)						\
	myslab_dropin_kvrealloc(&myslab_dropin_home, p, size, gfp)

#else

static inline void *myslab_dropin_kvrealloc_old(const void *p, size_t old,
						size_t size, gfp_t gfp)
{
	void *new;

	if (old >= size)
		return (void *)p;
	new = kvmalloc(size, gfp);
	if (!new)
		return NULL;
	memcpy(new, p, old);
	myslab_dropin_kvfree(p);
	return new;
}

#define kvrealloc			myslab_dropin_kvrealloc_old

#endif

#undef kmemdup
#define kmemdup				myslab_dropin_kmemdup
#undef kmemdup_array
#define kmemdup_array(from, n, size, gfp)				\
	kmemdup(from, size_mul(n, size), gfp)
#undef kvmemdup
#define kvmemdup			myslab_dropin_kvmemdup
#undef kmemdup_nul
#define kmemdup_nul			myslab_dropin_kmemdup_nul
#undef kstrdup
#define kstrdup				myslab_dropin_kstrdup
#undef kstrndup
#define kstrndup			myslab_dropin_kstrndup
#define kasprintf(gfp, ...)						\
	myslab_dropin_asprintf(&myslab_dropin_home, gfp, __VA_ARGS__)
#define kvasprintf(gfp, fmt, args)					\
	myslab_dropin_vasprintf(&myslab_dropin_home, gfp, fmt, args)
#define kmalloc_size_roundup		myslab_dropin_roundup

#endif
