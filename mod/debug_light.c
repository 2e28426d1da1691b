// SPDX-License-Identifier: GPL-2.0
/*
 * The preset light: caches that keep magazines, but of a side, whose objects
 * have a state. The calls are in cache_light.h; here is what they do seldom.
 *
 * sample: an allocation that is told with its site, as with L, and stands for
 *	   those since the last one on its CPU: one in 16 of what the CPU has
 *	   allocated until then, down to one in 8192, a power of two on average,
 *	   so that a cache of which little is used is counted exactly. Some are
 *	   guarded instead. A sample is an object of the side's slabs that is
 *	   freed on the slow way, since its state is another.
 */
#include <linux/cpu.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/topology.h>

#include "cache.h"
#include "cpu_cache.h"
#include "debug.h"
#include "depot.h"

#define MAX_WEIGHT	13		/* log2 */

/* Magazines and a depot for a side, of the cache's sizes. */
bool myslab_light_init(struct myslab_side *side)
{
	struct myslab_cache *cache = &side->cache, *parent = side->parent;

	cache->batch = parent->batch;
	cache->max_full = READ_ONCE(parent->max_full);
	cache->magazine_size = READ_ONCE(parent->magazine_size);
	cache->cpu = myslab_cpu_new();
	return cache->cpu;
}

/*
 * Calls go to the magazines of @side, or, NULL, no longer to any. Two that are
 * light never follow each other, so that with a grace period between switches
 * no call can find the owner of one and the magazines of another.
 */
void myslab_light_set(struct myslab_cache *cache, struct myslab_side *side)
{
	gfp_t bit = side ? MYSLAB_GFP_LIGHT : 0;

	/* Whole before they are seen. */
	smp_store_release(&cache->light_cpu,
			  side ? side->cache.cpu : &myslab_off);
	WRITE_ONCE(cache->light, side && !cache->free_special ?
		   side->cache.owner : MYSLAB_NO_LIGHT);
	WRITE_ONCE(cache->gfp_special,
		   (cache->gfp_special & ~MYSLAB_GFP_LIGHT) | bit);
	WRITE_ONCE(cache->gfp_always,
		   (cache->gfp_always & ~MYSLAB_GFP_LIGHT) | bit);
}

/* Claimed: after how many allocations the next sample is due. */
static void set_next(struct myslab_cpu *cpu)
{
	unsigned long allocs = local_read(&cpu->allocs) + ++cpu->samples;
	unsigned int weight = min(ilog2(allocs / 16 | 1), MAX_WEIGHT);

	cpu->weight = weight;
	/* With the sample itself BIT(weight) on average, to the digit. */
	cpu->until = (hash_long(allocs ^ (unsigned long)cpu, weight + 1) ? :
		      BIT(weight)) - 1;
}

/*
 * Is it the turn of a sample on this CPU?
 *
 * Return: log2 of what it stands for, or -1: it is not.
 */
int myslab_light_turn(struct myslab_side *side)
{
	struct myslab_cpu *cpu = myslab_cpu_enter(&side->cache);
	int weight = -1;

	if (!cpu)
		return -1;
	if (cpu->until < 0 && cpu != this_cpu_ptr(&myslab_off)) {
		weight = cpu->weight;
		set_next(cpu);
	}
	myslab_cpu_leave(cpu);
	return weight;
}

/*
 * An object of this CPU's magazines, or of the depot, which is out then; the
 * caller counts it.
 *
 * Context: Any, NMI too.
 */
void *myslab_light_pop(struct myslab_side *side)
{
	struct myslab_cache *cache = &side->cache;
	struct myslab_cpu *cpu = myslab_cpu_enter(cache);
	void *obj = NULL;

	if (!cpu)
		return NULL;
	while (!obj && (cpu->nr || myslab_cpu_refill(cache, cpu))) {
		obj = cpu->main->slot[cpu->nr];
		WRITE_ONCE(cpu->nr, cpu->nr - 1);
		if (!myslab_light_hand_out(cache, obj))
			obj = NULL;
	}
	myslab_cpu_leave(cpu);
	return obj;
}

