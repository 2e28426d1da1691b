// SPDX-License-Identifier: GPL-2.0
/*
 * Two nodes, of which one has no memory left. A machine with one node skips
 * this: NODES=2.
 */
#include <kunit/test.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <mirror/control.h>
#include <myslab.h>

static struct page *page_of(int nid, unsigned int order)
{
	return alloc_pages_node(nid, GFP_KERNEL | __GFP_COMP | __GFP_THISNODE,
				order);
}

static void take_all_pages(int nid, struct list_head *taken)
{
	int order = MAX_PAGE_ORDER;
	struct page *page;

	while (order >= 0) {
		page = page_of(nid, order);
		if (page)
			list_add((struct list_head *)page_address(page), taken);
		else
			order--;
	}
}

static void give_all_pages(struct list_head *taken)
{
	struct list_head *link;

	while (!list_empty(taken)) {
		link = taken->next;
		list_del(link);
		put_page(virt_to_page(link));
	}
}

static void another_node_serves_for_one_that_is_out(struct kunit *test)
{
	struct myslab_cache_stat stat;
	struct myslab_cache *cache;
	LIST_HEAD(taken);
	void *near, *far;

	if (nr_online_nodes < 2)
		kunit_skip(test, "one node");
	cache = myslab_cache_create("nodes", 256, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	near = myslab_cache_alloc_node(cache, GFP_KERNEL, 1);
	KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(near)), 1);
	myslab_cache_free(cache, near);
	myslab_cache_shrink(cache);
	myslab_cache_stat(cache, &stat);
	KUNIT_EXPECT_EQ(test, stat.node_misses, 0UL);

	take_all_pages(1, &taken);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc_node(cache, GFP_KERNEL |
							__GFP_THISNODE, 1));
	far = myslab_cache_alloc_node(cache, GFP_KERNEL, 1);
	KUNIT_EXPECT_NOT_NULL(test, far);
	KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(far)), 0);
	myslab_cache_stat(cache, &stat);
	KUNIT_EXPECT_EQ(test, stat.node_misses, 1UL);
	myslab_cache_free(cache, far);
	give_all_pages(&taken);
	myslab_cache_destroy(cache);
}

static void zones_are_refused_on_each_node(struct kunit *test)
{
	struct myslab_cache_stat stat;
	struct myslab_cache *cache;
	void *obj;
	int nid;

	if (nr_online_nodes < 2)
		kunit_skip(test, "one node");
	cache = myslab_cache_create("nodes", 256, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	for (nid = 0; nid < 2; nid++) {
		obj = myslab_cache_alloc_node(cache, GFP_KERNEL | __GFP_DMA,
					      nid);
		KUNIT_EXPECT_NULL(test, obj);
	}
	myslab_cache_stat(cache, &stat);
	KUNIT_EXPECT_EQ(test, stat.reports, 2UL);
	KUNIT_EXPECT_EQ(test, stat.failures, 2UL);
	myslab_cache_destroy(cache);
}

static struct kunit_case nodes_cases[] = {
	KUNIT_CASE(zones_are_refused_on_each_node),
	KUNIT_CASE(another_node_serves_for_one_that_is_out),
	{}
};

static struct kunit_suite nodes_suite = {
	.name = "mirror_nodes",
	.test_cases = nodes_cases,
};

kunit_test_suite(nodes_suite);

MODULE_LICENSE("GPL");
