// SPDX-License-Identifier: GPL-2.0
/*
 * A client of kmalloc() and its like, in every form there is: it is compiled
 * with <myslab/dropin.h> forced in and MYSLAB_DROPIN_KMALLOC defined.
 */
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "debug.h"
#include "heap.h"

struct thing {
	unsigned long word;
	char text[40];
	struct rcu_head rcu;
};

/* Blocks that the module's heap has out; it is there from the first call on. */
static unsigned long nr_ours(void)
{
	if (!myslab_dropin_home.heap)
		kfree(kmalloc(8, GFP_KERNEL));
	return heap_stat(myslab_dropin_home.heap).blocks;
}

static bool is_debugged(void)
{
	nr_ours();
	return heap_stat(myslab_dropin_home.heap).debugged;
}

/* @p is a block of @size bytes of ours, and goes again. */
static void expect_ours(struct kunit *test, void *p, size_t size, bool zeroed)
{
	unsigned long nr = nr_ours();

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_GE(test, ksize(p), size);
	KUNIT_EXPECT_TRUE(test, !zeroed || all_bytes(p, 0, size));
	memset(p, 0x5a, size);
	kfree(p);
	KUNIT_EXPECT_EQ(test, nr_ours(), nr - 1);
}

/* @p is the core's, and goes again. */
static void expect_theirs(struct kunit *test, void *p)
{
	unsigned long nr = nr_ours();

	KUNIT_ASSERT_NOT_NULL(test, p);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, nr_ours(), nr);
}

static void every_form_of_kmalloc_is_ours(struct kunit *test)
{
	int node = numa_mem_id();

	nr_ours();
	expect_ours(test, kmalloc(100, GFP_KERNEL), 100, false);
	expect_ours(test, kzalloc(100, GFP_KERNEL), 100, true);
	expect_ours(test, kmalloc_node(100, GFP_KERNEL, NUMA_NO_NODE), 100,
		    false);
	expect_ours(test, kzalloc_node(3000, GFP_KERNEL, NUMA_NO_NODE), 3000,
		    true);
	expect_ours(test, kmalloc_array(10, 30, GFP_ATOMIC), 300, false);
	expect_ours(test, kcalloc(10, 30, GFP_KERNEL), 300, true);
	expect_ours(test, kmalloc_array_node(10, 3000, GFP_KERNEL,
					     NUMA_NO_NODE), 30000, false);
	expect_ours(test, kcalloc_node(10, 30, GFP_KERNEL, NUMA_NO_NODE), 300,
		    true);
	expect_ours(test, kmalloc(SZ_32K, GFP_KERNEL | __GFP_NOFAIL), SZ_32K,
		    false);
	if (nr_online_nodes == 1)
		expect_ours(test, kmalloc_node(100, GFP_KERNEL, node), 100,
			    false);
}

static void every_form_of_kvmalloc_is_ours(struct kunit *test)
{
	nr_ours();
	expect_ours(test, kvmalloc(100, GFP_KERNEL), 100, false);
	expect_ours(test, kvzalloc(20000, GFP_KERNEL), 20000, true);
	expect_ours(test, kvmalloc_node(100, GFP_KERNEL, NUMA_NO_NODE), 100,
		    false);
	expect_ours(test, kvzalloc_node(100, GFP_KERNEL, NUMA_NO_NODE), 100,
		    true);
	expect_ours(test, kvmalloc_array(10, 30, GFP_KERNEL), 300, false);
	expect_ours(test, kvcalloc(10, 30, GFP_KERNEL), 300, true);
}

/* Since 7.0: they stand on what kmalloc() is where they are used. */
static void memory_by_type_is_ours(struct kunit *test)
{
#ifdef kmalloc_obj
	nr_ours();
	expect_ours(test, kmalloc_obj(struct thing), sizeof(struct thing),
		    false);
	expect_ours(test, kzalloc_objs(struct thing, 3, GFP_ATOMIC),
		    3 * sizeof(struct thing), true);
	expect_ours(test, kvzalloc_obj(struct thing), sizeof(struct thing),
		    true);
#endif
}

static void track_caller_is_ours(struct kunit *test)
{
	int node = numa_mem_id();

	expect_ours(test, kmalloc_track_caller(100, GFP_KERNEL), 100, false);
	expect_ours(test, kmalloc_track_caller(9000, GFP_KERNEL | __GFP_ZERO),
		    9000, true);
	expect_ours(test, kmalloc_node_track_caller(100, GFP_KERNEL, node), 100,
		    false);
	expect_theirs(test, kmalloc_track_caller(100, GFP_KERNEL | GFP_DMA));
	KUNIT_EXPECT_PTR_EQ(test, kmalloc_track_caller(0, GFP_KERNEL),
			    ZERO_SIZE_PTR);
}

