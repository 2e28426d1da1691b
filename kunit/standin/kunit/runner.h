/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The runner of the stand-in: one suite, its tests in order, KTAP out.
 *
 * Part of <kunit/test.h>, which explains it.
 */
#ifndef KUNIT_STANDIN_RUNNER_H
#define KUNIT_STANDIN_RUNNER_H

static inline const char *kunit_standin_word(enum kunit_status status)
{
	return status == KUNIT_FAILURE ? "not ok" : "ok";
}

static inline void kunit_standin_run_case(struct kunit_suite *suite,
					  struct kunit_case *tc,
					  struct kunit *test)
{
	int err = suite->init ? suite->init(test) : 0;

	if (err) {
		kunit_err(test, "failed to initialize: %d\n", err);
		test->status = KUNIT_FAILURE;
	} else {
		tc->run_case(test);
	}
	if (suite->exit)
		suite->exit(test);
	kunit_standin_free_all(test);
}

static inline void kunit_standin_count(struct kunit_standin_sums *sums,
				       enum kunit_status status)
{
	sums->pass += status == KUNIT_SUCCESS;
	sums->fail += status == KUNIT_FAILURE;
	sums->skip += status == KUNIT_SKIPPED;
}

static inline enum kunit_status
kunit_standin_status(const struct kunit_standin_sums *sums)
{
	if (sums->fail)
		return KUNIT_FAILURE;
	return sums->pass ? KUNIT_SUCCESS : KUNIT_SKIPPED;
}

static inline void kunit_standin_cases(struct kunit_suite *suite,
				       struct kunit_standin_sums *sums)
{
	unsigned int nr = 0;
	struct kunit_case *tc;

	for (tc = suite->test_cases; tc->run_case; tc++) {
		struct kunit test = { .name = tc->name };

		kunit_standin_run_case(suite, tc, &test);
		kunit_standin_count(sums, test.status);
		pr_info("    %s %u %s%s%s\n",
			kunit_standin_word(test.status), ++nr, tc->name,
			test.status == KUNIT_SKIPPED ? " # SKIP " : "",
			test.comment);
	}
}

/* Run one suite; returns the number of tests that failed. */
static inline unsigned long kunit_standin_run(struct kunit_suite *suite,
					      unsigned int number)
{
	struct kunit_standin_sums sums = {};
	unsigned int nr = 0;
	bool failed = false;

	while (suite->test_cases[nr].run_case)
		nr++;

	pr_info("    KTAP version 1\n");
	pr_info("    # Subtest: %s\n", suite->name);
	pr_info("    1..%u\n", nr);
	if (suite->suite_init)
		failed = suite->suite_init(suite);
	if (failed)
		sums.fail = nr;
	else
		kunit_standin_cases(suite, &sums);
	if (suite->suite_exit)
		suite->suite_exit(suite);
	pr_info("# %s: pass:%lu fail:%lu skip:%lu total:%lu\n",
		suite->name, sums.pass, sums.fail, sums.skip,
		sums.pass + sums.fail + sums.skip);
	pr_info("%s %u %s\n",
		kunit_standin_word(kunit_standin_status(&sums)), number,
		suite->name);
	return sums.fail;
}

#ifdef MYSLAB_MIRROR

/* One list, however many files include this. */
struct kunit_suite *kunit_standin_suites __weak;

#define kunit_test_suite(suite)						\
__attribute__((constructor)) static void kunit_standin_list_##suite(void) \
{									\
	(suite).next = kunit_standin_suites;				\
	kunit_standin_suites = &(suite);				\
}									\
struct kunit_standin_swallow_##suite

#else

/* As with the real one: what fails does not keep the module from loading. */
#define kunit_test_suite(suite)						\
static int __init kunit_standin_init(void)				\
{									\
	kunit_standin_run(&(suite), 1);					\
	return 0;							\
}									\
module_init(kunit_standin_init);					\
									\
static void __exit kunit_standin_exit(void)				\
{									\
}									\
module_exit(kunit_standin_exit)

#endif

#endif
