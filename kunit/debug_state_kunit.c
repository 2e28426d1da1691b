// SPDX-License-Identifier: GPL-2.0
/*
 * Constructed state, letter C: objects freed in another state than the one
 * that their constructor left them in.
 */
#include <linux/rcupdate.h>

#include "debug.h"

#define NR	100

struct thing {
	unsigned long note;	/* any, when it is freed */
	u64 state;
	unsigned char any[8];
	struct thing *self;
	u32 count;
	u32 more;
};

static const struct myslab_range ranges[] = {
	{ offsetof(struct thing, state), sizeof(u64) },
	{ offsetof(struct thing, self), sizeof(void *) + sizeof(u32) },
	{ }
};

static struct thing *things[NR];
static unsigned long built;

/* No two are the same, nor one at two times. */
static int build(void *obj, void *private, gfp_t gfp)
{
	struct thing *thing = obj;

	thing->note = 0;
	thing->state = ++built << 32;
	memset(thing->any, 0, sizeof(thing->any));
	thing->self = thing;
	thing->count = 0;
	thing->more = 0;
	return 0;
}

static void unbuild(void *obj, void *private)
{
	struct thing *thing = obj;

	thing->self = NULL;
}

static struct myslab_cache *new_stateful(struct kunit *test,
					 const char *letters,
					 unsigned int flags)
{
	return new_debugged(test, letters, sizeof(struct thing),
			    &(struct myslab_cache_args){
				.ctor = build, .dtor = unbuild,
				.flags = flags, .state_ranges = ranges });
}

static const char * const letters[] = { "C", "FZPUQLC", "CP", "QC" };

static void use(struct thing *thing)
{
	thing->note++;
	memset(thing->any, 0x11, sizeof(thing->any));
	thing->more++;
}

static void what_is_freed_as_constructed_is_silent(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i, k, round;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		cache = new_stateful(test, letters[i], 0);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		for (round = 0; round < 3; round++) {
			KUNIT_ASSERT_EQ(test, take(cache, (void **)things, NR),
					(unsigned int)NR);
			for (k = 0; k < NR; k++) {
				use(things[k]);
				things[k]->count++;
				things[k]->count--;
			}
			give_back(cache, (void **)things, NR);
		}
		KUNIT_EXPECT_GE(test, stat_of(cache).checks, 3UL * NR);
		destroy_cache(test, cache);
	}
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void what_is_freed_otherwise_is_found(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		cache = new_stateful(test, letters[i], 0);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		KUNIT_ASSERT_EQ(test, take(cache, (void **)things, NR),
				(unsigned int)NR);
		for (k = 3; k < NR; k += 31) {
			((u8 *)&things[k]->state)[7] ^= k & 1;
			things[k]->count ^= ~k & 1;
			expect_report(test, MYSLAB_INVALID_FREE, things[k]);
		}
		for (k = 0; k < NR; k++) {
			use(things[k]);
			myslab_cache_free(cache, things[k]);
		}
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 4UL);
		KUNIT_EXPECT_FALSE(test, handed_out_again(cache, things[3]));
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
		destroy_cache(test, cache);
	}
}

/* Objects in use at a switch keep what they had. */
static void it_is_switched_off_and_on(struct kunit *test)
{
	struct myslab_cache *cache = new_stateful(test, "off", 0);
	struct thing **before = things, **during = things + 20;
	struct thing **after = things + 40;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, (void **)before, 20), 20U);
	switch_to(test, "C");
	KUNIT_ASSERT_EQ(test, take(cache, (void **)during, 20), 20U);
	before[0]->count = 1;
	give_back(cache, (void **)before, 20);
	switch_to(test, "full");
	KUNIT_ASSERT_EQ(test, take(cache, (void **)after, 20), 20U);
	after[0]->count = 1;
	give_back(cache, (void **)after, 20);
	switch_to(test, "off");
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_report(test, MYSLAB_INVALID_FREE, during[7]);
	during[7]->self = NULL;
	give_back(cache, (void **)during, 20);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* On again, and found again. */
	switch_to(test, "UC");
	KUNIT_ASSERT_EQ(test, take(cache, (void **)after, 20), 20U);
	expect_report(test, MYSLAB_INVALID_FREE, after[1]);
	after[1]->count = 1;
	give_back(cache, (void **)after, 20);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void readers_of_a_typesafe_cache_may_write(struct kunit *test)
{
	static const char * const rcu[] = { "C", "PC" };
	struct myslab_cache *cache;
	struct thing *thing;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rcu); i++) {
		cache = new_stateful(test, rcu[i], MYSLAB_TYPESAFE_BY_RCU);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		thing = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, thing);
		rcu_read_lock();
		thing->count = 1;
		myslab_cache_free(cache, thing);
		thing->count = 0;
		rcu_read_unlock();
		myslab_cache_shrink(cache);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		/* Nobody does that behind the last reader. */
		thing = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, thing);
		expect_report(test, MYSLAB_INVALID_FREE, thing);
		thing->count = 1;
		myslab_cache_free(cache, thing);
		KUNIT_EXPECT_TRUE(test, wait_until(reports_came(test)));
		destroy_cache(test, cache);
	}
}

