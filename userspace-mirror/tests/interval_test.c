// SPDX-License-Identifier: GPL-2.0
/*
 * What comes back by itself, and what stays: above the working set of an
 * interval, from CPUs that do nothing, from reclaim where a destructor may run.
 */
#include <kunit/test.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

#define INTERVAL	(4 * HZ)
#define FEW		200
#define MANY		20000	/* of 64 bytes: more than a depot keeps */

static void *objs[MANY];
static unsigned int unbuilt;

static struct myslab_cache_stat stat_of(struct myslab_cache *cache)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(cache, &stat);
	return stat;
}

static unsigned long kmallocs(void)
{
	struct mirror_usage usage;

	mirror_usage(&usage);
	return usage.kmallocs;
}

static void take(struct myslab_cache *cache, unsigned int nr)
{
	while (nr)
		objs[--nr] = myslab_cache_alloc(cache, GFP_KERNEL);
}

static void give(struct myslab_cache *cache, unsigned int nr)
{
	while (nr)
		myslab_cache_free(cache, objs[--nr]);
}

static void wave(struct myslab_cache *cache, unsigned int nr)
{
	take(cache, nr);
	give(cache, nr);
}

static void what_no_interval_needs_goes_back(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("burst", 64, NULL);
	unsigned long most, before;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	wave(cache, FEW);
	before = kmallocs();
	wave(cache, MANY);
	most = stat_of(cache).pages;
	KUNIT_EXPECT_GT(test, kmallocs(), before + 400);
	for (i = 0; i < 4; i++) {
		wave(cache, FEW);
		mirror_advance(INTERVAL);
	}
	/* Descriptors of slabs, and empty magazines. */
	KUNIT_EXPECT_LE(test, kmallocs(), before + 20);
	KUNIT_EXPECT_LE(test, stat_of(cache).pages, most / 12);
	KUNIT_EXPECT_GE(test, stat_of(cache).objects_cached, 64UL);
	myslab_cache_destroy(cache);
}

static void what_every_interval_needs_stays(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("steady", 64, NULL);
	unsigned long pages, nr;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	for (i = 0; i < 4; i++) {
		wave(cache, MANY);
		pages = stat_of(cache).pages;
		nr = kmallocs();
		mirror_advance(INTERVAL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).pages, pages);
		KUNIT_EXPECT_EQ(test, kmallocs(), nr);
		/* Empty magazines too, while the objects are out. */
		take(cache, MANY);
		nr = kmallocs();
		mirror_advance(INTERVAL);
		KUNIT_EXPECT_EQ(test, kmallocs(), nr);
		give(cache, MANY);
	}
	myslab_cache_destroy(cache);
}

static void a_cpu_that_works_keeps_its_magazines(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("busy", 1000, NULL);
	unsigned long cached;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	wave(cache, 60);
	cached = stat_of(cache).objects_cached;
	for (i = 0; i < 4; i++) {
		wave(cache, 1);
		mirror_advance(INTERVAL);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_cached, cached);
	myslab_cache_destroy(cache);
}

/* The other works on, so that the cache as a whole is not idle. */
static void a_cpu_that_does_nothing_gives_them_back(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("lazy", 1000, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	mirror_set_cpu(1);
	wave(cache, 60);
	mirror_set_cpu(0);
	for (i = 0; i < 4; i++) {
		wave(cache, 1);
		mirror_advance(INTERVAL);
	}
	KUNIT_EXPECT_LE(test, stat_of(cache).objects_cached, 40UL);
	KUNIT_EXPECT_LE(test, stat_of(cache).slabs, 3UL);
	myslab_cache_destroy(cache);
}

static void unbuild(void *obj, void *private)
{
	unbuilt++;
}

static int build(void *obj, void *private, gfp_t gfp)
{
	return 0;
}

/* A file system that allocates may hold what its destructor wants. */
static void reclaim_for_a_file_system_runs_no_destructor(struct kunit *test)
{
	static const struct myslab_cache_args args = {
		.ctor = build, .dtor = unbuild,
	};
	struct myslab_cache *built = myslab_cache_create("built", 100, &args);
	struct myslab_cache *plain = myslab_cache_create("plain", 100, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, built);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, plain);
	unbuilt = 0;
	wave(built, MANY / 4);
	wave(plain, MANY / 4);
	mirror_shrink(GFP_NOIO, 10000);
	mirror_shrink(GFP_NOFS, 10000);
	KUNIT_EXPECT_EQ(test, unbuilt, 0U);
	KUNIT_EXPECT_GT(test, stat_of(built).pages, 100UL);
	KUNIT_EXPECT_LT(test, stat_of(plain).pages, 50UL);
	mirror_shrink(GFP_KERNEL, 10000);
	KUNIT_EXPECT_LT(test, stat_of(built).pages, 50UL);
	KUNIT_EXPECT_GT(test, unbuilt, 0U);
	myslab_cache_destroy(built);
	myslab_cache_destroy(plain);
}

static struct kunit_case interval_cases[] = {
	KUNIT_CASE(what_no_interval_needs_goes_back),
	KUNIT_CASE(what_every_interval_needs_stays),
	KUNIT_CASE(a_cpu_that_works_keeps_its_magazines),
	KUNIT_CASE(a_cpu_that_does_nothing_gives_them_back),
	KUNIT_CASE(reclaim_for_a_file_system_runs_no_destructor),
	{}
};

static struct kunit_suite interval_suite = {
	.name = "mirror_interval",
	.test_cases = interval_cases,
};

kunit_test_suite(interval_suite);

MODULE_LICENSE("GPL");
