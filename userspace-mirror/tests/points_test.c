// SPDX-License-Identifier: GPL-2.0
/*
 * Interruptions at every point: each operation, from each filling of the
 * magazines, is run once for each of its memory accesses, interrupted there by
 * something that uses the same cache. Afterwards no object may have been
 * handed out twice or lost, every count must be exact, and everything must
 * come back.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

#define OWNED_MAX	64
#define OWNED_BITS	7
#include "intrude.h"
#include "owned.h"
#include "toy.h"

/* So large that a magazine holds four. */
#define SIZE		8000
#define MAGAZINE	4
#define STOCK		12

/* What is under way and what interrupts share it. */
static struct {
	struct myslab_cache *cache;
	struct owned owned;
} world;

static void take(gfp_t gfp)
{
	void *obj = myslab_cache_alloc(world.cache, gfp);

	if (obj)
		owned_add(&world.owned, obj);
}

static void give(void)
{
	if (world.owned.nr)
		myslab_cache_free(world.cache, owned_del(&world.owned, 0));
}

static void try_take(void)
{
	void *obj = myslab_cache_try_alloc(world.cache);

	if (obj)
		owned_add(&world.owned, obj);
}

/* Refused, it is the client's again, and its bytes still count. */
static void try_give(void)
{
	void *obj;

	if (!world.owned.nr)
		return;
	obj = owned_del(&world.owned, 0);
	if (!myslab_cache_try_free(world.cache, obj))
		owned_add(&world.owned, obj);
}

/*
 * Operations.
 */

static void op_alloc(void)
{
	take(GFP_KERNEL);
}

static void op_free(void)
{
	give();
}

static void op_alloc_bulk(void)
{
	void *objs[6];
	int i, nr;

	nr = myslab_cache_alloc_bulk(world.cache, GFP_KERNEL, 6, objs);
	for (i = 0; i < nr; i++)
		owned_add(&world.owned, objs[i]);
}

static void op_free_bulk(void)
{
	void *objs[6];
	int i;

	for (i = 0; i < 6 && world.owned.nr; i++)
		objs[i] = owned_del(&world.owned, 0);
	myslab_cache_free_bulk(world.cache, i, objs);
}

static void op_free_rcu(void)
{
	if (world.owned.nr)
		myslab_cache_free_rcu(world.cache, owned_del(&world.owned, 0));
}

static void op_shrink(void)
{
	myslab_cache_shrink(world.cache);
}

static const struct {
	const char *name;
	void (*run)(void);
} ops[] = {
	{ "alloc", op_alloc },
	{ "free", op_free },
	{ "alloc_bulk", op_alloc_bulk },
	{ "free_bulk", op_free_bulk },
	{ "try_alloc", try_take },
	{ "try_free", try_give },
	{ "free_rcu", op_free_rcu },
	{ "shrink", op_shrink },
};

/*
 * Interruptions.
 */

static void irq_alloc(void *arg)
{
	take(GFP_ATOMIC);
}

static void irq_free(void *arg)
{
	give();
}

/* Across both magazines, there and back. */
static void irq_many(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2 * MAGAZINE + 1; i++)
		take(GFP_ATOMIC);
	for (i = 0; i < 2 * MAGAZINE + 1; i++)
		give();
}

static void irq_free_rcu(void *arg)
{
	op_free_rcu();
}

static void nmi_alloc(void *arg)
{
	try_take();
}

static void nmi_free(void *arg)
{
	try_give();
}

static void nmi_many(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2 * MAGAZINE + 1; i++)
		try_take();
	for (i = 0; i < 2 * MAGAZINE + 1; i++)
		try_give();
}

static void task_pair(void *arg)
{
	unsigned int i;

	for (i = 0; i < MAGAZINE + 1; i++)
		take(GFP_KERNEL);
	for (i = 0; i < MAGAZINE + 1; i++)
		give();
}

static void task_shrink(void *arg)
{
	myslab_cache_shrink(world.cache);
}

/* Everything comes back, and is counted right. */
static const char *settle(void)
{
	struct myslab_cache_stat stat;

	/* A free may come while a grace period runs: it waits for the next. */
	mirror_advance(1);
	mirror_advance(1);
	myslab_cache_stat(world.cache, &stat);
	if (stat.objects_used != world.owned.nr)
		return "objects_used is not what clients have";
	while (world.owned.nr)
		give();
	if (world.owned.wrong)
		return world.owned.wrong;
	if (intruder_reports)
		return "something was reported";
	myslab_cache_shrink(world.cache);
	myslab_cache_stat(world.cache, &stat);
	if (stat.allocs != stat.frees)
		return "allocs and frees differ after all was freed";
	if (stat.pages || stat.objects_total || stat.objects_cached)
		return "pages are kept after all was freed";
	return NULL;
}

