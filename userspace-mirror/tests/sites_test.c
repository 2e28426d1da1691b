// SPDX-License-Identifier: GPL-2.0
/*
 * Call sites, where a test has to say who calls: more of them than there is
 * room for, modules that go, the report of a leak.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

/* What a table holds, and more. */
#define NR_SITES	256
#define NR		(NR_SITES + 50)

static void *objs[NR];
static char text[SZ_64K];

/* Something that is not code, so that it has no name but its number. */
#define SITE(nr)	(0x1000UL + 16 * (nr))

static void *alloc_from(unsigned long site, struct myslab_cache *cache)
{
	void *obj;

	mirror_caller = site;
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	mirror_caller = 0;
	return obj;
}

static struct myslab_cache *new_cache(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("sited", 64, NULL);

	if (IS_ERR(cache))
		return NULL;
	KUNIT_EXPECT_EQ(test, myslab_debug_set("L,sited"), 0);
	return cache;
}

static void destroy(struct kunit *test, struct myslab_cache *cache)
{
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
}

/* Rows with @what in them. */
static unsigned int rows(const char *what)
{
	struct file *file = filp_open("/proc/myslab/sites", O_RDONLY, 0);
	unsigned int nr = 0;
	const char *at;
	loff_t pos = 0;
	ssize_t n;

	n = kernel_read(file, text, sizeof(text) - 1, &pos);
	filp_close(file, NULL);
	text[max_t(ssize_t, n, 0)] = 0;
	for (at = strstr(text, what); at; at = strstr(at + 1, what))
		nr++;
	return nr;
}

static ssize_t write_sites(const char *what)
{
	struct file *file = filp_open("/proc/myslab/sites", O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t n = kernel_write(file, what, strlen(what), &pos);

	filp_close(file, NULL);
	return n;
}

static void sites_without_room_are_counted_together(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR; i++)
		objs[i] = alloc_from(SITE(i), cache);
	KUNIT_EXPECT_EQ(test, rows(" 1 0x"), NR_SITES);
	KUNIT_EXPECT_EQ(test, rows("3200       50 others cache sited since-mark "), 1);
	/* Those that have one are found in a full table. */
	myslab_cache_free(cache, objs[0]);
	objs[0] = alloc_from(SITE(0), cache);
	KUNIT_EXPECT_EQ(test, rows(" 0x1000 cache sited since-mark 1 peak 1 allocs 2"), 1);
	for (i = 0; i < NR; i++)
		myslab_cache_free(cache, objs[i]);
	KUNIT_EXPECT_EQ(test, rows(" 0 0x"), NR_SITES);
	KUNIT_EXPECT_EQ(test, rows(" 0 others "), 1);
	destroy(test, cache);
}

static void a_mark_is_what_is_written(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	objs[0] = alloc_from(SITE(0), cache);
	KUNIT_EXPECT_EQ(test, rows("since-mark 1 "), 1);
	KUNIT_EXPECT_EQ(test, write_sites("marks"), -EINVAL);
	KUNIT_EXPECT_EQ(test, write_sites(""), -EINVAL);
	KUNIT_EXPECT_EQ(test, rows("since-mark 1 "), 1);
	KUNIT_EXPECT_EQ(test, write_sites("mark\n"), 5);
	KUNIT_EXPECT_EQ(test, rows("since-mark 0 "), 1);
	myslab_cache_free(cache, objs[0]);
	destroy(test, cache);
}

/* 2 objects of site 2, 3 of site 3, ...; and one of before L. */
static void a_leak_is_told_by_site(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("sited", 64, NULL);
	unsigned int site, i, nr = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	objs[nr++] = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("L,sited"), 0);
	for (site = 2; site < 13; site++)
		for (i = 0; i < site; i++)
			objs[nr++] = alloc_from(SITE(site), cache);
	/* The twin. */
	myslab_cache_free(cache, alloc_from(SITE(13), cache));
	mirror_log_forget();
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("with 78 of its objects out"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   12 objects, 768 bytes from 0x10c0"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   5 objects, 320 bytes from 0x1050"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches(" bytes from "), 8UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   and 3 more sites"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   1 objects were allocated without L"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("0x10d0"), 0UL);
	while (nr)
		myslab_cache_free(cache, objs[--nr]);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
}

