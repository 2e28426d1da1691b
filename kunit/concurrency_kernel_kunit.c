// SPDX-License-Identifier: GPL-2.0
/*
 * All CPUs on one cache: no object in two hands, nothing lost.
 *
 * Whoever holds an object writes an own pattern to all of it and finds it
 * there again before the free. The counts must agree when all are done.
 */
#include <linux/random.h>
#include <linux/spinlock.h>

#include "threads.h"

#define SIZE	96
#define ROUNDS	3000
#define HELD	40	/* objects a thread holds at most */
#define NR_SLOTS 128

static void sign(void *obj, u8 mark)
{
	memset(obj, mark, SIZE);
}

static unsigned long forged(const void *obj, u8 mark)
{
	return !all_bytes(obj, mark, SIZE);
}

static int alloc_and_free_at_random(struct worker *w)
{
	struct myslab_cache *cache = w->shared;
	u8 mark = 1 + w->nr;
	void *held[HELD];
	unsigned int i, k, nr = 0;

	for (i = 0; goes_on(w, i, ROUNDS); i++) {
		if (nr < HELD && get_random_u32() % 2) {
			held[nr] = myslab_cache_alloc(cache, GFP_KERNEL);
			if (!held[nr])
				return -ENOMEM;
			sign(held[nr++], mark);
		} else if (nr) {
			k = get_random_u32() % nr;
			w->wrong += forged(held[k], mark);
			myslab_cache_free(cache, held[k]);
			held[k] = held[--nr];
		}
		if (i % 64 == 0)
			cond_resched();
	}
	give_back(cache, held, nr);
	return 0;
}

static void expect_all_back(struct kunit *test, struct myslab_cache *cache)
{
	struct myslab_cache_stat stat = stat_of(cache);

	KUNIT_EXPECT_EQ(test, stat.objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, stat.frees);
	KUNIT_EXPECT_EQ(test, stat.reports, 0UL);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
}

static void all_cpus_share_a_cache(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 3, alloc_and_free_at_random, cache);
	expect_all_back(test, cache);
}

static int shrink_or_work(struct worker *w)
{
	unsigned int i;

	if (w->nr)
		return alloc_and_free_at_random(w);
	for (i = 0; i < 50; i++) {
		myslab_cache_shrink(w->shared);
		cond_resched();
	}
	return 0;
}

static void a_cache_is_shrunk_while_all_cpus_use_it(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 3, shrink_or_work, cache);
	expect_all_back(test, cache);
}

/*
 * Objects pass from hand to hand: what one CPU allocated another frees.
 */
struct exchange {
	struct myslab_cache *cache;
	void *slot[NR_SLOTS];
};

static int pass_objects_on(struct worker *w)
{
	struct exchange *ex = w->shared;
	unsigned int i;
	void *obj;

	for (i = 0; goes_on(w, i, ROUNDS); i++) {
		obj = myslab_cache_alloc(ex->cache, GFP_KERNEL);
		if (!obj)
			return -ENOMEM;
		sign(obj, 0xa5);
		obj = xchg(&ex->slot[get_random_u32() % NR_SLOTS], obj);
		if (obj) {
			w->wrong += forged(obj, 0xa5);
			sign(obj, 0);
			myslab_cache_free(ex->cache, obj);
		}
		if (i % 64 == 0)
			cond_resched();
	}
	return 0;
}

static void objects_are_freed_on_other_cpus(struct kunit *test)
{
	struct exchange *ex = kunit_kzalloc(test, sizeof(*ex), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ex);
	ex->cache = new_cache(test, SIZE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, ex->cache);
	run_on_all_cpus(test, 2, pass_objects_on, ex);
	myslab_cache_free_bulk(ex->cache, NR_SLOTS, ex->slot);
	expect_all_back(test, ex->cache);
}

/* One side only allocates, the other only frees. */
static int produce_or_consume(struct worker *w)
{
	struct exchange *ex = w->shared;
	unsigned int i, slot;
	void *obj;

	for (i = 0; goes_on(w, i, 4 * ROUNDS); i++) {
		slot = i % NR_SLOTS;
		if (w->nr % 2) {
			obj = xchg(&ex->slot[slot], NULL);
		} else {
			obj = myslab_cache_alloc(ex->cache, GFP_KERNEL);
			if (!obj)
				return -ENOMEM;
			obj = xchg(&ex->slot[slot], obj);
		}
		myslab_cache_free(ex->cache, obj);
		if (i % 64 == 0)
			cond_resched();
	}
	return 0;
}

