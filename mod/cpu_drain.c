// SPDX-License-Identifier: GPL-2.0
/*
 * Taking magazines from CPUs: for shrink, from idle ones, from dead ones, and
 * from all at the end of a cache.
 *
 * A living CPU's magazines are taken by itself, in an interrupt; one that was
 * interrupted inside its claim is asked again. A dead CPU's, and those of an
 * array that was replaced a grace period ago, are private. Arrays are replaced
 * at the end of a cache, and when debugging takes its calls or gives them back.
 */
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "cpu_cache.h"
#include "depot.h"

#define MAX_TRIES 1000

/* Both magazines to the depot of the CPU's node. */
static void detach(struct myslab_cache *cache, struct myslab_cpu *cpu, int nid)
{
	struct myslab_depot *depot = &cache->node[nid]->depot;

	myslab_depot_put(depot, cpu->main, cpu->nr);
	myslab_depot_put(depot, cpu->spare, cpu->spare_nr);
	WRITE_ONCE(cpu->main, &myslab_nothing);
	WRITE_ONCE(cpu->spare, &myslab_nothing);
	cpu->capacity = 0;
	WRITE_ONCE(cpu->nr, 0);
	WRITE_ONCE(cpu->spare_nr, 0);
}

struct drain {
	struct myslab_cache *cache;
	bool missed;		/* a CPU was inside its claim */
};

static void drain_this_cpu(void *arg)
{
	struct drain *drain = arg;
	struct myslab_cpu *cpu = myslab_cpu_enter(drain->cache);

	if (!cpu) {
		WRITE_ONCE(drain->missed, true);
		return;
	}
	detach(drain->cache, cpu, numa_mem_id());
	myslab_cpu_leave(cpu);
}

/* Read from another CPU: a wrong answer costs an interrupt, or a retry. */
static bool holds_magazines(int nr, void *arg)
{
	struct drain *drain = arg;
	struct myslab_cpu *cpu = per_cpu_ptr(READ_ONCE(drain->cache->cpu), nr);

	return READ_ONCE(cpu->main) != &myslab_nothing ||
	       READ_ONCE(cpu->spare) != &myslab_nothing;
}

static unsigned long operations(const struct myslab_cpu *cpu)
{
	return local_read(&cpu->allocs) + local_read(&cpu->frees);
}

static bool is_idle(int nr, void *arg)
{
	struct drain *drain = arg;
	struct myslab_cpu *cpu = per_cpu_ptr(READ_ONCE(drain->cache->cpu), nr);

	return cpu->seen == operations(cpu) && holds_magazines(nr, arg);
}

/*
 * All CPUs' magazines to the depot. A CPU that is inside its claim each time
 * keeps its own: it is using them.
 *
 * Context: Process, CPUs held by cpus_read_lock().
 */
void myslab_cpu_drain_all(struct myslab_cache *cache)
{
	struct drain drain = { .cache = cache };
	int tries;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		WRITE_ONCE(drain.missed, false);
		on_each_cpu_cond(holds_magazines, drain_this_cpu, &drain, true);
		if (!READ_ONCE(drain.missed))
			return;
		cond_resched();
	}
}

/*
 * Magazines of CPUs that did nothing since the last call, to the depot.
 *
 * Return: Whether no CPU did anything.
 */
bool myslab_cpu_drain_idle(struct myslab_cache *cache)
{
	struct drain drain = { .cache = cache };
	struct myslab_cpu __percpu *cpus;
	struct myslab_cpu *cpu;
	bool idle = true;
	int nr;

	on_each_cpu_cond(is_idle, drain_this_cpu, &drain, true);
	rcu_read_lock();
	cpus = READ_ONCE(cache->cpu);
	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(cpus, nr);
		idle &= cpu->seen == operations(cpu);
		cpu->seen = operations(cpu);
	}
	rcu_read_unlock();
	return idle;
}

void myslab_cpu_drain_dead(struct myslab_cache *cache, unsigned int dead)
{
	detach(cache, per_cpu_ptr(cache->cpu, dead), cpu_to_mem(dead));
}

static void give_nothing(struct myslab_cpu __percpu *cpus)
{
	struct myslab_cpu *cpu;
	int nr;

	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(cpus, nr);
		cpu->main = &myslab_nothing;
		cpu->spare = &myslab_nothing;
	}
}

/*
 * An initializer would not do: before 6.17 the module loader does not relocate
 * pointers in per-CPU data.
 */
void myslab_cpu_init(void)
{
	give_nothing(&myslab_off);
}

/* Magazines for every CPU, all of them nothing; NULL: no memory. */
struct myslab_cpu __percpu *myslab_cpu_new(void)
{
	struct myslab_cpu __percpu *cpus;

	cpus = __alloc_percpu_gfp(sizeof(struct myslab_cpu), cache_line_size(),
				  GFP_KERNEL);
	if (cpus)
		give_nothing(cpus);
	return cpus;
}

/* Where calls are counted: a light side's with its cache. */
static struct myslab_cache *counting(struct myslab_cache *cache)
{
	return myslab_cache_of(cache->allocator);
}

/*
 * Put others in the place of what the CPUs have, as &myslab_off, with which
 * every call finds two times nothing. Who stat()s counts both until
 * myslab_cpu_left().
 */
void myslab_cpu_replace(struct myslab_cache *cache,
			struct myslab_cpu __percpu *cpus)
{
	raw_spinlock_t *lock = &counting(cache)->count_lock;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	if (cache->cpu != &myslab_off)
		cache->leaving = cache->cpu;
	/* Fresh ones are nothing before they are seen. */
	smp_store_release(&cache->cpu, cpus);
	raw_spin_unlock_irqrestore(lock, flags);
}

/*
 * A grace period later every section under way is over, and what was replaced
 * is ours: magazines to the depots, the counts to those of the slow paths.
 *
 * Context: Process, may sleep; CPUs held by cpus_read_lock() since before it
 *	    was replaced.
 */
void myslab_cpu_left(struct myslab_cache *cache)
{
	struct myslab_cpu __percpu *cpus = cache->leaving;
	struct myslab_cache *sum = counting(cache);
	struct myslab_cpu *cpu;
	unsigned long flags;
	int nr;

	if (!cpus)
		return;
	for_each_possible_cpu(nr)
		detach(cache, per_cpu_ptr(cpus, nr), cpu_to_mem(nr));
	raw_spin_lock_irqsave(&sum->count_lock, flags);
	for_each_possible_cpu(nr) {
		cpu = per_cpu_ptr(cpus, nr);
		atomic_long_add(local_read(&cpu->allocs), &sum->slow_allocs);
		atomic_long_add(local_read(&cpu->frees), &sum->slow_frees);
	}
	cache->leaving = NULL;
	raw_spin_unlock_irqrestore(&sum->count_lock, flags);
	free_percpu(cpus);
}
