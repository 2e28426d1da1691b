// SPDX-License-Identifier: GPL-2.0
/*
 * What is told to those who look: traces.
 */
#include <kunit/test.h>
#include <mirror/control.h>
#include <myslab.h>

static struct myslab_cache *new_cache(struct kunit *test, const char *letters)
{
	struct myslab_cache *cache = myslab_cache_create("told", 64, NULL);
	char text[40];

	if (IS_ERR(cache))
		return NULL;
	snprintf(text, sizeof(text), "%s,told", letters);
	KUNIT_EXPECT_EQ(test, myslab_debug_set(text), 0);
	return cache;
}

static void destroy(struct kunit *test, struct myslab_cache *cache)
{
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
}

static char events[200];

static void note(const char *event, const void *ptr)
{
	size_t len = strlen(events);

	scnprintf(events + len, sizeof(events) - len, "%s ", event);
}

static void each_object_is_traced_once_each_way(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "T");
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	events[0] = 0;
	mirror_traced = note;
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	myslab_cache_free(cache, obj);
	myslab_cache_free(cache, obj);
	obj = myslab_cache_try_alloc(cache);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, obj));
	mirror_traced = NULL;
	KUNIT_EXPECT_STREQ(test, events,
			   "kmalloc myslab_alloc kfree myslab_free myslab_finding kmalloc myslab_alloc kfree myslab_free ");
	destroy(test, cache);
}

static void without_the_letter_nothing_is_traced(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "full");

	KUNIT_ASSERT_NOT_NULL(test, cache);
	events[0] = 0;
	mirror_traced = note;
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_KERNEL));
	mirror_traced = NULL;
	KUNIT_EXPECT_STREQ(test, events, "");
	destroy(test, cache);
}

static struct kunit_case findings_cases[] = {
	KUNIT_CASE(each_object_is_traced_once_each_way),
	KUNIT_CASE(without_the_letter_nothing_is_traced),
	{}
};

static struct kunit_suite findings_suite = {
	.name = "mirror_findings",
	.test_cases = findings_cases,
};

kunit_test_suite(findings_suite);

MODULE_LICENSE("GPL");
