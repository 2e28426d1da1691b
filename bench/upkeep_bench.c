// SPDX-License-Identifier: GPL-2.0
/*
 * What caches cost beside their objects: to create and to destroy one, and
 * pages and calls where there are thousands of them with a few objects each.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include <myslab/cache.h>

#include "bench.h"
#include "held.h"

#define CACHES		10000
#define OBJECTS		10	/* of each */
#define SIZE		256

/* Caches of one allocator, by their numbers. */
struct side {
	bool (*create)(unsigned int i);
	void (*destroy)(unsigned int i);
	void *(*alloc)(unsigned int i);
	void (*free)(unsigned int i, void *obj);
};

struct figures {
	u64 create;			/* a cache */
	u64 destroy;
	u64 first;			/* a pair, in a cache that had none */
	u64 next;
	unsigned long pages;		/* all together, with objects */
};

static void **caches;

static void name_of(unsigned int i, char *name, size_t size)
{
	snprintf(name, size, "upkeep-%u", i);
}

static bool our_create(unsigned int i)
{
	char name[24];

	name_of(i, name, sizeof(name));
	caches[i] = myslab_cache_create(name, SIZE, NULL);
	return !IS_ERR(caches[i]);
}

static void our_destroy(unsigned int i)
{
	myslab_cache_destroy(caches[i]);
}

static void *our_alloc(unsigned int i)
{
	return myslab_cache_alloc(caches[i], GFP_KERNEL);
}

static void our_free(unsigned int i, void *obj)
{
	myslab_cache_free(caches[i], obj);
}

static bool their_create(unsigned int i)
{
	char name[24];

	name_of(i, name, sizeof(name));
	caches[i] = kmem_cache_create(name, SIZE, 0, SLAB_NO_MERGE, NULL);
	return caches[i];
}

static void their_destroy(unsigned int i)
{
	kmem_cache_destroy(caches[i]);
}

static void *their_alloc(unsigned int i)
{
	return kmem_cache_alloc(caches[i], GFP_KERNEL);
}

static void their_free(unsigned int i, void *obj)
{
	kmem_cache_free(caches[i], obj);
}

static const struct side own = {
	our_create, our_destroy, our_alloc, our_free
};

static const struct side peer = {
	their_create, their_destroy, their_alloc, their_free
};

static bool create_all(const struct side *side, struct figures *figures)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < CACHES; i++) {
		if (!side->create(i))
			break;
	}
	figures->create = get_cycles() - start;
	if (i == CACHES)
		return true;
	while (i--)
		side->destroy(i);
	return false;
}

static void destroy_all(const struct side *side, struct figures *figures)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < CACHES; i++)
		side->destroy(i);
	figures->destroy = get_cycles() - start;
}

/* Objects of every cache in turn: none is in the CPU's own caches. */
static u64 pairs(const struct side *side)
{
	void *objs[OBJECTS];
	u64 start = get_cycles();
	unsigned int i, n;

	for (i = 0; i < CACHES; i++) {
		for (n = 0; n < OBJECTS; n++)
			objs[n] = side->alloc(i);
		while (n--)
			side->free(i, objs[n]);
	}
	return get_cycles() - start;
}

static unsigned long free_pages_now(void)
{
	return global_zone_page_state(NR_FREE_PAGES);
}

static int measure(const struct side *side, struct figures *figures)
{
	unsigned long before = free_pages_now();

	if (!create_all(side, figures))
		return -ENOMEM;
	figures->first = pairs(side);
	figures->pages = before - free_pages_now();
	figures->next = pairs(side);
	destroy_all(side, figures);
	return 0;
}

static void print(const char *name, u64 theirs, u64 ours, unsigned int ops,
		  unsigned int limit)
{
	struct bench_row row = {
		.name = name, .size = SIZE, .nr = CACHES, .peer = "kmem_cache",
		.limit = limit, .limit7 = limit,
	};

	bench_print(&row, div_u64(theirs * 10, ops), div_u64(ours * 10, ops));
}

static int __init bench_init(void)
{
	struct figures theirs, ours;
	int err;

	caches = vzalloc(CACHES * sizeof(*caches));
	if (!caches)
		return -ENOMEM;
	err = measure(&peer, &theirs) ?: measure(&own, &ours);
	if (!err) {
		print("cache-create", theirs.create, ours.create, CACHES, 50);
		/* Ours waits for a grace period, 6.1's for nothing. */
		print("cache-destroy", theirs.destroy, ours.destroy, CACHES,
		      SLAB_NO_MERGE ? 130 : 0);
		print("many-caches-new", theirs.first, ours.first,
		      CACHES * OBJECTS, 0);	/* page allocator, mostly */
		print("many-caches", theirs.next, ours.next, CACHES * OBJECTS,
		      60);
		print("many-caches-pages", theirs.pages, ours.pages, 1, 100);
	}
	vfree(caches);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts what caches cost beside their objects");
MODULE_LICENSE("GPL");
