// SPDX-License-Identifier: GPL-2.0
/*
 * What <myslab/dropin.h> makes of kmem_cache's calls where that is more than
 * another name.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <myslab/dropin_calls.h>

#include "cache.h"
#include "debug.h"
#include "dropin.h"
#include "registry.h"

static int call_ctor(void *obj, void *private, gfp_t gfp)
{
	void (*ctor)(void *obj) = private;

	ctor(obj);
	return 0;
}

static unsigned int flags_of(slab_flags_t slab_flags)
{
	unsigned int flags = MYSLAB_EXACT_GUARD | MYSLAB_LOW_ORDER;

	if (slab_flags & SLAB_HWCACHE_ALIGN)
		flags |= MYSLAB_HWCACHE_ALIGN;
	if (slab_flags & SLAB_TYPESAFE_BY_RCU)
		flags |= MYSLAB_TYPESAFE_BY_RCU;
	if (slab_flags & SLAB_RECLAIM_ACCOUNT)
		flags |= MYSLAB_RECLAIM_ACCOUNT;
	if (slab_flags & SLAB_ACCOUNT)
		flags |= MYSLAB_ACCOUNT;
	if (slab_flags & SLAB_CACHE_DMA)
		flags |= MYSLAB_DMA;
	if (slab_flags & SLAB_CACHE_DMA32)
		flags |= MYSLAB_DMA32;
	return flags;
}

/* Room for "-" and a number behind a name. */
#define SUFFIX	11

/*
 * A legal name for any: what may not be there becomes '_'. What starts like a
 * number, or like a row of another type, gets a letter first.
 */
static void legal_name(char *to, const char *name)
{
	char *c = to;

	if (!myslab_name_may_start(*name) || myslab_name_is_reserved(name))
		*c++ = 'k';
	strscpy(c, name, MYSLAB_MAX_NAME - SUFFIX - (c - to));
	for (; *c; c++)
		if (!myslab_name_may_have(*c))
			*c = '_';
}

/*
 * A legal name that none of @type has now: where @wanted is taken, NAME-2.
 * Another may take it at any time.
 */
void myslab_dropin_name(char *name, const struct myslab_allocator_type *type,
			const char *wanted)
{
	char legal[MYSLAB_MAX_NAME + 1];
	unsigned int nr = 1;

	legal_name(legal, wanted);
	strscpy(name, legal, MYSLAB_MAX_NAME + 1);
	while (myslab_registry_has(type, name))
		scnprintf(name, MYSLAB_MAX_NAME + 1, "%s-%u", legal, ++nr);
}

/* Names may repeat for kmem_cache. */
static struct myslab_cache *create(struct module *owner, const char *wanted,
				   unsigned int size,
				   const struct myslab_cache_args *args)
{
	char name[MYSLAB_MAX_NAME + 1];
	struct myslab_cache *cache;

	do {
		myslab_dropin_name(name, &myslab_cache_type, wanted);
		cache = myslab_cache_create_for(owner, name, size, args);
		/* Somebody was faster, which the log says: try the next. */
	} while (cache == ERR_PTR(-EEXIST));
	return cache;
}

/**
 * myslab_dropin_create_for() - kmem_cache_create() for <myslab/dropin.h>.
 * @owner: Module whose cache it is.
 * @name: Any; made legal and unique.
 * @size: Bytes of an object.
 * @align: As kmem_cache_create() takes it: 0 or a power of two.
 * @flags: SLAB_* flags; those that ask for debugging are ignored.
 * @ctor: Constructor, or %NULL.
 *
 * Context: Process context, may sleep.
 * Return: The cache, or %NULL; with SLAB_PANIC never that.
 */
