// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on several caches at once, against the model in owned.h:
 * from tasks that are moved about, from interrupts, with CPUs coming and
 * going, memory running out and grace periods passing.
 */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/mm.h>
#include <mirror/control.h>
#include <myslab.h>

#include "owned.h"

#define NR_OPS		1000000
#define NR_CACHES	6
#define MAX_BULK	48
#define COOKIE		0x600dca7eU

struct subject {
	struct myslab_cache *cache;
	struct owned owned;
	unsigned int max;	/* objects to keep at most */
	long built;		/* constructed and not destructed */
	unsigned int serial;
	bool fails;		/* its constructor does, sometimes */
};

static struct subject subjects[NR_CACHES], *now;
static const char *wrong;
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
	{ 5000, { .align = 64, .flags = MYSLAB_DTOR_SLEEPS }, true, false, 600 },
	{ 70000, { }, false, false, 60 },
};

static u32 any(u32 below)
{
	return mirror_random() % below;
}

static int build(void *obj, void *private, gfp_t gfp)
{
	struct subject *s = private;

	if (s->fails && any(50) == 0)
		return -ENOMEM;
	*(u32 *)obj = COOKIE;
	s->built++;
	return 0;
}

static void unbuild(void *obj, void *private)
{
	struct subject *s = private;

	if (*(u32 *)obj != COOKIE)
		wrong = "an object lost its constructed state";
	*(u32 *)obj = 0;
	s->built--;
}

static void got(void *obj)
{
	if (!obj)
		return;
	if (now->owned.untouched && *(u32 *)obj != COOKIE)
		wrong = "an object that was not constructed was handed out";
	owned_add(&now->owned, obj);
}

static void *lost(void)
{
	return owned_del(&now->owned, any(now->owned.nr));
}

/*
 * One step each, on the cache that is now.
 */

static gfp_t some_gfp(void)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC, GFP_NOFS,
	};

	return in_interrupt() ? GFP_ATOMIC : gfps[any(ARRAY_SIZE(gfps))];
}

static void step_alloc(void *arg)
{
	if (now->owned.nr < now->max)
		got(myslab_cache_alloc(now->cache, some_gfp()));
}

static void step_zalloc(void *arg)
{
	void *obj;

	if (now->owned.untouched || now->owned.nr >= now->max)
		return;
	obj = myslab_cache_zalloc(now->cache, some_gfp());
	if (obj && memchr_inv(obj, 0, now->owned.size))
		wrong = "zalloc gave what is not zero";
	got(obj);
}

static void step_alloc_node(void *arg)
{
	int node = any(nr_node_ids);
	gfp_t gfp = some_gfp() | (any(2) ? __GFP_THISNODE : 0);
	void *obj;

	if (now->owned.nr >= now->max)
		return;
	obj = myslab_cache_alloc_node(now->cache, gfp, node);
	if (obj && (gfp & __GFP_THISNODE) &&
	    page_to_nid(virt_to_page(obj)) != node)
		wrong = "__GFP_THISNODE was not honoured";
	got(obj);
}

static void step_free(void *arg)
{
	if (now->owned.nr)
		myslab_cache_free(now->cache, lost());
}

static void step_alloc_bulk(void *arg)
{
	unsigned int want = any(MAX_BULK);
	void *objs[MAX_BULK];
	int nr, i;

	if (now->owned.nr + want > now->max)
		return;
	nr = myslab_cache_alloc_bulk(now->cache, some_gfp(), want, objs);
	if (nr && nr != want)
		wrong = "a bulk allocation gave a part";
	for (i = 0; i < nr; i++)
		got(objs[i]);
}

static void step_free_bulk(void *arg)
{
	unsigned int want = any(MAX_BULK), i;
	void *objs[MAX_BULK];

	for (i = 0; i < want && now->owned.nr; i++)
		objs[i] = lost();
	myslab_cache_free_bulk(now->cache, i, objs);
}

static void step_free_rcu(void *arg)
{
	if (now->owned.nr)
		myslab_cache_free_rcu(now->cache, lost());
}

static void step_try_alloc(void *arg)
{
	if (now->owned.nr < now->max)
		got(myslab_cache_try_alloc(now->cache));
}

static void step_try_free(void *arg)
{
	void *obj;

	if (!now->owned.nr)
		return;
	obj = lost();
	if (!myslab_cache_try_free(now->cache, obj))
		owned_add(&now->owned, obj);
}

static void (*const steps[])(void *) = {
	step_alloc, step_free, step_alloc, step_free, step_try_alloc,
	step_try_free, step_zalloc, step_alloc_node, step_free_rcu,
	step_alloc_bulk, step_free_bulk,
};

#define NMI_SAFE_FIRST	4
#define NMI_SAFE	2