static void all_frees_look(struct kunit *test)
{
	struct myslab_cache *cache = new_stateful(test, "C", 0);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, (void **)things, 12), 12U);
	for (i = 0; i < 12; i += 2) {
		things[i]->count = 1;
		expect_report(test, MYSLAB_INVALID_FREE, things[i]);
	}
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, things[0]));
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, things[1]));
	myslab_cache_free_bulk(cache, 6, (void **)things + 2);
	rcu_read_lock();
	for (i = 8; i < 12; i++)
		myslab_cache_free_rcu(cache, things[i]);
	/* It was not given back before readers are gone. */
	things[9]->count = 1;
	things[9]->count = 0;
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, wait_until(reports_came(test)));
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 6UL);
}

static void it_goes_by_the_whole_name_only(struct kunit *test)
{
	static const char * const refused[] = {
		"C", "full;C", "FZPUC,*", "C,debug*", "C,debugge?", "C,@myslab",
		"C,no-such-cache", "C:1,debugged", "fullC,debugged",
	};
	struct myslab_cache *cache = new_stateful(test, "off", 0);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ_MSG(test, myslab_debug_set(refused[i]),
				    -EINVAL, "%s", refused[i]);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 0UL);
	/* Nor is it one of full. */
	switch_to(test, "full");
	KUNIT_ASSERT_EQ(test, take(cache, (void **)things, 2), 2U);
	things[0]->count = 1;
	give_back(cache, (void **)things, 2);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_cache_without_ranges_has_no_such_letter(struct kunit *test)
{
	struct myslab_cache_args args = { .ctor = build };
	struct myslab_cache *cache;

	cache = new_debugged(test, "off", sizeof(struct thing), &args);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("C," DEBUGGED), -EINVAL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("FZC," DEBUGGED), -EINVAL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).debugged, 0UL);
	destroy_cache(test, cache);
	cache = new_debugged(test, "off", 64, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("C," DEBUGGED), -EINVAL);
}

static void expect_refused(struct kunit *test,
			   int (*ctor)(void *obj, void *private, gfp_t gfp),
			   const struct myslab_range *state_ranges)
{
	struct myslab_cache_args args = {
		.ctor = ctor, .state_ranges = state_ranges,
	};

	expect_report(test, MYSLAB_BAD_ARGS, NULL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(myslab_cache_create(DEBUGGED, 64, &args)),
			-EINVAL);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void ranges_that_are_none_are_refused(struct kunit *test)
{
	static const struct myslab_range bad[][3] = {
		{ { 60, 5 } }, { { 65, 1 } }, { { 0, 65 } },
		{ { -1U, 2 } }, { { 8, -4U } },
		{ { 8, 8 }, { 15, 1 } }, { { 8, 8 }, { 0, 4 } },
	};
	static const struct myslab_range good[] = { { 0, 64 }, { } };
	struct myslab_range many[MYSLAB_STATE_RANGES + 2] = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_refused(test, build, bad[i]);
	expect_refused(test, NULL, good);
	for (i = 0; i <= MYSLAB_STATE_RANGES; i++)
		many[i] = (struct myslab_range){ i, 1 };
	expect_refused(test, build, many);
	many[MYSLAB_STATE_RANGES].size = 0;
	KUNIT_EXPECT_NOT_NULL(test,
			      new_debugged(test, "C", 64,
					   &(struct myslab_cache_args){
						.ctor = build,
						.state_ranges = many }));
}

static struct kunit_case debug_state_cases[] = {
	KUNIT_CASE(what_is_freed_as_constructed_is_silent),
	KUNIT_CASE(what_is_freed_otherwise_is_found),
	KUNIT_CASE(it_is_switched_off_and_on),
	KUNIT_CASE(readers_of_a_typesafe_cache_may_write),
	KUNIT_CASE(all_frees_look),
	KUNIT_CASE(it_goes_by_the_whole_name_only),
	KUNIT_CASE(a_cache_without_ranges_has_no_such_letter),
	KUNIT_CASE(ranges_that_are_none_are_refused),
	{}
};

static struct kunit_suite debug_state_suite = {
	.name = "myslab_debug_state",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = debug_state_cases,
};

kunit_test_suite(debug_state_suite);

MODULE_DESCRIPTION("Tests of myslab: objects freed in another state");
MODULE_LICENSE("GPL");
