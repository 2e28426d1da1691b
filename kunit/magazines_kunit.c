// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU magazines and the depot: their boundaries, the order in which
 * objects come back, and that no object is ever in two hands.
 */
#include <linux/preempt.h>

#include "watch.h"

#define NR	2000

static void *objs[NR];

/* Sequence of pseudo-random numbers, the same on every run. */
static u32 next_random(u32 *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

static void expect_own_marks(struct kunit *test, unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < nr; i++)
		wrong += *(unsigned long *)objs[i] != i;
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void mark_all(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		*(unsigned long *)objs[i] = i;
}

static void many_objects_are_all_different(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 32, NULL);
	unsigned int round;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
		mark_all(NR);
		expect_own_marks(test, NR);
		give_back(cache, objs, NR);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

/* At @held objects out, free and allocate back and forth. */
static void alternate_at(struct kunit *test, struct myslab_cache *cache,
			 unsigned int held, unsigned int step)
{
	unsigned int i, j;

	KUNIT_ASSERT_EQ(test, take(cache, objs, held), held);
	for (i = 0; i < 20; i++) {
		for (j = 0; j < step; j++)
			objs[held + j] = myslab_cache_alloc(cache, GFP_KERNEL);
		mark_all(held + step);
		expect_own_marks(test, held + step);
		for (j = 0; j < step; j++)
			myslab_cache_free(cache, objs[held + j]);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
			(unsigned long)held);
	give_back(cache, objs, held);
}

static void alternation_at_every_boundary_stays_exact(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int held, most;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	most = 3 * stat_of(cache).magazine_size + 2;
	KUNIT_ASSERT_GT(test, most, 2U);
	KUNIT_ASSERT_LT(test, most, NR - 3U);
	for (held = 0; held <= most; held++)
		alternate_at(test, cache, held, 1 + held % 3);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void bursts_of_every_length_come_back(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int nr, most;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	most = 4 * stat_of(cache).magazine_size + 1;
	KUNIT_ASSERT_LT(test, most, (unsigned int)NR);
	for (nr = 1; nr <= most; nr++) {
		KUNIT_ASSERT_EQ(test, take(cache, objs, nr), nr);
		mark_all(nr);
		expect_own_marks(test, nr);
		give_back(cache, objs, nr);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	}
}

static void the_object_freed_last_is_handed_out_next(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	void *first, *again;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	first = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, first);
	preempt_disable();
	myslab_cache_free(cache, first);
	again = myslab_cache_alloc(cache, GFP_NOWAIT);
	preempt_enable();
	KUNIT_EXPECT_PTR_EQ(test, again, first);
	myslab_cache_free(cache, again);
}

static void objects_come_back_last_in_first_out(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	unsigned int i, nr, same = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	nr = stat_of(cache).magazine_size;
	KUNIT_ASSERT_LE(test, nr, (unsigned int)NR);
	KUNIT_ASSERT_EQ(test, take(cache, objs, nr), nr);
	preempt_disable();
	for (i = 0; i < nr; i++)
		myslab_cache_free(cache, objs[i]);
	while (i--)
		same += myslab_cache_alloc(cache, GFP_NOWAIT) == objs[i];
	preempt_enable();
	KUNIT_EXPECT_EQ(test, same, nr);
	give_back(cache, objs, nr);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
}

static void a_random_walk_agrees_with_its_model(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 48, NULL);
	unsigned int nr = 0, i, wrong = 0;
	unsigned long allocs = 0;
	u32 seed = 1;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 50000; i++) {
		/* Long waves up and down, so that the depot sees traffic. */
		bool up = next_random(&seed) % 100 < (i & 4096 ? 70 : 30);

		if (up && nr < NR) {
			objs[nr] = myslab_cache_alloc(cache, GFP_KERNEL);
			if (!objs[nr])
				break;
			*(unsigned long *)objs[nr] = (unsigned long)objs[nr];
			nr++;
			allocs++;
		} else if (nr) {
			unsigned int k = next_random(&seed) % nr;
			void *obj = objs[k];

			wrong += *(unsigned long *)obj != (unsigned long)obj;
			*(unsigned long *)obj = 0;
			objs[k] = objs[--nr];
			myslab_cache_free(cache, obj);
		}
	}
	KUNIT_EXPECT_EQ(test, i, 50000U);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, stat_of(cache).allocs, allocs);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, (unsigned long)nr);
	give_back(cache, objs, nr);
}

