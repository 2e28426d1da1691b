// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are debugged: each letter finds what it is for, and its twin, the
 * same without the bug, stays silent.
 */
#include "pool_debug.h"

static void what_is_off_looks_at_nothing(struct kunit *test)
{
	struct myslab_pool *pool = debugged_pool(test, "off", 0);

	KUNIT_ASSERT_NOT_NULL(test, pool);
	pool_give(pool, blocks, pool_take(pool, blocks, NR));
	KUNIT_EXPECT_EQ(test, pool_stat(pool).checks, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).debugged, 0UL);
	myslab_pool_destroy(pool);
}

/* All of them, whatever is on. */
static void all_blocks_can_be_had(struct kunit *test)
{
	static const char * const letters[] = {
		"full", "off", "P", "U", "L", "off", "PUL", "full",
	};
	struct myslab_pool *pool;
	unsigned int i, k, j;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, "full", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		for (i = 0; i < ARRAY_SIZE(letters); i++) {
			KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, NR), NR);
			KUNIT_EXPECT_NULL(test, myslab_pool_alloc(pool));
			for (j = 0; j < NR; j++)
				memset(blocks[j], j, 64);
			pool_give(pool, blocks + 50, 50);
			/* While half of them are out. */
			switch_to(test, letters[i]);
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
			for (j = 0; j < 50; j++)
				KUNIT_EXPECT_TRUE(test, all_bytes(blocks[j], j,
								  64));
			pool_give(pool, blocks, 50);
		}
		end_debugged(test, pool);
	}
}

static void what_is_new_is_poisoned(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int k;
	void *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, "P", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		p = myslab_pool_alloc(pool);
		KUNIT_ASSERT_NOT_NULL(test, p);
		/* Zero where the kernel zeroes all. */
		KUNIT_EXPECT_TRUE(test, all_bytes(p, 0x5a, 64) ||
				  all_bytes(p, 0, 64));
		myslab_pool_free(pool, p);
		end_debugged(test, pool);
	}
}

/* By who would get it; it is withdrawn as long as there are others. */
static void a_write_after_free_is_found(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int i, k, nr;
	u8 *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, k ? "P" : "PU", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		p = myslab_pool_alloc(pool);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_pool_free(pool, p);
		p[5] = 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, p);
		nr = pool_take(pool, blocks, NR);
		KUNIT_EXPECT_EQ(test, nr, NR - 1);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		for (i = 0; i < nr; i++)
			KUNIT_EXPECT_PTR_NE(test, blocks[i], (void *)p);
		pool_give(pool, blocks, nr);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).quarantined, 1UL);
		end_debugged(test, pool);
	}
}

/* The last one there is: reported, and had all the same. */
static void a_pool_does_not_fail_for_a_finding(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int k;
	u8 *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, "P", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, NR), NR);
		p = blocks[0];
		myslab_pool_free(pool, p);
		p[63] = 1;
		expect_report(test, MYSLAB_USE_AFTER_FREE, p);
		KUNIT_EXPECT_PTR_EQ(test, myslab_pool_alloc(pool), (void *)p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		pool_give(pool, blocks, NR);
		end_debugged(test, pool);
	}
}

static void validate_finds_it_once(struct kunit *test)
{
	struct myslab_pool *pool = debugged_pool(test, "P", 0);
	u8 *p, *twin;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	p = myslab_pool_alloc(pool);
	twin = myslab_pool_alloc(pool);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, twin);
	twin[0] = 7;
	myslab_pool_free(pool, p);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	p[0] = 1;
	expect_report(test, MYSLAB_USE_AFTER_FREE, p);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).quarantined, 1UL);
	myslab_pool_free(pool, twin);
	end_debugged(test, pool);
}

static void a_second_free_is_found(struct kunit *test)
{
	static const char * const letters[] = { "U", "full" };
	struct myslab_pool *pool;
	unsigned int i;
	void *p, *twin;

	for (i = 0; i < 4; i++) {
		pool = debugged_pool(test, letters[i / 2], kinds[i % 2]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		p = myslab_pool_alloc(pool);
		twin = myslab_pool_alloc(pool);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_pool_free(pool, p);
		expect_report(test, MYSLAB_DOUBLE_FREE, p);
		myslab_pool_free(pool, p);
		KUNIT_EXPECT_TRUE(test, reports_came(test));
		myslab_pool_free(pool, twin);
		end_debugged(test, pool);
	}
}

/* No glob, no module: a pool cannot fail unless that is asked for. */
static void only_its_name_lets_it_fail(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int i, k, failed;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, "E:7", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		for (i = 0, failed = 0; i < 70; i++) {
			blocks[i] = myslab_pool_alloc(pool);
			failed += !blocks[i];
		}
		KUNIT_EXPECT_EQ(test, failed, 10U);
		KUNIT_EXPECT_EQ(test, pool_stat(pool).failures, 10UL);
		pool_give(pool, blocks, 70);
		switch_to(test, "off");
		KUNIT_EXPECT_EQ(test, myslab_debug_set("E,debugge?"), -EINVAL);
		KUNIT_EXPECT_EQ(test, myslab_debug_set("E:7P,debugge?"), 0);
		KUNIT_EXPECT_EQ(test, pool_take(pool, blocks, NR), NR);
		pool_give(pool, blocks, NR);
		KUNIT_EXPECT_EQ(test, myslab_debug_set("off,debugge?"), 0);
		end_debugged(test, pool);
	}
}

