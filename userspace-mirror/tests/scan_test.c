// SPDX-License-Identifier: GPL-2.0
/*
 * The background scan of what is free, as time passes.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

#include "../../kunit/watch.h"

extern unsigned int myslab_scan_ms;
extern unsigned int myslab_interval_ms;

#define NR	50

static void *objs[NR];

/* Some written to while they are free; nobody allocates or asks. */
static void plant(struct myslab_cache *cache, unsigned int step)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < NR; i++)
		myslab_cache_free(cache, objs[i]);
	for (i = 0; i < NR && step; i += step)
		((u8 *)objs[i])[i] ^= 1;
}

/* Rounds of a scan and of upkeep come when their time is. */
static void pass_time(unsigned long by)
{
	unsigned long step = HZ / 20;

	for (; by > step; by -= step)
		mirror_advance(step);
	mirror_advance(by);
}

static void a_scan_finds_writes_after_the_free(struct kunit *test)
{
	struct myslab_cache *a = myslab_cache_create("scan-a", 200, NULL);
	struct myslab_cache *b = myslab_cache_create("scan-b", 9000, NULL);
	unsigned long checks;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	myslab_scan_ms = 100;
	KUNIT_EXPECT_EQ(test, myslab_debug_set("PQ:900000,scan-?"), 0);
	plant(a, 10);
	plant(b, 5);
	mirror_log_forget();
	checks = stat_of(a).checks;
	pass_time(HZ);
	KUNIT_EXPECT_EQ(test, stat_of(a).reports, 5UL);
	KUNIT_EXPECT_EQ(test, stat_of(b).reports, 10UL);
	KUNIT_EXPECT_GE(test, stat_of(a).checks, checks + 5 * NR);
	/* Three of each. */
	KUNIT_EXPECT_EQ(test, mirror_log_matches("were written, seen by a scan"), 6UL);
	/* Once; and what is sound is none. */
	plant(a, 0);
	pass_time(3 * msecs_to_jiffies(myslab_interval_ms));
	KUNIT_EXPECT_EQ(test, stat_of(a).reports, 5UL);
	KUNIT_EXPECT_EQ(test, stat_of(b).reports, 10UL);
	myslab_cache_shrink(a);
	myslab_cache_destroy(a);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,scan-b"), 0);
	myslab_cache_destroy(b);
	myslab_scan_ms = 0;
	pass_time(HZ);
}

/* Off, on while it is used, and off again. */
static void a_scan_comes_when_it_is_asked_for(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("scan-c", 200, NULL);
	unsigned long checks;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("P,scan-c"), 0);
	plant(cache, 0);
	checks = stat_of(cache).checks;
	pass_time(HZ);
	KUNIT_EXPECT_EQ(test, stat_of(cache).checks, checks);
	myslab_scan_ms = 100;
	pass_time(2 * msecs_to_jiffies(myslab_interval_ms));
	KUNIT_EXPECT_GT(test, stat_of(cache).checks, checks + NR);
	/* It does not make an idle cache look used. */
	KUNIT_EXPECT_EQ(test, myslab_debug_set("PQ:90000,scan-c"), 0);
	plant(cache, 0);
	KUNIT_EXPECT_GT(test, stat_of(cache).pages, 0UL);
	pass_time(3 * msecs_to_jiffies(myslab_interval_ms));
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
	plant(cache, 0);
	myslab_scan_ms = 0;
	pass_time(HZ);
	checks = stat_of(cache).checks;
	pass_time(HZ);
	KUNIT_EXPECT_EQ(test, stat_of(cache).checks, checks);
	KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 0UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,scan-c"), 0);
	myslab_cache_destroy(cache);
}

static struct kunit_case scan_cases[] = {
	KUNIT_CASE(a_scan_finds_writes_after_the_free),
	KUNIT_CASE(a_scan_comes_when_it_is_asked_for),
	{}
};

static struct kunit_suite scan_suite = {
	.name = "mirror_scan",
	.test_cases = scan_cases,
};

kunit_test_suite(scan_suite);

MODULE_LICENSE("GPL");
