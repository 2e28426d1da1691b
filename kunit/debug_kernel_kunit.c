// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging switched under full load: every CPU allocates and frees while the
 * letters change as fast as they can.
 */
#include <linux/random.h>

#include "debug.h"
#include "threads.h"

#define OWN		32
#define SWITCHES	60

struct load {
	struct myslab_cache *cache;
	atomic_t switching;
};

/* What it was given, it finds again: each object says whose it is. */
static void use(struct worker *w, struct myslab_cache *cache, void **own)
{
	unsigned int i = get_random_u32() % OWN;

	if (!own[i]) {
		own[i] = myslab_cache_alloc(cache, GFP_KERNEL);
		if (own[i])
			memset(own[i], w->nr + 1, 100);
		else
			w->wrong++;
		return;
	}
	w->wrong += !all_bytes(own[i], w->nr + 1, 100);
	if (i % 4)
		myslab_cache_free(cache, own[i]);
	else
		myslab_cache_free_rcu(cache, own[i]);
	own[i] = NULL;
}

static int allocate_and_free(struct worker *w)
{
	struct load *load = w->shared;
	void *own[OWN] = { };
	unsigned int i;

	while (atomic_read(&load->switching)) {
		for (i = 0; i < 100; i++)
			use(w, load->cache, own);
		cond_resched();
	}
	for (i = 0; i < OWN; i++)
		myslab_cache_free(load->cache, own[i]);
	return 0;
}

static int switch_or_work(struct worker *w)
{
	static const char * const letters[] = {
		"full", "off", "ZP", "UL", "Q:2000", "FL", "off", "PL",
	};
	struct load *load = w->shared;
	unsigned int i;

	if (w->nr)
		return allocate_and_free(w);
	for (i = 0; i < SWITCHES; i++) {
		switch_to(w->test, letters[i % ARRAY_SIZE(letters)]);
		if (i % 8 == 5)
			myslab_cache_shrink(load->cache);
		if (i % 8 == 6)
			w->wrong += myslab_debug_validate();
	}
	atomic_set(&load->switching, 0);
	return 0;
}

/* Rows of /proc/myslab/sites about DEBUGGED that say that something is out. */
static unsigned int sites_with_objects(void)
{
	char *row, *rest = proc_text("/proc/myslab/sites");
	char nothing[24];
	unsigned int nr = 0;

	snprintf(nothing, sizeof(nothing), "%12u %8u ", 0, 0);
	while ((row = strsep(&rest, "\n")))
		nr += strstr(row, " cache " DEBUGGED " ") &&
		      strncmp(row, nothing, strlen(nothing));
	return nr;
}

static void switching_under_load_loses_nothing(struct kunit *test)
{
	struct load load = { .switching = ATOMIC_INIT(1) };
	unsigned long checks;
	void *obj;

	load.cache = new_debugged(test, "full", 100, NULL);
	KUNIT_ASSERT_NOT_NULL(test, load.cache);
	/* As long as it is out, all count in the same table of sites. */
	obj = myslab_cache_alloc(load.cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	run_on_all_cpus(test, 2, switch_or_work, &load);
	KUNIT_EXPECT_TRUE(test, wait_until(stat_of(load.cache).objects_used ==
					   1));
	KUNIT_EXPECT_EQ(test, sites_with_objects(), 1U);
	myslab_cache_free(load.cache, obj);
	KUNIT_EXPECT_EQ(test, sites_with_objects(), 0U);
	KUNIT_EXPECT_EQ(test, stat_of(load.cache).allocs,
			stat_of(load.cache).frees);
	checks = stat_of(load.cache).checks;
	KUNIT_EXPECT_GT(test, checks, 0UL);
	myslab_cache_shrink(load.cache);
	KUNIT_EXPECT_EQ(test, stat_of(load.cache).pages, 0UL);
}

/* Write to a file in /proc/myslab; what that returned. */
static ssize_t write_proc(const char *name, const char *text)
{
	struct file *file = filp_open(name, O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n;
}

static bool proc_says(const char *name, const char *text)
{
	const char *all = proc_text(name);

	return all && strstr(all, text);
}

static void the_file_says_what_was_written(struct kunit *test)
{
	struct myslab_cache *cache = new_debugged(test, "off", 64, NULL);
	static const char text[] = "ZUQ:5000," DEBUGGED "\n";

	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* Kernels let nobody write to a proc file from inside. */
	if (write_proc("/proc/myslab/debug", text) == -EINVAL)
		switch_to(test, "ZUQ:5000");
	KUNIT_EXPECT_TRUE(test, proc_says("/proc/myslab/debug",
					  "on ZUQ:5000," DEBUGGED "\n"));
	KUNIT_EXPECT_TRUE(test, proc_says("/proc/myslab/debug",
					  "cache " DEBUGGED " ZUQ:5000 checks"));
}

static struct kunit_case debug_kernel_cases[] = {
	KUNIT_CASE_SLOW(switching_under_load_loses_nothing),
	KUNIT_CASE(the_file_says_what_was_written),
	{}
};

static struct kunit_suite debug_kernel_suite = {
	.name = "myslab_debug_kernel",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = debug_kernel_cases,
};

kunit_test_suite(debug_kernel_suite);

MODULE_DESCRIPTION("Tests of myslab: debugging switched under load");
MODULE_LICENSE("GPL");
