// SPDX-License-Identifier: GPL-2.0
/*
 * What is guarded under which text, and that it counts as what is not.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "guard.h"

/* Guarded or not, an object counts at its site, whatever the letters become. */
static void sites_count_guarded_objects(struct kunit *test)
{
	struct myslab_cache *cache = new_guarded(test, NULL);
	u8 *objs[3];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 0UL);
	switch_to(test, "LG");
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = new_object(test, cache, true);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 3UL * SIZE);
	myslab_cache_free(cache, objs[0]);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 2UL * SIZE);
	myslab_cache_free_rcu(cache, objs[1]);
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 2UL * SIZE);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 1UL * SIZE);
	/* Its letters stay as long as it is out. */
	switch_to(test, "off");
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 1UL * SIZE);
	myslab_cache_free(cache, objs[2]);
	switch_to(test, "Z");
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 0UL);
}

/* Where the kernel can; not of what may be used by its pages. */
static void a_preset_has_them(struct kunit *test)
{
	const struct myslab_cache_args args = { .flags = MYSLAB_EXACT_GUARD };
	struct myslab_cache *cache = new_guarded(test, NULL);

	switch_to(test, "full");
	KUNIT_EXPECT_TRUE(test, gets_guarded(cache));
	switch_to(test, "off");
	destroy_cache(test, cache);
	cache = new_debugged(test, "off", SIZE, &args);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("full,debug*"), 0);
	KUNIT_EXPECT_FALSE(test, gets_guarded(cache));
}

/* As the caches of <myslab/dropin.h> are. */
static void some_are_guarded_by_name_only(struct kunit *test)
{
	const struct myslab_cache_args args = { .flags = MYSLAB_EXACT_GUARD };
	struct myslab_cache *cache = new_guarded(test, &args);

	KUNIT_EXPECT_TRUE(test, gets_guarded(cache));
	switch_to(test, "light");
	KUNIT_EXPECT_FALSE(test, gets_guarded(cache));
	switch_to(test, "off");
	KUNIT_EXPECT_EQ(test, myslab_debug_set("FG,@guard_rules_kernel_kunit"), 0);
	KUNIT_EXPECT_FALSE(test, gets_guarded(cache));
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off;FG,debugge?"), 0);
	KUNIT_EXPECT_FALSE(test, gets_guarded(cache));
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off;FG"), 0);
	KUNIT_EXPECT_FALSE(test, gets_guarded(cache));
	/* Nothing that it has. */
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off;G,debugge?"), -EINVAL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
}

static void an_arena_may_ask_for_none(struct kunit *test)
{
	const struct myslab_arena_args args = {
		.flags = MYSLAB_ARENA_NO_GUARD,
	};
	struct myslab_arena *arena;
	void *p;

	if (!has_guard_pages())
		kunit_skip(test, "no guard pages on this kernel");
	arena = myslab_arena_create(DEBUGGED, &args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	KUNIT_EXPECT_EQ(test, myslab_debug_set("G," DEBUGGED), -EINVAL);
	switch_to(test, "full");
	p = myslab_arena_alloc(arena, SIZE, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	myslab_arena_destroy(arena);
}

static struct kunit_case guard_rules_cases[] = {
	KUNIT_CASE(sites_count_guarded_objects),
	KUNIT_CASE(a_preset_has_them),
	KUNIT_CASE(some_are_guarded_by_name_only),
	KUNIT_CASE(an_arena_may_ask_for_none),
	{}
};

static struct kunit_suite guard_rules_suite = {
	.name = "myslab_guard_rules",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = guard_rules_cases,
};

kunit_test_suite(guard_rules_suite);

MODULE_DESCRIPTION("Tests of myslab: which objects have guard pages");
MODULE_LICENSE("GPL");
