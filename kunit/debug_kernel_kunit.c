// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging switched under full load: every CPU allocates and frees while the
 * letters change as fast as they can.
 */
#include <linux/random.h>
#include <linux/slab.h>

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
	for (i = 0; goes_on(w, i, SWITCHES); i++) {
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

/* Who has blocks of a heap and of a pool, and an arena of his own. */
struct blocks_load {
	struct myslab_heap *heap;
	struct myslab_pool *pool;
	atomic_t switching;
};

struct piece {
	u8 *p;
	size_t size;
	bool of_pool;
};

/* What it was given, it finds again: each byte says whose it is. */
static void use_piece(struct worker *w, struct blocks_load *load,
		      struct piece *piece)
{
	u32 any = get_random_u32();

	if (!piece->p) {
		piece->of_pool = any % 4 == 0;
		piece->size = piece->of_pool ? 64 : 1 + any / 4 % 6000;
		piece->p = piece->of_pool ? myslab_pool_alloc(load->pool) :
			   myslab_heap_alloc(load->heap, piece->size,
					     GFP_KERNEL);
		if (piece->p)
			memset(piece->p, w->nr + 1, piece->size);
		return;
	}
	w->wrong += !all_bytes(piece->p, w->nr + 1, piece->size);
	if (piece->of_pool)
		myslab_pool_free(load->pool, piece->p);
	else
		myslab_heap_free(load->heap, piece->p);
	piece->p = NULL;
}

static void use_arena(struct worker *w, struct myslab_arena *arena)
{
	unsigned int i;
	u8 *p;

	for (i = 0; i < 20; i++) {
		p = myslab_arena_alloc(arena, 1000, GFP_KERNEL);
		if (p)
			memset(p, i, 1000);
		else
			w->wrong++;
	}
	myslab_arena_reset(arena);
}

static int use_blocks(struct worker *w)
{
	struct blocks_load *load = w->shared;
	struct piece *own = kcalloc(OWN, sizeof(*own), GFP_KERNEL);
	struct myslab_arena *arena;
	char name[24];
	unsigned int i;

	if (!own)
		return -ENOMEM;
	snprintf(name, sizeof(name), DEBUGGED "-%u", w->nr);
	arena = myslab_arena_create(name, NULL);
	while (atomic_read(&load->switching)) {
		for (i = 0; i < 100; i++)
			use_piece(w, load, &own[get_random_u32() % OWN]);
		use_arena(w, arena);
		cond_resched();
	}
	for (i = 0; i < OWN; i++)
		if (own[i].p)
			use_piece(w, load, &own[i]);
	myslab_arena_destroy(arena);
	kfree(own);
	return 0;
}

/* On a busy machine many switches pass before another worker runs at all. */
static bool pool_was_checked(const struct blocks_load *load)
{
	struct myslab_pool_stat stat;

	myslab_pool_stat(load->pool, &stat);
	return stat.checks;
}

static int switch_or_use_blocks(struct worker *w)
{
	static const char * const texts[] = {
		"full,debugged*", "off,debugged*", "ZP,debugged*",
		"UL,debugged*", "PQ:50000,debugged*", "off,debugged*",
	};
	struct blocks_load *load = w->shared;
	unsigned int i;

	if (w->nr)
		return use_blocks(w);
	for (i = 0; goes_on(w, i, SWITCHES) || !pool_was_checked(load); i++) {
		KUNIT_EXPECT_EQ(w->test, myslab_debug_set(texts[i % 6]), 0);
		w->wrong += myslab_debug_validate();
		if (i % 8 == 5)
			myslab_heap_trim(load->heap);
	}
	KUNIT_EXPECT_EQ(w->test, myslab_debug_set("off,debugged*"), 0);
	atomic_set(&load->switching, 0);
	return 0;
}

static void switching_heaps_pools_and_arenas_too(struct kunit *test)
{
	struct blocks_load load = { .switching = ATOMIC_INIT(1) };
	struct myslab_heap_stat heap;
	struct myslab_pool_stat pool;

	load.heap = myslab_heap_create(DEBUGGED, NULL);
	load.pool = myslab_pool_create(DEBUGGED, 64, 500, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, load.heap);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, load.pool);
	run_on_all_cpus(test, 2, switch_or_use_blocks, &load);
	myslab_heap_stat(load.heap, &heap);
	myslab_pool_stat(load.pool, &pool);
	KUNIT_EXPECT_EQ(test, heap.allocs, heap.frees);
	KUNIT_EXPECT_EQ(test, pool.blocks_used, 0UL);
	KUNIT_EXPECT_EQ(test, heap.reports + pool.reports, 0UL);
	KUNIT_EXPECT_GT(test, heap.checks, 0UL);
	KUNIT_EXPECT_GT(test, pool.checks, 0UL);
	myslab_heap_trim(load.heap);
	myslab_heap_stat(load.heap, &heap);
	KUNIT_EXPECT_EQ(test, heap.pages, 0UL);
	myslab_heap_destroy(load.heap);
	myslab_pool_destroy(load.pool);
}

/* Write to a file; what that returned. */
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

static void a_scan_finds_what_nobody_looks_at(struct kunit *test)
{
	static const char period[] = "/sys/module/myslab/parameters/scan_ms";
	struct myslab_cache *cache;
	u8 *obj;

	KUNIT_ASSERT_GT(test, write_proc(period, "50"), 0L);
	cache = new_debugged(test, "P", 64, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	expect_report(test, MYSLAB_USE_AFTER_FREE, obj);
	myslab_cache_free(cache, obj);
	obj[10] ^= 1;
	KUNIT_EXPECT_TRUE(test, wait_until(stat_of(cache).reports == 1));
	KUNIT_EXPECT_GT(test, write_proc(period, "0"), 0L);
}

static void parameters_say_what_fails(struct kunit *test)
{
	static const char percent[] =
		"/sys/module/myslab/parameters/fail_probability";
	static const char nth[] = "/sys/module/myslab/parameters/fail_nth";
	struct myslab_cache *cache = new_debugged(test, "E:1", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_GT(test, write_proc(percent, "0"), 0L);
	KUNIT_EXPECT_GT(test, write_proc(nth, "1"), 0L);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, proc_says(nth, "0"));
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	myslab_debug_fail(NULL);
	KUNIT_EXPECT_TRUE(test, proc_says(percent, "100"));
}

static struct kunit_case debug_kernel_cases[] = {
	KUNIT_CASE_SLOW(switching_under_load_loses_nothing),
	KUNIT_CASE_SLOW(switching_heaps_pools_and_arenas_too),
	KUNIT_CASE(the_file_says_what_was_written),
	KUNIT_CASE(a_scan_finds_what_nobody_looks_at),
	KUNIT_CASE(parameters_say_what_fails),
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
