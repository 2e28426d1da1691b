// SPDX-License-Identifier: GPL-2.0
/*
 * What suites that run in a kernel cannot make happen: a client's module that
 * goes, a hole in the memory map, a CPU that dies at once, time that passes
 * at once, memory pressure of a chosen kind.
 */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/vmstat.h>
#include <asm/asm.h>
#include <mirror/control.h>
#include <myslab.h>

#include "ends.h"

extern bool myslab_panic_on_bug;

#define NR	300

static void *objs[NR];
static unsigned int seen[MYSLAB_NR_KINDS];
static const void *last_object;

static int note(struct notifier_block *nb, unsigned long kind, void *data)
{
	const struct myslab_finding *finding = data;

	seen[kind]++;
	last_object = finding->object;
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = note };

static int core_init(struct kunit *test)
{
	memset(seen, 0, sizeof(seen));
	mirror_log_forget();
	return myslab_report_register(&nb);
}

static void core_exit(struct kunit *test)
{
	myslab_report_unregister(&nb);
}

static struct myslab_cache_stat stat_of(struct myslab_cache *cache)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(cache, &stat);
	return stat;
}

static void take(struct myslab_cache *cache, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
}

static void give(struct myslab_cache *cache, unsigned int nr)
{
	while (nr--)
		myslab_cache_free(cache, objs[nr]);
}

static void the_unload_of_a_client_ends_its_caches(struct kunit *test)
{
	static struct module client = { .name = "forgetful" };
	struct myslab_cache *cache, *other;

	mirror_module_load(&client);
	cache = myslab_cache_create_for(&client, "forgotten", 64, NULL);
	other = myslab_cache_create("kept", 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	take(cache, 3);
	mirror_module_unload(&client);
	KUNIT_EXPECT_EQ(test, seen[MYSLAB_LEAK], 1U);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("its module was unloaded and did not destroy it, with 3 of its objects out, made by module forgetful"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("still out: "), 3UL);

	/* Later frees are harmless, and found; the others' live on. */
	give(cache, 3);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_GE(test, seen[MYSLAB_USE_AFTER_FREE], 1U);
	take(other, 1);
	KUNIT_EXPECT_NOT_NULL(test, objs[0]);
	give(other, 1);
	myslab_cache_destroy(other);
}

static void a_free_in_the_hole_is_refused(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("hole", 64, NULL);
	char *hole = page_address(pfn_to_page(mirror_nr_low_pages + 16));
	char *high = (char *)high_memory - PAGE_SIZE;

	take(cache, NR);
	KUNIT_EXPECT_FALSE(test, virt_addr_valid(hole));
	myslab_cache_free(cache, hole);
	KUNIT_EXPECT_EQ(test, seen[MYSLAB_INVALID_FREE], 1U);
	KUNIT_EXPECT_PTR_EQ(test, last_object, hole);
	myslab_cache_free(cache, high);
	KUNIT_EXPECT_EQ(test, seen[MYSLAB_INVALID_FREE], 2U);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, hole));
	KUNIT_EXPECT_EQ(test, seen[MYSLAB_INVALID_FREE], 3U);
	give(cache, NR);
	myslab_cache_destroy(cache);
}

/* Take everything below the hole, so that slabs lie above it. */
static void a_free_in_the_hole_below_slabs_is_refused(struct kunit *test)
{
	LIST_HEAD(taken);
	struct myslab_cache *cache;
	unsigned long faults = mirror_faults;
	struct page *page;

	do {
		page = alloc_pages(GFP_KERNEL | __GFP_COMP, MAX_PAGE_ORDER);
		KUNIT_ASSERT_NOT_NULL(test, page);
		list_add((struct list_head *)page_address(page), &taken);
	} while (page_to_pfn(page) < mirror_nr_low_pages);
	cache = myslab_cache_create("above", 8000, NULL);
	take(cache, NR);
	page = pfn_to_page(mirror_nr_low_pages);
	myslab_cache_free(cache, page_address(page));
	KUNIT_EXPECT_EQ(test, seen[MYSLAB_INVALID_FREE], 1U);
	KUNIT_EXPECT_GT(test, mirror_faults, faults);
	give(cache, NR);
	myslab_cache_destroy(cache);
	while (!list_empty(&taken)) {
		page = virt_to_page(taken.next);
		list_del(taken.next);
		__free_pages(page, MAX_PAGE_ORDER);
	}
}

