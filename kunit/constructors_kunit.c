// SPDX-License-Identifier: GPL-2.0
/*
 * Constructed state: made once in an object's life, kept over free, undone
 * once; and constructors that fail.
 */
#include "watch.h"

#define BUILT	0x600d0b1ec7600d01UL
#define UNBUILT	0xdeadbea7deadbea7UL
#define NR	300

struct object {
	unsigned long state;
	unsigned long note;	/* what the last user left */
	struct object *self;
};

/* What constructor and destructor saw. */
struct builder {
	unsigned long built;
	unsigned long unbuilt;
	unsigned long wrong;	/* unbuilt what was not built, or the reverse */
	unsigned long fail_from;	/* 0: never; else the call that fails */
	gfp_t gfp;		/* of the last call */
};

/* Not on a test's stack: the end of the test may still destruct. */
static struct builder builder;
static struct object *objs[NR];

static int build(void *obj, void *private, gfp_t gfp)
{
	struct builder *b = private;
	struct object *object = obj;

	b->gfp = gfp;
	if (b->fail_from && b->built + 1 >= b->fail_from)
		return -EIO;
	b->built++;
	object->state = BUILT;
	object->note = 0;
	object->self = object;
	return 0;
}

static void unbuild(void *obj, void *private)
{
	struct builder *b = private;
	struct object *object = obj;

	if (object->state != BUILT || object->self != object)
		b->wrong++;
	object->state = UNBUILT;
	b->unbuilt++;
}

static struct myslab_cache *new_built(struct kunit *test)
{
	return new_cache(test, sizeof(struct object),
			 &(struct myslab_cache_args){
				.ctor = build, .dtor = unbuild,
				.private = &builder });
}

static void an_object_is_constructed_before_it_is_handed_out(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	unsigned int i, nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, (void **)objs, NR);
	KUNIT_EXPECT_EQ(test, nr, NR);
	KUNIT_EXPECT_GE(test, builder.built, (unsigned long)nr);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, objs[i]->state, BUILT);
		KUNIT_EXPECT_PTR_EQ(test, objs[i]->self, objs[i]);
	}
	give_back(cache, (void **)objs, nr);
}

static void an_object_is_constructed_once_in_its_life(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	unsigned long built;
	unsigned int i;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	myslab_cache_free(cache, obj);
	for (i = 0; i < 1000; i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		myslab_cache_free(cache, obj);
	}
	built = builder.built;
	KUNIT_EXPECT_LE(test, built, stat_of(cache).objects_total);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.built, built);
}

static void what_the_last_user_left_survives_free(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	unsigned int i, nr, round, noted = 0;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	for (round = 0; round < 3; round++) {
		nr = take(cache, (void **)objs, NR);
		KUNIT_EXPECT_EQ(test, nr, NR);
		for (i = 0; i < nr; i++) {
			noted += objs[i]->note == (unsigned long)objs[i] + 1;
			KUNIT_EXPECT_EQ(test, objs[i]->state, BUILT);
			objs[i]->note = (unsigned long)objs[i] + 1;
		}
		give_back(cache, (void **)objs, nr);
	}
	/* A few may have come from slabs that the rounds before did not use. */
	KUNIT_EXPECT_GE(test, noted, (unsigned int)NR);
}

static void each_constructed_object_is_destructed_once(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, (void **)objs, NR);
	give_back(cache, (void **)objs, nr);
	KUNIT_EXPECT_GT(test, builder.built, 0UL);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
	KUNIT_EXPECT_EQ(test, builder.wrong, 0UL);
}

static void shrinking_destructs_what_it_gives_back(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, (void **)objs, NR);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, 0UL);
	give_back(cache, (void **)objs, nr);
	myslab_cache_shrink(cache);
	KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
	KUNIT_EXPECT_EQ(test, builder.wrong, 0UL);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
}

static void a_failing_constructor_fails_the_alloc(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	struct myslab_cache_stat stat;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	builder.fail_from = 1;
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	stat = stat_of(cache);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, 0UL);
	KUNIT_EXPECT_EQ(test, stat.failures, 1UL);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, 0UL);
}

/*
 * Fewer may come than were constructed: the task may move to a CPU whose
 * magazines are empty while the last ones lie in another's.
 */
static void a_constructor_may_fail_at_any_object(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	unsigned long from;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (from = 1; from < 200; from += 7) {
		builder = (struct builder){ .fail_from = from };
		nr = take(cache, (void **)objs, NR);
		KUNIT_EXPECT_LT(test, (unsigned long)nr, from);
		KUNIT_EXPECT_EQ(test, builder.built, from - 1);
		KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used,
				(unsigned long)nr);
		give_back(cache, (void **)objs, nr);
		myslab_cache_shrink(cache);
		KUNIT_EXPECT_EQ(test, stat_of(cache).pages, 0UL);
		KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
	}
}

static void after_a_failure_the_constructor_is_tried_again(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	struct object *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	builder.fail_from = 1;
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL));
	builder.fail_from = 0;
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, obj->state, BUILT);
	myslab_cache_free(cache, obj);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
}

static void bulk_with_a_failing_constructor_takes_nothing(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	builder.fail_from = 50;
	KUNIT_EXPECT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, NR,
						      (void **)objs), 0);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
	KUNIT_EXPECT_EQ(test, builder.wrong, 0UL);
}

