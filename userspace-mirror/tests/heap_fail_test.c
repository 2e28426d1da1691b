// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation that a heap's call makes fails in turn: the call must say
 * so, leave nothing behind and work when tried again.
 */
#include <kunit/test.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

static struct {
	struct myslab_heap *heap;
	struct myslab_vec vec;
	void *p;
	size_t size;
} world;

static bool alloc(void)
{
	world.p = myslab_heap_alloc(world.heap, world.size, GFP_KERNEL);
	return world.p;
}

static bool alloc_aligned(void)
{
	world.p = myslab_heap_alloc_aligned(world.heap, world.size, 4096,
					    GFP_ATOMIC);
	return world.p;
}

static bool resize(void)
{
	void *p = myslab_heap_realloc(world.heap, world.p, world.size * 2 + 99,
				      GFP_KERNEL);

	if (memchr_inv(p ? p : world.p, 3, world.size))
		mirror_abort("realloc lost what was in the block");
	if (p)
		world.p = p;
	return p;
}

static bool push(void)
{
	struct myslab_vec before = world.vec;
	u32 value = 5;

	if (!myslab_vec_push(&world.vec, &value, GFP_KERNEL))
		return true;
	if (memcmp(&before, &world.vec, sizeof(before)))
		mirror_abort("a failed push changed the array");
	return false;
}

static bool filled(void)
{
	return alloc() && memset(world.p, 3, world.size);
}

static bool full(void)
{
	while (world.vec.nr < world.size)
		if (!push())
			return false;
	return true;
}

static void fail_each(struct kunit *test, bool (*before)(void),
		      bool (*call)(void), const struct myslab_heap_args *args)
{
	struct myslab_heap_stat stat;
	unsigned long nth = 0;
	bool done, failed;

	do {
		world.heap = myslab_heap_create("fails", args);
		KUNIT_ASSERT_FALSE(test, IS_ERR(world.heap));
		myslab_vec_init(&world.vec, world.heap, 4);
		world.p = NULL;
		KUNIT_ASSERT_TRUE(test, !before || before());
		mirror_fail_at(++nth);
		done = call();
		failed = mirror_failed();
		mirror_fail_at(0);
		/* What fails may have another way; what does not, must work. */
		KUNIT_EXPECT_TRUE(test, done || failed);
		KUNIT_EXPECT_TRUE(test, done || call());
		myslab_heap_free(world.heap, world.p);
		myslab_vec_destroy(&world.vec);
		myslab_heap_trim(world.heap);
		myslab_heap_stat(world.heap, &stat);
		KUNIT_EXPECT_EQ(test, stat.pages, 0UL);
		KUNIT_EXPECT_EQ(test, stat.reports, 0UL);
		myslab_heap_destroy(world.heap);
	} while (failed && test->status != KUNIT_FAILURE);
}

static void each_failure_leaves_a_heap_whole(struct kunit *test)
{
	static const size_t sizes[] = { 16, 900, 9000, 40000, SZ_4M + 1 };
	static const struct myslab_heap_args kinds[] = {
		{ }, { .flags = MYSLAB_HEAP_CANARY }, { .limit = SZ_16M },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(kinds); j++) {
			world.size = sizes[i];
			fail_each(test, NULL, alloc, &kinds[j]);
			fail_each(test, filled, resize, &kinds[j]);
			if (sizes[i] < SZ_1M)
				fail_each(test, NULL, alloc_aligned, &kinds[j]);
			if (sizes[i] < 1000)
				fail_each(test, full, push, &kinds[j]);
		}
	}
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE(each_failure_leaves_a_heap_whole),
	{}
};

static struct kunit_suite fail_suite = {
	.name = "mirror_heap_fail",
	.test_cases = fail_cases,
};

kunit_test_suite(fail_suite);

MODULE_LICENSE("GPL");
