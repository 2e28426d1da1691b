// SPDX-License-Identifier: GPL-2.0
/*
 * Shared arenas interrupted at every point, by something that allocates from
 * the same one; and how many points there are in a reset.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <mirror/control.h>
#include <myslab.h>

#include "intrude.h"

#define CHUNK		(4 * PAGE_SIZE)

static struct myslab_arena *arena;
static unsigned int refused;

static void take_one(void *arg)
{
	refused += !myslab_arena_alloc(arena, 64, GFP_ATOMIC);
}

/*
 * One chunk is all that the limit allows, and room for both. Whoever makes it,
 * the other finds it; one that both made is given back.
 */
static void start_at_every_point(struct kunit *test, unsigned int flags,
				 bool (*how)(void))
{
	const struct myslab_arena_args args = {
		.chunk_size = CHUNK, .limit = CHUNK,
		.flags = MYSLAB_ARENA_SHARED | flags,
	};
	struct mirror_usage before, after;
	struct myslab_arena_stat stat;

	refused = 0;
	intruder_set(take_one, how);
	do {
		arena = myslab_arena_create("points", &args);
		KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
		mirror_usage(&before);
		intruder_begin();
		refused += !myslab_arena_alloc(arena, 64, GFP_ATOMIC);
		intruder_end();
		KUNIT_EXPECT_EQ_MSG(test, refused, 0U, "point %lu",
				    intruder.at);
		myslab_arena_stat(arena, &stat);
		KUNIT_EXPECT_EQ(test, stat.bytes_total, CHUNK);
		KUNIT_EXPECT_EQ(test, stat.pages, CHUNK / PAGE_SIZE);
		myslab_arena_destroy(arena);
		mirror_usage(&after);
		KUNIT_EXPECT_EQ(test, after.pages, before.pages);
		/* Its struct stays for a while, the table of maps does not. */
		KUNIT_EXPECT_EQ(test, after.kmallocs + !!flags,
				before.kmallocs);
	} while (intruder_next() && test->status != KUNIT_FAILURE);
	KUNIT_EXPECT_GT(test, intruder.count, 20UL);
}

static void the_first_chunk_is_for_another_cpu_too(struct kunit *test)
{
	start_at_every_point(test, 0, on_other_cpu);
}

static void the_first_chunk_is_for_interrupts_too(struct kunit *test)
{
	start_at_every_point(test, 0, as_hardirq);
}

static void a_mappable_chunk_is_for_another_cpu_too(struct kunit *test)
{
	start_at_every_point(test, MYSLAB_ARENA_MAPPABLE, on_other_cpu);
}

static unsigned long points;

static void count_one(void)
{
	points++;
}

/* Memory accesses of a reset; 0: there is none. */
static unsigned long cost_of_reset(unsigned int flags, unsigned int objects)
{
	const struct myslab_arena_args args = { .flags = flags };

	points = 0;
	arena = myslab_arena_create("points", &args);
	if (IS_ERR(arena))
		return 0;
	while (objects--)
		if (!myslab_arena_alloc(arena, 64, GFP_KERNEL))
			goto out;
	mirror_hook = count_one;
	myslab_arena_reset(arena);
	mirror_hook = NULL;
out:
	myslab_arena_destroy(arena);
	return points;
}

static void a_reset_costs_the_same_for_many_objects(struct kunit *test)
{
	static const unsigned int flags[] = { 0, MYSLAB_ARENA_SHARED };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		unsigned long few = cost_of_reset(flags[i], 10);

		KUNIT_EXPECT_GT(test, few, 0UL);
		KUNIT_EXPECT_EQ(test, cost_of_reset(flags[i], 50000), few);
	}
}

static void points_exit(struct kunit *test)
{
	mirror_hook = NULL;
}

static struct kunit_case points_cases[] = {
	KUNIT_CASE(the_first_chunk_is_for_another_cpu_too),
	KUNIT_CASE(the_first_chunk_is_for_interrupts_too),
	KUNIT_CASE(a_mappable_chunk_is_for_another_cpu_too),
	KUNIT_CASE(a_reset_costs_the_same_for_many_objects),
	{}
};

static struct kunit_suite points_suite = {
	.name = "mirror_arena_points",
	.exit = points_exit,
	.test_cases = points_cases,
};

kunit_test_suite(points_suite);

MODULE_LICENSE("GPL");
