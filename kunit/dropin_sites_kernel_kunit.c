// SPDX-License-Identifier: GPL-2.0
/*
 * Call sites of a client of kmalloc() that is compiled with <myslab/dropin.h>
 * forced in and MYSLAB_DROPIN_KMALLOC defined.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "debug.h"

static noinline void *kmalloc_at_a_site(void)
{
	void *p = kmalloc(100, GFP_KERNEL);

	/* The call is not the last thing, so that it returns to here. */
	barrier();
	return p;
}

static noinline void *copy_at_a_site(unsigned int nr)
{
	void *p;

	switch (nr) {
	case 0:
		p = kstrdup("abc", GFP_KERNEL);
		break;
	case 1:
		p = kstrndup("abc", 2, GFP_KERNEL);
		break;
	case 2:
		p = kmemdup("abc", 4, GFP_KERNEL);
		break;
	case 3:
		p = kmemdup_nul("abc", 2, GFP_KERNEL);
		break;
	case 4:
		p = kasprintf(GFP_KERNEL, "%d", 5);
		break;
	default:
		p = kcalloc(nr, 5, GFP_KERNEL);
	}
	barrier();
	return p;
}

/* As a driver wraps it. */
static noinline void *wrapped(bool says)
{
	void *p = says ? kmalloc_track_caller(100, GFP_KERNEL) :
			 kmalloc(100, GFP_KERNEL);

	barrier();
	return p;
}

static noinline void *wrapped_at_a_site(bool says)
{
	void *p = wrapped(says);

	barrier();
	return p;
}

/* Is @p, which goes again, all that @function has out? */
static bool is_told_of(const char *function, void *p)
{
	char *row, *rest = proc_text("/proc/myslab/sites");
	bool told = false;

	while ((row = strsep(&rest, "\n")))
		told |= strstr(row, function) && strstr(row, "        1 ") &&
			strstr(row, " heap " KBUILD_MODNAME " ");
	kfree(p);
	return told;
}

static void a_call_is_told_by_its_site(struct kunit *test)
{
	unsigned int i;

	/* The heap is there from the first call on. */
	kfree(kmalloc(8, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, myslab_debug_set("L," KBUILD_MODNAME), 0);
	KUNIT_EXPECT_TRUE(test, is_told_of(" kmalloc_at_a_site+",
					   kmalloc_at_a_site()));
	for (i = 0; i < 7; i++)
		KUNIT_EXPECT_TRUE_MSG(test, is_told_of(" copy_at_a_site+",
						       copy_at_a_site(i)),
				      "%u", i);
	KUNIT_EXPECT_TRUE(test, is_told_of(" wrapped_at_a_site+",
					   wrapped_at_a_site(true)));
	/* The twin. */
	KUNIT_EXPECT_TRUE(test, is_told_of(" wrapped+",
					   wrapped_at_a_site(false)));
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off," KBUILD_MODNAME), 0);
}

static struct kunit_case sites_cases[] = {
	KUNIT_CASE(a_call_is_told_by_its_site),
	{}
};

static struct kunit_suite sites_suite = {
	.name = "dropin_sites",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = sites_cases,
};

kunit_test_suite(sites_suite);

MODULE_DESCRIPTION("Call sites of kmalloc(), moved onto myslab");
MODULE_LICENSE("GPL");
