// SPDX-License-Identifier: GPL-2.0
/*
 * A row of /proc/myslabinfo with larger numbers than there is memory for.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/string.h>
#include <myslab.h>

#include "../../mod/registry.h"

static void huge_row(struct myslab_allocator *allocator,
		     struct myslab_row *row)
{
	*row = (struct myslab_row){
		.active_objs = 5UL << 32, .num_objs = 6UL << 32,
		.objsize = 8, .objperslab = 512, .pagesperslab = 1,
		.active_slabs = 7UL << 32, .num_slabs = 8UL << 32,
	};
}

static bool owns_nothing(struct myslab_allocator *allocator, const void *addr)
{
	return false;
}

static void do_nothing(struct myslab_allocator *allocator)
{
}

static void end_nothing(struct myslab_allocator *allocator, const char *why)
{
}

static const struct myslab_allocator_type huge_type = {
	.name = "cache", .row_prefix = "", .row = huge_row,
	.end = end_nothing, .free = do_nothing, .owns = owns_nothing,
};

/* Readers keep them in 32 bits. */
static void no_number_is_too_large_for_its_readers(struct kunit *test)
{
	static struct myslab_allocator huge;
	static char text[65536];
	struct file *file;
	loff_t pos = 0;
	size_t len = 0;
	ssize_t n;

	myslab_registry_init(&huge, &huge_type, NULL, "huge");
	KUNIT_ASSERT_EQ(test, myslab_registry_add(&huge), 0);
	file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	while ((n = kernel_read(file, text + len, sizeof(text) - 1 - len,
				&pos)) > 0)
		len += n;
	filp_close(file, NULL);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nhuge              4294967295 4294967295      8  512    1 : tunables    0    0    0 : slabdata 4294967295 4294967295      0\n"));
	myslab_registry_destroy(&huge_type, &huge);
}

static struct kunit_case rows_cases[] = {
	KUNIT_CASE(no_number_is_too_large_for_its_readers),
	{}
};

static struct kunit_suite rows_suite = {
	.name = "mirror_rows",
	.test_cases = rows_cases,
};

kunit_test_suite(rows_suite);

MODULE_LICENSE("GPL");
