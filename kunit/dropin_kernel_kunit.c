// SPDX-License-Identifier: GPL-2.0
/*
 * A client of kmem_cache, in every form there is: it is compiled with
 * <myslab/dropin.h> forced in, and names nothing of ours but to prove that.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <myslab/debug.h>

/* Since 6.5. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE	0
#endif

struct thing {
	unsigned long word;
	char text[40];
	struct rcu_head rcu;
};

/* A cache of the core where one of ours is wanted is an error, and so back. */
static_assert(!__same_type(fs_cachep, (struct kmem_cache *)NULL));
static_assert(__same_type((struct myslab_cache *)NULL,
			  (struct kmem_cache *)NULL));

static void fill(void *obj)
{
	((struct thing *)obj)->word = 42;
}

static unsigned long objects_used(struct kmem_cache *cache)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(cache, &stat);
	return stat.objects_used;
}

/* Is it a cache; and it goes again. */
static void expect_works(struct kunit *test, struct kmem_cache *cache)
{
	struct thing *thing;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, kmem_cache_size(cache), sizeof(*thing));
	thing = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, thing);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 1);
	kmem_cache_free(cache, thing);
	KUNIT_EXPECT_EQ(test, kmem_cache_shrink(cache), 0);
	kmem_cache_destroy(cache);
}

static void every_form_of_create_works(struct kunit *test)
{
	expect_works(test, KMEM_CACHE(thing, SLAB_HWCACHE_ALIGN));
	expect_works(test, KMEM_CACHE_USERCOPY(thing, SLAB_PANIC, text));
	expect_works(test, kmem_cache_create("five", sizeof(struct thing), 0,
					     SLAB_RECLAIM_ACCOUNT |
					     SLAB_TEMPORARY | SLAB_NO_MERGE,
					     NULL));
	expect_works(test, kmem_cache_create("constructed",
					     sizeof(struct thing), 8,
					     SLAB_ACCOUNT, fill));
	expect_works(test, kmem_cache_create_usercopy("usercopy",
						      sizeof(struct thing), 0,
						      SLAB_TYPESAFE_BY_RCU, 8,
						      40, NULL));
}

/* Since 6.12, where it is a macro. */
static void arguments_in_a_struct_work(struct kunit *test)
{
#ifdef kmem_cache_args
	struct kmem_cache_args args = { .align = 64, .ctor = fill };

	expect_works(test, kmem_cache_create("args", sizeof(struct thing),
					     &args, SLAB_HWCACHE_ALIGN));
	expect_works(test, kmem_cache_create("default", sizeof(struct thing),
					     NULL, 0));
#endif
}

static struct kmem_cache *thing_cache(struct kunit *test, slab_flags_t flags,
				      void (*ctor)(void *obj))
{
	struct kmem_cache *cache;

	cache = kmem_cache_create("dropin-thing", sizeof(struct thing), 0,
				  flags, ctor);
	KUNIT_EXPECT_NOT_NULL(test, cache);
	return cache;
}

static void names_are_made_legal_and_unique(struct kunit *test)
{
	struct kmem_cache *first, *second, *odd, *row;

	first = thing_cache(test, 0, NULL);
	second = thing_cache(test, 0, NULL);
	odd = kmem_cache_create("9p (fcall)/x", 64, 0, 0, NULL);
	row = kmem_cache_create("heap-x", 64, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, odd);
	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_EXPECT_STREQ(test, myslab_cache_name(first), "dropin-thing");
	KUNIT_EXPECT_STREQ(test, myslab_cache_name(second), "dropin-thing-2");
	KUNIT_EXPECT_STREQ(test, myslab_cache_name(odd), "k9p__fcall__x");
	KUNIT_EXPECT_STREQ(test, myslab_cache_name(row), "kheap-x");
	kmem_cache_destroy(row);
	kmem_cache_destroy(odd);
	kmem_cache_destroy(second);
	kmem_cache_destroy(first);
}

