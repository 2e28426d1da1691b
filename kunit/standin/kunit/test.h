/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small stand-in for the kernel's <kunit/test.h>.
 *
 * For kernels that were built without CONFIG_KUNIT, and for the mirror on the
 * host: the same suites compile against either header, and print the same
 * KTAP. Only what the suites use is here.
 *
 * What differs from the real one:
 *
 * - a test runs in the task that loads the module, not in a kthread, and has
 *   no time limit;
 * - KUNIT_ASSERT_*() returns from the function that it stands in. So it
 *   belongs into the test function itself, which is void; in a helper it
 *   would end the helper only;
 * - kunit_skip() returns from the function in the same way;
 * - results are numbered from 1 in each module.
 *
 * Where MYSLAB_MIRROR is defined, suites are listed in kunit_standin_suites
 * before main() runs; main() hands each to kunit_standin_run().
 */
#ifndef KUNIT_STANDIN_TEST_H
#define KUNIT_STANDIN_TEST_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define KS_COMMENT	256

enum kunit_status {
	KUNIT_SUCCESS,
	KUNIT_FAILURE,
	KUNIT_SKIPPED,
};

struct kunit;

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *next;	/* the mirror's list */
};

/* Memory that lives until the end of its test. */
struct kunit_block {
	struct kunit_block *next;
	u64 data[];
};

struct kunit {
	void *priv;
	const char *name;
	enum kunit_status status;	/* any thread may set it to failure */
	struct kunit_block *blocks;
	char comment[KS_COMMENT];
};

struct kunit_standin_sums {
	unsigned long pass;
	unsigned long fail;
	unsigned long skip;
};

#define KUNIT_CASE(function)						\
	{ .run_case = function, .name = #function }
#define KUNIT_CASE_SLOW(test_name)	KUNIT_CASE(test_name)

/*
 * Memory of a test.
 */

static inline void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct kunit_block *block;

	block = kmalloc(sizeof(*block) + size, gfp);
	if (!block)
		return NULL;
	block->next = test->blocks;
	test->blocks = block;
	return block->data;
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc(test, size, gfp | __GFP_ZERO);
}

static inline void kunit_standin_free_all(struct kunit *test)
{
	struct kunit_block *block;

	while ((block = test->blocks)) {
		test->blocks = block->next;
		kfree(block);
	}
}

/*
 * What a test says.
 */

