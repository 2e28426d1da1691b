// SPDX-License-Identifier: GPL-2.0
/* Frees that must not be. */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "score.h"

static char module_data[256] __aligned(64);

static void twice(struct run *run)
{
	void *ptr = get(run);

	put(run, ptr);
	if (run->bad)
		put(run, ptr);
	done(run);
}

static void twice_with_another_between(struct run *run)
{
	void *a = get(run), *b = get(run);

	put(run, a);
	put(run, b);
	if (run->bad)
		put(run, a);
	done(run);
}

struct elsewhere {
	struct run *run;
	void *ptr;
};

static long put_elsewhere(void *arg)
{
	struct elsewhere *e = arg;

	put(e->run, e->ptr);
	return 0;
}

static void twice_on_two_cpus(struct run *run)
{
	struct elsewhere e = { run, get(run) };

	work_on_cpu(0, put_elsewhere, &e);
	if (run->bad)
		work_on_cpu(1, put_elsewhere, &e);
	done(run);
}

static void twice_after_a_grace_period(struct run *run)
{
	void *ptr = get(run);

	put(run, ptr);
	rcu_barrier();
	if (run->bad)
		put(run, ptr);
	done(run);
}

/* Given to free_rcu(), and freed once more before the grace period is over. */
static void twice_and_deferred(struct run *run)
{
	void *ptr = get(run);

	run->ops->free_rcu(run->where, ptr);
	if (run->bad && run->arg)
		run->ops->free_rcu(run->where, ptr);
	else if (run->bad)
		put(run, ptr);
	done(run);
}

/* Freed by the one who had it before: the owner's free is then a second. */
static void stale(struct run *run)
{
	void *old = get(run), *owned;

	put(run, old);
	owned = get(run);
	if (run->bad)
		put(run, old);
	done(run);
	put(run, owned);
}

static void settled_twice(struct run *run)
{
	void *ptr = get(run);

	put(run, ptr);
	if (run->ops->settle)
		run->ops->settle(run->where);
	if (run->bad)
		put(run, ptr);
	done(run);
}

static void interior(struct run *run)
{
	void *ptr = get(run);

	put(run, ptr + (run->bad ? run->arg : 0));
	done(run);
}

static void number(struct run *run)
{
	void *ptr = get(run);

	/* Not NULL for the twin: kmem_cache_free() does not take that. */
	put(run, run->bad ? (void *)run->arg : ptr);
	done(run);
}

static void on_stack(struct run *run)
{
	unsigned long words[32];
	void *ptr = get(run);

	put(run, run->bad ? PTR_ALIGN(&words[0], 64) : ptr);
	done(run);
}

static void of_module(struct run *run)
{
	void *ptr = get(run);

	put(run, run->bad ? module_data : ptr);
	done(run);
}

static void of_vmalloc(struct run *run)
{
	void *ptr = get(run), *far = vmalloc(PAGE_SIZE);

	put(run, run->bad ? far : ptr);
	done(run);
	if (!run->bad)
		vfree(far);
}

static void of_pages(struct run *run)
{
	void *ptr = get(run), *page = (void *)__get_free_page(GFP_KERNEL);

	put(run, run->bad ? page + 64 : ptr);
	done(run);
}

static void of_another(struct run *run)
{
	void *ptr = get(run);

	run->ops->free(run->bad ? run->other : run->where, ptr);
	done(run);
}

/* To a cache, what a SLUB cache gave out; to that, what kmalloc did. */
static void of_another_kind(struct run *run)
{
	const struct ops *kind = run->ops == &slub_ops ||
				 run->ops == &heap_ops ? &kmalloc_ops :
							 &slub_ops;
	void *where, *ptr;

	where = kind->create("score-kind", SIZE, 0);
	ptr = kind->alloc(where, SIZE, GFP_KERNEL);
	if (run->bad)
		put(run, ptr);
	else
		kind->free(where, ptr);
	done(run);
	if (!run->bad && kind->destroy)
		kind->destroy(where);
}

static void twice_in_an_array(struct run *run)
{
	void *a = get(run), *b = get(run);
	void *ptrs[] = { a, b, run->bad ? a : get(run) };

	run->ops->free_bulk(run->where, ARRAY_SIZE(ptrs), ptrs);
	done(run);
}

static void foreign_in_an_array(struct run *run)
{
	void *ptrs[] = { get(run), run->bad ? module_data : get(run) };

	run->ops->free_bulk(run->where, ARRAY_SIZE(ptrs), ptrs);
	done(run);
}

const struct a_case free_cases[] = {
	{ "double-free", twice, 0, THREE },
	{ "double-free-ctor", twice, 0, CACHE, WITH_CTOR },
	{ "double-free-aba", twice_with_another_between, 0, THREE },
	{ "double-free-two-cpus", twice_on_two_cpus, 0, THREE },
	{ "double-free-rcu", twice_after_a_grace_period, 0, CACHE, WITH_RCU },
	{ "double-free-large", twice, 0, THREE, WITH_LARGE },
	{ "double-free-deferred", twice_and_deferred, 0, CACHE, 0, true },
	{ "double-deferred", twice_and_deferred, 1, CACHE, 0, true },
	{ "double-free-in-array", twice_in_an_array, 0, CACHE },
	{ "double-free-settled", settled_twice, 0, THREE },
	{ "stale-free", stale, 0, THREE },
	{ "free-interior-1", interior, 1, THREE },
	{ "free-interior-8", interior, 8, THREE },
	{ "free-last-byte", interior, SIZE - 1, THREE },
	{ "free-number", number, 64, THREE },
	{ "free-error-pointer", number, -ENOMEM, THREE },
	{ "free-user-address", number, 0x400000, THREE },
	{ "free-stack", on_stack, 0, THREE },
	{ "free-module-data", of_module, 0, THREE },
	{ "free-vmalloc", of_vmalloc, 0, THREE },
	{ "free-page", of_pages, 0, THREE },
	{ "free-other-kind", of_another_kind, 0, CACHE | POOL },
	{ "free-wrong-owner", of_another, 0, CACHE | POOL },
	{ "free-wrong-heap", of_another, 0, HEAP, 0, true },
	{ "free-foreign-in-array", foreign_in_an_array, 0, CACHE },
	{}
};
