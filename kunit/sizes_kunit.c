// SPDX-License-Identifier: GPL-2.0
/*
 * Where objects lie: every size from 1 byte to 1 MiB, alignment, and that no
 * two objects, of one cache or of two, share a byte.
 */
#include <linux/align.h>
#include <linux/cache.h>

#include "watch.h"

static const size_t sizes[] = {
	1, 2, 3, 7, 8, 9, 12, 16, 24, 31, 32, 33, 40, 48, 56, 63, 64, 65, 72,
	96, 100, 120, 127, 128, 129, 192, 200, 255, 256, 257, 320, 384, 511,
	512, 513, 640, 768, 1000, 1023, 1024, 1025, 1360, 1365, 1500, 2047,
	2048, 2049, 2730, 3000, 4095, 4096, 4097, 5000, 8191, 8192, 8193,
	12288, 16384, 20000, 32768, 49152, 65536, 65537, 100000, 131072,
	262144, 300000, 524288, 524289, 786432, 1000000, MYSLAB_MAX_SIZE - 1,
	MYSLAB_MAX_SIZE,
};

/* Fill objects with their numbers; all must still be there afterwards. */
static void expect_private_memory(struct kunit *test,
				  struct myslab_cache *cache, size_t size)
{
	void *objs[9];
	unsigned int i, nr = take(cache, objs, ARRAY_SIZE(objs));

	KUNIT_EXPECT_EQ_MSG(test, nr, (unsigned int)ARRAY_SIZE(objs),
			    "size %zu", size);
	for (i = 0; i < nr; i++)
		memset(objs[i], i + 1, size);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE_MSG(test, all_bytes(objs[i], i + 1, size),
				      "object %u of size %zu", i, size);
	give_back(cache, objs, nr);
}

static void objects_of_every_size_keep_their_bytes(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cache = new_cache(test, sizes[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		expect_private_memory(test, cache, sizes[i]);
		KUNIT_EXPECT_EQ(test, stat_of(cache).object_size, sizes[i]);
		destroy_cache(test, cache);
	}
}

/* The largest power of two that divides the size, at least 8. */
static size_t natural(size_t size)
{
	return max_t(size_t, size & -size, 8);
}

static void expect_alignment(struct kunit *test, struct myslab_cache *cache,
			     size_t align)
{
	void *objs[20];
	unsigned int i, nr = take(cache, objs, ARRAY_SIZE(objs));

	KUNIT_EXPECT_EQ(test, nr, (unsigned int)ARRAY_SIZE(objs));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE_MSG(test,
				      IS_ALIGNED((unsigned long)objs[i], align),
				      "object %u at %p, align %zu", i, objs[i],
				      align);
	give_back(cache, objs, nr);
}

static void objects_are_aligned_by_nature(struct kunit *test)
{
	static const size_t some[] = {
		8, 16, 24, 32, 48, 96, 192, 256, 320, 1024, 1536, 4096, 12288,
	};
	struct myslab_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		cache = new_cache(test, some[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		expect_alignment(test, cache, natural(some[i]));
	}
}

static void objects_are_aligned_as_asked(struct kunit *test)
{
	struct myslab_cache_args args = { };
	struct myslab_cache *cache;

	for (args.align = 1; args.align <= 8192; args.align *= 2) {
		cache = new_cache(test, 40, &args);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		expect_alignment(test, cache, args.align);
	}
}

static void an_object_may_be_aligned_to_1_mib(struct kunit *test)
{
	struct myslab_cache_args args = { .align = 1U << 20 };
	struct myslab_cache *cache = new_cache(test, 100, &args);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)obj, 1UL << 20));
	memset(obj, 1, 100);
	myslab_cache_free(cache, obj);
}

static void hwcache_align_starts_objects_on_a_cache_line(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = MYSLAB_HWCACHE_ALIGN };
	struct myslab_cache *cache = new_cache(test, 72, &args);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_alignment(test, cache, SMP_CACHE_BYTES);
}

