// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation that a call makes fails in turn, until one run needs none
 * to fail: the call must say so, leave nothing behind and work when tried
 * again.
 */
#include <kunit/test.h>
#include <linux/notifier.h>
#include <mirror/control.h>
#include <myslab.h>

#define MANY	200

static struct {
	struct myslab_cache *cache;
	void *objs[MANY];
	unsigned int nr;
	long built;
	unsigned int reports;
} world;

static int build(void *obj, void *private, gfp_t gfp)
{
	/* One that needs memory itself, as most do. */
	void **p = obj;

	*p = kmalloc(32, gfp);
	if (!*p)
		return -ENOMEM;
	world.built++;
	return 0;
}

static void unbuild(void *obj, void *private)
{
	kfree(*(void **)obj);
	world.built--;
}

static const struct myslab_cache_args plain = { };

static const struct myslab_cache_args built = {
	.ctor = build, .dtor = unbuild,
};

static const struct myslab_cache_args safe = {
	.ctor = build, .dtor = unbuild, .flags = MYSLAB_TYPESAFE_BY_RCU,
};

static bool create(size_t size, const struct myslab_cache_args *args)
{
	world.cache = myslab_cache_create("fails", size, args);
	if (IS_ERR(world.cache) && PTR_ERR(world.cache) != -ENOMEM)
		mirror_abort("create said %ld", PTR_ERR(world.cache));
	return !IS_ERR(world.cache);
}

static bool alloc_one(void)
{
	void *obj = myslab_cache_alloc(world.cache, GFP_KERNEL);

	if (obj)
		world.objs[world.nr++] = obj;
	return obj;
}

static bool alloc_many(void)
{
	while (world.nr < MANY)
		if (!alloc_one())
			return false;
	return true;
}

static bool alloc_bulk(void)
{
	world.nr = myslab_cache_alloc_bulk(world.cache, GFP_KERNEL, MANY,
					   world.objs);
	if (world.nr && world.nr != MANY)
		mirror_abort("a bulk allocation gave a part");
	return world.nr;
}

/* Frees may want memory too, for magazines, but must not need it. */
static bool free_many(void)
{
	while (world.nr)
		myslab_cache_free(world.cache, world.objs[--world.nr]);
	return true;
}

static bool free_bulk(void)
{
	myslab_cache_free_bulk(world.cache, world.nr, world.objs);
	world.nr = 0;
	return true;
}

static bool free_rcu(void)
{
	while (world.nr)
		myslab_cache_free_rcu(world.cache, world.objs[--world.nr]);
	mirror_advance(1);
	return true;
}

/* Nothing is lost: counts agree, and all of it can be given back. */
static void expect_whole(struct kunit *test, const char *what)
{
	struct myslab_cache_stat stat;

	mirror_advance(1);
	mirror_advance(1);
	myslab_cache_stat(world.cache, &stat);
	KUNIT_EXPECT_EQ_MSG(test, stat.objects_used, (unsigned long)world.nr,
			    "%s", what);
	free_many();
	myslab_cache_shrink(world.cache);
	mirror_advance(1);
	myslab_cache_stat(world.cache, &stat);
	KUNIT_EXPECT_EQ_MSG(test, stat.pages, 0UL, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, world.built, 0L, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, world.reports, 0U, "%s", what);
}

struct plan {
	const char *what;
	bool (*before)(void);
	bool (*call)(void);
	bool may_fail;
};

static void fail_each(struct kunit *test, const struct plan *plan, size_t size,
		      const struct myslab_cache_args *args)
{
	unsigned long nth = 0;
	bool done, failed;

	do {
		KUNIT_ASSERT_TRUE(test, create(size, args));
		world.nr = 0;
		if (plan->before)
			KUNIT_ASSERT_TRUE(test, plan->before());
		mirror_fail_at(++nth);
		done = plan->call();
		failed = mirror_failed();
		mirror_fail_at(0);
		if (!plan->may_fail || !failed)
			KUNIT_EXPECT_TRUE_MSG(test, done, "%s: failure %lu",
					      plan->what, nth);
		if (!done)
			KUNIT_EXPECT_TRUE_MSG(test, plan->call(),
					      "%s again", plan->what);
		expect_whole(test, plan->what);
		myslab_cache_destroy(world.cache);
	} while (failed && test->status != KUNIT_FAILURE);
	kunit_info(test, "%s: %lu allocations failed in turn", plan->what,
		   nth - 1);
}

