// SPDX-License-Identifier: GPL-2.0
/*
 * One cache on machines of 1 to 256 CPUs: what a call costs that CPUs could
 * stand in each other's way by. Prints rows of CSV; docs/scaling.md says what
 * is simulated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#undef snprintf

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <mirror/control.h>
#include <myslab.h>

#include "../../mod/types.h"
#include "scaling.h"

#define SIZE		256
#define CALLS		4000UL	/* of each CPU, measured */
#define INTERVALS	3	/* before that: magazines grow */
#define BURST		16384U	/* objects: more than a depot keeps */
#define RING		1024U

/* What a CPU has, and whether it allocates or frees at the moment. */
static struct client {
	void **objs;
	unsigned int nr;
	bool freeing;
	unsigned int first;	/* of a ring: where the consumer is */
} clients[MIRROR_MAX_CPUS];

static struct myslab_cache *cache;
static unsigned int nr_cpus, done, at_a_time;

static void alloc_one(struct client *c)
{
	void *obj = myslab_cache_alloc(cache, GFP_KERNEL);

	if (!obj)
		mirror_abort("out of memory");
	c->objs[c->nr++] = obj;
}

static void free_one(struct client *c)
{
	myslab_cache_free(cache, c->objs[--c->nr]);
}

/*
 * Workloads: one call of this CPU; false: it has nothing to do now.
 */

static bool batch(unsigned int cpu)
{
	struct client *c = &clients[cpu];

	if (c->freeing)
		free_one(c);
	else
		alloc_one(c);
	if (c->nr == (c->freeing ? 0 : at_a_time))
		c->freeing = !c->freeing;
	return true;
}

/* As a batch, but that all CPUs begin to free, and to allocate, together. */
static bool burst(unsigned int cpu)
{
	struct client *c = &clients[cpu];
	static bool freeing;

	if (c->freeing != freeing) {
		machine_wait(machine_now());
		return false;
	}
	batch(cpu);
	if (c->freeing == freeing)
		return true;
	if (++done == nr_cpus) {
		done = 0;
		freeing = !freeing;
	}
	return true;
}

/* Every other CPU allocates, and its neighbour frees. */
static bool handed(unsigned int cpu)
{
	struct client *c = &clients[cpu & ~1U];
	void **slot;

	if (c->nr == (cpu & 1 ? 0 : RING)) {
		machine_wait(machine_clock(cpu ^ 1));
		return false;
	}
	if (!(cpu & 1)) {
		slot = &c->objs[(c->first + c->nr++) % RING];
		*slot = myslab_cache_alloc(cache, GFP_KERNEL);
		return true;
	}
	c->nr--;
	myslab_cache_free(cache, c->objs[c->first++ % RING]);
	return true;
}

static const struct work {
	const char *name;
	bool (*call)(unsigned int cpu);
	unsigned int at_a_time;	/* 0: as many as make a burst */
	unsigned int min_cpus;
} works[] = {
	{ "hot pair", batch, 1, 1 },
	{ "64 at a time", batch, 64, 1 },
	{ "1000 at a time", batch, 1000, 1 },
	{ "handed over", handed, 1, 2 },
	{ "all free a burst", burst, 0, 1 },
};

static void run(const struct work *work, unsigned long calls)
{
	while (calls)
		calls -= work->call(machine_next_cpu());
}

/* Until all have what they had at the start: nothing, but for a ring. */
static unsigned long whole(const struct work *work)
{
	unsigned long cycle = 2UL * at_a_time;

	return nr_cpus * max(CALLS / cycle, 1UL) * cycle;
}

/* The most that a CPU keeps. */
static unsigned long kept_by_cpu(void)
{
	unsigned long most = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		struct myslab_cpu *c = per_cpu_ptr(cache->cpu, cpu);

		most = max(most, (unsigned long)c->nr + c->spare_nr);
	}
	return most * cache->layout.stride;
}

static void print(const struct work *work, unsigned long calls,
		  unsigned long units)
{
	struct myslab_cache_stat stat;
	double n = calls;

	myslab_cache_stat(cache, &stat);
	printf("%s,%u,%lu,%.5f,%.5f,%.3f,%.1f,%.1f,%.1f,%lu,%lu,%lu,%lu\n",
	       work->name, nr_cpus, calls, machine.depot / n,
	       machine.slabs / n, machine.transfers / n, machine.accesses / n,
	       machine.waiting / n, units * nr_cpus / n, kept_by_cpu(),
	       cache->node[0]->depot.nr_objects * cache->layout.stride,
	       stat.pages, stat.magazine_size);
}

static void measure(const struct work *work)
{
	unsigned long calls, start;
	unsigned int i;

	at_a_time = work->at_a_time ? : max(1024U, BURST / nr_cpus);
	calls = whole(work);
	for (i = 0; i < nr_cpus; i++)
		clients[i].objs = calloc(max(at_a_time, RING), sizeof(void *));
	machine_start(nr_cpus, cache);
	for (i = 0; i < INTERVALS; i++) {
		run(work, calls);
		machine_stop();
		mirror_advance(4 * HZ);
		machine_start(nr_cpus, cache);
	}
	/* The first after that finds the depot emptied. */
	run(work, calls);
	machine_sync();
	start = machine_now();
	run(work, calls);
	machine_stop();
	print(work, calls, machine_now() - start);
}

extern struct module mirror_module_myslab;

static void simulate(const struct work *work, unsigned int cpus)
{
	nr_cpus = cpus;
	mirror_init(cpus, 1);
	mirror_log_quiet(true);
	if (mirror_module_load(&mirror_module_myslab))
		exit(1);
	cache = myslab_cache_create_for(NULL, "scaling", SIZE, NULL);
	if (IS_ERR(cache))
		exit(1);
	measure(work);
	fflush(stdout);
	_exit(0);
}

/* A machine is a process. */
int main(void)
{
	unsigned int cpus, i;
	int status;

	printf("workload,cpus,calls,depot locks,slab locks,transfers,accesses,waiting,units,bytes kept by a CPU,bytes in the depot,pages,magazine\n");
	for (i = 0; i < ARRAY_SIZE(works); i++) {
		for (cpus = works[i].min_cpus; cpus <= 256; cpus *= 2) {
			fflush(stdout);
			if (!fork())
				simulate(&works[i], cpus);
			if (wait(&status) < 0 || status)
				return 1;
		}
	}
	return 0;
}