/* From @freed objects in the magazines, @op interrupted at point @at. */
static const char *one_run(unsigned int op, unsigned int freed)
{
	unsigned int i;

	owned_init(&world.owned, SIZE, 0);
	for (i = 0; i < STOCK; i++)
		take(GFP_KERNEL);
	for (i = 0; i < freed; i++)
		give();
	intruder_begin();
	ops[op].run();
	intruder_end();
	mirror_check_balanced(ops[op].name);
	return settle();
}

static void run_all(struct kunit *test, const char *name)
{
	unsigned int op, freed;
	const char *wrong;

	intruder.count = 0;
	for (op = 0; op < ARRAY_SIZE(ops); op++) {
		for (freed = 0; freed < STOCK; freed++) {
			intruder.at = 0;
			do {
				wrong = one_run(op, freed);
				if (!wrong)
					continue;
				KUNIT_FAIL(test, "%s at point %lu of %s with %u free: %s",
					   name, intruder.at, ops[op].name,
					   freed, wrong);
				return;
			} while (intruder_next());
		}
	}
	kunit_info(test, "%lu interruptions\n", intruder.count);
	KUNIT_EXPECT_GT(test, intruder.count, 1000UL);
}

#define POINTS_TEST(what, how)						\
static void what##_##how##_at_every_point(struct kunit *test)		\
{									\
	intruder_set(what, how);					\
	run_all(test, #what " " #how);					\
}

POINTS_TEST(irq_alloc, as_hardirq)
POINTS_TEST(irq_free, as_hardirq)
POINTS_TEST(irq_many, as_hardirq)
POINTS_TEST(irq_free_rcu, as_hardirq)
POINTS_TEST(nmi_alloc, as_nmi)
POINTS_TEST(nmi_free, as_nmi)
POINTS_TEST(nmi_many, as_nmi)
POINTS_TEST(task_pair, on_other_cpu)
POINTS_TEST(task_pair, on_this_cpu)
POINTS_TEST(task_shrink, on_other_cpu)
POINTS_TEST(task_shrink, on_this_cpu)

/*
 * The twin that must fail: what is popped in the middle of a pop is popped
 * twice.
 */
static struct toy toy;
static void *popped_inside;

static void pop_inside(void *arg)
{
	popped_inside = toy_pop(&toy);
}

static void points_find_a_stack_that_is_not_safe(struct kunit *test)
{
	unsigned int twice = 0;
	void *popped;

	intruder_set(pop_inside, as_nmi);
	do {
		toy = (struct toy){ 2, { "a", "b" } };
		popped_inside = NULL;
		intruder_begin();
		popped = toy_pop(&toy);
		intruder_end();
		twice += popped == popped_inside;
	} while (intruder_next());
	KUNIT_EXPECT_EQ(test, intruder.point, 3UL);
	KUNIT_EXPECT_EQ(test, twice, 2U);
}

static int points_init(struct kunit *test)
{
	intruder_reports = 0;
	myslab_report_register(&reports);
	world.cache = myslab_cache_create("points", SIZE, NULL);
	return PTR_ERR_OR_ZERO(world.cache);
}

static void points_exit(struct kunit *test)
{
	mirror_hook = NULL;
	myslab_cache_destroy(world.cache);
	KUNIT_EXPECT_EQ(test, intruder_reports, 0U);
	myslab_report_unregister(&reports);
}

static struct kunit_case points_cases[] = {
	KUNIT_CASE(points_find_a_stack_that_is_not_safe),
	KUNIT_CASE(irq_alloc_as_hardirq_at_every_point),
	KUNIT_CASE(irq_free_as_hardirq_at_every_point),
	KUNIT_CASE(irq_many_as_hardirq_at_every_point),
	KUNIT_CASE(irq_free_rcu_as_hardirq_at_every_point),
	KUNIT_CASE(nmi_alloc_as_nmi_at_every_point),
	KUNIT_CASE(nmi_free_as_nmi_at_every_point),
	KUNIT_CASE(nmi_many_as_nmi_at_every_point),
	KUNIT_CASE(task_pair_on_other_cpu_at_every_point),
	KUNIT_CASE(task_pair_on_this_cpu_at_every_point),
	KUNIT_CASE(task_shrink_on_other_cpu_at_every_point),
	KUNIT_CASE(task_shrink_on_this_cpu_at_every_point),
	{}
};

static struct kunit_suite points_suite = {
	.name = "mirror_points",
	.init = points_init,
	.exit = points_exit,
	.test_cases = points_cases,
};

kunit_test_suite(points_suite);

MODULE_LICENSE("GPL");