static void freeing_in_the_order_of_allocation_works(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 256, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	for (i = 0; i < NR; i++)
		myslab_cache_free(cache, objs[i]);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	mark_all(NR);
	expect_own_marks(test, NR);
	give_back(cache, objs, NR);
}

static void free_objects_are_counted_where_they_lie(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	struct myslab_cache_stat stat;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, 100), 100U);
	stat = stat_of(cache);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 100UL);
	KUNIT_EXPECT_LE(test, stat.objects_used + stat.objects_cached,
			stat.objects_total);
	give_back(cache, objs, 100);
	stat = stat_of(cache);
	KUNIT_EXPECT_GT(test, stat.objects_cached, 0UL);
	KUNIT_EXPECT_LE(test, stat.objects_cached, stat.objects_total);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_cached, 0UL);
}

/* However many there are: a whole magazine at once would be a long call. */
static void a_free_returns_few_objects_to_the_slabs(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 1024, NULL);
	unsigned long cached, before = 0, most = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	for (i = 0; i < NR; i++) {
		myslab_cache_free(cache, objs[i]);
		cached = stat_of(cache).objects_cached;
		if (cached < before)
			most = max(most, before - cached);
		before = cached;
	}
	KUNIT_EXPECT_LE(test, most, 1UL);
	KUNIT_EXPECT_LE(test, before, NR - 500UL);
}

static int leave_as_is(void *obj, void *private, gfp_t gfp)
{
	return 0;
}

/*
 * With a constructor, because a kernel with init_on_free clears the others.
 * The second byte of the test is read through a new owner, never after free.
 */
static void free_writes_nothing_into_an_object(struct kunit *test)
{
	struct myslab_cache_args args = { .ctor = leave_as_is };
	struct myslab_cache *cache = new_cache(test, 24, &args);
	unsigned int i, same = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	for (i = 0; i < NR; i++)
		memset(objs[i], 0xc3, 24);
	give_back(cache, objs, NR);
	KUNIT_ASSERT_EQ(test, take(cache, objs, NR), (unsigned int)NR);
	for (i = 0; i < NR; i++)
		same += all_bytes(objs[i], 0xc3, 24);
	/* A task that moved to another CPU meets a few fresh objects. */
	KUNIT_EXPECT_GE(test, same, NR - NR / 4U);
	give_back(cache, objs, NR);
}

static void every_size_of_object_passes_through_magazines(struct kunit *test)
{
	struct myslab_cache *cache;
	size_t size;

	for (size = 8; size <= 65536; size *= 2) {
		cache = new_cache(test, size, NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		KUNIT_ASSERT_EQ(test, take(cache, objs, 150), 150U);
		mark_all(150);
		expect_own_marks(test, 150);
		give_back(cache, objs, 150);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
		destroy_cache(test, cache);
	}
}

static struct kunit_case magazines_cases[] = {
	KUNIT_CASE(many_objects_are_all_different),
	KUNIT_CASE(alternation_at_every_boundary_stays_exact),
	KUNIT_CASE(bursts_of_every_length_come_back),
	KUNIT_CASE(the_object_freed_last_is_handed_out_next),
	KUNIT_CASE(objects_come_back_last_in_first_out),
	KUNIT_CASE(a_random_walk_agrees_with_its_model),
	KUNIT_CASE(freeing_in_the_order_of_allocation_works),
	KUNIT_CASE(free_objects_are_counted_where_they_lie),
	KUNIT_CASE(a_free_returns_few_objects_to_the_slabs),
	KUNIT_CASE(free_writes_nothing_into_an_object),
	KUNIT_CASE(every_size_of_object_passes_through_magazines),
	{}
};

static struct kunit_suite magazines_suite = {
	.name = "myslab_magazines",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = magazines_cases,
};

kunit_test_suite(magazines_suite);

MODULE_DESCRIPTION("Tests of myslab: magazines and depot");
MODULE_LICENSE("GPL");
