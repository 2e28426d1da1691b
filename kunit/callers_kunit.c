// SPDX-License-Identifier: GPL-2.0
/*
 * The _caller calls: what a wrapper allocates is told of who called it, by
 * sites, leaks, stacks and fault injection, from whatever it is allocated.
 */
#include "callers.h"

static void expect_two_sites(struct kunit *test, enum kind kind)
{
	unsigned int here = is_arena(kind) ? 10 : 6;
	unsigned int there = is_arena(kind) ? 20 : 13;
	const char *type = types[kind];

	fill(test, kind, FOR_CALLER);
	expect_row(test, type, "callers_kunit_here", 10, " peak 10 allocs 10");
	expect_row(test, type, "callers_kunit_there", 20, " peak 20 allocs 20");
	put_some(kind, 6, 17);
	expect_row(test, type, "callers_kunit_here", here,
		   " peak 10 allocs 10");
	expect_row(test, type, "callers_kunit_there", there,
		   " peak 20 allocs 20");
	/* Counts what came later only, at whom it came for. */
	myslab_debug_mark();
	objs[6] = callers_kunit_there(kind, FOR_CALLER);
	expect_row(test, type, "callers_kunit_here", here,
		   " since-mark 0 peak 10 allocs 10");
	expect_row(test, type, "callers_kunit_there", there + 1,
		   is_arena(kind) ? " since-mark 1 peak 21 allocs 21" :
				    " since-mark 1 peak 20 allocs 21");
	put_some(kind, 17, NR);
	put_some(kind, 0, 7);
	KUNIT_EXPECT_EQ(test, bytes_of_sites(type), 0UL);
	KUNIT_EXPECT_NULL(test, row_of(type, "callers_kunit_wraps"));
}

/* The twin: one that does not say for whom is the site. */
static void expect_one_site(struct kunit *test, enum kind kind, enum how how)
{
	const char *type = types[kind];

	fill(test, kind, how);
	KUNIT_EXPECT_EQ(test, bytes_of_sites(type), NR * (unsigned long)SIZE);
	KUNIT_EXPECT_NOT_NULL(test, row_of(type, "callers_kunit_wraps"));
	KUNIT_EXPECT_NULL(test, row_of(type, "callers_kunit_here"));
	KUNIT_EXPECT_NULL(test, row_of(type, "callers_kunit_there"));
	put_some(kind, 0, NR);
}

static void each_caller_of_a_wrapper_has_a_site(struct kunit *test)
{
	static const char * const letters[] = {
		"L", "UL", DRESSED, "full", "LG", "ULG",
	};
	unsigned int i, nr = has_guard_pages() ? ARRAY_SIZE(letters) : 4;
	enum kind kind;

	for (i = 0; i < nr; i++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			KUNIT_ASSERT_TRUE(test, create(test, kind));
			switch_to(test, letters[i]);
			expect_two_sites(test, kind);
			destroy(test, kind);
			KUNIT_ASSERT_TRUE(test, create(test, kind));
			switch_to(test, letters[i]);
			expect_one_site(test, kind, i % 2 ? PLAINLY :
							    FOR_NOBODY);
			destroy(test, kind);
		}
	}
}

/* What is behind the first line about an allocation. */
static const char *first_frame(const void *p)
{
	static char text[4000];
	char *line;

	myslab_whatis(p, text, sizeof(text));
	line = strstr(text, "allocated 0");
	line = line ? strchr(line, '\n') : NULL;
	if (line)
		strsep(&line, "\n");
	return line ? strsep(&line, "\n") : "";
}

static void a_stack_starts_with_the_caller(struct kunit *test)
{
	bool guarded = has_guard_pages();
	enum kind kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		KUNIT_ASSERT_TRUE(test, create(test, kind));
		switch_to(test, guarded && kind % 2 ? "UG" : "U");
		objs[0] = callers_kunit_here(kind, FOR_CALLER);
		objs[1] = callers_kunit_here(kind, PLAINLY);
		objs[2] = take_for(kind, GFP_KERNEL, ELSEWHERE);
		KUNIT_EXPECT_NOT_NULL(test, strstr(first_frame(objs[0]),
						   "callers_kunit_here+"));
		KUNIT_EXPECT_NOT_NULL(test, strstr(first_frame(objs[1]),
						   "callers_kunit_wraps+"));
		/* On no stack. */
		KUNIT_EXPECT_NOT_NULL(test, strstr(first_frame(objs[2]),
						   ELSEWHERE_TEXT));
		put_some(kind, 0, 3);
		destroy(test, kind);
	}
}

static void a_leak_is_told_of_the_caller(struct kunit *test)
{
	void *obj;

	KUNIT_ASSERT_TRUE(test, create(test, CACHE));
	switch_to(test, "L");
	obj = callers_kunit_here(CACHE, FOR_CALLER);
	put(CACHE, callers_kunit_there(CACHE, FOR_CALLER));
	expect_report(test, MYSLAB_LEAK, obj);
	destroy_cache(test, cache);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	expect_row(test, "cache", "callers_kunit_here", 1, " peak 1 allocs 1");
	KUNIT_EXPECT_NULL(test, row_of("cache", "callers_kunit_there"));
	put(CACHE, obj);
}

