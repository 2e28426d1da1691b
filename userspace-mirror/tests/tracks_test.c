// SPDX-License-Identifier: GPL-2.0
/*
 * Letter U: whom a report names as who had an object.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <mirror/control.h>
#include <myslab.h>

static void *use_once(struct myslab_cache *cache, struct myslab_pool *pool,
		      struct myslab_heap *heap)
{
	void *obj = cache ? myslab_cache_alloc(cache, GFP_KERNEL) :
		    pool ? myslab_pool_alloc(pool) :
		    myslab_heap_alloc(heap, 100, GFP_KERNEL);

	mirror_advance(1);
	if (cache)
		myslab_cache_free(cache, obj);
	else if (pool)
		myslab_pool_free(pool, obj);
	else
		myslab_heap_free(heap, obj);
	return obj;
}

/* Who frees what is another's by now is the one before. */
static void the_last_two_users_are_told(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("two", 64, NULL);
	struct myslab_pool *pool = myslab_pool_create("two", 64, 1, NULL);
	struct myslab_heap *heap = myslab_heap_create("two", NULL);
	void *first, *second;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, myslab_debug_set("U,two"), 0);
	mirror_log_forget();
	for (i = 0; i < 3; i++) {
		mirror_caller = (unsigned long)mirror_advance + 1;
		first = use_once(i ? NULL : cache, i == 1 ? pool : NULL, heap);
		mirror_caller = (unsigned long)mirror_rcu_run + 1;
		second = use_once(i ? NULL : cache, i == 1 ? pool : NULL, heap);
		KUNIT_EXPECT_PTR_EQ(test, first, second);
		mirror_caller = 0;
		if (!i)
			myslab_cache_free(cache, second);
		else if (i == 1)
			myslab_pool_free(pool, second);
		else
			myslab_heap_free(heap, second);
	}
	KUNIT_EXPECT_EQ(test, mirror_log_matches("before that, allocated 0."), 3UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("before that, freed 0."), 3UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  mirror_advance+"), 6UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  mirror_rcu_run+"), 6UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,two"), 0);
	myslab_cache_destroy(cache);
	myslab_pool_destroy(pool);
	myslab_heap_destroy(heap);
}

/* An address that was in it is nobody's now, or another's. */
static void stacks_of_a_module_that_went_are_not_read(struct kunit *test)
{
	static struct module client = { .name = "gone" };
	struct myslab_cache *cache = myslab_cache_create("stays", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("U,stays"), 0);
	client.mem[MOD_TEXT].base = stacks_of_a_module_that_went_are_not_read;
	client.mem[MOD_TEXT].size = 0x10000;
	mirror_module_load(&client);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	mirror_advance(1);
	mirror_module_unload(&client);
	mirror_advance(1);
	myslab_cache_free(cache, obj);
	mirror_log_forget();
	myslab_cache_free(cache, obj);
	/* Of the allocation; the free was by who came to be there later. */
	KUNIT_EXPECT_EQ(test, mirror_log_matches(" [gone, which was unloaded]"),
			1UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,stays"), 0);
	myslab_cache_destroy(cache);
}

static void stacks_of_init_code_are_not_read(struct kunit *test)
{
	static struct module client = { .name = "started" };
	struct myslab_cache *cache = myslab_cache_create("stays", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("U,stays"), 0);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	client.mem[MOD_INIT_TEXT].base = stacks_of_init_code_are_not_read;
	client.mem[MOD_INIT_TEXT].size = 0x10000;
	mirror_advance(1);
	mirror_module_load(&client);
	mirror_advance(1);
	myslab_cache_free(cache, obj);
	mirror_log_forget();
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, mirror_log_matches(" [started, whose init code was freed]"),
			1UL);
	client.mem[MOD_INIT_TEXT].size = 0;
	mirror_module_unload(&client);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,stays"), 0);
	myslab_cache_destroy(cache);
}

static struct kunit_case tracks_cases[] = {
	KUNIT_CASE(the_last_two_users_are_told),
	KUNIT_CASE(stacks_of_a_module_that_went_are_not_read),
	KUNIT_CASE(stacks_of_init_code_are_not_read),
	{}
};

static struct kunit_suite tracks_suite = {
	.name = "mirror_tracks",
	.test_cases = tracks_cases,
};

kunit_test_suite(tracks_suite);

MODULE_LICENSE("GPL");
