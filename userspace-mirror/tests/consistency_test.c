// SPDX-License-Identifier: GPL-2.0
/*
 * What a slab says of itself, each rule broken behind the cache's back: said
 * once, as what it is, and of nothing else.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

#include "../../mod/slab.h"

#define NR	5

struct broken {
	struct myslab_cache *cache;
	struct myslab_slab *slab;
	struct page *page;
	unsigned int free_idx;		/* of an object that is free */
};

static void count_of_free(struct broken *b, bool breaks)
{
	b->slab->nr_free += breaks ? 1 : -1;
}

static void count_of_withdrawn(struct broken *b, bool breaks)
{
	b->slab->nr_condemned += breaks ? 1 : -1;
}

static void free_and_withdrawn(struct broken *b, bool breaks)
{
	__change_bit(b->free_idx,
		     myslab_slab_bits(b->slab, MYSLAB_CONDEMNED));
	count_of_withdrawn(b, breaks);
}

static void bin(struct broken *b, bool breaks)
{
	b->slab->bin ^= 1;
}

static void owner(struct broken *b, bool breaks)
{
	set_page_private(b->page, breaks ? b->cache->owner ^ 8 :
					   b->cache->owner);
}

static void slab_of_page(struct broken *b, bool breaks)
{
	myslab_page_set_slab(b->page, breaks ? b : (void *)b->slab);
}

static void references(struct broken *b, bool breaks)
{
	if (breaks)
		put_page(b->page);
	else
		get_page(b->page);
}

static const struct rule {
	void (*change)(struct broken *b, bool breaks);
	const char *text;
} rules[] = {
	{ count_of_free, "its count of free objects is not that of its bits" },
	{ count_of_withdrawn,
	  "its count of withdrawn objects is not that of its bits" },
	{ free_and_withdrawn, "an object of it is free and withdrawn" },
	{ bin, "it is listed where its fill does not belong" },
	{ owner, "a page of it names another owner" },
	{ slab_of_page, "a page of it leads to another slab" },
	{ references, "somebody put a page of it" },
};

static void each_rule_is_looked_at(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("rules", 200, NULL);
	struct broken b = { .cache = cache };
	void *objs[NR];
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	for (i = 0; i < NR; i++)
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
	b.slab = myslab_slab_of(cache, objs[0]);
	b.page = virt_to_page(b.slab->base);
	b.free_idx = find_first_bit(myslab_slab_bits(b.slab, MYSLAB_FREE),
				    cache->layout.objects);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		mirror_log_forget();
		rules[i].change(&b, true);
		KUNIT_EXPECT_EQ_MSG(test, myslab_debug_validate(), 1UL, "%s",
				    rules[i].text);
		KUNIT_EXPECT_EQ_MSG(test, mirror_log_matches(rules[i].text),
				    1UL, "%s", rules[i].text);
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		rules[i].change(&b, false);
		b.slab->faulty = false;
		/* The twin. */
		KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		/* More of one kind would be left out of the log. */
		mirror_advance(20 * HZ);
	}
	for (i = 0; i < NR; i++)
		myslab_cache_free(cache, objs[i]);
	myslab_cache_destroy(cache);
}

static struct kunit_case consistency_cases[] = {
	KUNIT_CASE(each_rule_is_looked_at),
	{}
};

static struct kunit_suite consistency_suite = {
	.name = "mirror_consistency",
	.test_cases = consistency_cases,
};

kunit_test_suite(consistency_suite);

MODULE_LICENSE("GPL");