static void hwcache_align_keeps_small_objects_in_one_line(struct kunit *test)
{
	struct myslab_cache_args args = { .flags = MYSLAB_HWCACHE_ALIGN };
	struct myslab_cache *cache = new_cache(test, 20, &args);
	void *objs[32];
	unsigned int i, nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, objs, ARRAY_SIZE(objs));
	for (i = 0; i < nr; i++) {
		unsigned long first = (unsigned long)objs[i];

		KUNIT_EXPECT_EQ(test, first / SMP_CACHE_BYTES,
				(first + 19) / SMP_CACHE_BYTES);
	}
	give_back(cache, objs, nr);
}

static void two_caches_share_no_byte(struct kunit *test)
{
	struct myslab_cache *a = new_cache(test, 24, NULL);
	struct myslab_cache *b = new_cache(test, 24, NULL);
	static void *in_a[200], *in_b[200];
	unsigned int i, nr_a, nr_b;

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	nr_a = take(a, in_a, ARRAY_SIZE(in_a));
	nr_b = take(b, in_b, ARRAY_SIZE(in_b));
	for (i = 0; i < nr_a; i++)
		memset(in_a[i], 0xaa, 24);
	for (i = 0; i < nr_b; i++)
		memset(in_b[i], 0xbb, 24);
	for (i = 0; i < nr_a; i++)
		KUNIT_EXPECT_TRUE(test, all_bytes(in_a[i], 0xaa, 24));
	give_back(a, in_a, nr_a);
	give_back(b, in_b, nr_b);
}

/* Or, where one object takes whole pages, less than a page. */
static void a_slab_wastes_at_most_an_eighth(struct kunit *test)
{
	struct myslab_cache_stat stat;
	struct myslab_cache *cache;
	unsigned int i;
	size_t stride;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		stride = ALIGN(sizes[i], natural(sizes[i]));
		cache = new_cache(test, sizes[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		skip_if_debugged(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		stat = stat_of(cache);
		KUNIT_EXPECT_TRUE_MSG(test, stat.objects_total * stride >=
				      stat.pages * (PAGE_SIZE / 8 * 7) ||
				      stat.pages * PAGE_SIZE <
				      stat.objects_total * stride + PAGE_SIZE,
				      "size %zu: %lu objects, %lu pages",
				      sizes[i], stat.objects_total, stat.pages);
		myslab_cache_free(cache, obj);
		destroy_cache(test, cache);
	}
}

/* And what describes a slab is shared by some objects. */
static void slabs_of_usual_sizes_waste_a_thirty_second(struct kunit *test)
{
	static const size_t usual[] = {
		8, 24, 48, 80, 96, 192, 256, 320, 384, 700, 768, 1280, 2048,
		3072, 4096, 8192 };
	struct myslab_cache_stat stat;
	struct myslab_cache *cache;
	unsigned int i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(usual); i++) {
		cache = new_cache(test, usual[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		skip_if_debugged(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		stat = stat_of(cache);
		KUNIT_EXPECT_TRUE_MSG(test, stat.objects_total * usual[i] >=
				      stat.pages * (PAGE_SIZE / 32 * 31),
				      "size %zu: %lu objects, %lu pages",
				      usual[i], stat.objects_total, stat.pages);
		KUNIT_EXPECT_GE(test, stat.objects_total, 4UL);
		myslab_cache_free(cache, obj);
		destroy_cache(test, cache);
	}
}

static struct kunit_case sizes_cases[] = {
	KUNIT_CASE(objects_of_every_size_keep_their_bytes),
	KUNIT_CASE(objects_are_aligned_by_nature),
	KUNIT_CASE(objects_are_aligned_as_asked),
	KUNIT_CASE(an_object_may_be_aligned_to_1_mib),
	KUNIT_CASE(hwcache_align_starts_objects_on_a_cache_line),
	KUNIT_CASE(hwcache_align_keeps_small_objects_in_one_line),
	KUNIT_CASE(two_caches_share_no_byte),
	KUNIT_CASE(a_slab_wastes_at_most_an_eighth),
	KUNIT_CASE(slabs_of_usual_sizes_waste_a_thirty_second),
	{}
};

static struct kunit_suite sizes_suite = {
	.name = "myslab_sizes",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = sizes_cases,
};

kunit_test_suite(sizes_suite);

MODULE_DESCRIPTION("Tests of myslab: sizes and alignment of objects");
MODULE_LICENSE("GPL");