static void what_a_pool_has_not_is_refused(struct kunit *test)
{
	struct myslab_pool *pool = debugged_pool(test, "off", 0);

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("ZT," DEBUGGED), -EINVAL);
	/* The twin: what it has of them. */
	KUNIT_EXPECT_EQ(test, myslab_debug_set("ZP," DEBUGGED), 0);
	KUNIT_EXPECT_EQ(test, pool_stat(pool).debugged, 1UL);
	myslab_pool_destroy(pool);
}

/* Those that were allocated with the letters that are on. */
static void sites_count_blocks(struct kunit *test)
{
	struct myslab_pool *pool;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, "off", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		KUNIT_ASSERT_EQ(test, pool_take(pool, blocks, 10), 10U);
		switch_to(test, "L");
		KUNIT_EXPECT_EQ(test, pool_take(pool, blocks + 10, 90), 90U);
		/* A private one has its front to empty first. */
		if (!k)
			KUNIT_EXPECT_EQ(test, bytes_of_sites("pool"),
					90 * 64UL);
		pool_give(pool, blocks, 20);
		if (!k)
			KUNIT_EXPECT_EQ(test, bytes_of_sites("pool"),
					80 * 64UL);
		switch_to(test, "off");
		KUNIT_EXPECT_EQ(test, bytes_of_sites("pool"), 0UL);
		pool_give(pool, blocks + 20, 80);
		end_debugged(test, pool);
	}
}

static void a_leak_names_the_block(struct kunit *test)
{
	struct myslab_pool *pool = debugged_pool_of(test, "full", 5, 0);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	p = myslab_pool_alloc(pool);
	KUNIT_ASSERT_NOT_NULL(test, p);
	pool_give(pool, blocks, pool_take(pool, blocks, 4));
	expect_report(test, MYSLAB_LEAK, p);
	myslab_pool_destroy(pool);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* Later is too late, and harmless. */
	myslab_pool_free(pool, p);
}

static void whatis_knows_who_had_it(struct kunit *test)
{
	static char text[2000];
	struct myslab_pool *pool;
	unsigned int k;
	void *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		pool = debugged_pool(test, "PU", kinds[k]);
		KUNIT_ASSERT_NOT_NULL(test, pool);
		p = myslab_pool_alloc(pool);
		KUNIT_ASSERT_NOT_NULL(test, p);
		myslab_whatis(p + 63, text, sizeof(text));
		KUNIT_EXPECT_NOT_NULL(test, strstr(text, "allocated 0"));
		KUNIT_EXPECT_NULL(test, strstr(text, "freed 0"));
		myslab_pool_free(pool, p);
		myslab_whatis(p, text, sizeof(text));
		KUNIT_EXPECT_NOT_NULL(test, strstr(text, "freed 0"));
		/* The twin: one that nobody had. */
		myslab_whatis(myslab_pool_block(pool, NR - 1), text,
			      sizeof(text));
		KUNIT_EXPECT_NULL(test, strstr(text, "allocated 0"));
		end_debugged(test, pool);
	}
}

static struct kunit_case pool_debug_cases[] = {
	KUNIT_CASE(what_is_off_looks_at_nothing),
	KUNIT_CASE(all_blocks_can_be_had),
	KUNIT_CASE(what_is_new_is_poisoned),
	KUNIT_CASE(a_write_after_free_is_found),
	KUNIT_CASE(a_pool_does_not_fail_for_a_finding),
	KUNIT_CASE(validate_finds_it_once),
	KUNIT_CASE(a_second_free_is_found),
	KUNIT_CASE(only_its_name_lets_it_fail),
	KUNIT_CASE(what_a_pool_has_not_is_refused),
	KUNIT_CASE(sites_count_blocks),
	KUNIT_CASE(a_leak_names_the_block),
	KUNIT_CASE(whatis_knows_who_had_it),
	{}
};

static struct kunit_suite pool_debug_suite = {
	.name = "myslab_pool_debug",
	.init = watch_begin,
	.exit = debug_end,
	.test_cases = pool_debug_cases,
};

kunit_test_suite(pool_debug_suite);

MODULE_DESCRIPTION("Tests of myslab: pools that are debugged");
MODULE_LICENSE("GPL");
