/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stress tests share: random numbers of each worker's own, so that
 * workers do not meet there, and a count of the findings, of which there must
 * be none.
 */
#ifndef MIRROR_TESTS_STRESS_H
#define MIRROR_TESTS_STRESS_H

#include <kunit/test.h>
#include <linux/notifier.h>
#include <linux/prandom.h>
#include <myslab.h>

#define any(worker, below) (prandom_u32_state(&(worker)->random) % (below))

static atomic_t reports;

static inline int count_report(struct notifier_block *nb, unsigned long kind,
			       void *data)
{
	atomic_inc(&reports);
	return NOTIFY_OK;
}

static struct notifier_block report_counter = {
	.notifier_call = count_report
};

static inline int reports_begin(struct kunit *test)
{
	return myslab_report_register(&report_counter);
}

static inline void reports_end(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), 0);
	myslab_report_unregister(&report_counter);
}

#endif
