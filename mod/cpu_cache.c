// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU magazines: what happens where main is empty, or full. The protocol
 * and the fast path are in cpu_cache.h.
 */
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "cpu_cache.h"
#include "depot.h"
#include "slab.h"

DEFINE_PER_CPU(struct myslab_cpu, myslab_off);

static bool is_off(const struct myslab_cpu *cpu)
{
	return cpu == this_cpu_ptr(&myslab_off);
}

static struct myslab_depot *local_depot(struct myslab_cache *cache)
{
	return &cache->node[numa_mem_id()]->depot;
}

/*
 * What the depot would have too much of goes straight to the slabs, object by
 * object, so that no call takes long; but by the magazine where others want
 * the lock of the slabs, too.
 */
static bool depot_is_full(struct myslab_cache *cache)
{
	return READ_ONCE(local_depot(cache)->nr_full) >=
	       READ_ONCE(cache->max_full) &&
	       !raw_spin_is_locked(&cache->node[numa_mem_id()]->lists.lock);
}

static void set_main(struct myslab_cpu *cpu, struct myslab_magazine *mag,
		     unsigned int nr)
{
	WRITE_ONCE(cpu->main, mag);
	cpu->capacity = mag->capacity;
	WRITE_ONCE(cpu->nr, nr);
}

static void set_spare(struct myslab_cpu *cpu, struct myslab_magazine *mag,
		      unsigned int nr)
{
	WRITE_ONCE(cpu->spare, mag);
	WRITE_ONCE(cpu->spare_nr, nr);
}

static void swap_with_spare(struct myslab_cpu *cpu)
{
	struct myslab_magazine *main = cpu->main;
	unsigned int nr = cpu->nr;

	set_main(cpu, cpu->spare, cpu->spare_nr);
	set_spare(cpu, main, nr);
}

/*
 * Claimed, main empty: put a magazine with objects in its place.
 *
 * Return: false if neither spare nor depot has one.
 */
bool myslab_cpu_refill(struct myslab_cache *cache, struct myslab_cpu *cpu)
{
	struct myslab_magazine *mag;

	if (cpu->spare_nr) {
		swap_with_spare(cpu);
		return true;
	}
	if (is_off(cpu))
		return false;
	mag = myslab_depot_swap_empty(local_depot(cache), cpu->spare);
	if (!mag)
		return false;
	set_spare(cpu, cpu->main, 0);
	set_main(cpu, mag, mag->nr);
	return true;
}

/*
 * Claimed, main full: put a magazine with room in its place.
 *
 * Return: false if spare is full too, and the depot is or has no empty one.
 */
bool myslab_cpu_make_room(struct myslab_cache *cache, struct myslab_cpu *cpu)
{
	struct myslab_magazine *mag;

	if (cpu->spare_nr < cpu->spare->capacity) {
		swap_with_spare(cpu);
		return true;
	}
	if (is_off(cpu) || depot_is_full(cache))
		return false;
	mag = myslab_depot_swap_full(local_depot(cache), cpu->spare,
				     cpu->spare_nr);
	if (!mag)
		return false;
	set_spare(cpu, cpu->main, cpu->nr);
	set_main(cpu, mag, 0);
	return true;
}

/* No claim held: what the depot has too much of returns to the slabs. */
static void trim_depot(struct myslab_cache *cache)
{
	struct myslab_depot *depot = local_depot(cache);

	if (READ_ONCE(depot->nr_full) > READ_ONCE(cache->max_full))
		myslab_depot_flush(cache, depot, 1);
}

/* No claim held: get the empty magazine that make_room() did not find. */
bool myslab_cpu_add_magazine(struct myslab_cache *cache)
{
	return !depot_is_full(cache) &&
	       myslab_depot_add_empty(local_depot(cache),
				      READ_ONCE(cache->magazine_size),
				      numa_mem_id());
}

/* Take an object from spare or depot; NULL: from the slabs, then. */
void *myslab_cpu_alloc_slow(struct myslab_cache *cache)
{
	struct myslab_cpu *cpu = myslab_cpu_enter(cache);
	void *obj = NULL;

	if (!cpu)
		return NULL;
	if (cpu->nr || myslab_cpu_refill(cache, cpu))
		obj = myslab_cpu_pop(cpu);
	myslab_cpu_leave(cpu);
	return obj;
}

/*
 * Put an object into a magazine of this CPU, its own or one from the depot.
 *
 * Context: Any, NMI too. Waits for nothing.
 */
enum myslab_pushed myslab_cpu_push_slow(struct myslab_cache *cache, void *obj)
{
	enum myslab_pushed result = MYSLAB_PUSH_FULL;
	struct myslab_cpu *cpu = myslab_cpu_enter(cache);

	if (!cpu)
		return MYSLAB_PUSH_BUSY;
	if (cpu->main->slot[cpu->nr] == obj) {
		WRITE_ONCE(cpu->nr, cpu->nr - 1);
		result = MYSLAB_PUSH_TWICE;
	} else if (cpu->nr < cpu->capacity ||
		   myslab_cpu_make_room(cache, cpu)) {
		myslab_cpu_push(cpu, obj);
		result = MYSLAB_PUSHED;
	} else if (is_off(cpu)) {
		result = MYSLAB_PUSH_BUSY;
	}
	myslab_cpu_leave(cpu);
	return result;
}

/*
 * Put an object into a magazine for which main had no room. One that was freed
 * just before is taken out of circulation: the caller condemns it.
 */
enum myslab_pushed myslab_cpu_free_slow(struct myslab_cache *cache, void *obj)
{
	enum myslab_pushed result = myslab_cpu_push_slow(cache, obj);

	if (result == MYSLAB_PUSH_FULL && myslab_cpu_add_magazine(cache))
		result = myslab_cpu_push_slow(cache, obj);
	if (result == MYSLAB_PUSHED)
		trim_depot(cache);
	return result;
}

/*
 * Keep objects fresh from the slabs for the calls to come. They count as
 * neither allocated nor freed.
 *
 * Return: How many were kept, from the end of @objs.
 */
unsigned int myslab_cpu_fill(struct myslab_cache *cache, void **objs,
			     unsigned int nr)
{
	struct myslab_cpu *cpu = myslab_cpu_enter(cache);
	unsigned int kept = 0;

	if (!cpu)
		return 0;
	while (kept < nr) {
		if (cpu->nr >= cpu->capacity &&
		    !myslab_cpu_make_room(cache, cpu))
			break;
		cpu->main->slot[cpu->nr + 1] = objs[nr - ++kept];
		WRITE_ONCE(cpu->nr, cpu->nr + 1);
	}
	myslab_cpu_leave(cpu);
	return kept;
}
