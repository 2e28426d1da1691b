// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that look like memory and have no struct page: the hole below
 * 4 GiB of a machine with more. Reading the page there would fault.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/mmzone.h>

#include "watch.h"

/* The first page without memory map below an object; 0: no such hole. */
static unsigned long hole_below(const void *obj)
{
	unsigned long end = page_to_pfn(virt_to_page(obj));
	unsigned long pfn;

	for (pfn = 0; pfn < end; pfn += PAGES_PER_SECTION)
		if (!pfn_valid(pfn))
			return pfn;
	return 0;
}

static void a_free_of_an_address_in_a_hole_is_found(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	unsigned long pfn;
	char text[80];
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	pfn = obj ? hole_below(obj) : 0;
	if (pfn) {
		expect_report(test, MYSLAB_INVALID_FREE, pfn_to_kaddr(pfn));
		myslab_cache_free(cache, pfn_to_kaddr(pfn));
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		myslab_whatis(pfn_to_kaddr(pfn), text, sizeof(text));
		KUNIT_EXPECT_STREQ(test, text,
				   "is memory that nobody here owns\n");
	}
	myslab_cache_free(cache, obj);
	if (!pfn)
		kunit_skip(test, "no hole in this machine's memory");
}

static struct kunit_case hole_cases[] = {
	KUNIT_CASE(a_free_of_an_address_in_a_hole_is_found),
	{}
};

static struct kunit_suite hole_suite = {
	.name = "myslab_hole",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = hole_cases,
};

kunit_test_suite(hole_suite);

MODULE_DESCRIPTION("Tests of myslab: addresses without struct page");
MODULE_LICENSE("GPL");