struct myslab_cache *
myslab_dropin_create_for(struct module *owner, const char *name,
			 unsigned int size, unsigned int align,
			 slab_flags_t flags, void (*ctor)(void *obj))
{
	struct myslab_cache_args args = {
		.align = align,
		.flags = flags_of(flags),
		.ctor = ctor ? call_ctor : NULL,
		.private = ctor,
	};
	struct myslab_cache *cache;

	if (ctor)
		args.flags |= MYSLAB_CTOR_SURE;
	cache = create(owner, name ? : "unnamed", size, &args);
	if (!IS_ERR(cache))
		return cache;
	if (flags & SLAB_PANIC)
		panic("myslab: cache %s cannot be created: %ld\n", name,
		      PTR_ERR(cache));
	return NULL;
}
EXPORT_SYMBOL_GPL(myslab_dropin_create_for);

/* All who race here write the same. */
static noinline void keep_for_lru(struct myslab_cache *cache)
{
	WRITE_ONCE(cache->self.gfp_pages,
		   cache->self.gfp_pages & ~__GFP_ACCOUNT);
	WRITE_ONCE(cache->flags, cache->flags | MYSLAB_NO_GUARD);
}

/**
 * myslab_dropin_alloc_lru() - kmem_cache_alloc_lru() for <myslab/dropin.h>.
 * @cache: Cache of objects that will be on a list_lru, such as inodes.
 * @gfp: As for myslab_cache_alloc().
 *
 * list_lru asks the page of an object, which has to be in the direct map, which
 * cgroup it is charged to, and follows that to a list that only SLUB can make:
 * such caches are not guarded, and never charged.
 *
 * Context: As myslab_cache_alloc().
 * Return: The object, or %NULL.
 */
void *myslab_dropin_alloc_lru(struct myslab_cache *cache, gfp_t gfp)
{
	if (unlikely(!(READ_ONCE(cache->flags) & MYSLAB_NO_GUARD)))
		keep_for_lru(cache);
	return myslab_cache_alloc(cache, gfp);
}
EXPORT_SYMBOL_GPL(myslab_dropin_alloc_lru);

/**
 * myslab_dropin_size() - kmem_cache_size() for <myslab/dropin.h>.
 * @cache: The cache.
 *
 * Context: Any.
 * Return: Bytes of an object.
 */
unsigned int myslab_dropin_size(struct myslab_cache *cache)
{
	return cache->size;
}
EXPORT_SYMBOL_GPL(myslab_dropin_size);

/**
 * myslab_dropin_free_bulk() - kmem_cache_free_bulk() for <myslab/dropin.h>.
 * @cache: Whose objects they are; %NULL: what kfree() takes, of either kind.
 * @nr: How many.
 * @objs: The objects.
 *
 * Context: As myslab_cache_free().
 */
void myslab_dropin_free_bulk(struct myslab_cache *cache, size_t nr,
			     void **objs)
{
	if (cache)
		myslab_cache_free_bulk(cache, nr, objs);
	else
		while (nr--)
			myslab_dropin_kfree(*objs++);
}
EXPORT_SYMBOL_GPL(myslab_dropin_free_bulk);

/**
 * myslab_dropin_mempool_alloc() - mempool_alloc_slab() for <myslab/dropin.h>.
 * @gfp: As for myslab_cache_alloc().
 * @cache: A struct myslab_cache.
 *
 * Context: As myslab_cache_alloc().
 * Return: The object, or %NULL.
 */
void *myslab_dropin_mempool_alloc(gfp_t gfp, void *cache)
{
	return myslab_cache_alloc(cache, gfp);
}
EXPORT_SYMBOL_GPL(myslab_dropin_mempool_alloc);

/**
 * myslab_dropin_mempool_free() - mempool_free_slab() for <myslab/dropin.h>.
 * @obj: The object.
 * @cache: A struct myslab_cache.
 *
 * Context: As myslab_cache_free().
 */
void myslab_dropin_mempool_free(void *obj, void *cache)
{
	myslab_cache_free(cache, obj);
}
EXPORT_SYMBOL_GPL(myslab_dropin_mempool_free);