static void copies_and_strings_are_ours(struct kunit *test)
{
	static const char text[] = "abcdefg";
	char *p;

	p = kstrdup(text, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, text);
	expect_ours(test, p, sizeof(text), false);
	p = kstrndup(text, 3, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, "abc");
	expect_ours(test, p, 4, false);
	p = kmemdup_nul(text, 2, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, "ab");
	expect_ours(test, p, 3, false);
	p = kasprintf(GFP_KERNEL, "%d:%s", 42, text);
	KUNIT_EXPECT_STREQ(test, p, "42:abcdefg");
	expect_ours(test, p, 11, false);
	p = kmemdup(text, sizeof(text), GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, text);
	expect_ours(test, p, sizeof(text), false);
	KUNIT_EXPECT_NULL(test, kstrdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kstrndup(NULL, 3, GFP_KERNEL));
}

/* The largest power of two in the size, as the core promises it since 6.12. */
static void blocks_are_aligned_as_kmalloc_promises(struct kunit *test)
{
	size_t most = is_debugged() ? PAGE_SIZE : SZ_1M, size, align;
	void *p, *q;

	for (size = 8; size <= SZ_64K; size += size < 1024 ? 8 : 512) {
		align = min(size & -size, most);
		p = kmalloc(size, GFP_KERNEL);
		q = kmalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, p && q);
		KUNIT_EXPECT_TRUE(test, virt_addr_valid(p));
		KUNIT_EXPECT_EQ_MSG(test, (unsigned long)p % align, 0UL,
				    "%zu bytes", size);
		KUNIT_EXPECT_EQ_MSG(test, (unsigned long)q % align, 0UL,
				    "%zu bytes", size);
		kfree(p);
		kfree(q);
	}
}

