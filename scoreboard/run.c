// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the case with a number: its twin, then itself, on one side. Loading
 * fails for a number beyond the last.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "score.h"

static unsigned int nr;
module_param(nr, uint, 0);
MODULE_PARM_DESC(nr, "number of the case, from 0");

static bool slub;
module_param(slub, bool, 0);
MODULE_PARM_DESC(slub, "kmem_cache or kmalloc, instead of myslab");

/* A side that has no such thing: NULL. */
static const struct ops *ops_of(unsigned int allocator, bool ours)
{
	switch (BIT(allocator)) {
	case CACHE:
		return slub ? (ours ? NULL : &slub_ops) : &cache_ops;
	case POOL:
		return slub ? NULL : &pool_ops;
	case HEAP:
		return slub ? (ours ? NULL : &kmalloc_ops) : &heap_ops;
	default:
		return slub ? NULL : &arena_ops;
	}
}

static void mark(const struct run *run, const char *what)
{
	pr_info("scoreboard: %s%s\n", run->bad ? "" : "twin-", what);
}

void done(struct run *run)
{
	mark(run, "done");
}

/* All that may find it afterwards: reuse, validation, destroy. */
void end(struct run *run)
{
	static void *objs[60];
	unsigned int i;

	if (!run->where)
		return;
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = get(run);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		put(run, objs[i]);
	rcu_barrier();
	if (run->ops->settle)
		run->ops->settle(run->where);
	if (run->ops->checks)
		run->checks = run->ops->checks(run->where);
	if (run->ops->destroy)
		run->ops->destroy(run->where);
	run->where = NULL;
}

static void run_one(const struct a_case *c, const struct ops *ops, bool bad)
{
	struct run run = {
		.ops = ops, .arg = c->arg, .bad = bad, .with = c->with,
		.size = c->with & WITH_LARGE ? LARGE : SIZE,
	};

	run.where = ops->create(c->with & WITH_STATE ? "score-state" : "score",
				run.size, c->with);
	run.other = ops->create("score-other", run.size, c->with);
	if (IS_ERR_OR_NULL(run.where) || IS_ERR_OR_NULL(run.other)) {
		pr_err("scoreboard: not created\n");
		return;
	}
	/* Of large guarded pages there are few, which the twin has just had. */
	if (c->with & WITH_LARGE)
		msleep(100);
	mark(&run, "begin");
	c->run(&run);
	end(&run);
	if (ops->destroy)
		ops->destroy(run.other);
	rcu_barrier();
	if (run.left)
		mark(&run, "unload");
	else
		pr_info("scoreboard: %send checks=%lu%s\n", bad ? "" : "twin-",
			run.checks, run.prevented ? " prevented" : "");
}

static int __init score_init(void)
{
	static const struct a_case * const tables[] = {
		memory_cases, free_cases, call_cases,
	};
	static const char * const names[NR_ALLOCATORS] = {
		"cache", "pool", "heap", "arena",
	};
	unsigned int t, a, n = 0;
	const struct a_case *c;
	const struct ops *ops;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++)
			for (a = 0; a < NR_ALLOCATORS; a++) {
				if (!(c->allocators & BIT(a)) || n++ != nr)
					continue;
				ops = ops_of(a, c->ours);
				pr_info("scoreboard: case %s %s\n", names[a],
					c->name);
				if (ops) {
					run_one(c, ops, false);
					run_one(c, ops, true);
				}
				return 0;
			}
	return -ERANGE;
}

static void __exit score_exit(void)
{
}

module_init(score_init);
module_exit(score_exit);
MODULE_DESCRIPTION("Misuse of memory, to see who finds it");
MODULE_LICENSE("GPL");
