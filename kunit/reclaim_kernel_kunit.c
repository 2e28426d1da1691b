// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that comes back by itself: under pressure, after an idle interval,
 * and to the counters of the kernel.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "threads.h"

#define SIZE	1024
#define NR	4000

static void *objs[NR];

/* Pages of a cache, all its objects free and none of them in use. */
static unsigned long fill_and_empty(struct myslab_cache *cache)
{
	unsigned int nr = take(cache, objs, NR);

	give_back(cache, objs, nr);
	return stat_of(cache).pages;
}

static unsigned long slab_pages(void)
{
	return global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) +
	       global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B);
}

/* Others make slabs too, and counters of CPUs lag behind. */
#define NOISE	700UL

static void pages_are_counted_as_slab(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64 * 1024, NULL);
	unsigned long before, during, after;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	before = slab_pages();
	nr = take(cache, objs, 300);
	KUNIT_EXPECT_EQ(test, nr, 300U);
	during = slab_pages();
	KUNIT_EXPECT_GE(test, during + NOISE, before + nr * 16UL);
	KUNIT_EXPECT_LE(test, during, before + nr * 16UL + NOISE);
	give_back(cache, objs, nr);
	myslab_cache_shrink(cache);
	after = slab_pages();
	KUNIT_EXPECT_LE(test, after, before + NOISE);
}

static void an_idle_cache_gives_its_memory_back(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	unsigned long most;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	most = fill_and_empty(cache);
	KUNIT_EXPECT_GT(test, most, 0UL);
	/* Some intervals, of 4 s if nobody set another. */
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).pages) ||
			  wait_until(!stat_of(cache).pages) ||
			  wait_until(!stat_of(cache).pages) ||
			  wait_until(!stat_of(cache).pages));
}

static void an_object_in_use_stays_through_idle_intervals(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	nr = take(cache, objs, 100);
	memset(objs[7], 0x17, SIZE);
	objs[99] = objs[--nr];
	myslab_cache_free_bulk(cache, 7, objs);
	myslab_cache_free_bulk(cache, nr - 8, objs + 8);
	myslab_cache_free(cache, objs[99]);
	wait_until(stat_of(cache).slabs == 1);
	wait_until(stat_of(cache).slabs == 1);
	KUNIT_EXPECT_TRUE(test, wait_until(stat_of(cache).slabs == 1));
	KUNIT_EXPECT_TRUE(test, all_bytes(objs[7], 0x17, SIZE));
	myslab_cache_free(cache, objs[7]);
}

/* Nobody is to be killed for the sake of a test. */
#define NO_FORCE	(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/*
 * Take pages until the kernel has to look for them elsewhere: large ones, as
 * it is fast, then single ones, which it tries hardest for. It takes no longer
 * than is needed for that on the slowest machine.
 */
static unsigned long squeeze(struct myslab_cache *cache, unsigned long most,
			     unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ, bytes = 0;
	struct page *page, *next;
	int order = 4;
	LIST_HEAD(taken);

	while (stat_of(cache).pages > most / 4 && time_before(jiffies, end)) {
		page = alloc_pages(NO_FORCE, order);
		if (!page && !order)
			break;
		if (!page) {
			order = 0;
			continue;
		}
		set_page_private(page, order);
		list_add(&page->lru, &taken);
		bytes += PAGE_SIZE << order;
		cond_resched();
	}
	list_for_each_entry_safe(page, next, &taken, lru) {
		order = page_private(page);
		set_page_private(page, 0);
		__free_pages(page, order);
	}
	return bytes >> 20;
}

