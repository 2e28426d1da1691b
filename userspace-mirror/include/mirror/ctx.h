/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* What runs where: the current CPU and its state. */
#ifndef MIRROR_MIRROR_CTX_H
#define MIRROR_MIRROR_CTX_H

/*
 * check and points: one host thread plays all CPUs; mirror_ctx is what runs
 * now, and an injected interrupt or remote operation saves and restores it.
 * tsan and release (MIRROR_THREADS): each simulated CPU is a host thread, and
 * mirror_ctx is its own.
 */
#include <linux/compiler.h>
#include <linux/types.h>

#ifndef MIRROR_MAX_CPUS
#define MIRROR_MAX_CPUS	64
#endif
#define MIRROR_MAX_HELD	16

struct mirror_map;

struct mirror_held {
	struct mirror_map *map;
	const void *lock;
	bool read;
};

struct mirror_cpu {
	unsigned long sections;	/* odd: inside one, RCU must wait for it */
	int calls;		/* smp calls wait for this CPU */
	bool online;
	int owner;		/* threads: 0 nobody, 1 a thread, 2 borrowed */
} __aligned(64);

struct mirror_ctx {
	unsigned int cpu;
	unsigned int preempt;	/* preempt_count(), with its interrupt bits */
	bool irqs_off;
	unsigned int rcu;	/* rcu_read_lock() nesting */
	unsigned int depth;	/* reasons for which RCU must wait */
	struct mirror_cpu *self;	/* NULL: this thread is no CPU */
	unsigned int nr_held;	/* locks */
	unsigned int base_held;	/* first that this context took */
	struct mirror_held held[MIRROR_MAX_HELD];
};

extern struct mirror_cpu mirror_cpus[MIRROR_MAX_CPUS];

#ifdef MIRROR_THREADS
extern __thread struct mirror_ctx mirror_ctx;
#else
extern struct mirror_ctx mirror_ctx;
#endif

/* Say what is wrong and where, then end the process. */
void __noreturn __cold mirror_abort(const char *fmt, ...) __printf(1, 2);
void mirror_might_sleep(const char *what);
void mirror_point(void);	/* an interrupt may come here */
void mirror_poll(void);		/* smp calls are taken here */

/* Beginning and end of what a grace period waits for. */
#ifdef MIRROR_RELEASE
#include <mirror/gs.h>

/*
 * The writer has membarrier(2), so there is no fence here. Counted as the
 * kernel counts preempt_count, without a branch on the way in: to store
 * constants in the outermost section takes longer. Threads that use this are
 * CPUs.
 */
static __always_inline void mirror_section_enter(void)
{
	mirror_gs(mirror_this.depth)++;
	barrier();
}

/* The end of the outermost section is where calls of other CPUs are taken. */
static __always_inline void mirror_section_leave(void)
{
	barrier();
	if (unlikely(--mirror_gs(mirror_this.depth) == MIRROR_CALLED))
		mirror_called();
}
#else
static __always_inline void mirror_section_enter(void)
{
	struct mirror_ctx *ctx = &mirror_ctx;

	if (ctx->depth++ == 0 && ctx->self)
		__atomic_fetch_add(&ctx->self->sections, 1, __ATOMIC_SEQ_CST);
}

static __always_inline void mirror_section_leave(void)
{
	struct mirror_ctx *ctx = &mirror_ctx;

	if (--ctx->depth == 0 && ctx->self) {
		__atomic_store_n(&ctx->self->sections,
				 ctx->self->sections + 1, __ATOMIC_RELEASE);
		if (unlikely(__atomic_load_n(&ctx->self->calls,
					     __ATOMIC_RELAXED)))
			mirror_poll();
	}
}
#endif

#endif