static void zeroing_a_constructed_object_is_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_cache_zalloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void bulk_zeroing_of_constructed_objects_is_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL |
						      __GFP_ZERO, 4,
						      (void **)objs), 0);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static void a_constructor_is_told_that_it_may_sleep(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, gfpflags_allow_blocking(builder.gfp));
	myslab_cache_free(cache, obj);
}

static void a_constructor_is_told_that_it_must_not_sleep(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_NOWAIT);
	KUNIT_EXPECT_FALSE(test, gfpflags_allow_blocking(builder.gfp));
	myslab_cache_free(cache, obj);
}

/* Allocates from the cache in private: no lock of ours may be held. */
static int build_from_another(void *obj, void *private, gfp_t gfp)
{
	*(void **)obj = myslab_cache_alloc(private, gfp);
	return *(void **)obj ? 0 : -ENOMEM;
}

static void unbuild_to_another(void *obj, void *private)
{
	myslab_cache_free(private, *(void **)obj);
}

static void a_constructor_may_use_another_cache(struct kunit *test)
{
	struct myslab_cache *inner = new_cache(test, 40, NULL);
	struct myslab_cache *outer;
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, inner);
	outer = new_cache(test, 48, &(struct myslab_cache_args){
				.ctor = build_from_another,
				.dtor = unbuild_to_another,
				.private = inner });
	KUNIT_ASSERT_NOT_NULL(test, outer);
	nr = take(outer, (void **)objs, NR);
	KUNIT_EXPECT_EQ(test, nr, NR);
	KUNIT_EXPECT_GE(test, stat_of(inner).objects_used, (unsigned long)nr);
	give_back(outer, (void **)objs, nr);
	destroy_cache(test, outer);
	KUNIT_EXPECT_EQ(test, stat_of(inner).objects_used, 0UL);
}

static void sleep_in_destructor(void *obj, void *private)
{
	might_sleep();
	unbuild(obj, private);
}

static void destroy_waits_for_destructors_that_sleep(struct kunit *test)
{
	struct myslab_cache *cache;
	unsigned int nr;

	cache = new_cache(test, sizeof(struct object),
			  &(struct myslab_cache_args){
				.ctor = build, .dtor = sleep_in_destructor,
				.private = &builder,
				.flags = MYSLAB_DTOR_SLEEPS });
	KUNIT_ASSERT_NOT_NULL(test, cache);
	nr = take(cache, (void **)objs, NR);
	give_back(cache, (void **)objs, nr);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built);
	KUNIT_EXPECT_EQ(test, builder.wrong, 0UL);
}

static void a_leaked_object_is_never_destructed(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, take(cache, (void **)objs, 2), 2U);
	myslab_cache_free(cache, objs[1]);
	expect_report(test, MYSLAB_LEAK, ANY_OBJECT);
	destroy_cache(test, cache);
	KUNIT_EXPECT_EQ(test, objs[0]->state, BUILT);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built - 1);
	myslab_cache_free(cache, objs[0]);
	KUNIT_EXPECT_EQ(test, builder.unbuilt, builder.built - 1);
}

static void nofail_with_a_constructor_is_refused(struct kunit *test)
{
	struct myslab_cache *cache = new_built(test);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_report(test, MYSLAB_BAD_ARGS, ANY_OBJECT);
	KUNIT_EXPECT_NULL(test, myslab_cache_alloc(cache, GFP_KERNEL |
						   __GFP_NOFAIL));
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

static int begin(struct kunit *test)
{
	builder = (struct builder){ };
	return watch_begin(test);
}

static struct kunit_case constructors_cases[] = {
	KUNIT_CASE(an_object_is_constructed_before_it_is_handed_out),
	KUNIT_CASE(an_object_is_constructed_once_in_its_life),
	KUNIT_CASE(what_the_last_user_left_survives_free),
	KUNIT_CASE(each_constructed_object_is_destructed_once),
	KUNIT_CASE(shrinking_destructs_what_it_gives_back),
	KUNIT_CASE(a_failing_constructor_fails_the_alloc),
	KUNIT_CASE(a_constructor_may_fail_at_any_object),
	KUNIT_CASE(after_a_failure_the_constructor_is_tried_again),
	KUNIT_CASE(bulk_with_a_failing_constructor_takes_nothing),
	KUNIT_CASE(zeroing_a_constructed_object_is_refused),
	KUNIT_CASE(bulk_zeroing_of_constructed_objects_is_refused),
	KUNIT_CASE(a_constructor_is_told_that_it_may_sleep),
	KUNIT_CASE(a_constructor_is_told_that_it_must_not_sleep),
	KUNIT_CASE(a_constructor_may_use_another_cache),
	KUNIT_CASE(destroy_waits_for_destructors_that_sleep),
	KUNIT_CASE(a_leaked_object_is_never_destructed),
	KUNIT_CASE(nofail_with_a_constructor_is_refused),
	{}
};

static struct kunit_suite constructors_suite = {
	.name = "myslab_constructors",
	.init = begin,
	.exit = watch_end,
	.test_cases = constructors_cases,
};

kunit_test_suite(constructors_suite);

MODULE_DESCRIPTION("Tests of myslab: constructors and destructors");
MODULE_LICENSE("GPL");