/* What is in its place later is not taken for it. */
static void sites_of_a_module_that_went_keep_their_names(struct kunit *test)
{
	static struct module client = {
		.name = "went",
		.mem[MOD_TEXT] = { (void *)0x100000, 0x100 },
		.mem[MOD_INIT_TEXT] = { (void *)0x200000, 0x100 },
	};
	struct myslab_cache *cache = new_cache(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	objs[0] = alloc_from(0x200010, cache);
	myslab_cache_free(cache, alloc_from(0x200020, cache));
	objs[1] = alloc_from(0x100010, cache);
	objs[2] = alloc_from(0x100100, cache);
	mirror_module_load(&client);
	KUNIT_EXPECT_EQ(test, rows(" 1 0x200010 "), 1);
	KUNIT_EXPECT_EQ(test, rows(" 0x200020 "), 0);
	objs[3] = alloc_from(0x200010, cache);
	KUNIT_EXPECT_EQ(test, rows(" 1 0x200010 "), 2);
	objs[4] = alloc_from(0x100010, cache);
	KUNIT_EXPECT_EQ(test, rows(" 2 0x100010 "), 1);

	mirror_module_unload(&client);
	objs[5] = alloc_from(0x100010, cache);
	objs[6] = alloc_from(0x100100, cache);
	KUNIT_EXPECT_EQ(test, rows(" 2 0x100010 "), 1);
	KUNIT_EXPECT_EQ(test, rows(" 1 0x100010 "), 1);
	KUNIT_EXPECT_EQ(test, rows(" 2 0x100100 "), 1);

	/* Rows of what went are dropped once nothing of them is out. */
	myslab_cache_free(cache, objs[1]);
	myslab_cache_free(cache, objs[4]);
	KUNIT_EXPECT_EQ(test, rows(" 0 0x100010 "), 1);
	mirror_module_load(&client);
	KUNIT_EXPECT_EQ(test, rows(" 0 0x100010 "), 0);
	KUNIT_EXPECT_EQ(test, rows(" 1 0x100010 "), 1);
	myslab_cache_free(cache, objs[0]);
	myslab_cache_free(cache, objs[2]);
	myslab_cache_free(cache, objs[3]);
	myslab_cache_free(cache, objs[5]);
	myslab_cache_free(cache, objs[6]);
	mirror_module_unload(&client);
	KUNIT_EXPECT_EQ(test, rows("0x100010"), 0);
	destroy(test, cache);
}

/* 10 of them at once, then one a second. */
static void a_rate_is_of_the_last_intervals(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 10; i++)
		objs[i] = alloc_from(SITE(0), cache);
	KUNIT_EXPECT_EQ(test, rows(" allocs 10 rate 10 age "), 1);
	for (; i < 30; i++) {
		mirror_advance(HZ);
		objs[i] = alloc_from(SITE(0), cache);
	}
	KUNIT_EXPECT_EQ(test, rows(" allocs 30 rate 1 age "), 1);
	for (i = 0; i < 20; i++) {
		mirror_advance(HZ);
		myslab_cache_free(cache, objs[i]);
	}
	KUNIT_EXPECT_EQ(test, rows(" allocs 30 rate 0 age "), 1);
	for (; i < 30; i++)
		myslab_cache_free(cache, objs[i]);
	destroy(test, cache);
}

/* Spans end for all at once, so that a bound may count twice as far. */
static void ages_are_told_apart(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 4; i++) {
		objs[2 * i] = alloc_from(SITE(0), cache);
		objs[2 * i + 1] = alloc_from(SITE(0), cache);
		if (i < 3)
			mirror_advance((i == 0 ? 7200 : i == 1 ? 600 : 20) *
				       HZ);
	}
	KUNIT_EXPECT_EQ(test, rows(" age 2/2/2/2\n"), 1);
	for (i = 0; i < 4; i++)
		myslab_cache_free(cache, objs[2 * i]);
	KUNIT_EXPECT_EQ(test, rows(" age 1/1/1/1\n"), 1);
	mirror_advance(20 * HZ);
	KUNIT_EXPECT_EQ(test, rows(" age 0/2/1/1\n"), 1);
	myslab_cache_free(cache, objs[3]);
	mirror_advance(7200 * HZ);
	KUNIT_EXPECT_EQ(test, rows(" age 0/0/0/3\n"), 1);
	for (i = 0; i < 4; i++)
		if (i != 1)
			myslab_cache_free(cache, objs[2 * i + 1]);
	KUNIT_EXPECT_EQ(test, rows(" age 0/0/0/0\n"), 1);
	destroy(test, cache);
}

static struct kunit_case sites_cases[] = {
	KUNIT_CASE(a_rate_is_of_the_last_intervals),
	KUNIT_CASE(ages_are_told_apart),
	KUNIT_CASE(sites_without_room_are_counted_together),
	KUNIT_CASE(a_mark_is_what_is_written),
	KUNIT_CASE(a_leak_is_told_by_site),
	KUNIT_CASE(sites_of_a_module_that_went_keep_their_names),
	{}
};

static struct kunit_suite sites_suite = {
	.name = "mirror_sites",
	.test_cases = sites_cases,
};

kunit_test_suite(sites_suite);

MODULE_LICENSE("GPL");
