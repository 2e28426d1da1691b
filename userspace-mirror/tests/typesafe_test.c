// SPDX-License-Identifier: GPL-2.0
/*
 * RCU-typesafe caches while they are debugged: what readers may still write to
 * is not looked at, and what nobody may write to any more is.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

#include "../../kunit/watch.h"

#define SIZE	64

/* Of what the constructor leaves, all zero. */
static const struct myslab_range state[] = { { 8, 8 }, { } };

static int build(void *obj, void *private, gfp_t gfp)
{
	memset(obj, 0, SIZE);
	return 0;
}

static struct myslab_cache *new_typesafe(struct kunit *test,
					 const char *letters, bool stateful)
{
	struct myslab_cache_args args = { .flags = MYSLAB_TYPESAFE_BY_RCU };
	struct myslab_cache *cache;
	char text[40];

	if (stateful) {
		args.ctor = build;
		args.state_ranges = state;
	}
	cache = myslab_cache_create("typesafe", SIZE, &args);
	if (IS_ERR(cache))
		return NULL;
	snprintf(text, sizeof(text), "%s,typesafe", letters);
	KUNIT_EXPECT_EQ(test, myslab_debug_set(text), 0);
	mirror_log_forget();
	return cache;
}

static void destroy(struct kunit *test, struct myslab_cache *cache)
{
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
	/* The next one's findings are said as well. */
	mirror_advance(11 * HZ);
}

static void end_grace_period(void)
{
	mirror_rcu_run();
	mirror_works_run();
}

static void a_write_counts_from_the_grace_period_on(struct kunit *test)
{
	static const char * const letters[] = { "P", "FZPUL", "PQ:65536" };
	struct myslab_cache *cache;
	unsigned int i;
	u8 *obj;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		cache = new_typesafe(test, letters[i], false);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		memset(obj, 1, SIZE);
		myslab_cache_free(cache, obj);
		/* As it was left: readers look at it. */
		KUNIT_EXPECT_EQ(test, obj[5], 1);
		obj[5] = 2;
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_EQ(test, obj[5], 2);
		end_grace_period();
		KUNIT_EXPECT_EQ(test, obj[5], 0x6b);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 0UL);
		obj[5] = 2;
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
		KUNIT_EXPECT_EQ(test, mirror_log_matches("use-after-free: "),
				1UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 1UL);
		destroy(test, cache);
	}
}

/* It may be freed in any state, as long as the last reader mends that. */
static void a_state_counts_from_the_grace_period_on(struct kunit *test)
{
	struct myslab_cache *cache = new_typesafe(test, "C", true);
	unsigned int i;
	u8 *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 2; i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		obj[8] = 1;
		myslab_cache_free(cache, obj);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 0UL);
		obj[8] = i;
		end_grace_period();
		KUNIT_EXPECT_EQ(test, stat_of(cache).reports, i);
	}
	KUNIT_EXPECT_EQ(test, mirror_log_matches("seen a grace period after "),
			1UL);
	destroy(test, cache);
}

/* It waits for nobody, so that readers may be there for as long as it is. */
static void what_is_freed_at_once_is_left_alone(struct kunit *test)
{
	static const char * const letters[] = { "P", "C", "PC" };
	struct myslab_cache *cache;
	unsigned int i;
	u8 *obj;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		cache = new_typesafe(test, letters[i], i);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		memset(obj, 1, SIZE);
		KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, obj));
		KUNIT_EXPECT_EQ(test, obj[5], 1);
		obj[5] = 2;
		end_grace_period();
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
		KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 0UL);
		destroy(test, cache);
	}
}

static struct kunit_case typesafe_cases[] = {
	KUNIT_CASE(a_write_counts_from_the_grace_period_on),
	KUNIT_CASE(a_state_counts_from_the_grace_period_on),
	KUNIT_CASE(what_is_freed_at_once_is_left_alone),
	{}
};

static struct kunit_suite typesafe_suite = {
	.name = "mirror_typesafe",
	.test_cases = typesafe_cases,
};

kunit_test_suite(typesafe_suite);

MODULE_LICENSE("GPL");