static void one_cpu_allocates_what_another_frees(struct kunit *test)
{
	struct exchange *ex = kunit_kzalloc(test, sizeof(*ex), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ex);
	ex->cache = new_cache(test, SIZE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, ex->cache);
	run_on_all_cpus(test, 1, produce_or_consume, ex);
	myslab_cache_free_bulk(ex->cache, NR_SLOTS, ex->slot);
	expect_all_back(test, ex->cache);
}

static int bulk_at_random(struct worker *w)
{
	struct myslab_cache *cache = w->shared;
	void *objs[60];
	int i, k, nr;

	for (i = 0; goes_on(w, i, ROUNDS / 20); i++) {
		nr = 1 + get_random_u32() % ARRAY_SIZE(objs);
		if (myslab_cache_alloc_bulk(cache, GFP_KERNEL, nr, objs) != nr)
			return -ENOMEM;
		for (k = 0; k < nr; k++)
			sign(objs[k], 1 + w->nr);
		cond_resched();
		for (k = 0; k < nr; k++)
			w->wrong += forged(objs[k], 1 + w->nr);
		myslab_cache_free_bulk(cache, nr, objs);
	}
	return 0;
}

static void all_cpus_call_in_bulk(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 3, bulk_at_random, cache);
	expect_all_back(test, cache);
}

static int defer_at_random(struct worker *w)
{
	struct myslab_cache *cache = w->shared;
	unsigned int i;
	void *obj;

	for (i = 0; goes_on(w, i, ROUNDS); i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		if (!obj)
			return -ENOMEM;
		sign(obj, 1 + w->nr);
		w->wrong += forged(obj, 1 + w->nr);
		if (get_random_u32() % 4)
			myslab_cache_free_rcu(cache, obj);
		else
			myslab_cache_free(cache, obj);
		if (i % 16 == 0)
			cond_resched();
	}
	return 0;
}

static void all_cpus_defer_frees(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 2, defer_at_random, cache);
	KUNIT_EXPECT_TRUE(test, wait_until(!stat_of(cache).objects_used));
	expect_all_back(test, cache);
}

/* The numbers may be read at any time, and fit together. */
static int watch_numbers_or_work(struct worker *w)
{
	struct myslab_cache_stat stat;
	unsigned int i;

	if (w->nr)
		return alloc_and_free_at_random(w);
	for (i = 0; i < 500; i++) {
		stat = stat_of(w->shared);
		w->wrong += stat.objects_used > stat.objects_total;
		w->wrong += stat.objects_total > 1000000;
		cond_resched();
	}
	return 0;
}

static void numbers_read_meanwhile_fit_together(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, SIZE, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	run_on_all_cpus(test, 2, watch_numbers_or_work, cache);
	expect_all_back(test, cache);
}

static int create_and_destroy(struct worker *w)
{
	struct myslab_cache *cache;
	void *objs[30];
	char name[32];
	unsigned int i;

	snprintf(name, sizeof(name), "kunit-worker-%u", w->nr);
	for (i = 0; goes_on(w, i, 30); i++) {
		cache = myslab_cache_create(name, SIZE, NULL);
		if (IS_ERR(cache))
			return PTR_ERR(cache);
		give_back(cache, objs, take(cache, objs, ARRAY_SIZE(objs)));
		myslab_cache_destroy(cache);
	}
	return 0;
}

static void all_cpus_create_and_destroy_caches(struct kunit *test)
{
	run_on_all_cpus(test, 2, create_and_destroy, NULL);
}

static struct kunit_case concurrency_cases[] = {
	KUNIT_CASE(all_cpus_share_a_cache),
	KUNIT_CASE(a_cache_is_shrunk_while_all_cpus_use_it),
	KUNIT_CASE(objects_are_freed_on_other_cpus),
	KUNIT_CASE(one_cpu_allocates_what_another_frees),
	KUNIT_CASE(all_cpus_call_in_bulk),
	KUNIT_CASE(all_cpus_defer_frees),
	KUNIT_CASE(numbers_read_meanwhile_fit_together),
	KUNIT_CASE(all_cpus_create_and_destroy_caches),
	{}
};

static struct kunit_suite concurrency_suite = {
	.name = "myslab_concurrency",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = concurrency_cases,
};

kunit_test_suite(concurrency_suite);

MODULE_DESCRIPTION("Tests of myslab: all CPUs at once");
MODULE_LICENSE("GPL");
