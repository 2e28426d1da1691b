// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that go and come: what their magazines held is not lost.
 */
#include <linux/cpu.h>

#include "threads.h"

#define SIZE	64
#define NR	200

static int fill_magazines(struct worker *w)
{
	void *objs[NR / 2];
	unsigned int nr = take(w->shared, objs, ARRAY_SIZE(objs));

	give_back(w->shared, objs, nr);
	return nr == ARRAY_SIZE(objs) ? 0 : -ENOMEM;
}

/* The CPU that goes in these tests; -1: this machine has only one. */
static int last_cpu(void)
{
	unsigned int cpu, last = 0;

	for_each_online_cpu(cpu)
		last = cpu;
	return last ? last : -1;
}

static void a_dead_cpus_magazines_return(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	int cpu = last_cpu();

	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (cpu < 0)
		kunit_skip(test, "only one CPU");
	run_on_all_cpus(test, 1, fill_magazines, cache);
	KUNIT_ASSERT_EQ(test, remove_cpu(cpu), 0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_cached, 0UL);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
}

static void counts_of_a_dead_cpu_stay(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	struct myslab_cache_stat before, after;
	int cpu = last_cpu();

	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (cpu < 0)
		kunit_skip(test, "only one CPU");
	run_on_all_cpus(test, 1, fill_magazines, cache);
	before = stat_of(cache);
	KUNIT_ASSERT_EQ(test, remove_cpu(cpu), 0);
	after = stat_of(cache);
	KUNIT_EXPECT_EQ(test, after.allocs, before.allocs);
	KUNIT_EXPECT_EQ(test, after.frees, before.frees);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, before.allocs);
}

static void a_cpu_that_came_back_uses_the_cache_again(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	int cpu = last_cpu();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (cpu < 0)
		kunit_skip(test, "only one CPU");
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, remove_cpu(cpu), 0);
		run_on_all_cpus(test, 1, fill_magazines, cache);
		KUNIT_ASSERT_EQ(test, add_cpu(cpu), 0);
		run_on_all_cpus(test, 1, fill_magazines, cache);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void a_cache_made_while_a_cpu_is_away_serves_it_later(struct kunit *test)
{
	int cpu = last_cpu();
	struct myslab_cache *cache;

	if (cpu < 0)
		kunit_skip(test, "only one CPU");
	KUNIT_ASSERT_EQ(test, remove_cpu(cpu), 0);
	cache = new_cache(test, SIZE, NULL);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 1, fill_magazines, cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void a_cache_dies_while_a_cpu_is_away(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	int cpu = last_cpu();

	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (cpu < 0)
		kunit_skip(test, "only one CPU");
	run_on_all_cpus(test, 1, fill_magazines, cache);
	KUNIT_ASSERT_EQ(test, remove_cpu(cpu), 0);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, add_cpu(cpu), 0);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

/* Threads that lose their CPU in the middle go on, on another. */
struct traffic {
	struct myslab_cache *cache;
	int cpu;
};

static int work_or_take_the_cpu_away(struct worker *w)
{
	struct traffic *traffic = w->shared;
	unsigned int i, nr, k;
	void *objs[50];
	int err = 0;

	for (i = 0; !w->nr && !err && i < 4; i++) {
		err = remove_cpu(traffic->cpu);
		err = err ?: add_cpu(traffic->cpu);
	}
	for (i = 0; w->nr && goes_on(w, i, 2000); i++) {
		nr = take(traffic->cache, objs, ARRAY_SIZE(objs));
		for (k = 0; k < nr; k++)
			memset(objs[k], w->nr, SIZE);
		cond_resched();
		for (k = 0; k < nr; k++)
			w->wrong += !all_bytes(objs[k], w->nr, SIZE);
		give_back(traffic->cache, objs, nr);
	}
	return err;
}

static void cpus_go_and_come_under_load(struct kunit *test)
{
	struct traffic traffic = { new_cache(test, SIZE, NULL), last_cpu() };

	KUNIT_ASSERT_NOT_NULL(test, traffic.cache);
	if (traffic.cpu < 0)
		kunit_skip(test, "only one CPU");
	run_on_all_cpus(test, 2, work_or_take_the_cpu_away, &traffic);
	KUNIT_EXPECT_EQ(test, stat_of(traffic.cache).objects_used, 0UL);
	myslab_cache_shrink(traffic.cache);
	KUNIT_EXPECT_EQ(test, stat_of(traffic.cache).pages, 0UL);
}

static struct kunit_case hotplug_cases[] = {
	KUNIT_CASE(a_dead_cpus_magazines_return),
	KUNIT_CASE(counts_of_a_dead_cpu_stay),
	KUNIT_CASE(a_cpu_that_came_back_uses_the_cache_again),
	KUNIT_CASE(a_cache_made_while_a_cpu_is_away_serves_it_later),
	KUNIT_CASE(a_cache_dies_while_a_cpu_is_away),
	KUNIT_CASE(cpus_go_and_come_under_load),
	{}
};

static struct kunit_suite hotplug_suite = {
	.name = "myslab_hotplug",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = hotplug_cases,
};

kunit_test_suite(hotplug_suite);

MODULE_DESCRIPTION("Tests of myslab: CPU hotplug");
MODULE_LICENSE("GPL");