/* Objects fresh from the slabs, for the calls to come. */
static void stock(struct myslab_cache *cache, void **objs, unsigned int nr)
{
	unsigned int kept = myslab_cpu_fill(cache, objs, nr);

	if (kept < nr && myslab_cpu_add_magazine(cache))
		kept += myslab_cpu_fill(cache, objs, nr - kept);
	if (kept < nr)
		myslab_slab_put(cache, objs, nr - kept);
}

/*
 * One object that is no sample, as take() in debug_alloc.c does it.
 *
 * Context: As @gfp says; not NMI.
 */
int myslab_light_take(struct myslab_side *side, gfp_t gfp, int nid, void **obj)
{
	bool near = nid == numa_mem_id() &&
		    (!(gfp & __GFP_THISNODE) || nr_online_nodes == 1);
	struct myslab_cache *cache = &side->cache;
	void *objs[MYSLAB_MAX_BATCH];
	unsigned int nr;

	*obj = near ? myslab_light_pop(side) : NULL;
	if (*obj)
		return 1;
	nr = myslab_slab_get(cache, myslab_side_gfp(gfp), nid, objs,
			     near ? cache->batch : 1);
	if (!nr) {
		atomic_long_inc(&side->parent->undressed);
		return MYSLAB_ORDINARY;
	}
	nr = myslab_slab_construct(cache, gfp, objs, nr);
	if (!nr)
		return 0;
	if (nr > 1)
		stock(cache, objs + 1, nr - 1);
	/* Nobody else has it: it was not free in a magazine. */
	myslab_light_hand_out(cache, objs[0]);
	*obj = objs[0];
	return 1;
}

/*
 * An object whose free was the first one, into a magazine or its slab.
 *
 * Context: Any but NMI, under rcu_read_lock().
 */
void myslab_light_put(struct myslab_side *side, void *obj)
{
	struct myslab_cache *cache = &side->cache;

	if (page_to_nid(virt_to_page(obj)) == numa_mem_id() &&
	    myslab_cpu_free_slow(cache, obj) == MYSLAB_PUSHED)
		return;
	atomic_long_inc(&side->parent->slow_frees);
	/* Not read: see put() in debug_rest.c. */
	atomic_long_inc(&cache->slow_frees);
	myslab_slab_put(cache, &obj, 1);
}

/*
 * The end of what a side has in magazines; nobody allocates from it any more.
 *
 * Context: Process, may sleep.
 */
void myslab_light_end(struct myslab_side *side)
{
	if (!side->cache.cpu || side->cache.cpu == &myslab_off)
		return;
	cpus_read_lock();
	myslab_light_set(side->parent, NULL);
	myslab_cpu_replace(&side->cache, &myslab_off);
	synchronize_rcu_expedited();
	myslab_cpu_left(&side->cache);
	cpus_read_unlock();
}

/* An interval is over; the same of what no CPU used meanwhile. */
void myslab_light_upkeep(struct myslab_side *side)
{
	int nid;

	if (!myslab_side_is_light(side))
		return;
	if (myslab_cpu_drain_idle(&side->cache))
		myslab_cache_give_back(&side->cache);
	else
		for (nid = 0; nid < nr_node_ids; nid++)
			myslab_depot_reap(&side->cache,
					  &side->cache.node[nid]->depot);
}

/* All that CPUs have, to the depot. Context: see myslab_cpu_drain_all(). */
void myslab_light_drain(struct myslab_cache *cache)
{
	struct myslab_side *side = myslab_side_enter(cache);

	if (!side)
		return;
	if (myslab_side_is_light(side))
		myslab_cpu_drain_all(&side->cache);
	myslab_side_leave(side);
}

void myslab_light_cpu_dead(struct myslab_cache *cache, unsigned int cpu)
{
	struct myslab_side *side;

	rcu_read_lock();
	hlist_for_each_entry_rcu(side, &cache->sides, link)
		if (myslab_side_is_light(side))
			myslab_cpu_drain_dead(&side->cache, cpu);
	rcu_read_unlock();
}
