// SPDX-License-Identifier: GPL-2.0
/*
 * Pools interrupted at every point: an allocation, a free and a wait, from
 * each filling, once for each memory access, by something that uses the same
 * pool. No block may be lost or handed out twice, every count must be exact,
 * and there may be no block only if all are out: where blocks were free all
 * the time, one must be found, whatever was interrupted.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

#define OWNED_MAX	80
#define OWNED_BITS	8
#include "intrude.h"
#include "owned.h"

static struct {
	struct myslab_pool *pool;
	struct owned owned;
	unsigned int nr;		/* blocks of the pool */
	unsigned int most;		/* out at once, since the run began */
	const char *wrong;
} world;

static void note_most(void)
{
	world.most = max(world.most, world.owned.nr);
}

static void take(void)
{
	void *block = myslab_pool_alloc(world.pool);

	if (block)
		owned_add(&world.owned, block);
	note_most();
	/* What is interrupted may have one. */
	if (!block && world.most + intruder.inside < world.nr)
		world.wrong = "there was none, but not all were out";
}

static void give(void)
{
	if (world.owned.nr)
		myslab_pool_free(world.pool, owned_del(&world.owned, 0));
}

static void take_waiting(void)
{
	void *block = myslab_pool_alloc_wait(world.pool, 1);

	if (block)
		owned_add(&world.owned, block);
	note_most();
}

static void (*const ops[])(void) = { take, give, take_waiting };

/*
 * Interruptions.
 */

static void one_alloc(void *arg)
{
	take();
}

static void one_free(void *arg)
{
	give();
}

static void there_and_back(void *arg)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		take();
	for (i = 0; i < 3; i++)
		give();
}

static void back_and_there(void *arg)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		give();
	for (i = 0; i < 3; i++)
		take();
}

static const char *settle(void)
{
	struct myslab_pool_stat stat;

	myslab_pool_stat(world.pool, &stat);
	if (stat.blocks_used != world.owned.nr)
		return "blocks_used is not what clients have";
	if (stat.waiting)
		return "somebody is waiting still";
	while (world.owned.nr < world.nr && !world.wrong && !world.owned.wrong)
		take();
	world.most = 0;
	while (world.owned.nr)
		give();
	myslab_pool_stat(world.pool, &stat);
	if (stat.blocks_used || stat.allocs != stat.frees)
		return "blocks are used after all was freed";
	if (intruder_reports)
		return "something was reported";
	return world.owned.wrong ? world.owned.wrong : world.wrong;
}

static const char *one_run(void (*op)(void), unsigned int out)
{
	unsigned int i;

	owned_init(&world.owned, 64, 0);
	world.most = 0;
	for (i = 0; i < out; i++)
		take();
	intruder_begin();
	op();
	intruder_end();
	mirror_check_balanced("an operation");
	return settle();
}

static void run_all(struct kunit *test, size_t size, unsigned int nr)
{
	unsigned int op, out;
	const char *wrong;

	world.pool = myslab_pool_create("points", size, nr, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(world.pool));
	world.nr = nr;
	intruder.count = 0;
	for (op = 0; op < ARRAY_SIZE(ops); op++) {
		for (out = 0; out <= nr; out++) {
			/* In the middle of a word all is alike. */
			if (out > 3 && out + 4 < nr && (out < 61 || out > 66))
				continue;
			intruder.at = 0;
			do {
				wrong = one_run(ops[op], out);
				if (!wrong)
					continue;
				KUNIT_FAIL(test, "point %lu of operation %u with %u out of %u: %s",
					   intruder.at, op, out, nr, wrong);
				return;
			} while (intruder_next());
		}
	}
	kunit_info(test, "%lu interruptions\n", intruder.count);
	myslab_pool_destroy(world.pool);
}

#define POINTS_TEST(what, how)						\
static void what##_##how##_at_every_point(struct kunit *test)		\
{									\
	intruder_set(what, how);					\
	run_all(test, 64, 70);						\
	/* A word for each block: each call changes both maps. */	\
	run_all(test, 40000, 4);					\
}

