// SPDX-License-Identifier: GPL-2.0
/* The allocators behind one interface: myslab's four, and SLUB's two. */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <myslab.h>

#include "score.h"

static int build(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0x77, SIZE);
	return 0;
}

static void *cache_create(const char *name, size_t size, unsigned int with)
{
	static const struct myslab_range whole[] = { { 0, SIZE }, {} };
	struct myslab_cache_args args = {
		.ctor = with & WITH_CTOR ? build : NULL,
		.flags = with & WITH_RCU ? MYSLAB_TYPESAFE_BY_RCU : 0,
		.state_ranges = with & WITH_STATE ? whole : NULL,
	};

	return myslab_cache_create(name, size, &args);
}

static void cache_destroy(void *where)
{
	myslab_cache_destroy(where);
}

static void *cache_alloc(void *where, size_t size, gfp_t gfp)
{
	return myslab_cache_alloc(where, gfp);
}

static void cache_free(void *where, void *ptr)
{
	myslab_cache_free(where, ptr);
}

static void cache_free_bulk(void *where, size_t nr, void **ptrs)
{
	myslab_cache_free_bulk(where, nr, ptrs);
}

static void cache_free_rcu(void *where, void *ptr)
{
	myslab_cache_free_rcu(where, ptr);
}

static void cache_settle(void *where)
{
	myslab_debug_validate();
	myslab_cache_shrink(where);
}

static unsigned long cache_checks(void *where)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(where, &stat);
	return stat.checks;
}

const struct ops cache_ops = {
	.create = cache_create,
	.destroy = cache_destroy,
	.alloc = cache_alloc,
	.free = cache_free,
	.free_bulk = cache_free_bulk,
	.free_rcu = cache_free_rcu,
	.settle = cache_settle,
	.checks = cache_checks,
};

static void *pool_create(const char *name, size_t size, unsigned int with)
{
	return myslab_pool_create(name, size, 100, NULL);
}

static void pool_destroy(void *where)
{
	myslab_pool_destroy(where);
}

static void *pool_alloc(void *where, size_t size, gfp_t gfp)
{
	return myslab_pool_alloc(where);
}

static void pool_free(void *where, void *ptr)
{
	myslab_pool_free(where, ptr);
}

static void validate(void *where)
{
	myslab_debug_validate();
}

static unsigned long pool_checks(void *where)
{
	struct myslab_pool_stat stat;

	myslab_pool_stat(where, &stat);
	return stat.checks;
}

const struct ops pool_ops = {
	.create = pool_create,
	.destroy = pool_destroy,
	.alloc = pool_alloc,
	.free = pool_free,
	.settle = validate,
	.checks = pool_checks,
};

static void *heap_create(const char *name, size_t size, unsigned int with)
{
	return myslab_heap_create(name, NULL);
}

static void heap_destroy(void *where)
{
	myslab_heap_destroy(where);
}

static void *heap_alloc(void *where, size_t size, gfp_t gfp)
{
	return myslab_heap_alloc(where, size, gfp);
}

static void heap_free(void *where, void *ptr)
{
	myslab_heap_free(where, ptr);
}

static void *heap_realloc(void *where, void *ptr, size_t size)
{
	return myslab_heap_realloc(where, ptr, size, GFP_KERNEL);
}

static size_t heap_size(void *where, void *ptr)
{
	return myslab_heap_size(where, ptr);
}

static void heap_settle(void *where)
{
	myslab_debug_validate();
	myslab_heap_trim(where);
}

static unsigned long heap_checks(void *where)
{
	struct myslab_heap_stat stat;

	myslab_heap_stat(where, &stat);
	return stat.checks;
}

const struct ops heap_ops = {
	.create = heap_create,
	.destroy = heap_destroy,
	.alloc = heap_alloc,
	.free = heap_free,
	.realloc = heap_realloc,
	.size = heap_size,
	.settle = heap_settle,
	.checks = heap_checks,
};

static void *arena_create(const char *name, size_t size, unsigned int with)
{
	return myslab_arena_create(name, NULL);
}

static void arena_destroy(void *where)
{
	myslab_arena_destroy(where);
}

static void *arena_alloc(void *where, size_t size, gfp_t gfp)
{
	return myslab_arena_alloc(where, size, gfp);
}

/* An arena frees everything at once. */
static void arena_free(void *where, void *ptr)
{
}

static void arena_settle(void *where)
{
	myslab_debug_validate();
	myslab_arena_reset(where);
}

static unsigned long arena_checks(void *where)
{
	struct myslab_arena_stat stat;

	myslab_arena_stat(where, &stat);
	return stat.checks;
}

const struct ops arena_ops = {
	.create = arena_create,
	.destroy = arena_destroy,
	.alloc = arena_alloc,
	.free = arena_free,
	.settle = arena_settle,
	.checks = arena_checks,
};

static void slub_build(void *obj)
{
	build(obj, NULL, GFP_KERNEL);
}

/* A usercopy region: a cache that has one is not merged with others. */
static void *slub_create(const char *name, size_t size, unsigned int with)
{
	slab_flags_t flags = with & WITH_RCU ? SLAB_TYPESAFE_BY_RCU : 0;

	return kmem_cache_create_usercopy(name, size, 0, flags, 0, size,
					  with & WITH_CTOR ? slub_build : NULL);
}

static void slub_destroy(void *where)
{
	kmem_cache_destroy(where);
}

static void *slub_alloc(void *where, size_t size, gfp_t gfp)
{
	return kmem_cache_alloc(where, gfp);
}

static void slub_free(void *where, void *ptr)
{
	kmem_cache_free(where, ptr);
}

static void slub_free_bulk(void *where, size_t nr, void **ptrs)
{
	kmem_cache_free_bulk(where, nr, ptrs);
}

static void slub_settle(void *where)
{
	kmem_cache_shrink(where);
}

const struct ops slub_ops = {
	.create = slub_create,
	.destroy = slub_destroy,
	.alloc = slub_alloc,
	.free = slub_free,
	.free_bulk = slub_free_bulk,
	.settle = slub_settle,
};

static void *kmalloc_create(const char *name, size_t size, unsigned int with)
{
	return (void *)name;
}

static void *kmalloc_alloc(void *where, size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static void kmalloc_free(void *where, void *ptr)
{
	kfree(ptr);
}

static void *kmalloc_realloc(void *where, void *ptr, size_t size)
{
	return krealloc(ptr, size, GFP_KERNEL);
}

static size_t kmalloc_size(void *where, void *ptr)
{
	return ksize(ptr);
}

const struct ops kmalloc_ops = {
	.create = kmalloc_create,
	.alloc = kmalloc_alloc,
	.free = kmalloc_free,
	.realloc = kmalloc_realloc,
	.size = kmalloc_size,
};