#define kunit_printk(level, test, fmt, ...)				\
	printk(level "    # %s: " fmt, (test)->name, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...)					\
	kunit_printk(KERN_INFO, test, fmt, ##__VA_ARGS__)
#define kunit_warn(test, fmt, ...)					\
	kunit_printk(KERN_WARNING, test, fmt, ##__VA_ARGS__)
#define kunit_err(test, fmt, ...)					\
	kunit_printk(KERN_ERR, test, fmt, ##__VA_ARGS__)

#define kunit_mark_skipped(test, fmt, ...) do {				\
	(test)->status = KUNIT_SKIPPED;					\
	scnprintf((test)->comment, KS_COMMENT,				\
		  fmt, ##__VA_ARGS__);					\
} while (0)

#define kunit_skip(test, fmt, ...) do {					\
	kunit_mark_skipped(test, fmt, ##__VA_ARGS__);			\
	return;								\
} while (0)

/*
 * Expectations. onfail is what follows a failure: an assertion ends the test.
 */
#define KS_GO_ON	((void)0)
#define KS_END	return

#define KS_FAIL(test, what, fmt, ...) do {				\
	WRITE_ONCE((test)->status, KUNIT_FAILURE);			\
	kunit_err(test, what " FAILED at %s:%d\n" fmt "\n",			\
		  __FILE__, __LINE__, ##__VA_ARGS__);			\
} while (0)

#define KS_TRUE(test, what, onfail, cond, text, fmt, ...) do {		\
	if (!(cond)) {							\
		KS_FAIL(test, what, "    Expected " text fmt,		\
				   ##__VA_ARGS__);			\
		onfail;							\
	}								\
} while (0)

/* text holds the operands as they were written: never a format. */
#define KS_BINARY(test, what, onfail, left, op, right, text, fmt, ...)	\
do {									\
	const typeof(left) __left = (left);				\
	const typeof(right) __right = (right);				\
									\
	if (!(__left op __right)) {					\
		KS_FAIL(test, what,					\
			"    Expected %s, but\n"			\
			"        left == %lld (0x%llx)\n"		\
			"        right == %lld (0x%llx)" fmt,		\
			text,						\
			(long long)__left, (long long)__left,		\
			(long long)__right, (long long)__right,		\
			##__VA_ARGS__);					\
		onfail;							\
	}								\
} while (0)

#define KS_PTR(test, what, onfail, left, op, right, text) do {		\
	const void *__left = (left);					\
	const void *__right = (right);					\
									\
	if (!(__left op __right)) {					\
		KS_FAIL(test, what,					\
			"    Expected %s, but\n"			\
			"        left == %p, right == %p",		\
			text, __left, __right);				\
		onfail;							\
	}								\
} while (0)

#define KS_STR(test, what, onfail, left, op, right, text) do {		\
	const char *__left = (left);					\
	const char *__right = (right);					\
									\
	if (!(strcmp(__left, __right) op 0)) {				\
		KS_FAIL(test, what,					\
			"    Expected %s, but\n"			\
			"        left == \"%s\"\n"			\
			"        right == \"%s\"",			\
			text, __left, __right);				\
		onfail;							\
	}								\
} while (0)

#define KS_TEXT(l, op, r)	(#l " " #op " " #r)

#define KS_E(t, l, op, r, fmt, ...)					\
	KS_BINARY(t, "EXPECTATION", KS_GO_ON, l, op, r,			\
			     KS_TEXT(l, op, r), fmt, ##__VA_ARGS__)
#define KS_A(t, l, op, r, fmt, ...)					\
	KS_BINARY(t, "ASSERTION", KS_END, l, op, r,			\
			     KS_TEXT(l, op, r), fmt, ##__VA_ARGS__)

#define KUNIT_FAIL(t, fmt, ...)						\
	KS_FAIL(t, "EXPECTATION", fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_TRUE(t, cond)					\
	KS_TRUE(t, "EXPECTATION", KS_GO_ON, cond,			\
			   "%s to be true, but is false", "", #cond)
#define KUNIT_EXPECT_FALSE(t, cond)					\
	KS_TRUE(t, "EXPECTATION", KS_GO_ON, !(cond),			\
			   "%s to be false, but is true", "", #cond)
#define KUNIT_EXPECT_TRUE_MSG(t, cond, fmt, ...)			\
	KS_TRUE(t, "EXPECTATION", KS_GO_ON, cond,			\
			   "%s to be true, but is false",		\
			   "\n" fmt, #cond, ##__VA_ARGS__)
#define KUNIT_ASSERT_TRUE(t, cond)					\
	KS_TRUE(t, "ASSERTION", KS_END, cond,				\
			   "%s to be true, but is false", "", #cond)
#define KUNIT_ASSERT_FALSE(t, cond)					\
	KS_TRUE(t, "ASSERTION", KS_END, !(cond),			\
			   "%s to be false, but is true", "", #cond)

#define KUNIT_EXPECT_EQ(t, l, r)	KS_E(t, l, ==, r, "")
#define KUNIT_EXPECT_NE(t, l, r)	KS_E(t, l, !=, r, "")
#define KUNIT_EXPECT_GE(t, l, r)	KS_E(t, l, >=, r, "")
#define KUNIT_EXPECT_GT(t, l, r)	KS_E(t, l, >, r, "")
#define KUNIT_EXPECT_LE(t, l, r)	KS_E(t, l, <=, r, "")
#define KUNIT_EXPECT_LT(t, l, r)	KS_E(t, l, <, r, "")
#define KUNIT_EXPECT_EQ_MSG(t, l, r, fmt, ...)				\
	KS_E(t, l, ==, r, "\n" fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ(t, l, r)	KS_A(t, l, ==, r, "")
#define KUNIT_ASSERT_NE(t, l, r)	KS_A(t, l, !=, r, "")
#define KUNIT_ASSERT_GE(t, l, r)	KS_A(t, l, >=, r, "")
#define KUNIT_ASSERT_GT(t, l, r)	KS_A(t, l, >, r, "")
#define KUNIT_ASSERT_LE(t, l, r)	KS_A(t, l, <=, r, "")
#define KUNIT_ASSERT_LT(t, l, r)	KS_A(t, l, <, r, "")
#define KUNIT_ASSERT_EQ_MSG(t, l, r, fmt, ...)				\
	KS_A(t, l, ==, r, "\n" fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_PTR_EQ(t, l, r)					\
	KS_PTR(t, "EXPECTATION", KS_GO_ON, l, ==, r,			\
			  KS_TEXT(l, ==, r))
#define KUNIT_EXPECT_PTR_NE(t, l, r)					\
	KS_PTR(t, "EXPECTATION", KS_GO_ON, l, !=, r,			\
			  KS_TEXT(l, !=, r))
#define KUNIT_ASSERT_PTR_EQ(t, l, r)					\
	KS_PTR(t, "ASSERTION", KS_END, l, ==, r,			\
			  KS_TEXT(l, ==, r))
#define KUNIT_ASSERT_PTR_NE(t, l, r)					\
	KS_PTR(t, "ASSERTION", KS_END, l, !=, r,			\
			  KS_TEXT(l, !=, r))
#define KUNIT_EXPECT_NULL(t, p)		KUNIT_EXPECT_PTR_EQ(t, p, NULL)
#define KUNIT_EXPECT_NOT_NULL(t, p)	KUNIT_EXPECT_PTR_NE(t, p, NULL)
#define KUNIT_ASSERT_NULL(t, p)		KUNIT_ASSERT_PTR_EQ(t, p, NULL)
#define KUNIT_ASSERT_NOT_NULL(t, p)	KUNIT_ASSERT_PTR_NE(t, p, NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(t, p)				\
	KUNIT_EXPECT_FALSE(t, IS_ERR_OR_NULL(p))
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(t, p)				\
	KUNIT_ASSERT_FALSE(t, IS_ERR_OR_NULL(p))

#define KUNIT_EXPECT_STREQ(t, l, r)					\
	KS_STR(t, "EXPECTATION", KS_GO_ON, l, ==, r,			\
			  KS_TEXT(l, ==, r))
#define KUNIT_ASSERT_STREQ(t, l, r)					\
	KS_STR(t, "ASSERTION", KS_END, l, ==, r,			\
			  KS_TEXT(l, ==, r))

#include "runner.h"

#endif
