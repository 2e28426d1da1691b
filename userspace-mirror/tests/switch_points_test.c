// SPDX-License-Identifier: GPL-2.0
/*
 * A switch at every point: an allocation and a free with some letters of
 * debugging, or none, while another CPU switches to others and has the sides
 * reaped that nobody uses any more. What is allocated is whole, no free is
 * found wrong, and everything comes back.
 */
#include <kunit/test.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <mirror/control.h>
#include <myslab.h>

#include "intrude.h"

#define SIZE	200

static struct {
	struct myslab_cache *cache;
	const char *to;			/* letters that it is switched to */
	unsigned int failed;		/* switches */
} world;

static void switch_to(const char *letters)
{
	char text[40];

	snprintf(text, sizeof(text), "%s,switched", letters);
	world.failed += !!myslab_debug_set(text);
}

static void switch_and_reap(void *arg)
{
	switch_to(world.to);
	myslab_cache_shrink(world.cache);
}

/* A switch waits for grace periods: not where one would wait for us. */
static bool on_other_cpu_outside_sections(void)
{
	return !rcu_read_lock_held() && !preempt_count() && on_other_cpu();
}

/* With one from before that is freed, or as the first and only one. */
static const char *one_run(const char *from, bool first)
{
	struct myslab_cache_stat stat;
	void *old = NULL, *obj;

	switch_to(from);
	if (!first)
		old = myslab_cache_alloc(world.cache, GFP_KERNEL);
	intruder_begin();
	obj = myslab_cache_alloc(world.cache, GFP_KERNEL);
	myslab_cache_free(world.cache, old);
	intruder_end();
	mirror_check_balanced("a call that was switched");
	if (!obj)
		return "nothing was allocated";
	memset(obj, 0x5a, SIZE);
	myslab_cache_free(world.cache, obj);
	if (intruder_reports)
		return "something was reported";
	if (world.failed)
		return "a switch failed";
	switch_to("off");
	mirror_advance(1);
	myslab_cache_shrink(world.cache);
	myslab_cache_stat(world.cache, &stat);
	if (stat.allocs != stat.frees || stat.objects_used)
		return "allocs and frees differ after all was freed";
	if (stat.pages || stat.debugged)
		return "pages are kept after all was freed";
	return NULL;
}

static bool at_all_points(struct kunit *test, const char *from, bool first)
{
	const char *wrong;

	intruder.at = 0;
	do {
		wrong = one_run(from, first);
		if (!wrong)
			continue;
		KUNIT_FAIL(test, "from %s to %s at point %lu: %s", from,
			   world.to, intruder.at, wrong);
		return false;
	} while (intruder_next());
	return true;
}

static void a_switch_on_another_cpu_at_every_point(struct kunit *test)
{
	static const char * const letters[] = { "off", "light", "FZPUL", "Q" };
	unsigned int from, to;

	intruder_set(switch_and_reap, on_other_cpu_outside_sections);
	for (from = 0; from < ARRAY_SIZE(letters); from++) {
		for (to = 0; to < ARRAY_SIZE(letters); to++) {
			world.to = letters[to];
			if (!at_all_points(test, letters[from], true) ||
			    !at_all_points(test, letters[from], false))
				return;
		}
	}
	kunit_info(test, "%lu switches\n", intruder.count);
	KUNIT_EXPECT_GT(test, intruder.count, 1000UL);
}

static int switch_points_init(struct kunit *test)
{
	intruder_reports = 0;
	world.failed = 0;
	myslab_report_register(&reports);
	mirror_log_quiet(true);
	world.cache = myslab_cache_create("switched", SIZE, NULL);
	return PTR_ERR_OR_ZERO(world.cache);
}

static void switch_points_exit(struct kunit *test)
{
	mirror_hook = NULL;
	myslab_cache_destroy(world.cache);
	mirror_log_quiet(false);
	KUNIT_EXPECT_EQ(test, intruder_reports, 0U);
	myslab_report_unregister(&reports);
}

static struct kunit_case switch_points_cases[] = {
	KUNIT_CASE(a_switch_on_another_cpu_at_every_point),
	{}
};

static struct kunit_suite switch_points_suite = {
	.name = "mirror_switch_points",
	.init = switch_points_init,
	.exit = switch_points_exit,
	.test_cases = switch_points_cases,
};

kunit_test_suite(switch_points_suite);

MODULE_LICENSE("GPL");