static void the_magazines_of_a_dead_cpu_return(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("dying", 200, NULL);
	struct myslab_cache_stat before, after;

	mirror_set_cpu(2);
	take(cache, 40);
	give(cache, 40);
	mirror_set_cpu(0);
	before = stat_of(cache);
	KUNIT_EXPECT_GT(test, before.objects_cached, 0UL);
	KUNIT_EXPECT_EQ(test, remove_cpu(2), 0);
	mirror_shrink(GFP_KERNEL, 1000);
	after = stat_of(cache);
	KUNIT_EXPECT_EQ(test, after.pages, 0UL);
	KUNIT_EXPECT_EQ(test, after.allocs, 40UL);
	KUNIT_EXPECT_EQ(test, after.frees, 40UL);
	KUNIT_EXPECT_EQ(test, add_cpu(2), 0);
	mirror_set_cpu(2);
	take(cache, 40);
	give(cache, 40);
	mirror_set_cpu(0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).frees, 80UL);
	myslab_cache_destroy(cache);
}

static void an_idle_cache_keeps_no_page(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("idle", 200, NULL);
	unsigned int i;

	take(cache, NR);
	give(cache, NR);
	KUNIT_EXPECT_GT(test, stat_of(cache).pages, 0UL);
	for (i = 0; i < 4; i++)
		mirror_advance(5 * HZ);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
	myslab_cache_destroy(cache);
}

static void the_shrinker_gives_what_it_counted(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("shrunk", 2000, NULL);
	unsigned long counted, pages, freed;

	mirror_shrink(GFP_KERNEL, 100000);
	take(cache, NR);
	give(cache, NR);
	pages = stat_of(cache).pages;
	counted = mirror_shrink_count();
	KUNIT_EXPECT_GT(test, counted, 0UL);
	freed = mirror_shrink(GFP_KERNEL, counted);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, pages - freed);
	KUNIT_EXPECT_LE(test, counted, pages);
	KUNIT_EXPECT_GE(test, freed * 2, counted);
	myslab_cache_destroy(cache);
}

/* The same of what is held back, which no call would let go. */
static void the_shrinker_gets_what_is_in_quarantine(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("held", 2000, NULL);
	unsigned long before, held;

	mirror_shrink(GFP_KERNEL, 100000);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("Q:10000000,held"), 0);
	before = mirror_shrink_count();
	take(cache, NR);
	give(cache, NR);
	held = stat_of(cache).pages;
	KUNIT_EXPECT_GT(test, held, 10UL);
	KUNIT_EXPECT_GE(test, 2 * (mirror_shrink_count() - before), held);
	mirror_shrink(GFP_KERNEL, before + held);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,held"), 0);
	myslab_cache_destroy(cache);
}

/* As the kernel's own caches: /proc/meminfo's SUnreclaim or SReclaimable. */
static void pages_are_counted_and_charged_as_flags_say(struct kunit *test)
{
	static const struct {
		unsigned int flags;
		enum node_stat_item item;
		gfp_t gfp;
	} kinds[] = {
		{ 0, NR_SLAB_UNRECLAIMABLE_B, 0 },
		{ MYSLAB_RECLAIM_ACCOUNT, NR_SLAB_RECLAIMABLE_B,
		  __GFP_RECLAIMABLE },
		{ MYSLAB_ACCOUNT, NR_SLAB_UNRECLAIMABLE_B, __GFP_ACCOUNT },
	};
	gfp_t asked = __GFP_RECLAIMABLE | __GFP_ACCOUNT;
	struct myslab_cache_args args = { };
	struct myslab_cache *cache;
	unsigned long before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		args.flags = kinds[i].flags;
		cache = myslab_cache_create("counted", 1000, &args);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
		before = global_node_page_state(kinds[i].item);
		take(cache, NR);
		KUNIT_EXPECT_EQ(test, mirror_page_gfp & asked, kinds[i].gfp);
		KUNIT_EXPECT_EQ(test, global_node_page_state(kinds[i].item),
				before + stat_of(cache).pages * PAGE_SIZE);
		give(cache, NR);
		myslab_cache_shrink(cache);
		KUNIT_EXPECT_EQ(test, global_node_page_state(kinds[i].item),
				before);
		myslab_cache_destroy(cache);
	}
}

static struct myslab_cache *doomed;

static void find_and_panic(void)
{
	void *obj = myslab_cache_alloc(doomed, GFP_KERNEL);

	myslab_panic_on_bug = true;
	myslab_cache_free(doomed, obj);
	myslab_cache_free(doomed, obj);
}

