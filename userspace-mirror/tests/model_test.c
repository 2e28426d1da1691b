// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on several caches at once, against the model in owned.h:
 * from tasks that are moved about, from interrupts, with CPUs coming and
 * going, memory running out and grace periods passing.
 */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <mirror/control.h>
#include <myslab.h>

#include "model.h"

#define NR_OPS		1000000
#define NR_CACHES	6

static struct subject subjects[NR_CACHES];
static unsigned int reports;

static const struct {
	size_t size;
	struct myslab_cache_args args;
	bool ctor, fails;
	unsigned int max;
} kinds[NR_CACHES] = {
	{ 8, { }, false, false, 4000 },
	{ 120, { }, true, false, 3000 },
	{ 256, { .flags = MYSLAB_HWCACHE_ALIGN }, false, false, 3000 },
	{ 700, { .flags = MYSLAB_TYPESAFE_BY_RCU }, true, true, 1500 },
	{ 5000, { .align = 64, .flags = MYSLAB_DTOR_SLEEPS }, true, false,
	  600 },
	{ 70000, { }, false, false, 60 },
};

/*
 * The world around.
 */

static void create(struct kunit *test, struct subject *s)
{
	struct myslab_cache_args args = kinds[s - subjects].args;
	size_t size = kinds[s - subjects].size;
	char name[32];

	if (kinds[s - subjects].ctor) {
		args.ctor = model_build;
		args.dtor = model_unbuild;
		args.private = s;
	}
	s->fails = kinds[s - subjects].fails;
	s->max = kinds[s - subjects].max;
	s->built = 0;
	scnprintf(name, sizeof(name), "model-%d-%u", (int)(s - subjects),
		  s->serial++);
	s->cache = myslab_cache_create(name, size, &args);
	if (IS_ERR(s->cache))
		model_wrong = "a cache could not be created";
	owned_init(&s->owned, size, args.ctor ? 4 : 0);
}

/* What was really done, summed over the lives of a cache. */
static unsigned long allocs, failures;

static void destroy(struct subject *s)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(s->cache, &stat);
	allocs += stat.allocs;
	failures += stat.failures;
	while (s->owned.nr)
		model_free_one();
	myslab_cache_destroy(s->cache);
	if (s->built)
		model_wrong = "objects were not destructed with their cache";
}

static void check_stat(void)
{
	struct myslab_cache_stat stat;

	mirror_advance(1);
	mirror_advance(1);
	myslab_cache_stat(model_now->cache, &stat);
	if (stat.objects_used != model_now->owned.nr ||
	    stat.allocs - stat.frees != model_now->owned.nr)
		model_wrong = "the counts are not what clients have";
	if (stat.objects_total < stat.objects_used + stat.objects_cached)
		model_wrong = "more objects are used and cached than there are";
	if (stat.reports)
		model_wrong = "the cache reported something";
}

static void empty_and_shrink(void)
{
	struct myslab_cache_stat stat;

	while (model_now->owned.nr)
		model_free_one();
	mirror_advance(1);
	mirror_advance(1);
	myslab_cache_shrink(model_now->cache);
	myslab_cache_stat(model_now->cache, &stat);
	if (stat.pages || stat.objects_total)
		model_wrong = "an empty cache keeps pages after a shrink";
	if (model_now->built)
		model_wrong = "an empty cache keeps constructed objects";
}

static void hotplug(void)
{
	unsigned int cpu = model_any(nr_cpu_ids);

	if (cpu_online(cpu))
		remove_cpu(cpu);
	else
		add_cpu(cpu);
}

static void rare_event(struct kunit *test)
{
	switch (model_any(11)) {
	case 0:
		hotplug();
		break;
	case 1:
		mirror_rcu_run();
		break;
	case 2:
		mirror_works_run();
		break;
	case 3:
		mirror_advance(model_any(5 * HZ));
		break;
	case 4:
		mirror_fail_one_in(model_any(2) ? 0 : 1 + model_any(20));
		break;
	case 5:
		mirror_shrink(model_any(2) ? GFP_KERNEL : GFP_NOFS,
			      model_any(1000));
		break;
	case 6:
		myslab_cache_shrink(model_now->cache);
		break;
	case 7:
		check_stat();
		break;
	case 8:
		model_now->max = model_any(kinds[model_now - subjects].max) + 1;
		break;
	case 9:
		if (model_any(4) == 0)
			empty_and_shrink();
		break;
	case 10:
		if (model_any(8) == 0) {
			mirror_fail_one_in(0);
			destroy(model_now);
			create(test, model_now);
		}
		break;
	}
}

/* Those of large objects less often. */
static void pick(void)
{
	unsigned int of = model_any(4) ? NR_CACHES - 2 : NR_CACHES;

	model_now = &subjects[model_any(of)];
}

static void random_operations_match_the_model(struct kunit *test)
{
	unsigned int i, burst = 0;

	mirror_migrate_one_in(16);
	for (i = 0; i < NR_CACHES; i++)
		create(test, &subjects[i]);
	for (i = 0; i < NR_OPS && !model_wrong; i++) {
		/* Bursts on one cache. */
		if (!burst--) {
			pick();
			burst = model_any(200);
		}
		model_step(model_any(16) == 0);
		if (model_any(300) == 0)
			rare_event(test);
		if (model_now->owned.wrong)
			model_wrong = model_now->owned.wrong;
		mirror_check_balanced("an operation");
	}
	if (model_wrong)
		KUNIT_FAIL(test, "operation %u on %s: %s", i,
			   myslab_cache_name(model_now->cache), model_wrong);
	mirror_fail_one_in(0);
	mirror_migrate_one_in(0);
	for (i = 0; i < NR_CACHES; i++) {
		model_now = &subjects[i];
		if (!model_wrong)
			empty_and_shrink();
		destroy(model_now);
	}
	kunit_info(test, "%lu allocations, %lu failed", allocs, failures);
	KUNIT_EXPECT_GT(test, allocs, NR_OPS / 4UL);
	KUNIT_EXPECT_EQ(test, reports, 0U);
}

static int count_report(struct notifier_block *nb, unsigned long kind,
			void *data)
{
	const struct myslab_finding *finding = data;

	model_wrong = "there was a report";
	pr_err("unexpected report of kind %lu about %s\n", kind, finding->name);
	reports++;
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = count_report };

static int model_init(struct kunit *test)
{
	return myslab_report_register(&nb);
}

static void model_exit(struct kunit *test)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		add_cpu(cpu);
	myslab_report_unregister(&nb);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(random_operations_match_the_model),
	{}
};

static struct kunit_suite model_suite = {
	.name = "mirror_model",
	.init = model_init,
	.exit = model_exit,
	.test_cases = model_cases,
};

kunit_test_suite(model_suite);

MODULE_LICENSE("GPL");
