// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of several nodes: what is asked for is what comes, and magazines hold
 * what is near.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/topology.h>

#include "watch.h"

#define NR 200

static int node_of(const void *obj)
{
	return page_to_nid(virt_to_page(obj));
}

static void an_object_comes_from_the_node_asked_for(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	void *obj;
	int nid;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for_each_node_state(nid, N_MEMORY) {
		obj = myslab_cache_alloc_node(cache, GFP_KERNEL |
					      __GFP_THISNODE, nid);
		KUNIT_EXPECT_NOT_NULL(test, obj);
		if (obj)
			KUNIT_EXPECT_EQ(test, node_of(obj), nid);
		myslab_cache_free(cache, obj);
	}
}

/* Stays on one CPU, so that "near" does not change meanwhile. */
static void far_objects_stay_out_of_the_magazines(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	unsigned int i, far = 0;
	void *obj;
	int nid;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "one node");
	migrate_disable();
	for_each_node_state(nid, N_MEMORY) {
		if (nid == numa_mem_id())
			continue;
		for (i = 0; i < NR; i++)
			myslab_cache_free(cache,
					  myslab_cache_alloc_node(cache,
								  GFP_KERNEL,
								  nid));
	}
	for (i = 0; i < NR; i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		far += obj && node_of(obj) != numa_mem_id();
		myslab_cache_free(cache, obj);
	}
	migrate_enable();
	KUNIT_EXPECT_EQ(test, far, 0U);
}

static void freed_on_another_node_nothing_is_lost(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	void **objs = kunit_kzalloc(test, NR * sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, objs);
	for (i = 0; i < NR; i++)
		objs[i] = myslab_cache_alloc_node(cache, GFP_KERNEL,
						  i % num_online_nodes());
	myslab_cache_free_bulk(cache, NR, objs);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static struct kunit_case nodes_cases[] = {
	KUNIT_CASE(an_object_comes_from_the_node_asked_for),
	KUNIT_CASE(far_objects_stay_out_of_the_magazines),
	KUNIT_CASE(freed_on_another_node_nothing_is_lost),
	{}
};

static struct kunit_suite nodes_suite = {
	.name = "myslab_nodes",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = nodes_cases,
};

kunit_test_suite(nodes_suite);

MODULE_DESCRIPTION("Tests of myslab: several nodes");
MODULE_LICENSE("GPL");