POINTS_TEST(one_alloc, as_hardirq)
POINTS_TEST(one_free, as_hardirq)
POINTS_TEST(one_alloc, as_nmi)
POINTS_TEST(one_free, as_nmi)
POINTS_TEST(there_and_back, as_nmi)
POINTS_TEST(back_and_there, as_nmi)
POINTS_TEST(there_and_back, on_other_cpu)
POINTS_TEST(back_and_there, on_other_cpu)
POINTS_TEST(back_and_there, on_this_cpu)

/*
 * A free at every point of a wait: wherever it comes before the time is over,
 * the wait ends with a block, at once.
 */
#define PATIENCE	1000

static unsigned long freed_at;

static void free_once(void *arg)
{
	freed_at = jiffies;
	give();
}

static void wait_once(struct kunit *test)
{
	unsigned long start = jiffies;
	void *block;

	owned_init(&world.owned, 64, 0);
	take();
	freed_at = start + PATIENCE;
	intruder_begin();
	block = myslab_pool_alloc_wait(world.pool, PATIENCE);
	intruder_end();
	if (block)
		owned_add(&world.owned, block);
	if (freed_at - start < PATIENCE - 1)
		KUNIT_EXPECT_TRUE_MSG(test, block && jiffies - freed_at < 3,
				      "point %lu", intruder.at);
	KUNIT_EXPECT_NULL(test, settle());
}

static void no_wakeup_is_lost_as(struct kunit *test, bool (*how)(void))
{
	world.pool = myslab_pool_create("points", 64, 1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(world.pool));
	world.nr = 1;
	intruder_set(free_once, how);
	do {
		wait_once(test);
	} while (intruder_next() && intruder.at <= 300 &&
		 test->status != KUNIT_FAILURE);
	kunit_info(test, "%lu interruptions\n", intruder.count);
	KUNIT_EXPECT_GT(test, intruder.count, 20UL);
	myslab_pool_destroy(world.pool);
}

static void no_wakeup_by_a_hardirq_is_lost(struct kunit *test)
{
	no_wakeup_is_lost_as(test, as_hardirq);
}

static void no_wakeup_by_an_nmi_is_lost(struct kunit *test)
{
	no_wakeup_is_lost_as(test, as_nmi);
}

static void no_wakeup_by_another_cpu_is_lost(struct kunit *test)
{
	no_wakeup_is_lost_as(test, on_other_cpu);
}

static int points_init(struct kunit *test)
{
	intruder_reports = 0;
	world.wrong = NULL;
	return myslab_report_register(&reports);
}

static void points_exit(struct kunit *test)
{
	mirror_hook = NULL;
	KUNIT_EXPECT_EQ(test, intruder_reports, 0U);
	myslab_report_unregister(&reports);
}

static struct kunit_case points_cases[] = {
	KUNIT_CASE(one_alloc_as_hardirq_at_every_point),
	KUNIT_CASE(one_free_as_hardirq_at_every_point),
	KUNIT_CASE(one_alloc_as_nmi_at_every_point),
	KUNIT_CASE(one_free_as_nmi_at_every_point),
	KUNIT_CASE(there_and_back_as_nmi_at_every_point),
	KUNIT_CASE(back_and_there_as_nmi_at_every_point),
	KUNIT_CASE(there_and_back_on_other_cpu_at_every_point),
	KUNIT_CASE(back_and_there_on_other_cpu_at_every_point),
	KUNIT_CASE(back_and_there_on_this_cpu_at_every_point),
	KUNIT_CASE(no_wakeup_by_a_hardirq_is_lost),
	KUNIT_CASE(no_wakeup_by_an_nmi_is_lost),
	KUNIT_CASE(no_wakeup_by_another_cpu_is_lost),
	{}
};

static struct kunit_suite points_suite = {
	.name = "mirror_pool_points",
	.init = points_init,
	.exit = points_exit,
	.test_cases = points_cases,
};

kunit_test_suite(points_suite);

MODULE_LICENSE("GPL");