static void some_step(bool nmi)
{
	if (nmi)
		mirror_interrupt(MIRROR_NMI,
				 steps[NMI_SAFE_FIRST + any(NMI_SAFE)], NULL);
	else if (any(8) == 0)
		mirror_interrupt(any(2) ? MIRROR_HARDIRQ : MIRROR_SOFTIRQ,
				 steps[any(ARRAY_SIZE(steps))], NULL);
	else
		steps[any(ARRAY_SIZE(steps))](NULL);
}

/*
 * The world around.
 */

static void create(struct kunit *test, struct subject *s)
{
	struct myslab_cache_args args = kinds[s - subjects].args;
	size_t size = kinds[s - subjects].size;
	char name[32];

	if (kinds[s - subjects].ctor) {
		args.ctor = build;
		args.dtor = unbuild;
		args.private = s;
	}
	s->fails = kinds[s - subjects].fails;
	s->max = kinds[s - subjects].max;
	s->built = 0;
	scnprintf(name, sizeof(name), "model-%d-%u", (int)(s - subjects),
		  s->serial++);
	s->cache = myslab_cache_create(name, size, &args);
	if (IS_ERR(s->cache))
		wrong = "a cache could not be created";
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
		step_free(NULL);
	myslab_cache_destroy(s->cache);
	if (s->built)
		wrong = "objects were not destructed with their cache";
}

static void check_stat(void)
{
	struct myslab_cache_stat stat;

	mirror_advance(1);
	mirror_advance(1);
	myslab_cache_stat(now->cache, &stat);
	if (stat.objects_used != now->owned.nr ||
	    stat.allocs - stat.frees != now->owned.nr)
		wrong = "the counts are not what clients have";
	if (stat.objects_total < stat.objects_used + stat.objects_cached)
		wrong = "more objects are used and cached than there are";
	if (stat.reports)
		wrong = "the cache reported something";
}

static void empty_and_shrink(void)
{
	struct myslab_cache_stat stat;

	while (now->owned.nr)
		step_free(NULL);
	mirror_advance(1);
	mirror_advance(1);
	myslab_cache_shrink(now->cache);
	myslab_cache_stat(now->cache, &stat);
	if (stat.pages || stat.objects_total)
		wrong = "an empty cache keeps pages after a shrink";
	if (now->built)
		wrong = "an empty cache keeps constructed objects";
}

static void hotplug(void)
{
	unsigned int cpu = any(nr_cpu_ids);

	if (cpu_online(cpu))
		remove_cpu(cpu);
	else
		add_cpu(cpu);
}

static void rare_event(struct kunit *test)
{
	switch (any(11)) {
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
		mirror_advance(any(5 * HZ));
		break;
	case 4:
		mirror_fail_one_in(any(2) ? 0 : 1 + any(20));
		break;
	case 5:
		mirror_shrink(any(2) ? GFP_KERNEL : GFP_NOFS, any(1000));
		break;
	case 6:
		myslab_cache_shrink(now->cache);
		break;
	case 7:
		check_stat();
		break;
	case 8:
		now->max = any(kinds[now - subjects].max) + 1;
		break;
	case 9:
		if (any(4) == 0)
			empty_and_shrink();
		break;
	case 10:
		if (any(8) == 0) {
			mirror_fail_one_in(0);
			destroy(now);
			create(test, now);
		}
		break;
	}
}

static void random_operations_match_the_model(struct kunit *test)
{
	unsigned int i, burst = 0;

	mirror_migrate_one_in(16);
	for (i = 0; i < NR_CACHES; i++)
		create(test, &subjects[i]);
	for (i = 0; i < NR_OPS && !wrong; i++) {
		/* Bursts on one cache; less often on those of large objects. */
		if (!burst--) {
			now = &subjects[any(any(4) ? NR_CACHES - 2 : NR_CACHES)];
			burst = any(200);
		}
		some_step(any(16) == 0);
		if (any(300) == 0)
			rare_event(test);
		if (now->owned.wrong)
			wrong = now->owned.wrong;
		mirror_check_balanced("an operation");
	}
	if (wrong)
		KUNIT_FAIL(test, "operation %u on %s: %s", i,
			   myslab_cache_name(now->cache), wrong);
	mirror_fail_one_in(0);
	mirror_migrate_one_in(0);
	for (now = subjects; now < subjects + NR_CACHES; now++) {
		if (!wrong)
			empty_and_shrink();
		destroy(now);
	}
	kunit_info(test, "%lu allocations, %lu failed", allocs, failures);
	KUNIT_EXPECT_GT(test, allocs, NR_OPS / 4UL);
	KUNIT_EXPECT_EQ(test, reports, 0U);
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