static void a_long_name_is_cut(struct kunit *test)
{
	char name[201];
	struct kmem_cache *cache, *other;

	memset(name, 'n', 200);
	name[200] = '\0';
	cache = kmem_cache_create(name, 64, 0, 0, NULL);
	other = kmem_cache_create(name, 64, 0, 0, NULL);
	KUNIT_EXPECT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NOT_NULL(test, other);
	kmem_cache_destroy(other);
	kmem_cache_destroy(cache);
}

static void a_failure_is_null(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, kmem_cache_create("none", 0, 0, 0, NULL));
	kmem_cache_destroy(NULL);
}

static void every_form_of_alloc_works(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, SLAB_ACCOUNT, NULL);
	struct thing *a, *b, *c;

	a = kmem_cache_zalloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc_node(cache, GFP_KERNEL, NUMA_NO_NODE);
	c = kmem_cache_alloc_lru(cache, NULL, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_NULL(test, memchr_inv(a, 0, sizeof(*a)));
	KUNIT_EXPECT_EQ(test, objects_used(cache), 3);
	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	kmem_cache_free(cache, c);
	kmem_cache_destroy(cache);
}

/* A charge shows in a cgroup only, where make drivers works. */
static void an_inode_sees_no_cgroup(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, SLAB_ACCOUNT, NULL);
	struct super_block *sb = kunit_kzalloc(test, sizeof(*sb), GFP_KERNEL);
	struct thing *thing;

	KUNIT_ASSERT_NOT_NULL(test, sb);
	thing = alloc_inode_sb(sb, cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, thing);
#ifdef CONFIG_MEMCG
	KUNIT_EXPECT_EQ(test, virt_to_head_page(thing)->memcg_data, 0);
#endif
	kmem_cache_free(cache, thing);
	kmem_cache_destroy(cache);
}

static void bulk_calls_work(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, 0, NULL);
	void *objs[20];

	KUNIT_ASSERT_TRUE(test, kmem_cache_alloc_bulk(cache, GFP_KERNEL, 20,
						      objs));
	KUNIT_EXPECT_EQ(test, objects_used(cache), 20);
	kmem_cache_free_bulk(cache, 19, objs);
	/* Without a cache it is what kfree() takes, and each is looked up. */
	objs[0] = kmalloc(100, GFP_KERNEL);
	objs[1] = objs[19];
	kmem_cache_free_bulk(NULL, 2, objs);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 0);
	kmem_cache_destroy(cache);
}

static void a_constructed_state_survives(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, 0, fill);
	struct thing *thing;
	int i;

	for (i = 0; i < 300; i++) {
		thing = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
		KUNIT_ASSERT_NOT_NULL(test, thing);
		KUNIT_EXPECT_EQ(test, thing->word, 42);
		kmem_cache_free(cache, thing);
	}
	kmem_cache_destroy(cache);
}

static void nofail_works_for_odd_sizes(struct kunit *test)
{
	struct kmem_cache *cache;
	void *obj;

	/* At order 1, where the usual layout takes three of them in order 2. */
	cache = kmem_cache_create("odd", 5000, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOFAIL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	kmem_cache_free(cache, obj);
	kmem_cache_destroy(cache);
}

/* Takes more out of the pool than its reserve, and ends it elsewhere. */
static void use_pool(struct kunit *test, mempool_t *pool)
{
	void *objs[6];
	int i;

	for (i = 0; i < 6; i++) {
		objs[i] = mempool_alloc(pool, GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, objs[i]);
	}
	for (i = 0; i < 6; i++)
		mempool_free(objs[i], pool);
}

static void mempools_stand_on_it(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, 0, NULL);
	mempool_t *pool, inside;

	pool = mempool_create_slab_pool(4, cache);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 4);
	use_pool(test, pool);
	mempool_destroy(pool);

	KUNIT_ASSERT_EQ(test, mempool_init_slab_pool(&inside, 4, cache), 0);
	use_pool(test, &inside);
	mempool_exit(&inside);

	pool = mempool_create(4, mempool_alloc_slab, mempool_free_slab, cache);
	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 4);
	mempool_destroy(pool);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 0);
	kmem_cache_destroy(cache);
}