/* What is in the magazines of a light cache; sampled, for both. */
static void samples_are_told_of_the_caller(struct kunit *test)
{
	static void *many[2000];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, create(test, CACHE));
	switch_to(test, "light");
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i] = i % 2 ? callers_kunit_here(CACHE, FOR_CALLER) :
				  callers_kunit_there(CACHE, FOR_CALLER);
		KUNIT_ASSERT_NOT_NULL(test, many[i]);
	}
	KUNIT_EXPECT_GE(test, bytes_of_sites("cache"), SIZE * 1000UL);
	KUNIT_EXPECT_LE(test, bytes_of_sites("cache"), SIZE * 3000UL);
	KUNIT_EXPECT_NOT_NULL(test, row_of("cache", "callers_kunit_here"));
	KUNIT_EXPECT_NOT_NULL(test, row_of("cache", "callers_kunit_there"));
	KUNIT_EXPECT_NULL(test, row_of("cache", "callers_kunit_wraps"));
	give_back(cache, many, ARRAY_SIZE(many));
	KUNIT_EXPECT_EQ(test, bytes_of_sites("cache"), 0UL);
}

static bool fails_for(enum kind kind, unsigned long caller)
{
	void *p = take_for(kind, GFP_KERNEL, caller);

	put(kind, p);
	return !p;
}

/* Of a caller that is on no stack, so that only what was said can count. */
static void calls_fail_by_the_caller(struct kunit *test)
{
	struct myslab_fail how = { .probability = 100, .times = -1 };
	enum kind kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		KUNIT_ASSERT_TRUE(test, create(test, kind));
		how.require_start = ELSEWHERE;
		how.require_end = ELSEWHERE + 1;
		myslab_debug_fail(&how);
		switch_to(test, "E:1");
		KUNIT_EXPECT_TRUE(test, fails_for(kind, ELSEWHERE));
		KUNIT_EXPECT_FALSE(test, fails_for(kind, ELSEWHERE + 1));
		KUNIT_EXPECT_FALSE(test, fails_for(kind, 0));
		how.require_start = 0;
		how.require_end = 0;
		how.reject_start = ELSEWHERE;
		how.reject_end = ELSEWHERE + 1;
		myslab_debug_fail(&how);
		KUNIT_EXPECT_FALSE(test, fails_for(kind, ELSEWHERE));
		KUNIT_EXPECT_TRUE(test, fails_for(kind, ELSEWHERE + 1));
		KUNIT_EXPECT_TRUE(test, fails_for(kind, 0));
		how.reject_start = 0;
		how.reject_end = 0;
		myslab_debug_fail(NULL);
		destroy(test, kind);
	}
}

/* A block is of who had it moved. */
static void what_moves_is_the_callers(struct kunit *test)
{
	void *p;

	KUNIT_ASSERT_TRUE(test, create(test, HEAP));
	switch_to(test, "L");
	p = myslab_heap_realloc_caller(heap, callers_kunit_here(HEAP, PLAINLY),
				       5000, GFP_KERNEL, ELSEWHERE);
	KUNIT_ASSERT_NOT_NULL(test, p);
	expect_row(test, "heap", "callers_kunit_wraps", 0, " allocs 1");
	KUNIT_EXPECT_NOT_NULL(test, row_of("heap", "5000        1 "
						   ELSEWHERE_TEXT));
	/* It stays where it is, and at its site. */
	p = myslab_heap_realloc_caller(heap, p, 4990, GFP_KERNEL,
				       ELSEWHERE + 16);
	KUNIT_EXPECT_NOT_NULL(test, row_of("heap", "4990        1 "
						   ELSEWHERE_TEXT));
	myslab_heap_free(heap, p);
	destroy(test, HEAP);
}

/* Zeroed where that is asked for, whatever the letters are. */
static void what_is_to_be_zero_is(struct kunit *test)
{
	static const char * const all[] = { "off", "L", "ZPUQL", "light" };
	unsigned int i, k;
	enum kind kind;
	void *p;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			if (kind == POOL || kind == PRIVATE)
				continue;
			KUNIT_ASSERT_TRUE(test, create(test, kind));
			switch_to(test, kind == CACHE || i < 3 ? all[i] : "L");
			for (k = 0; k < 50; k++) {
				p = take_for(kind, GFP_KERNEL | __GFP_ZERO,
					     ELSEWHERE);
				KUNIT_ASSERT_NOT_NULL(test, p);
				KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, SIZE));
				memset(p, 0x5a, SIZE);
				put(kind, p);
			}
			destroy(test, kind);
		}
	}
}

/* As without a caller. */
static void what_is_refused_is_refused(struct kunit *test)
{
	static const char * const all[] = { "off", "L", "light" };
	gfp_t never = __GFP_NOFAIL | GFP_NOWAIT;
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, create(test, CACHE));
	KUNIT_ASSERT_TRUE(test, create(test, HEAP));
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		switch_to(test, all[i]);
		expect_report(test, MYSLAB_BAD_ARGS, NULL);
		KUNIT_EXPECT_NULL(test, take_for(CACHE, never, ELSEWHERE));
		expect_report(test, MYSLAB_BAD_ARGS, NULL);
		KUNIT_EXPECT_NULL(test, take_for(HEAP, never, ELSEWHERE));
		KUNIT_EXPECT_TRUE(test, reports_came(test));
	}
	destroy(test, HEAP);
}

static struct kunit_case callers_cases[] = {
	KUNIT_CASE(each_caller_of_a_wrapper_has_a_site),
	KUNIT_CASE(a_stack_starts_with_the_caller),
	KUNIT_CASE(a_leak_is_told_of_the_caller),
	KUNIT_CASE(samples_are_told_of_the_caller),
	KUNIT_CASE(calls_fail_by_the_caller),
	KUNIT_CASE(what_moves_is_the_callers),
	KUNIT_CASE(what_is_to_be_zero_is),
	KUNIT_CASE(what_is_refused_is_refused),
	{}
};

static struct kunit_suite callers_suite = {
	.name = "myslab_callers",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = callers_cases,
};

kunit_test_suite(callers_suite);

MODULE_DESCRIPTION("Tests of myslab: the callers of wrappers");
MODULE_LICENSE("GPL");
