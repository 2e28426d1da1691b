// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers: exact when nobody is in a call; and findings told to those who
 * registered for them.
 */
#include "watch.h"

#define NR	700

static void *objs[NR];

static void every_alloc_and_free_is_counted_once(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache_stat stat;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR; i++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs + i, 1), 1U);
		stat = stat_of(cache);
		KUNIT_EXPECT_EQ(test, stat.allocs, i + 1UL);
		KUNIT_EXPECT_EQ(test, stat.objects_used, i + 1UL);
	}
	for (i = 0; i < NR; i++) {
		myslab_cache_free(cache, objs[i]);
		stat = stat_of(cache);
		KUNIT_EXPECT_EQ(test, stat.frees, i + 1UL);
		KUNIT_EXPECT_EQ(test, stat.objects_used, NR - i - 1UL);
	}
}

static void the_numbers_of_a_cache_fit_together(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	struct myslab_cache_stat stat;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (nr = 0; nr < NR; nr++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs + nr, 1), 1U);
		stat = stat_of(cache);
		KUNIT_EXPECT_LE(test, stat.objects_used, stat.objects_total);
		KUNIT_EXPECT_EQ(test, stat.objects_used,
				stat.allocs - stat.frees);
		KUNIT_EXPECT_GE(test, stat.pages * PAGE_SIZE,
				stat.objects_total * stat.object_size);
		KUNIT_EXPECT_EQ(test, stat.objects_total % stat.slabs, 0UL);
		KUNIT_EXPECT_EQ(test, stat.pages % stat.slabs, 0UL);
	}
	give_back(cache, objs, nr);
}

static void reading_the_numbers_changes_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache_stat one, two;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 100), 100U);
	one = stat_of(cache);
	two = stat_of(cache);
	KUNIT_EXPECT_EQ(test, one.allocs, two.allocs);
	KUNIT_EXPECT_EQ(test, one.pages, two.pages);
	KUNIT_EXPECT_EQ(test, one.objects_cached, two.objects_cached);
	give_back(cache, objs, 100);
}

static int fail_always(void *obj, void *private, gfp_t gfp)
{
	return -EPERM;
}

static void every_failure_is_counted_once(struct kunit *test)
{
	struct myslab_cache_args args = { .ctor = fail_always };
	struct myslab_cache *cache = new_cache(test, 64, &args);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 1; i <= 10; i++) {
		KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, stat_of(cache).failures,
				(unsigned long)i);
	}
	KUNIT_EXPECT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 5,
						      objs), 0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).failures, 11UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs,
			stat_of(cache).frees);
}

static void every_finding_is_counted_once(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned long i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 1; i <= 10; i++) {
		expect_report(test, MYSLAB_INVALID_FREE, (void *)i);
		myslab_cache_free(cache, (void *)i);
		KUNIT_EXPECT_EQ(test, stat_of(cache).reports, i);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).quarantined, 0UL);
}

/* The second listener: keeps the last finding, word for word. */
struct listener {
	struct notifier_block nb;
	unsigned int heard;
	enum myslab_kind kind;
	char allocator[16];
	char name[MYSLAB_MAX_NAME + 1];
	char module[32];
	const void *object;
};

static int listen(struct notifier_block *nb, unsigned long kind, void *data)
{
	struct listener *l = container_of(nb, struct listener, nb);
	const struct myslab_finding *finding = data;

	l->heard++;
	l->kind = kind;
	l->object = finding->object;
	snprintf(l->allocator, sizeof(l->allocator), "%s", finding->allocator);
	snprintf(l->name, sizeof(l->name), "%s", finding->name);
	snprintf(l->module, sizeof(l->module), "%s", finding->module);
	return NOTIFY_OK;
}

static void a_listener_hears_what_was_found_and_where(struct kunit *test)
{
	struct listener *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *bad = (void *)0x123;

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	l->nb.notifier_call = listen;
	KUNIT_ASSERT_EQ(test, myslab_report_register(&l->nb), 0);
	expect_report(test, MYSLAB_INVALID_FREE, bad);
	myslab_cache_free(cache, bad);
	KUNIT_EXPECT_EQ(test, myslab_report_unregister(&l->nb), 0);

	KUNIT_EXPECT_EQ(test, l->heard, 1U);
	KUNIT_EXPECT_EQ(test, (int)l->kind, (int)MYSLAB_INVALID_FREE);
	KUNIT_EXPECT_PTR_EQ(test, l->object, bad);
	KUNIT_EXPECT_STREQ(test, (const char *)l->allocator, "cache");
	KUNIT_EXPECT_STREQ(test, (const char *)l->name,
			   myslab_cache_name(cache));
	KUNIT_EXPECT_STREQ(test, (const char *)l->module, KBUILD_MODNAME);
}

static void a_listener_that_left_hears_nothing(struct kunit *test)
{
	struct listener *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct myslab_cache *cache = new_cache(test, 64, NULL);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	l->nb.notifier_call = listen;
	KUNIT_ASSERT_EQ(test, myslab_report_register(&l->nb), 0);
	KUNIT_ASSERT_EQ(test, myslab_report_unregister(&l->nb), 0);
	KUNIT_EXPECT_EQ(test, myslab_report_unregister(&l->nb), -ENOENT);
	expect_report(test, MYSLAB_INVALID_FREE, (void *)0x321);
	myslab_cache_free(cache, (void *)0x321);
	KUNIT_EXPECT_EQ(test, l->heard, 0U);
}

static struct kunit_case stat_cases[] = {
	KUNIT_CASE(every_alloc_and_free_is_counted_once),
	KUNIT_CASE(the_numbers_of_a_cache_fit_together),
	KUNIT_CASE(reading_the_numbers_changes_nothing),
	KUNIT_CASE(every_failure_is_counted_once),
	KUNIT_CASE(every_finding_is_counted_once),
	KUNIT_CASE(a_listener_hears_what_was_found_and_where),
	KUNIT_CASE(a_listener_that_left_hears_nothing),
	{}
};

static struct kunit_suite stat_suite = {
	.name = "myslab_stat",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = stat_cases,
};

kunit_test_suite(stat_suite);

MODULE_DESCRIPTION("Tests of myslab: statistics and findings");
MODULE_LICENSE("GPL");
