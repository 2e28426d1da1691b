// SPDX-License-Identifier: GPL-2.0
/*
 * More than the depot keeps, taken and given back by all CPUs at once, on real
 * threads: objects go straight to their slabs, or by the magazine where the
 * lock is fought for.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <myslab.h>

#include "stress.h"

#define WORKERS	4
#define MANY	400

struct worker {
	struct task_struct *task;
	u32 id;
	unsigned long ops;
};

static struct worker workers[WORKERS];
static struct myslab_cache *cache;
static atomic_t wrong;

static int take_and_give_many(void *data)
{
	struct worker *w = data;
	void **objs = kcalloc(MANY, sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < MANY; i++) {
			objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
			*(u32 *)objs[i] = w->id;
		}
		while (i--) {
			if (*(u32 *)objs[i] != w->id)
				atomic_inc(&wrong);
			myslab_cache_free(cache, objs[i]);
		}
		w->ops += MANY;
		usleep_range(1, 2);	/* others may be this CPU */
	}
	kfree(objs);
	return 0;
}

static void more_than_the_depot_keeps_comes_back(struct kunit *test)
{
	struct myslab_cache_stat stat;
	unsigned int i;

	cache = myslab_cache_create("stress", 4096, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(cache));
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .id = i + 1 };
		workers[i].task = kthread_run(take_and_give_many, &workers[i],
					      "worker-%u", i);
	}
	msleep(500);
	for (i = 0; i < WORKERS; i++) {
		kthread_stop(workers[i].task);
		KUNIT_EXPECT_GT(test, workers[i].ops, 0UL);
	}
	myslab_cache_stat(cache, &stat);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 0UL);
	/* The depot, a magazine more a CPU, and what CPUs have. */
	KUNIT_EXPECT_LE(test, stat.objects_cached,
			SZ_1M / 4096 + 3 * 8 * nr_cpu_ids);
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, atomic_read(&wrong), 0);
}

static struct kunit_case depot_stress_cases[] = {
	KUNIT_CASE(more_than_the_depot_keeps_comes_back),
	{}
};

static struct kunit_suite depot_stress_suite = {
	.name = "mirror_depot_stress",
	.init = reports_begin,
	.exit = reports_end,
	.test_cases = depot_stress_cases,
};

kunit_test_suite(depot_stress_suite);

MODULE_LICENSE("GPL");
