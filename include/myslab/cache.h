/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slab caches: many objects of one size, constructed once, freed and
 * allocated again through per-CPU magazines.
 *
 * A cache hands out objects in the state in which its constructor, or the
 * last user, left them: freeing does not write to them. A freed pointer is
 * proved to be an object of the cache before anything else happens to it;
 * what fails the proof is reported (see <myslab/report.h>), never followed.
 */
#ifndef MYSLAB_CACHE_H
#define MYSLAB_CACHE_H

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct myslab_cache;

/* Largest object, and longest name without its terminating zero. */
#define MYSLAB_MAX_SIZE		SZ_1M
#define MYSLAB_MAX_NAME		63

/* Objects start on a cache line (small ones: do not straddle one). */
#define MYSLAB_HWCACHE_ALIGN	BIT(0)
/* Slabs are given back only after an RCU grace period. */
#define MYSLAB_TYPESAFE_BY_RCU	BIT(1)
/* Charge the pages to the memory cgroup of whoever grows the cache. */
#define MYSLAB_ACCOUNT		BIT(2)
/* Objects may be used for DMA or virt_to_page(): no guard pages. */
#define MYSLAB_NO_GUARD		BIT(3)
/* The destructor may sleep: it is called from a worker. */
#define MYSLAB_DTOR_SLEEPS	BIT(4)
/* Pages count as reclaimable: the owner has a shrinker for the objects. */
#define MYSLAB_RECLAIM_ACCOUNT	BIT(5)
/* Memory from ZONE_DMA, or from ZONE_DMA32. */
#define MYSLAB_DMA		BIT(6)
#define MYSLAB_DMA32		BIT(7)
/* The constructor never fails: __GFP_NOFAIL is possible with it. */
#define MYSLAB_CTOR_SURE	BIT(8)
/* Slabs of at most two pages, unless an object needs more. */
#define MYSLAB_LOW_ORDER	BIT(9)
/* The same as NO_GUARD, unless a selector has the whole name of the cache. */
#define MYSLAB_EXACT_GUARD	BIT(10)

/* Ranges that a cache may name. */
#define MYSLAB_STATE_RANGES	8

/**
 * struct myslab_range - Some bytes of an object.
 * @offset: Of the first.
 * @size: How many; 0 in what ends an array.
 */
struct myslab_range {
	unsigned int offset;
	unsigned int size;
};

/**
 * struct myslab_cache_args - What a cache needs beyond name and size.
 * @align: Alignment in bytes, a power of two up to 1 MiB; 0: the largest
 *	   power of two that divides the size, at least 8.
 * @flags: MYSLAB_* flags.
 * @ctor: Called once for an object, before it is first handed out, with the
 *	  gfp of the call that needed it; 0, or -errno: that allocation fails.
 * @dtor: Called when the memory of a constructed object is given back. Runs
 *	  in any context that a free may run in; must not sleep, allocate or
 *	  take a lock that is held across an alloc or free of this cache,
 *	  unless MYSLAB_DTOR_SLEEPS moves it to a worker.
 * @private: Handed to both.
 * @state_ranges: Bytes that are to be as the constructor left them whenever an
 *		  object is freed; the letter C of debugging looks at them. At
 *		  most MYSLAB_STATE_RANGES, by offset and apart, and one of
 *		  size 0 behind them. Copied. %NULL: none.
 */
struct myslab_cache_args {
	unsigned int align;
	unsigned int flags;
	int (*ctor)(void *obj, void *private, gfp_t gfp);
	void (*dtor)(void *obj, void *private);
	void *private;
	const struct myslab_range *state_ranges;
};

/**
 * struct myslab_cache_stat - Counters of a cache, exact when nobody is in a
 *			      call, else consistent (used <= total).
 * @pages: Pages held in slabs.
 * @allocs: Objects handed out since creation.
 * @frees: Objects taken back since creation.
 * @failures: Calls that returned no object.
 * @reports: Findings, see <myslab/report.h>.
 * @objects_used: Objects with clients.
 * @objects_total: Objects in all slabs.
 * @object_size: Size that was asked for at creation, in bytes.
 * @slabs: Slabs held.
 * @objects_cached: Free objects in magazines, on CPUs and in the depot.
 * @node_misses: Slabs that came from another node than the one asked for.
 * @quarantined: Objects withdrawn for good after a finding.
 * @magazine_size: Objects a magazine holds; grows on contention.
 * @checks: Looks at objects by debugging, see <myslab/debug.h>.
 * @undressed: Objects handed out without, since it had no memory.
 * @unguarded: Objects that were to have guard pages, for which there was no
 *	       room.
 * @debugged: 1 if objects that are allocated now are debugged.
 */