static void kfree_rcu_knows_whose_it_is(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, 0, NULL);
	struct thing *ours = kmem_cache_alloc(cache, GFP_KERNEL);
	struct thing *theirs = kmalloc(sizeof(*theirs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ours);
	KUNIT_ASSERT_NOT_NULL(test, theirs);
	kfree_rcu(ours, rcu);
	kfree_rcu(theirs, rcu);
	ours = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ours);
	kvfree_rcu(ours, rcu);
#ifdef kvfree_rcu_mightsleep
	ours = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ours);
	kvfree_rcu_mightsleep(ours);
#endif
	/* Waits for both: nothing is out then, or it is a leak. */
	kmem_cache_destroy(cache);
}

static void kfree_knows_whose_it_is(struct kunit *test)
{
	struct kmem_cache *cache = thing_cache(test, 0, NULL);
	void *ours[3], *theirs = kmalloc(100, GFP_KERNEL);
	int i;

	for (i = 0; i < 3; i++) {
		ours[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, ours[i]);
	}
	KUNIT_EXPECT_EQ(test, ksize(ours[0]), sizeof(struct thing));
	KUNIT_EXPECT_GE(test, ksize(theirs), 100);
	kfree(ours[0]);
	kvfree(ours[1]);
	kfree_sensitive(ours[2]);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 0);
	kmem_cache_destroy(cache);
	kfree(theirs);
	kvfree(kvmalloc(1 << 20, GFP_KERNEL));
	kfree(kmalloc(1 << 14, GFP_KERNEL));
	kfree_sensitive(kmalloc(10, GFP_KERNEL));
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
}

/* One object in each page of a slab, too, and while it is debugged. */
static void kfree_finds_each_object_of_a_slab(struct kunit *test)
{
	struct kmem_cache *cache;
	void *objs[40];
	int i;

	cache = kmem_cache_create("page-wise", 4000, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < 40; i++)
		objs[i] = kmem_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < 40; i++)
		kfree(objs[i]);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 0);
	kmem_cache_destroy(cache);
}

/* It may be used by its page: so not by accident. */
static void guard_pages_take_the_whole_name(struct kunit *test)
{
	struct kmem_cache *cache;
	void *obj;

	cache = kmem_cache_create("dropin-g", sizeof(struct thing), 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	if (myslab_debug_set("FG,dropin-?")) {
		kmem_cache_destroy(cache);
		kunit_skip(test, "no guard pages on this kernel");
	}
	obj = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(obj));
	kfree(obj);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("FG,dropin-g"), 0);
	obj = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(obj));
	kfree(obj);
	obj = kmem_cache_alloc(cache, GFP_KERNEL);
	kvfree(obj);
	/* Whose page list_lru looks for. */
	obj = kmem_cache_alloc_lru(cache, NULL, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(obj));
	kfree(obj);
	KUNIT_EXPECT_EQ(test, objects_used(cache), 0);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,dropin-?,dropin-g"), 0);
	kmem_cache_destroy(cache);
}

static struct kunit_case dropin_cases[] = {
	KUNIT_CASE(every_form_of_create_works),
	KUNIT_CASE(arguments_in_a_struct_work),
	KUNIT_CASE(names_are_made_legal_and_unique),
	KUNIT_CASE(a_long_name_is_cut),
	KUNIT_CASE(a_failure_is_null),
	KUNIT_CASE(every_form_of_alloc_works),
	KUNIT_CASE(an_inode_sees_no_cgroup),
	KUNIT_CASE(bulk_calls_work),
	KUNIT_CASE(a_constructed_state_survives),
	KUNIT_CASE(nofail_works_for_odd_sizes),
	KUNIT_CASE(mempools_stand_on_it),
	KUNIT_CASE(kfree_rcu_knows_whose_it_is),
	KUNIT_CASE(kfree_knows_whose_it_is),
	KUNIT_CASE(kfree_finds_each_object_of_a_slab),
	KUNIT_CASE(guard_pages_take_the_whole_name),
	{}
};

static struct kunit_suite dropin_suite = {
	.name = "dropin",
	.test_cases = dropin_cases,
};

kunit_test_suite(dropin_suite);

MODULE_DESCRIPTION("A client of kmem_cache, moved onto myslab");
MODULE_LICENSE("GPL");
