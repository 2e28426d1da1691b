/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* What the runtime's own files share. */
#ifndef MIRROR_MIRROR_HOST_H
#define MIRROR_MIRROR_HOST_H

/*
 * The runtime's state is shared by all simulated CPUs. In check and points
 * there is one host thread, so the lock is nothing there.
 */
#include <linux/types.h>
#include <mirror/ctx.h>

struct page;

#ifdef MIRROR_THREADS
void mirror_lock(void);
void mirror_unlock(void);
#else
static inline void mirror_lock(void) { }
static inline void mirror_unlock(void) { }
#endif

#ifdef __SANITIZE_ADDRESS__
void __asan_poison_memory_region(void const volatile *addr, size_t size);
void __asan_unpoison_memory_region(void const volatile *addr, size_t size);
#define mirror_poison(p, n)	__asan_poison_memory_region(p, n)
#define mirror_unpoison(p, n)	__asan_unpoison_memory_region(p, n)
#else
#define mirror_poison(p, n)	((void)(p), (void)(n))
#define mirror_unpoison(p, n)	((void)(p), (void)(n))
#endif

/* The start of the direct map is kmalloc's. */
#define MIRROR_KMALLOC_BYTES	(64UL << 20)

/* Fill of memory whose contents are undefined. */
#define MIRROR_GARBAGE	0xd7

void *mirror_map_pages(size_t size, size_t align);
void mirror_memory_init(void);
void mirror_pages_init(void);
void mirror_percpu_init(void);
void mirror_cpus_init(unsigned int cpus);

unsigned long mirror_pages_out(void);
unsigned long mirror_kmallocs_out(void);
unsigned long mirror_percpu_out(void);
unsigned long mirror_vmallocs_out(void);
unsigned long mirror_rcu_pending(void);
unsigned long mirror_works_pending(void);
void mirror_rcu_idle(void);
void mirror_works_tick(void);
bool mirror_in_section_elsewhere(void);

/* Sleeping: as long as a task's state is not that of a running one. */
struct task_struct;
int mirror_wake(struct task_struct *sleeper);
bool mirror_asleep(void);

/* Run a function as a task of its own, and as an interrupt of this CPU. */
void mirror_run_as_task(const char *comm, void (*fn)(void *), void *arg);
/* Threads: this one is that CPU; a CPU is told that a call waits for it. */
struct mirror_ctx;
void mirror_set_ctx(const struct mirror_ctx *ctx);
void mirror_tell(unsigned int cpu);

/* Threads: leave this CPU, for a moment, and take one that is free. */
void mirror_cpu_yield(void);
void mirror_cpu_attach_any(unsigned int cpu);

/* irq_works that could not run where they were queued. */
void mirror_irq_works_run(void);

/* CPU hotplug: nobody is on it any more, and may be again. */
void mirror_cpu_evacuate(unsigned int cpu);
void mirror_cpu_revive(unsigned int cpu);
void mirror_cpus_write_lock(void);
void mirror_cpus_write_unlock(void);

#endif