struct myslab_cache_stat {
	unsigned long pages;
	unsigned long allocs;
	unsigned long frees;
	unsigned long failures;
	unsigned long reports;
	unsigned long objects_used;
	unsigned long objects_total;
	unsigned long object_size;
	unsigned long slabs;
	unsigned long objects_cached;
	unsigned long node_misses;
	unsigned long quarantined;
	unsigned long magazine_size;
	unsigned long checks;
	unsigned long undressed;
	unsigned long unguarded;
	unsigned long debugged;
};

struct myslab_cache *
myslab_cache_create_for(struct module *owner, const char *name, size_t size,
			const struct myslab_cache_args *args);

/**
 * myslab_cache_create() - Create a cache.
 * @name: A letter, then letters, digits, '_', '.', '-'; unique; at most
 *	  MYSLAB_MAX_NAME characters. Copied.
 * @size: Bytes of an object, 1 to MYSLAB_MAX_SIZE.
 * @args: The rest, or %NULL for defaults. Copied.
 *
 * Context: Process context, may sleep.
 * Return: The cache, or an ERR_PTR: -EINVAL, -ENAMETOOLONG, -EEXIST, -ENOMEM;
 *	   one line in the log says what was wrong.
 */
static inline struct myslab_cache *
myslab_cache_create(const char *name, size_t size,
		    const struct myslab_cache_args *args)
{
	return myslab_cache_create_for(THIS_MODULE, name, size, args);
}

void myslab_cache_destroy(struct myslab_cache *cache);

void *myslab_cache_alloc(struct myslab_cache *cache, gfp_t gfp);
void *myslab_cache_alloc_node(struct myslab_cache *cache, gfp_t gfp, int node);
void *myslab_cache_alloc_caller(struct myslab_cache *cache, gfp_t gfp,
				unsigned long caller);
void myslab_cache_free(struct myslab_cache *cache, void *obj);

/**
 * myslab_cache_zalloc() - Allocate one zeroed object.
 * @cache: Cache without constructor.
 * @gfp: As for myslab_cache_alloc().
 *
 * Context: As myslab_cache_alloc().
 * Return: The object, every byte of its size zero, or %NULL.
 */
static inline void *myslab_cache_zalloc(struct myslab_cache *cache, gfp_t gfp)
{
	return myslab_cache_alloc(cache, gfp | __GFP_ZERO);
}

int myslab_cache_alloc_bulk(struct myslab_cache *cache, gfp_t gfp, size_t nr,
			    void **objs);
void myslab_cache_free_bulk(struct myslab_cache *cache, size_t nr,
			    void **objs);

void *myslab_cache_try_alloc(struct myslab_cache *cache);
bool myslab_cache_try_free(struct myslab_cache *cache, void *obj);

void myslab_cache_free_rcu(struct myslab_cache *cache, void *obj);

unsigned long myslab_cache_shrink(struct myslab_cache *cache);
void myslab_cache_stat(struct myslab_cache *cache,
		       struct myslab_cache_stat *stat);
const char *myslab_cache_name(const struct myslab_cache *cache);

struct myslab_cache *
devm_myslab_cache_create_for(struct device *dev, struct module *owner,
			     const char *name, size_t size,
			     const struct myslab_cache_args *args);

/**
 * devm_myslab_cache_create() - Create a cache that is destroyed with a device.
 * @dev: Device whose driver detaching destroys the cache.
 * @name: As for myslab_cache_create().
 * @size: As for myslab_cache_create().
 * @args: As for myslab_cache_create().
 *
 * Context: Process context, may sleep.
 * Return: As myslab_cache_create().
 */
static inline struct myslab_cache *
devm_myslab_cache_create(struct device *dev, const char *name, size_t size,
			 const struct myslab_cache_args *args)
{
	return devm_myslab_cache_create_for(dev, THIS_MODULE, name, size, args);
}

/* For __free(myslab_cache): destroyed when the variable goes out of scope. */
DEFINE_FREE(myslab_cache, struct myslab_cache *, myslab_cache_destroy(_T))

#endif