static void legal_use_does_not_panic(void)
{
	myslab_panic_on_bug = true;
	myslab_cache_free(doomed, myslab_cache_alloc(doomed, GFP_KERNEL));
}

static void panic_on_bug_panics_after_the_report(struct kunit *test)
{
	static const struct end ends[] = {
		END(find_and_panic, "panic: myslab: double-free in cache doomed, and panic_on_bug is set"),
		END(legal_use_does_not_panic, "it went on"),
	};
	unsigned int i;

	doomed = myslab_cache_create("doomed", 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, doomed);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		expect_end(test, &ends[i]);
	myslab_cache_destroy(doomed);
}

/*
 * /proc/myslabinfo
 */

static size_t read_info(struct file *file, char *buf, size_t size, size_t step)
{
	loff_t pos = 0;
	size_t len = 0;
	ssize_t n;

	while ((n = kernel_read(file, buf + len, min(step, size - 1 - len),
				&pos)) > 0)
		len += n;
	buf[len] = 0;
	return len;
}

static void the_info_reads_the_same_in_any_step(struct kunit *test)
{
	static char whole[65536], again[65536];
	static const size_t steps[] = { 1, 7, 64, 1000, 4096 };
	struct myslab_cache *caches[20];
	struct file *file;
	unsigned int i;
	char name[32];

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		scnprintf(name, sizeof(name), "info-%u", i);
		caches[i] = myslab_cache_create(name, 8 << (i % 12), NULL);
	}
	file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	read_info(file, whole, sizeof(whole), 65536);
	KUNIT_EXPECT_TRUE(test, str_has_prefix(whole,
					       "slabinfo - version: 2.1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(whole, "\ninfo-19 "));
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		KUNIT_EXPECT_EQ(test, vfs_llseek(file, 0, SEEK_SET), 0);
		read_info(file, again, sizeof(again), steps[i]);
		KUNIT_EXPECT_STREQ(test, again, whole);
	}
	filp_close(file, NULL);
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		myslab_cache_destroy(caches[i]);
}

/* Caches come and go between two reads: no row twice, none that stayed lost. */
static void the_info_survives_changes_while_it_is_read(struct kunit *test)
{
	static char buf[65536];
	struct myslab_cache *caches[30];
	loff_t pos = 0;
	size_t len = 0;
	struct file *file;
	unsigned int i = 0;
	char name[32];
	ssize_t n;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		scnprintf(name, sizeof(name), "row-%u-", i);
		caches[i] = myslab_cache_create(name, 64, NULL);
	}
	file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	i = 0;
	while ((n = kernel_read(file, buf + len, 50, &pos)) > 0) {
		len += n;
		/* The even ones go, one a read. */
		if (i < ARRAY_SIZE(caches) && n == 50) {
			myslab_cache_destroy(caches[i]);
			caches[i] = NULL;
			i += 2;
		}
	}
	buf[len] = 0;
	filp_close(file, NULL);
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		scnprintf(name, sizeof(name), "row-%u-", i);
		if (caches[i])
			KUNIT_EXPECT_NOT_NULL(test, strstr(buf, name));
		if (strstr(buf, name))
			KUNIT_EXPECT_NULL(test, strstr(strstr(buf, name) + 1,
						       name));
		myslab_cache_destroy(caches[i]);
	}
}

static struct kunit_case core_cases[] = {
	KUNIT_CASE(the_unload_of_a_client_ends_its_caches),
	KUNIT_CASE(a_free_in_the_hole_is_refused),
	KUNIT_CASE(a_free_in_the_hole_below_slabs_is_refused),
	KUNIT_CASE(the_magazines_of_a_dead_cpu_return),
	KUNIT_CASE(an_idle_cache_keeps_no_page),
	KUNIT_CASE(the_shrinker_gives_what_it_counted),
	KUNIT_CASE(the_shrinker_gets_what_is_in_quarantine),
	KUNIT_CASE(pages_are_counted_and_charged_as_flags_say),
	KUNIT_CASE(panic_on_bug_panics_after_the_report),
	KUNIT_CASE(the_info_reads_the_same_in_any_step),
	KUNIT_CASE(the_info_survives_changes_while_it_is_read),
	{}
};

static struct kunit_suite core_suite = {
	.name = "mirror_core",
	.init = core_init,
	.exit = core_exit,
	.test_cases = core_cases,
};

kunit_test_suite(core_suite);

MODULE_LICENSE("GPL");
