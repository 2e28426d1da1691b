// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on pools of several shapes, against the model in owned.h,
 * from tasks that are moved about, from interrupts and NMI; and the creation
 * of a pool with each of its allocations failing in turn.
 */
#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <mirror/control.h>
#include <myslab.h>

#include "owned.h"

#define NR_OPS		500000
#define NR_POOLS	6

struct subject {
	struct myslab_pool *pool;
	struct owned owned;
	unsigned int nr, peak;
	unsigned long allocs, failures;
	unsigned int serial;
};

static struct subject subjects[NR_POOLS], *now;
static const char *wrong;
static unsigned int reports;

static const struct {
	size_t size;
	unsigned int nr;
	unsigned int flags;
} kinds[NR_POOLS] = {
	{ 8, 3000, 0 },
	{ 48, 65, 0 },
	{ 5000, 12, 0 },
	{ 120, 200, MYSLAB_POOL_PRIVATE },
	{ 3000, 300, MYSLAB_HWCACHE_ALIGN },
	{ 16, 2000, MYSLAB_POOL_PRIVATE },
};

static u32 any(u32 below)
{
	return mirror_random() % below;
}

static void got(void *block)
{
	if (!block) {
		now->failures++;
		if (now->owned.nr != now->nr)
			wrong = "no block, but not all are out";
		return;
	}
	if (now->owned.nr == now->nr)
		wrong = "more blocks than there are";
	owned_add(&now->owned, block);
	now->allocs++;
	now->peak = max(now->peak, now->owned.nr);
}

static void step_alloc(void *arg)
{
	got(myslab_pool_alloc(now->pool));
}

static void step_free(void *arg)
{
	if (now->owned.nr)
		myslab_pool_free(now->pool,
				 owned_del(&now->owned, any(now->owned.nr)));
}

/* Sleeps only if there is none, and then until its time is over. */
static void step_wait(void *arg)
{
	got(myslab_pool_alloc_wait(now->pool, any(3)));
}

static void step_index(void *arg)
{
	void *block;
	int index;

	if (!now->owned.nr)
		return;
	block = now->owned.objects[any(now->owned.nr)].obj;
	index = myslab_pool_index(now->pool, block);
	if (index < 0 || myslab_pool_block(now->pool, index) != block)
		wrong = "index and block do not agree";
}

static void check_stat(void)
{
	struct myslab_pool_stat stat;

	myslab_pool_stat(now->pool, &stat);
	if (stat.blocks_used != now->owned.nr || stat.blocks_total != now->nr)
		wrong = "the blocks are not what clients have";
	if (stat.allocs != now->allocs ||
	    stat.frees != now->allocs - now->owned.nr)
		wrong = "the counts are not what was done";
	if (stat.failures != now->failures || stat.reports)
		wrong = "failures or reports are not what was seen";
	if (stat.blocks_peak != now->peak)
		wrong = "the peak is not the most there were";
}

static void create(struct subject *s)
{
	const struct myslab_pool_args args = {
		.flags = kinds[s - subjects].flags
	};
	char name[32];

	s->nr = kinds[s - subjects].nr - any(2);
	s->peak = 0;
	s->allocs = 0;
	s->failures = 0;
	scnprintf(name, sizeof(name), "model-%d-%u", (int)(s - subjects),
		  s->serial++);
	s->pool = myslab_pool_create(name, kinds[s - subjects].size, s->nr,
				     &args);
	if (IS_ERR(s->pool))
		wrong = "a pool could not be created";
	owned_init(&s->owned, kinds[s - subjects].size, 0);
}

static void destroy(struct subject *s)
{
	now = s;
	while (s->owned.nr)
		step_free(NULL);
	check_stat();
	myslab_pool_destroy(s->pool);
}

static void one_step(void)
{
	/* Now up, now down: empty and full are both seen. */
	bool up = any(now->nr) >= now->owned.nr || any(8) == 0;
	void (*step)(void *) = up ? step_alloc : step_free;

	switch (any(16)) {
	case 0:
		mirror_interrupt(MIRROR_NMI, step, NULL);
		break;
	case 1:
		mirror_interrupt(any(2) ? MIRROR_HARDIRQ : MIRROR_SOFTIRQ,
				 step, NULL);
		break;
	case 2:
		step_index(NULL);
		break;
	case 3:
		if (any(50) == 0)
			step_wait(NULL);
		break;
	default:
		step(NULL);
	}
}

/* Drain it whole, or give all back, now and then. */
static void rare_event(void)
{
	switch (any(4)) {
	case 0:
		while (!wrong && now->owned.nr < now->nr)
			step_alloc(NULL);
		step_alloc(NULL);
		break;
	case 1:
		while (now->owned.nr)
			step_free(NULL);
		break;
	case 2:
		check_stat();
		break;
	case 3:
		if (any(8))
			break;
		destroy(now);
		create(now);
	}
}

