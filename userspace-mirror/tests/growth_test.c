// SPDX-License-Identifier: GPL-2.0
/*
 * Magazines grow where CPUs fight for a depot, and nowhere else. That other
 * CPU is simulated, so that it is there exactly as often as a test says.
 */
#include <kunit/test.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

#define NR	600
#define MANY	20000	/* of 128 bytes, more than twice what a depot keeps */
#define LOCK	"&depot->lock"

/* As many waits in one interval are nothing out of the ordinary. */
#define TOLERATED	16

static void *objs[MANY];

static struct myslab_cache_stat stat_of(struct myslab_cache *cache)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(cache, &stat);
	return stat;
}

static unsigned long magazine_size(struct myslab_cache *cache)
{
	return stat_of(cache).magazine_size;
}

static struct myslab_cache *new_cache(size_t size)
{
	static unsigned int serial;
	char name[24];

	snprintf(name, sizeof(name), "grows-%u", serial++);
	return myslab_cache_create(name, size, NULL);
}

static void take_and_give(struct kunit *test, struct myslab_cache *cache,
			  unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, objs[nr - 1]);
	for (i = 0; i < nr; i++)
		myslab_cache_free(cache, objs[i]);
}

/* Waves of far more objects than a CPU's magazines hold. */
static void work(struct kunit *test, struct myslab_cache *cache)
{
	unsigned int round;

	for (round = 0; round < 10; round++)
		take_and_give(test, cache, NR);
}

/* An interval in which @waits of the trips to the depot meet another CPU. */
static void interval(struct kunit *test, struct myslab_cache *cache,
		     unsigned int waits)
{
	mirror_contend(LOCK, waits);
	work(test, cache);
	KUNIT_EXPECT_EQ(test, mirror_contended(), waits);
	mirror_contend(NULL, 0);
	mirror_advance(5 * HZ);
}

static unsigned int trips_to_the_depot(struct kunit *test,
				       struct myslab_cache *cache)
{
	unsigned int trips;

	work(test, cache);
	mirror_contend(LOCK, UINT_MAX);
	work(test, cache);
	trips = mirror_contended();
	mirror_contend(NULL, 0);
	return trips;
}

static void magazines_grow_where_cpus_fight_for_the_depot(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(64);
	unsigned long size;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	size = magazine_size(cache);
	interval(test, cache, TOLERATED + 1);
	KUNIT_EXPECT_EQ(test, magazine_size(cache), 2 * size);
	myslab_cache_destroy(cache);
}

static void magazines_stay_where_nobody_fights(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(64);
	unsigned long size;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	size = magazine_size(cache);
	for (i = 0; i < 5; i++)
		interval(test, cache, 0);
	KUNIT_EXPECT_EQ(test, magazine_size(cache), size);
	myslab_cache_destroy(cache);
}

static void a_few_waits_in_each_interval_do_not_add_up(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(64);
	unsigned long size;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	size = magazine_size(cache);
	for (i = 0; i < 5; i++)
		interval(test, cache, TOLERATED);
	KUNIT_EXPECT_EQ(test, magazine_size(cache), size);
	myslab_cache_destroy(cache);
}

static void larger_magazines_spare_trips_to_the_depot(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(64);
	struct myslab_cache *grown = new_cache(64);
	unsigned int trips;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, grown);
	interval(test, grown, TOLERATED + 1);
	trips = trips_to_the_depot(test, cache);
	KUNIT_EXPECT_GT(test, trips, 100U);
	KUNIT_EXPECT_LE(test, trips_to_the_depot(test, grown), trips * 6 / 10);
	myslab_cache_destroy(cache);
	myslab_cache_destroy(grown);
}

/* What a cache may keep is bounded, however much it is fought for. */
static void growth_ends_at_32k_of_objects(struct kunit *test)
{
	static const struct { size_t size; unsigned long grown; } ends[] = {
		{ 8, 256 }, { 64, 256 }, { 256, 128 }, { 512, 64 },
		{ 8000, 4 }, { 60000, 1 },
	};
	struct myslab_cache *cache;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		cache = new_cache(ends[i].size);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
		for (k = 0; k < 4; k++)
			interval(test, cache, TOLERATED + 1);
		KUNIT_EXPECT_EQ_MSG(test, magazine_size(cache), ends[i].grown,
				    "of %zu bytes", ends[i].size);
		myslab_cache_destroy(cache);
	}
}

static void the_depot_of_a_grown_cache_keeps_no_more(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(128);
	struct myslab_cache_stat stat;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	interval(test, cache, TOLERATED + 1);
	interval(test, cache, TOLERATED + 1);
	KUNIT_EXPECT_EQ(test, magazine_size(cache), 256UL);
	take_and_give(test, cache, MANY);
	stat = stat_of(cache);
	/* And this CPU's two, and one on its way. */
	KUNIT_EXPECT_LE(test, stat.objects_cached * 128,
			(unsigned long)(SZ_1M + 3 * SZ_32K));
	KUNIT_EXPECT_GT(test, stat.objects_cached * 128, 512UL * 1024);
	myslab_cache_destroy(cache);
}

static struct kunit_case growth_cases[] = {
	KUNIT_CASE(magazines_grow_where_cpus_fight_for_the_depot),
	KUNIT_CASE(magazines_stay_where_nobody_fights),
	KUNIT_CASE(a_few_waits_in_each_interval_do_not_add_up),
	KUNIT_CASE(larger_magazines_spare_trips_to_the_depot),
	KUNIT_CASE(growth_ends_at_32k_of_objects),
	KUNIT_CASE(the_depot_of_a_grown_cache_keeps_no_more),
	{}
};

static struct kunit_suite growth_suite = {
	.name = "mirror_growth",
	.test_cases = growth_cases,
};

kunit_test_suite(growth_suite);

MODULE_LICENSE("GPL");