static void no_bytes_are_a_pointer_of_their_own(struct kunit *test)
{
	void *p;

	KUNIT_EXPECT_PTR_EQ(test, kmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kcalloc(0, 8, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, ksize(ZERO_SIZE_PTR), 0);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	kvfree(NULL);
	kfree_sensitive(NULL);
	p = krealloc(ZERO_SIZE_PTR, 10, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_PTR_EQ(test, krealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	expect_ours(test, krealloc(NULL, 10, GFP_KERNEL), 10, false);
}

static void what_is_too_much_is_null(struct kunit *test)
{
	size_t many = SIZE_MAX / 2 + 1;

	OPTIMIZER_HIDE_VAR(many);
	KUNIT_EXPECT_NULL(test, kmalloc_array(many, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kcalloc(many, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kvmalloc_array(many, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, krealloc_array(NULL, many, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kmalloc(KMALLOC_MAX_SIZE + many,
					GFP_KERNEL | __GFP_NOWARN));
}

/* What the heap does not have, and what others kmalloc'ed. */
static void memory_of_the_core_stays_with_it(struct kunit *test)
{
	void *p;

	nr_ours();
	expect_theirs(test, kmalloc(100, GFP_KERNEL | GFP_DMA));
#ifdef kmem_cache_args	/* since 6.12; before, the core warns of it */
	expect_theirs(test, kmalloc(SZ_32K + 1, GFP_KERNEL | __GFP_NOFAIL));
#endif
	expect_theirs(test, vmalloc(20000));
	expect_theirs(test, mempool_kmalloc(GFP_KERNEL, (void *)100UL));
	p = mempool_kmalloc(GFP_KERNEL, (void *)100UL);
	expect_theirs(test, krealloc(p, 1000, GFP_KERNEL));
	/* In one piece it cannot be had. */
	p = kvmalloc(SZ_8M, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	expect_theirs(test, p);
}

static void resized_blocks_keep_what_is_in_them(struct kunit *test)
{
	static const size_t sizes[] = { 8, 100, 64, 5000, 4096, 1030, 1024,
					70000, 65536, 20, 16 };
	unsigned int i;
	u8 *old = kmalloc(8, GFP_KERNEL), *p = old, *first;

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 7, 8);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* A page's first block is aligned to more than it has to. */
		first = kmalloc(sizes[i], GFP_KERNEL);
		p = krealloc(old, sizes[i], GFP_KERNEL);
		kfree(first);
		KUNIT_ASSERT_NOT_NULL(test, p);
		old = p;
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 7, 8));
		KUNIT_EXPECT_TRUE(test, is_debugged() ||
				  IS_ALIGNED((unsigned long)p,
					     sizes[i] & -sizes[i]));
	}
	p = krealloc_array(old, 10, 300, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 7, 8));
	KUNIT_EXPECT_TRUE(test, all_bytes(p + 16, 0, 3000 - 16));
	expect_ours(test, p, 3000, false);
}

/* Also to where no block can follow, and from there. */
static void kvrealloc_goes_everywhere(struct kunit *test)
{
	u8 *p = kvmalloc(100, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 7, 100);
#ifdef kmem_cache_args	/* both since 6.12 */
	p = kvrealloc(p, SZ_8M, GFP_KERNEL);
	p = kvrealloc(p, SZ_8M + 1, GFP_KERNEL);
#else
	p = kvrealloc(p, 100, SZ_8M, GFP_KERNEL);
	p = kvrealloc(p, SZ_8M, SZ_8M + 1, GFP_KERNEL);
#endif
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 7, 100));
	expect_theirs(test, p);
}

static void a_rounded_size_is_all_used(struct kunit *test)
{
	size_t size, round;
	void *p;

	for (size = 1; size < 20000; size += 1 + size / 8) {
		round = kmalloc_size_roundup(size);
		KUNIT_EXPECT_GE(test, round, size);
		KUNIT_EXPECT_LT(test, round, size + 8 + size / 3);
		p = kmalloc(round, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_GE(test, ksize(p), round);
		kfree(p);
	}
	KUNIT_EXPECT_EQ(test, kmalloc_size_roundup(0), 0);
}

static void kfree_rcu_waits_for_a_grace_period(struct kunit *test)
{
	unsigned long nr = nr_ours();
	struct thing *a = kmalloc(sizeof(*a), GFP_KERNEL);
	struct thing *b = kvmalloc(sizeof(*b) + 70000, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, a && b);
	a->word = 42;
	rcu_read_lock();
	kfree_rcu(a, rcu);
	kvfree_rcu(b, rcu);
	KUNIT_EXPECT_EQ(test, a->word, 42);
	KUNIT_EXPECT_EQ(test, nr_ours(), nr + 2);
	rcu_read_unlock();
	for (i = 0; i < 1000; i++) {
		a = kzalloc(sizeof(*a), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, a);
		kfree_rcu(a, rcu);
	}
	KUNIT_EXPECT_TRUE(test, wait_until(nr_ours() == nr));
#ifdef kvfree_rcu_mightsleep
	kvfree_rcu_mightsleep(kmalloc(10, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, nr_ours(), nr);
#endif
}

static void pointers_and_scopes_free_it_too(struct kunit *test)
{
	void (*by_pointer)(const void *p) = kfree;
	void (*of_link)(void *p) = kfree_link;
	unsigned long nr = nr_ours();

	by_pointer(kmalloc(10, GFP_KERNEL));
	of_link(kstrdup("x", GFP_KERNEL));
	kfree_const(kstrdup("x", GFP_KERNEL));
	kfree_const(kstrdup_const("x", GFP_KERNEL));
	kfree_sensitive(kmalloc(10, GFP_KERNEL));
	kvfree_sensitive(kvmalloc(10, GFP_KERNEL), 10);
	{
		void *p __free(kfree) = kmalloc(10, GFP_KERNEL);

		KUNIT_EXPECT_NOT_NULL(test, p);
	}
	KUNIT_EXPECT_EQ(test, nr_ours(), nr);
}

static void misuse_is_found(struct kunit *test)
{
	char *p = kmalloc(100, GFP_KERNEL), *q = kmalloc(100, GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, p && q);
	kfree(p);
	expect_report(test, MYSLAB_DOUBLE_FREE, p);
	kfree(p);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_report(test, MYSLAB_INVALID_FREE, q + 8);
	kfree(q + 8);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	kfree(q);
}

/* What would be a loop in the list of those that wait. */
static void a_second_kfree_rcu_is_found(struct kunit *test)
{
	struct thing *thing = kmalloc(sizeof(*thing), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, thing);
	expect_report(test, MYSLAB_DOUBLE_FREE, thing);
	rcu_read_lock();
	kfree_rcu(thing, rcu);
	kfree_rcu(thing, rcu);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, wait_until(reports_came(test)));
}

static struct kunit_case kmalloc_cases[] = {
	KUNIT_CASE(every_form_of_kmalloc_is_ours),
	KUNIT_CASE(every_form_of_kvmalloc_is_ours),
	KUNIT_CASE(memory_by_type_is_ours),
	KUNIT_CASE(track_caller_is_ours),
	KUNIT_CASE(copies_and_strings_are_ours),
	KUNIT_CASE(blocks_are_aligned_as_kmalloc_promises),
	KUNIT_CASE(no_bytes_are_a_pointer_of_their_own),
	KUNIT_CASE(what_is_too_much_is_null),
	KUNIT_CASE(memory_of_the_core_stays_with_it),
	KUNIT_CASE(resized_blocks_keep_what_is_in_them),
	KUNIT_CASE(kvrealloc_goes_everywhere),
	KUNIT_CASE(a_rounded_size_is_all_used),
	KUNIT_CASE(kfree_rcu_waits_for_a_grace_period),
	KUNIT_CASE(pointers_and_scopes_free_it_too),
	KUNIT_CASE(misuse_is_found),
	KUNIT_CASE(a_second_kfree_rcu_is_found),
	{}
};

static struct kunit_suite kmalloc_suite = {
	.name = "dropin_kmalloc",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = kmalloc_cases,
};

kunit_test_suite(kmalloc_suite);

MODULE_DESCRIPTION("A client of kmalloc(), moved onto myslab");
MODULE_LICENSE("GPL");
