// SPDX-License-Identifier: GPL-2.0
/*
 * The _caller calls where only a kernel has what is told: its own event.
 */
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include <trace/events/kmem.h>

#include "callers.h"

static const void *traced;		/* the last one, */
static unsigned long traced_at;		/* and its call site */

static void probe(void *data, unsigned long site, const void *ptr,
		  size_t wanted, size_t had, gfp_t gfp, int node)
{
	if (current != data)
		return;
	traced = ptr;
	traced_at = site;
}

static void events_have_the_caller(struct kunit *test)
{
	void *p;

	if (register_trace_kmalloc(probe, current))
		kunit_skip(test, "no tracepoints in this kernel");
	KUNIT_ASSERT_TRUE(test, create(test, CACHE));
	switch_to(test, "T");
	p = take_for(CACHE, GFP_KERNEL, ELSEWHERE);
	KUNIT_EXPECT_PTR_EQ(test, traced, (const void *)p);
	KUNIT_EXPECT_EQ(test, traced_at, ELSEWHERE);
	put(CACHE, p);
	/* The twin. */
	p = take_for(CACHE, GFP_KERNEL, 0);
	KUNIT_EXPECT_PTR_EQ(test, traced, (const void *)p);
	KUNIT_EXPECT_NE(test, traced_at, ELSEWHERE);
	put(CACHE, p);
	unregister_trace_kmalloc(probe, current);
	tracepoint_synchronize_unregister();
}

static struct kunit_case callers_cases[] = {
	KUNIT_CASE(events_have_the_caller),
	{}
};

static struct kunit_suite callers_suite = {
	.name = "myslab_callers_kernel",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = callers_cases,
};

kunit_test_suite(callers_suite);

MODULE_DESCRIPTION("Tests of myslab: the callers of wrappers, in events");
MODULE_LICENSE("GPL");
