// SPDX-License-Identifier: GPL-2.0
/*
 * Planted bugs: each must make the harness fail. A test run that this suite
 * passes through unnoticed proves nothing about any other suite.
 *
 * The parameter plant chooses: nothing, leak, lockdep, race, expect or hang.
 * With leak goes what KASAN finds, and with lockdep a sleep in atomic context,
 * since a boot of the debug kernel takes long.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include <myslab/cache.h>

static char *plant = "nothing";
module_param(plant, charp, 0400);
MODULE_PARM_DESC(plant, "nothing, leak, lockdep, race, expect or hang");

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

/* Never deadlocks: only lockdep sees that two threads could. */
static void take_both_orders(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);

	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/* Many, because a stale copy of one pointer in a register hides one leak. */
static void leak_memory(void)
{
	void *lost;
	int i;

	for (i = 0; i < 32; i++) {
		lost = kmalloc(200 + i, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void write_behind_the_end(void)
{
	char *block = kmalloc(100, GFP_KERNEL);
	size_t end = 104;

	OPTIMIZER_HIDE_VAR(end);
	if (block)
		block[end] = 1;
	kfree(block);
}

/* On the fast path, which looks at its context on debug kernels only. */
static void sleep_in_atomic_context(void)
{
	struct myslab_cache *cache = myslab_cache_create("planted", 64, NULL);

	if (IS_ERR(cache))
		return;
	preempt_disable();
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_NOWAIT));
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_KERNEL));
	preempt_enable();
	myslab_cache_destroy(cache);
}

static unsigned long shared;

static int count_unlocked(void *unused)
{
	while (!kthread_should_stop()) {
		shared++;
		cond_resched();
	}
	return 0;
}

static void race_for_a_while(void)
{
	struct task_struct *tasks[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		tasks[i] = kthread_run(count_unlocked, NULL, "planted/%u", i);
	msleep(5000);
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		if (!IS_ERR(tasks[i]))
			kthread_stop(tasks[i]);
}

static void planted_bug(struct kunit *test)
{
	KUNIT_EXPECT_STRNEQ(test, plant, "expect");
	if (!strcmp(plant, "leak")) {
		leak_memory();
		write_behind_the_end();
	}
	if (!strcmp(plant, "lockdep")) {
		take_both_orders();
		sleep_in_atomic_context();
	}
	if (!strcmp(plant, "race"))
		race_for_a_while();
	while (!strcmp(plant, "hang"))
		msleep(1000);
}

static struct kunit_case planted_cases[] = {
	KUNIT_CASE(planted_bug),
	{}
};

static struct kunit_suite planted_suite = {
	.name = "planted",
	.test_cases = planted_cases,
};

kunit_test_suite(planted_suite);

MODULE_DESCRIPTION("Planted bugs that the harness must notice");
MODULE_LICENSE("GPL");