static void random_operations_match_the_model(struct kunit *test)
{
	unsigned int i, burst = 0;
	unsigned long allocs = 0;

	mirror_migrate_one_in(16);
	for (i = 0; i < NR_POOLS; i++)
		create(&subjects[i]);
	for (i = 0; i < NR_OPS && !wrong; i++) {
		if (!burst--) {
			now = &subjects[any(NR_POOLS)];
			burst = any(300);
		}
		one_step();
		if (any(1000) == 0)
			rare_event();
		if (now->owned.wrong)
			wrong = now->owned.wrong;
		mirror_check_balanced("an operation");
	}
	if (wrong)
		KUNIT_FAIL(test, "operation %u on %s: %s", i,
			   myslab_pool_name(now->pool), wrong);
	mirror_migrate_one_in(0);
	for (i = 0; i < NR_POOLS; i++) {
		allocs += subjects[i].allocs;
		destroy(&subjects[i]);
	}
	kunit_info(test, "%lu allocations", allocs);
	KUNIT_EXPECT_EQ(test, reports, 0U);
}

static void each_failure_of_create_leaves_nothing(struct kunit *test)
{
	struct mirror_usage before, after;
	unsigned long nth = 0;
	struct myslab_pool *pool;
	bool failed;

	do {
		mirror_usage(&before);
		mirror_fail_at(++nth);
		pool = myslab_pool_create("fails", 1000, 50, NULL);
		failed = mirror_failed();
		mirror_fail_at(0);
		if (!IS_ERR(pool)) {
			myslab_pool_free(pool, myslab_pool_alloc(pool));
			myslab_pool_destroy(pool);
			continue;
		}
		KUNIT_EXPECT_EQ(test, PTR_ERR(pool), -ENOMEM);
		mirror_usage(&after);
		/* Less: the struct of an old, destroyed pool may be gone. */
		KUNIT_EXPECT_LE(test, after.kmallocs, before.kmallocs);
		KUNIT_EXPECT_EQ(test, after.percpu, before.percpu);
		KUNIT_EXPECT_EQ(test, after.pages, before.pages);
	} while (failed);
	KUNIT_EXPECT_GT(test, nth, 5UL);
	kunit_info(test, "%lu allocations failed in turn", nth - 1);
}

/* Nothing that a pool does once it is made asks for memory. */
static void a_pool_once_made_needs_no_memory(struct kunit *test)
{
	struct myslab_pool *pool = myslab_pool_create("made", 64, 300, NULL);
	void *blocks[300];
	unsigned int i, round;

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	mirror_fail_one_in(1);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 300; i++)
			blocks[i] = myslab_pool_alloc_wait(pool, 1);
		KUNIT_EXPECT_NOT_NULL(test, blocks[299]);
		KUNIT_EXPECT_NULL(test, myslab_pool_alloc_wait(pool, 1));
		for (i = 0; i < 300; i++)
			myslab_pool_free(pool, blocks[i]);
	}
	mirror_fail_one_in(0);
	KUNIT_EXPECT_FALSE(test, mirror_failed());
	myslab_pool_destroy(pool);
}

/* Of the waiting tests. */
static struct myslab_pool *waited;
static void *held;

static int free_later(void *data)
{
	myslab_pool_free(waited, held);
	return 0;
}

static void in_nmi_free(void *arg)
{
	myslab_pool_free(waited, held);
}

static int free_in_nmi(void *data)
{
	mirror_interrupt(MIRROR_NMI, in_nmi_free, NULL);
	return 0;
}

static int send_signal(void *data)
{
	mirror_signal(data, true);
	return 0;
}

static void wait_for(struct kunit *test, int (*fn)(void *data), void *data,
		     bool get)
{
	struct task_struct *task;
	void *block;

	waited = myslab_pool_create("waited", 64, 1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(waited));
	held = myslab_pool_alloc(waited);
	task = kthread_run(fn, data, "other");
	block = myslab_pool_alloc_wait(waited, MAX_SCHEDULE_TIMEOUT);
	kthread_stop(task);
	KUNIT_EXPECT_PTR_EQ(test, block, get ? held : NULL);
	myslab_pool_free(waited, held);
	myslab_pool_destroy(waited);
}

static void a_free_wakes_who_waits(struct kunit *test)
{
	wait_for(test, free_later, NULL, true);
}

static void a_free_in_nmi_wakes_who_waits(struct kunit *test)
{
	wait_for(test, free_in_nmi, NULL, true);
}

static void a_signal_ends_the_wait(struct kunit *test)
{
	wait_for(test, send_signal, current, false);
	mirror_signal(current, false);
}

static int count_report(struct notifier_block *nb, unsigned long kind,
			void *data)
{
	const struct myslab_finding *finding = data;

	wrong = "there was a report";
	pr_err("unexpected report of kind %lu about %s\n", kind, finding->name);
	reports++;
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = count_report };

static int model_init(struct kunit *test)
{
	wrong = NULL;
	reports = 0;
	return myslab_report_register(&nb);
}

static void model_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reports, 0U);
	myslab_report_unregister(&nb);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(random_operations_match_the_model),
	KUNIT_CASE(each_failure_of_create_leaves_nothing),
	KUNIT_CASE(a_pool_once_made_needs_no_memory),
	KUNIT_CASE(a_free_wakes_who_waits),
	KUNIT_CASE(a_free_in_nmi_wakes_who_waits),
	KUNIT_CASE(a_signal_ends_the_wait),
	{}
};

static struct kunit_suite model_suite = {
	.name = "mirror_pool_model",
	.init = model_init,
	.exit = model_exit,
	.test_cases = model_cases,
};

kunit_test_suite(model_suite);

MODULE_LICENSE("GPL");
