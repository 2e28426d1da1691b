/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU magazines: the fast path of alloc and free.
 *
 * Each CPU owns two magazines. main serves both directions; spare stands by,
 * so that alternating alloc and free at a boundary swaps the two instead of
 * visiting the depot.
 *
 * The claim: a CPU works on its magazines with preemption off and busy set.
 * Test and set are two instructions. An interrupt between them runs its whole
 * section and leaves busy clear again, so what was tested still holds; one
 * that comes later finds busy set and turns to the slabs. That needs neither a
 * locked instruction nor disabled interrupts, and works in NMI.
 *
 * Off is never expressed through busy: whoever takes a cache out of service
 * replaces cache->cpu by myslab_off, whose magazines are empty and full at
 * once, and waits for a grace period, which covers every section under way.
 */
#ifndef MYSLAB_CPU_CACHE_H
#define MYSLAB_CPU_CACHE_H

#include <linux/compiler.h>
#include <linux/preempt.h>

#include "depot.h"
#include "types.h"

/* For caches out of service: every CPU has two times nothing. */
DECLARE_PER_CPU(struct myslab_cpu, myslab_off);

/* What became of an object on the slow way into a magazine. */
enum myslab_pushed {
	MYSLAB_PUSHED,
	MYSLAB_PUSH_FULL,	/* no empty magazine to be had, or wanted */
	MYSLAB_PUSH_BUSY,	/* an interrupted context has them; or off */
	MYSLAB_PUSH_TWICE,	/* freed just before; now nowhere */
};

/* cpu_cache.c */
bool myslab_cpu_refill(struct myslab_cache *cache, struct myslab_cpu *cpu);
bool myslab_cpu_make_room(struct myslab_cache *cache, struct myslab_cpu *cpu);
bool myslab_cpu_add_magazine(struct myslab_cache *cache);
void *myslab_cpu_alloc_slow(struct myslab_cache *cache);
enum myslab_pushed myslab_cpu_push_slow(struct myslab_cache *cache, void *obj);
enum myslab_pushed myslab_cpu_free_slow(struct myslab_cache *cache, void *obj);
unsigned int myslab_cpu_fill(struct myslab_cache *cache, void **objs,
			     unsigned int nr);

/* cpu_drain.c */
void myslab_cpu_init(void);
struct myslab_cpu __percpu *myslab_cpu_new(void);
void myslab_cpu_replace(struct myslab_cache *cache,
			struct myslab_cpu __percpu *cpus);
void myslab_cpu_left(struct myslab_cache *cache);
void myslab_cpu_drain_all(struct myslab_cache *cache);
bool myslab_cpu_drain_idle(struct myslab_cache *cache);
void myslab_cpu_drain_dead(struct myslab_cache *cache, unsigned int dead);

/*
 * Claim this CPU's magazines of @cpus; NULL: an interrupted context has them.
 * Preemption is off, and stays so.
 */
static __always_inline struct myslab_cpu *
__myslab_cpu_enter(struct myslab_cpu __percpu *cpus)
{
	struct myslab_cpu *cpu = this_cpu_ptr(cpus);

	if (!cpu)
		__builtin_unreachable();	/* so NULL can only mean busy */
	if (unlikely(READ_ONCE(cpu->busy)))
		return NULL;
	WRITE_ONCE(cpu->busy, 1);
	barrier();
	return cpu;
}

static __always_inline void __myslab_cpu_leave(struct myslab_cpu *cpu)
{
	barrier();
	WRITE_ONCE(cpu->busy, 0);
}

/* The same of a cache, and preemption with it. */
static __always_inline struct myslab_cpu *
myslab_cpu_enter(struct myslab_cache *cache)
{
	struct myslab_cpu *cpu;

	preempt_disable();
	cpu = __myslab_cpu_enter(READ_ONCE(cache->cpu));
	if (likely(cpu))
		return cpu;
	preempt_enable();
	return NULL;
}

static __always_inline void myslab_cpu_leave(struct myslab_cpu *cpu)
{
	__myslab_cpu_leave(cpu);
	preempt_enable();
}

/* Take the top object of main; NULL if there is none. */
static __always_inline void *myslab_cpu_pop(struct myslab_cpu *cpu)
{
	unsigned int nr = cpu->nr;
	void *obj = cpu->main->slot[nr];

	if (likely(obj)) {
		WRITE_ONCE(cpu->nr, nr - 1);
		local_inc(&cpu->allocs);
	}
	return obj;
}

/*
 * Put an object on top of main; false if main is full, or if the object lies
 * there already: it was freed just before. @known: it lies nowhere for sure.
 */
static __always_inline bool
__myslab_cpu_push(struct myslab_cpu *cpu, void *obj, bool known)
{
	unsigned int nr = cpu->nr;
	void **top = &cpu->main->slot[nr];

	if (unlikely(nr >= cpu->capacity || (!known && *top == obj)))
		return false;
	top[1] = obj;
	WRITE_ONCE(cpu->nr, nr + 1);
	local_inc(&cpu->frees);
	return true;
}

static __always_inline bool myslab_cpu_push(struct myslab_cpu *cpu, void *obj)
{
	return __myslab_cpu_push(cpu, obj, false);
}

#endif
