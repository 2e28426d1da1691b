// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are allocated on one CPU and freed on another. One thread does
 * both, and moves in between, so that each instruction counted is one of the
 * allocator's. And all CPUs at work on one cache: there, what they wait for
 * each other counts. Without a second CPU it has nothing to say.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "sides.h"

#define MAX_OBJECTS	1000
#define WARM_UP		20
#define ROUNDS		50
#define RUNS		3

static void **objs;

static u64 alloc_all(const struct bench_side *side, unsigned int nr)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < nr; i++)
		objs[i] = side->alloc(0);
	return get_cycles() - start;
}

static u64 free_all(const struct bench_side *side, unsigned int nr)
{
	u64 start = get_cycles();
	unsigned int i;

	for (i = 0; i < nr; i++)
		side->free(objs[i]);
	return get_cycles() - start;
}

static void move_to(unsigned int cpu)
{
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

/* The mean: magazines change hands in some rounds and not in others. */
static u64 mean_of_rounds(const struct bench_side *side, unsigned int nr)
{
	u64 sum = 0, cost;
	int round;

	for (round = 0; round < WARM_UP + ROUNDS; round++) {
		move_to(0);
		cost = alloc_all(side, nr);
		move_to(1);
		cost += free_all(side, nr);
		if (round >= WARM_UP)
			sum += cost;
	}
	return div_u64(sum * 10, nr * ROUNDS);
}

/* Of the means that with the least of what others did meanwhile. */
static u64 hand_over(const struct bench_side *side, unsigned int nr)
{
	u64 lowest = U64_MAX;
	int run;

	for (run = 0; run < RUNS; run++)
		lowest = min(lowest, mean_of_rounds(side, nr));
	return lowest;
}

static void bench_handover(unsigned int nr, unsigned int limit,
			   unsigned int limit7)
{
	struct bench_row row = {
		.name = "handed-over", .size = 256, .nr = nr,
		.peer = "kmem_cache", .limit = limit, .limit7 = limit7,
	};
	u64 base = hand_over(&none, nr);
	u64 theirs_cost = hand_over(&peer, nr) - base;

	bench_print(&row, theirs_cost, hand_over(&own, nr) - base);
}

/*
 * A thread on each CPU, 64 objects at a time. Instructions of all are counted,
 * and with one cache there are as many others as without any.
 */
#define AT_ONCE		64
#define ROUNDS_EACH	2000

static DECLARE_COMPLETION(one_done);

static int work(void *data)
{
	const struct bench_side *side = data;
	unsigned int i, round;
	void *mine[AT_ONCE];

	for (round = 0; round < ROUNDS_EACH; round++) {
		for (i = 0; i < AT_ONCE; i++)
			mine[i] = side->alloc(0);
		for (i = 0; i < AT_ONCE; i++)
			side->free(mine[i]);
	}
	kthread_complete_and_exit(&one_done, 0);
}

/* An operation of them, in tenths. */
static u64 together(const struct bench_side *side)
{
	unsigned int cpu, started = 0, i;
	struct task_struct *task;
	u64 start = get_cycles();

	for_each_online_cpu(cpu) {
		task = kthread_create(work, (void *)side, "bench/%u", cpu);
		if (IS_ERR(task))
			continue;
		kthread_bind(task, cpu);
		wake_up_process(task);
		started++;
	}
	for (i = 0; i < started; i++)
		wait_for_completion(&one_done);
	return div_u64((get_cycles() - start) * 10,
		       max(started, 1U) * ROUNDS_EACH * AT_ONCE);
}

static void bench_together(void)
{
	struct bench_row row = {
		.name = "cpus-on-one", .size = 256, .nr = AT_ONCE,
		.peer = "kmem_cache", .limit = 100, .limit7 = 100,
	};
	u64 base = together(&none);
	u64 theirs_cost = together(&peer) - base;

	bench_print(&row, theirs_cost, together(&own) - base);
}

static int __init bench_init(void)
{
	int err;

	if (num_online_cpus() < 2)
		return 0;
	objs = vmalloc(MAX_OBJECTS * sizeof(*objs));
	if (!objs)
		return -ENOMEM;
	err = create_sides(256, 0, NULL, NULL);
	if (!err) {
		bench_handover(64, 33, 60);
		bench_handover(1000, 30, 40);
		bench_together();
		destroy_sides();
		set_cpus_allowed_ptr(current, cpu_possible_mask);
	}
	vfree(objs);
	return err;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Counts instructions of objects that change CPUs");
MODULE_LICENSE("GPL");
