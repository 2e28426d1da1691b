/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a kernel that is built to find bugs is told of the objects of caches and
 * the small blocks of heaps, as SLUB tells it of its own; on others all of this
 * is nothing.
 *
 *   KASAN     what is free, or was never handed out, is not touched, nor are
 *             the bytes between the end of an object and the next one
 *   kmemleak  what is out and nothing points to is a leak. What is constructed
 *             and free is none, but may point to memory of its own
 *   lockdep   no lock in it is held when it is freed
 *   KCSAN     nobody else is at it then
 *   KMSAN     what it was before its free nobody knows
 *
 * DEBUG_OBJECTS asks no module: it looks at pages that go. Of debug sides it is
 * not told: our own checks look at what is free there. Readers of an
 * RCU-typesafe object may look, too. In NMI kmemleak cannot be told: what is
 * allocated there it does not know, what is freed there it takes for lost until
 * that is handed out again.
 */
#ifndef MYSLAB_CHECKERS_H
#define MYSLAB_CHECKERS_H

#include <linux/bitops.h>
#include <linux/debug_locks.h>
#include <linux/kasan.h>
#include <linux/kcsan-checks.h>
#include <linux/kmemleak.h>
#include <linux/kmsan-checks.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "slab.h"

/* KASAN's words for it, which it keeps to itself. */
#define MYSLAB_KASAN_FREE	0xfb
#define MYSLAB_KASAN_REDZONE	0xfc

#define MYSLAB_CHECKERS							\
	(IS_ENABLED(CONFIG_KASAN_GENERIC) ||				\
	 IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ||				\
	 IS_ENABLED(CONFIG_LOCKDEP) || IS_ENABLED(CONFIG_KCSAN) ||	\
	 IS_ENABLED(CONFIG_KMSAN))

#ifdef CONFIG_KASAN_GENERIC
/*
 * kasan_poison() is there for modules, its opposite is not: the shadow, a byte
 * for eight, is written here. @addr is a multiple of eight.
 */
static inline void myslab_kasan_open(const void *addr, size_t size)
{
	u8 *shadow = kasan_mem_to_shadow(addr);

	__memset(shadow, 0, size / 8);
	if (size % 8)
		shadow[size / 8] = size % 8;
}

static inline void myslab_kasan_close(const void *addr, size_t size, u8 why)
{
	__memset(kasan_mem_to_shadow(addr), why, DIV_ROUND_UP(size, 8));
}

/* Zero what is not open yet. */
#define myslab_kasan_zero(addr, size)	__memset(addr, 0, size)
#else
#define myslab_kasan_zero(addr, size)	memset(addr, 0, size)

static inline void myslab_kasan_open(const void *addr, size_t size) { }
static inline void
myslab_kasan_close(const void *addr, size_t size, u8 why) { }
#endif

/* Are they told of what is in the slabs of @cache? */
static __always_inline bool myslab_is_told_of(const struct myslab_cache *cache)
{
	return MYSLAB_CHECKERS && cache->layout.span.told;
}

/* May readers look at what is free in it? */
static inline bool myslab_is_looked_at(const struct myslab_cache *cache)
{
	return cache->flags & MYSLAB_TYPESAFE_BY_RCU;
}

/* For ourselves, and for constructor and destructor. */
static inline void myslab_checkers_open(const struct myslab_cache *cache,
					const void *obj)
{
	if (myslab_is_told_of(cache))
		myslab_kasan_open(obj, cache->size);
}

static inline void myslab_checkers_close(const struct myslab_cache *cache,
					 const void *obj)
{
	if (myslab_is_told_of(cache) && !myslab_is_looked_at(cache))
		myslab_kasan_close(obj, cache->size, MYSLAB_KASAN_FREE);
}

/* All of a slab that came. */
static inline void myslab_checkers_add(const struct myslab_slab *slab)
{
	if (myslab_is_told_of(slab->cache))
		myslab_kasan_close(slab->base,
				   slab->cache->layout.span.pages * PAGE_SIZE,
				   MYSLAB_KASAN_REDZONE);
}

/* All of a slab that goes. */
static inline void myslab_checkers_remove(const struct myslab_slab *slab)
{
	const struct myslab_layout *layout = &slab->cache->layout;
	unsigned int i;

	if (!myslab_is_told_of(slab->cache))
		return;
	if (!slab->lost)
		myslab_kasan_open(slab->base, layout->span.pages * PAGE_SIZE);
	for (i = 0; slab->cache->ctor && i < layout->objects; i++)
		kmemleak_free(slab->base + (size_t)i * layout->stride);
}

/* Its constructor has run: from now on it may own memory. */
static inline void myslab_checkers_constructed(const struct myslab_cache *cache,
					       const void *obj, gfp_t gfp)
{
	if (!myslab_is_told_of(cache))
		return;
	kmemleak_alloc(obj, cache->size, 0, gfp);
	myslab_checkers_close(cache, obj);
}

static inline bool myslab_is_constructed(const struct myslab_cache *cache,
					 const void *obj)
{
	return test_bit(myslab_slab_index(cache, obj),
			myslab_slab_bits(myslab_slab_of(cache, obj),
					 MYSLAB_CONSTRUCTED));
}

/* It is free, or it is known that nothing points to it: no leak to be told. */
static inline void myslab_checkers_known(const struct myslab_cache *cache,
					 const void *obj)
{
	if (!myslab_is_told_of(cache) || in_nmi())
		return;
	if (!cache->ctor)
		kmemleak_free(obj);
	else if (myslab_is_constructed(cache, obj))
		kmemleak_not_leak(obj);
}

/* @obj, which may be %NULL or one of a side, is the client's from now on. */
static __always_inline void *
myslab_checkers_alloc(struct myslab_cache *cache, void *obj, gfp_t gfp)
{
	if (!MYSLAB_CHECKERS || !obj || !myslab_slab_owns(cache, obj))
		return obj;
	myslab_checkers_open(cache, obj);
	if (in_nmi())
		return obj;
	/* As constructed, or as what was freed in NMI. */
	kmemleak_free(obj);
	kmemleak_alloc(obj, cache->size, 1, gfp);
	return obj;
}

/* It is no longer; it is in none of our lists yet. */
static __always_inline void
myslab_checkers_free(const struct myslab_cache *cache, const void *obj)
{
	if (!myslab_is_told_of(cache))
		return;
	debug_check_no_locks_freed(obj, cache->size);
	myslab_checkers_known(cache, obj);
	if (myslab_is_looked_at(cache))
		return;
	__kcsan_check_access(obj, cache->size, KCSAN_ACCESS_WRITE |
			     KCSAN_ACCESS_ASSERT);
	if (!cache->ctor)
		kmsan_poison_memory(obj, cache->size, 0);
	myslab_checkers_close(cache, obj);
}

#endif
