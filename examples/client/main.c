// SPDX-License-Identifier: GPL-2.0
/*
 * A client of myslab that works like a driver under load, until it is removed.
 *
 *   requests  constructed once, allocated on one CPU and freed on another
 *   packets   one cache line each, filled from a timer interrupt
 *   routes    read under RCU, replaced and freed after a grace period
 *   sessions  typesafe by RCU: found by readers that hold no reference
 *   victim    for one deliberate double free: echo 1 to the parameter
 *             double_free
 *
 * and a pool, an arena a worker and a heap: see others.c. One worker thread for
 * each CPU runs through all but the victim; the timer fills packets and
 * descriptors that the workers consume.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "../compat.h"
#include "client.h"

#define say(fmt, ...)	pr_info("myslab_client: " fmt "\n", ##__VA_ARGS__)

static unsigned int interval_us = 1000;
module_param(interval_us, uint, 0444);
MODULE_PARM_DESC(interval_us, "Microseconds between timer interrupts");

struct myslab_cache *caches[NR_CACHES];
static struct hrtimer timer;
static struct task_struct **workers;	/* nr_cpu_ids; NULL: none there */

/*
 * Workers.
 */

static int work(void *data)
{
	unsigned int cpu = raw_smp_processor_id();	/* it is bound to it */
	unsigned long serial = 0;

	while (!kthread_should_stop()) {
		work_on(get_random_u32() % NR_SLOTS,
			get_random_u32() % NR_SLOTS, serial);
		work_on_others(cpu, serial);
		if (++serial % 64 == 0)
			usleep_range(500, 1000);
	}
	return 0;
}

static void stop_workers(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (workers[cpu])
			kthread_stop(workers[cpu]);
	kfree(workers);
}

static int start_workers(void)
{
	struct task_struct *task;
	unsigned int cpu, nr = 0;

	workers = kcalloc(nr_cpu_ids, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		task = kthread_create_on_cpu(work, NULL, cpu,
					     "myslab_client/%u");
		if (IS_ERR(task))
			continue;
		workers[cpu] = task;
		wake_up_process(task);
		nr++;
	}
	say("%d caches, %u workers, a timer interrupt every %u us", NR_CACHES,
	    nr, interval_us);
	return 0;
}

/*
 * Caches.
 */

static const struct {
	const char *name;
	size_t size;
	struct myslab_cache_args args;
} kinds[NR_CACHES] = {
	[REQUESTS] = { "client-requests", sizeof(struct request),
		       { .ctor = request_ctor, .dtor = request_dtor } },
	[PACKETS] = { "client-packets", sizeof(struct packet),
		      { .flags = MYSLAB_HWCACHE_ALIGN } },
	[ROUTES] = { "client-routes", sizeof(struct route) },
	[SESSIONS] = { "client-sessions", sizeof(struct session),
		       { .flags = MYSLAB_TYPESAFE_BY_RCU,
			 .ctor = session_ctor } },
	[VICTIM] = { "client-victim", 256 },
};

/* Under the lock of the parameters, so that double_free sees all or none. */
static void destroy_caches(void)
{
	unsigned int i;

	kernel_param_lock(THIS_MODULE);
	for (i = 0; i < NR_CACHES; i++) {
		myslab_cache_destroy(caches[i]);
		caches[i] = NULL;
	}
	kernel_param_unlock(THIS_MODULE);
}

static int create_caches(void)
{
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < NR_CACHES; i++) {
		cache = myslab_cache_create(kinds[i].name, kinds[i].size,
					    &kinds[i].args);
		if (IS_ERR(cache)) {
			destroy_caches();
			return PTR_ERR(cache);
		}
		caches[i] = cache;
	}
	return 0;
}

/* Frees after a grace period are counted when it is over. */
static void await_deferred_frees(void)
{
	struct myslab_cache_stat stat;
	unsigned int tries = 100;

	do {
		msleep(1);
		myslab_cache_stat(caches[ROUTES], &stat);
	} while (stat.objects_used && --tries);
}

static void say_what_was_done(void)
{
	struct myslab_cache_stat stat;
	unsigned int i;

	for (i = 0; i < NR_CACHES; i++) {
		myslab_cache_stat(caches[i], &stat);
		say("%s: %lu allocated, %lu freed, %lu findings",
		    kinds[i].name, stat.allocs, stat.frees, stat.reports);
	}
}

/* The deliberate misuse: myslab says so, and everything goes on. */
static int set_double_free(const char *value, const struct kernel_param *kp)
{
	bool wanted;
	void *obj;
	int err = kstrtobool(value, &wanted);

	if (err || !wanted)
		return err;
	if (!caches[VICTIM])
		return -EAGAIN;
	obj = myslab_cache_alloc(caches[VICTIM], GFP_KERNEL);
	say("freeing an object of %s twice, on purpose", kinds[VICTIM].name);
	preempt_disable();
	myslab_cache_free(caches[VICTIM], obj);
	myslab_cache_free(caches[VICTIM], obj);
	preempt_enable();
	return 0;
}

static const struct kernel_param_ops double_free_ops = {
	.set = set_double_free,
};
module_param_cb(double_free, &double_free_ops, NULL, 0200);
MODULE_PARM_DESC(double_free, "Write 1: free an object twice, on purpose");

static enum hrtimer_restart tick(struct hrtimer *t)
{
	packets_arrive();
	descriptors_arrive();
	hrtimer_forward_now(t, ns_to_ktime(interval_us * 1000ULL));
	return HRTIMER_RESTART;
}

static int __init client_init(void)
{
	int err = interval_us ? create_caches() : -EINVAL;

	if (err)
		return err;
	err = create_others();
	if (err)
		goto err_destroy_caches;
	err = start_workers();
	if (err)
		goto err_destroy_others;
	hrtimer_setup(&timer, tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	hrtimer_start(&timer, ns_to_ktime(interval_us * 1000ULL),
		      HRTIMER_MODE_REL);
	return 0;

err_destroy_others:
	destroy_others();
err_destroy_caches:
	destroy_caches();
	return err;
}
module_init(client_init);

static void __exit client_exit(void)
{
	hrtimer_cancel(&timer);
	stop_workers();
	empty_tables();
	destroy_others();
	await_deferred_frees();
	say_what_was_done();
	destroy_caches();
	say("done");
}
module_exit(client_exit);

MODULE_DESCRIPTION("A client of myslab that works like a driver");
MODULE_LICENSE("GPL");