static const struct plan plans[] = {
	{ "alloc", NULL, alloc_one, true },
	{ "alloc of many", NULL, alloc_many, true },
	{ "alloc_bulk", NULL, alloc_bulk, true },
	{ "free of many", alloc_many, free_many, false },
	{ "free_bulk", alloc_many, free_bulk, false },
	{ "free_rcu", alloc_many, free_rcu, false },
};

static void run_plans(struct kunit *test, const struct myslab_cache_args *args)
{
	static const size_t sizes[] = { 16, 900, 9000 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(plans); i++)
		for (j = 0; j < ARRAY_SIZE(sizes); j++)
			fail_each(test, &plans[i], sizes[j], args);
}

static void each_failure_leaves_a_plain_cache_whole(struct kunit *test)
{
	run_plans(test, &plain);
}

static void each_failure_leaves_a_constructed_cache_whole(struct kunit *test)
{
	run_plans(test, &built);
}

static void each_failure_leaves_a_typesafe_cache_whole(struct kunit *test)
{
	run_plans(test, &safe);
}

static void each_failure_of_create_leaves_nothing(struct kunit *test)
{
	struct mirror_usage before, after;
	unsigned long nth = 0;
	bool done, failed;

	do {
		mirror_usage(&before);
		mirror_log_forget();
		mirror_fail_at(++nth);
		done = create(64, &plain);
		failed = mirror_failed();
		mirror_fail_at(0);
		if (done) {
			KUNIT_EXPECT_TRUE(test, alloc_one());
			free_many();
			myslab_cache_destroy(world.cache);
			continue;
		}
		mirror_usage(&after);
		KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab: cache fails: not created: out of memory"), 1UL);
		/* Less: the struct of an old, destroyed cache may be gone. */
		KUNIT_EXPECT_LE(test, after.kmallocs, before.kmallocs);
		KUNIT_EXPECT_EQ(test, after.percpu, before.percpu);
		KUNIT_EXPECT_EQ(test, after.pages, before.pages);
	} while (failed);
	/* Its struct may come out of a grave, if there are many. */
	KUNIT_EXPECT_GT(test, nth, 1UL);
}

static int count_report(struct notifier_block *nb, unsigned long kind,
			void *data)
{
	world.reports++;
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = count_report };

static int fail_init(struct kunit *test)
{
	world.reports = 0;
	world.built = 0;
	world.nr = 0;
	return myslab_report_register(&nb);
}

static void fail_exit(struct kunit *test)
{
	mirror_fail_at(0);
	myslab_report_unregister(&nb);
}

/* No page allocator promises that at the order of these slabs. */
static void nofail_outlasts_a_failure_to_get_eight_pages(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, create(2 * PAGE_SIZE, &plain));
	mirror_fail_at(1);
	world.objs[0] = myslab_cache_alloc(world.cache,
					   GFP_KERNEL | __GFP_NOFAIL);
	KUNIT_EXPECT_TRUE(test, mirror_failed());
	mirror_fail_at(0);
	KUNIT_EXPECT_NOT_NULL(test, world.objs[0]);
	myslab_cache_free(world.cache, world.objs[0]);
	myslab_cache_destroy(world.cache);
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE(each_failure_leaves_a_plain_cache_whole),
	KUNIT_CASE(each_failure_leaves_a_constructed_cache_whole),
	KUNIT_CASE(each_failure_leaves_a_typesafe_cache_whole),
	KUNIT_CASE(each_failure_of_create_leaves_nothing),
	KUNIT_CASE(nofail_outlasts_a_failure_to_get_eight_pages),
	{}
};

static struct kunit_suite fail_suite = {
	.name = "mirror_fail",
	.init = fail_init,
	.exit = fail_exit,
	.test_cases = fail_cases,
};

kunit_test_suite(fail_suite);

MODULE_LICENSE("GPL");
