/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Misuse cases, written once for all that hand out memory.
 *
 * A case is a function that is called twice: as the legal twin, then as the
 * misuse. run.c gives it an allocator, and says in the log where the operation
 * itself is over; qemu/scoreboard.py judges by what was reported before and
 * after that.
 */
#ifndef MYSLAB_SCORE_H
#define MYSLAB_SCORE_H

#include <linux/gfp.h>
#include <linux/types.h>

/* Odd, so that there is a gap in front of what is aligned. */
#define SIZE	100
/* More than a page. */
#define LARGE	5000

/* What an allocator is made with, or for. */
#define WITH_CTOR	BIT(0)
#define WITH_RCU	BIT(1)
#define WITH_STATE	BIT(2)	/* under a name of its own, for letter C */
#define WITH_LARGE	BIT(3)

/* Not every side has all of it; destroy may be missing, the rest has a stub. */
struct ops {
	void *(*create)(const char *name, size_t size, unsigned int with);
	void (*destroy)(void *where);
	void *(*alloc)(void *where, size_t size, gfp_t gfp);
	void (*free)(void *where, void *ptr);
	void (*free_bulk)(void *where, size_t nr, void **ptrs);
	void (*free_rcu)(void *where, void *ptr);
	void *(*realloc)(void *where, void *ptr, size_t size);
	size_t (*size)(void *where, void *ptr);
	/* What makes late findings: validation, giving back. */
	void (*settle)(void *where);
	unsigned long (*checks)(void *where);
};

extern const struct ops cache_ops, pool_ops, heap_ops, arena_ops;
extern const struct ops slub_ops, kmalloc_ops;

struct run {
	const struct ops *ops;
	void *where;		/* NULL: the case destroyed it */
	void *other;		/* another of the same kind */
	long arg;		/* the case's own */
	bool bad;		/* or the twin */
	bool prevented;		/* refused with an error */
	bool left;		/* for the end of the module */
	unsigned int with;
	size_t size;
	unsigned long checks;
};

/* Which allocators a case is for. */
#define CACHE	BIT(0)
#define POOL	BIT(1)
#define HEAP	BIT(2)
#define ARENA	BIT(3)
#define THREE	(CACHE | POOL | HEAP)
#define NR_ALLOCATORS	4

struct a_case {
	const char *name;
	void (*run)(struct run *run);
	long arg;
	unsigned int allocators;
	unsigned int with;
	bool ours;		/* no peer has such a call */
};

/* Tables that end with an entry without a name. */
extern const struct a_case memory_cases[], free_cases[], call_cases[];

/* The operation is over; what is found from here on is late. */
void done(struct run *run);
void end(struct run *run);

static inline void *get(struct run *run)
{
	return run->ops->alloc(run->where, run->size, GFP_KERNEL);
}

static inline void put(struct run *run, void *ptr)
{
	run->ops->free(run->where, ptr);
}

#endif