static void memory_pressure_shrinks_a_cache(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	unsigned long most, nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	most = fill_and_empty(cache);
	nr = squeeze(cache, most, 60);
	kunit_info(test, "%lu pages of %lu left after taking %lu MiB\n",
		   stat_of(cache).pages, most, nr);
	KUNIT_EXPECT_LT(test, stat_of(cache).pages, most);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

/*
 * What echo 2 >/proc/sys/vm/drop_caches does: the kernel asks all shrinkers, at
 * once, so that it can be nothing else that gave the pages back.
 */
static void the_kernel_knows_the_shrinker(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	struct file *file;
	unsigned long most;
	loff_t pos = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	file = filp_open("/proc/sys/vm/drop_caches", O_WRONLY, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	most = fill_and_empty(cache);
	KUNIT_EXPECT_EQ(test, (long)kernel_write(file, "2\n", 2, &pos), 2L);
	KUNIT_EXPECT_LT(test, stat_of(cache).pages, most / 2);
	filp_close(file, NULL);
}

static void memory_pressure_spares_what_is_in_use(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	unsigned int i, nr, wrong = 0;
	unsigned long most;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, NR);
	for (i = 0; i < nr; i++)
		memset(objs[i], i, SIZE);
	/* All but every eighth object of the second half. */
	for (i = nr / 2; i < nr; i++)
		if (i % 8)
			myslab_cache_free(cache, objs[i]);
	most = stat_of(cache).pages;
	squeeze(cache, most, 60);
	for (i = 0; i < nr; i++)
		if (i < nr / 2 || i % 8 == 0) {
			wrong += !all_bytes(objs[i], i, SIZE);
			myslab_cache_free(cache, objs[i]);
		}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

/* As a shrinker of the client does, with slabs that go back by that. */
static void reclaim_hears_what_a_client_gives_back(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);
	struct reclaim_state state = { };
	/* Its first member, which has had more than one name. */
	unsigned long *pages = (unsigned long *)&state, most;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	nr = take(cache, objs, NR);
	most = stat_of(cache).pages;
	current->reclaim_state = &state;
	give_back(cache, objs, nr);
	current->reclaim_state = NULL;
	/* SLUB adds what described slabs, an interval may take some. */
	KUNIT_EXPECT_GE(test, *pages * 2, most - stat_of(cache).pages);
}

/* Allocation under pressure reclaims from the very cache it allocates for. */
static int alloc_under_pressure(struct worker *w)
{
	struct myslab_cache *cache = w->shared;
	unsigned int i, nr, flags = memalloc_nofs_save();
	void *mine[64];

	for (i = 0; goes_on(w, i, 300); i++) {
		for (nr = 0; nr < ARRAY_SIZE(mine); nr++) {
			mine[nr] = myslab_cache_alloc(cache, NO_FORCE);
			if (!mine[nr])
				break;
		}
		give_back(cache, mine, nr);
		if (i == 20)
			memalloc_nofs_restore(flags);
		cond_resched();
	}
	return 0;
}

static int squeeze_or_allocate(struct worker *w)
{
	if (w->nr)
		return alloc_under_pressure(w);
	squeeze(w->shared, 0, 10);
	return 0;
}

static void reclaim_from_within_an_allocation_is_safe(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 2, squeeze_or_allocate, cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static struct kunit_case reclaim_cases[] = {
	KUNIT_CASE(pages_are_counted_as_slab),
	KUNIT_CASE_SLOW(an_idle_cache_gives_its_memory_back),
	KUNIT_CASE_SLOW(an_object_in_use_stays_through_idle_intervals),
	KUNIT_CASE(the_kernel_knows_the_shrinker),
	KUNIT_CASE_SLOW(memory_pressure_shrinks_a_cache),
	KUNIT_CASE_SLOW(memory_pressure_spares_what_is_in_use),
	KUNIT_CASE(reclaim_hears_what_a_client_gives_back),
	KUNIT_CASE_SLOW(reclaim_from_within_an_allocation_is_safe),
	{}
};

static struct kunit_suite reclaim_suite = {
	.name = "myslab_reclaim",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = reclaim_cases,
};

kunit_test_suite(reclaim_suite);

MODULE_DESCRIPTION("Tests of myslab: memory that comes back by itself");
MODULE_LICENSE("GPL");
