/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* What a test can make happen. */
#ifndef MIRROR_MIRROR_CONTROL_H
#define MIRROR_MIRROR_CONTROL_H

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

/*
 * Contexts. An operation that the simulated machine could not do now, like an
 * interrupt where they are off, returns false and does nothing.
 */
enum mirror_irq {
	MIRROR_SOFTIRQ,
	MIRROR_HARDIRQ,
	MIRROR_NMI,
};

bool mirror_interrupt(enum mirror_irq kind, void (*fn)(void *), void *arg);
/* Another task, on another CPU or in place of this one, runs meanwhile. */
bool mirror_other_task(unsigned int cpu, void (*fn)(void *), void *arg);
void mirror_set_cpu(unsigned int cpu);
/* Move to another CPU at one in @n of the places where that may happen. */
void mirror_migrate_one_in(unsigned int n);
/* Abort unless the context is as plain as when the test began. */
void mirror_check_balanced(const char *after);
/* Called wherever an interrupt could come, until set to NULL. */
extern void (*mirror_hook)(void);

/*
 * Who looks on, not in the builds with threads: at each access to memory of a
 * core that is compiled for it (points.c), and at each step of a spinlock. busy
 * says whether another CPU would have it now.
 */
struct mirror_watch {
	void (*access)(const volatile void *addr, bool write);
	bool (*busy)(const raw_spinlock_t *lock);
	void (*locked)(const raw_spinlock_t *lock);
	void (*unlocked)(const raw_spinlock_t *lock);
};

extern const struct mirror_watch *mirror_watch;

/*
 * Contention: each of the next @nr tries to take a spinlock of this name finds
 * that another CPU holds it, which lets go of it when it is waited for.
 */
void mirror_contend(const char *name, unsigned int nr);
unsigned int mirror_contended(void);	/* so far */

/* Time, grace periods, works. */
void mirror_advance(unsigned long by);	/* jiffies */
void mirror_rcu_run(void);
void mirror_works_run(void);
/* Threads: let the simulated CPU be used by others, run what is due. */
void mirror_idle(void);

/* From now on, or until it is taken back, a signal is pending. */
void mirror_signal(struct task_struct *task, bool pending);

/* Machine. */
void mirror_init(unsigned int cpus, u64 seed);
void mirror_set_nodes(unsigned int nodes);

/* Threads: become a simulated CPU, and stop being one. */
void mirror_cpu_attach(unsigned int cpu);
void mirror_cpu_detach(void);

/*
 * Allocation failure: the @nth allocation from now on that may fail does
 * (0: none); or one in @n does.
 */
void mirror_fail_at(unsigned long nth);
void mirror_fail_one_in(unsigned int n);
bool mirror_failed(void);	/* the one asked for has come */
unsigned long mirror_alloc_count(void);
bool mirror_should_fail(gfp_t gfp);
extern gfp_t mirror_page_gfp;	/* of the last allocation of pages */
/* No pages above this order can be had from now on. */
void mirror_fragment(unsigned int order);

/* What is out, and pending; all zero at the end of a test. */
struct mirror_usage {
	unsigned long pages;
	unsigned long kmallocs;
	unsigned long percpu;
	unsigned long vmallocs;
	unsigned long rcu_callbacks;
	unsigned long works;
};

void mirror_usage(struct mirror_usage *usage);
void mirror_print_kmallocs(void);

/* Modules. */
int mirror_module_load(struct module *module);
void mirror_module_unload(struct module *module);

/* Memory pressure: what shrinkers gave back. */
unsigned long mirror_shrink(gfp_t gfp, unsigned long nr);
unsigned long mirror_shrink_count(void);

/* Until it is set to 0, the stack of everybody is this one address. */
extern unsigned long mirror_caller;
/* Called for each event of a tracepoint, until set to NULL. */
extern void (*mirror_traced)(const char *event, const void *ptr);

/* The log. */
void mirror_log_quiet(bool quiet);
unsigned long mirror_log_matches(const char *text);
void mirror_log_forget(void);

/* Numbers from the seed. */
u64 mirror_random(void);
void mirror_reseed(u64 seed);

#endif
