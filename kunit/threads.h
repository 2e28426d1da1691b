/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the kernel-only suites: the same function on every CPU at once.
 */
#ifndef MYSLAB_KUNIT_THREADS_H
#define MYSLAB_KUNIT_THREADS_H

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "watch.h"

/* One thread's share of a test. */
struct worker {
	struct completion *start;	/* all begin together */
	struct completion done;
	struct task_struct *task;
	int (*work)(struct worker *worker);
	struct kunit *test;
	void *shared;		/* of the test */
	unsigned int nr;	/* 0, 1, ... */
	unsigned long end;	/* in jiffies: when it has done enough */
	unsigned long wrong;	/* what the test expects to be 0 */
};

#define BUSY_TIME	(3 * HZ)

/*
 * Whether to go on after so many rounds of at most @max: where each takes a
 * hundred times as long, time says what will do, and the kernel says of a test
 * that takes a minute that it hangs. Some are made on the busiest machine.
 */
static inline bool goes_on(const struct worker *worker, unsigned int done,
			   unsigned int max)
{
	return done < max &&
	       (done < max / 50 || time_before(jiffies, worker->end));
}

static inline int worker_thread(void *data)
{
	struct worker *worker = data;
	int ret;

	wait_for_completion(worker->start);
	worker->end = jiffies + BUSY_TIME;
	ret = worker->work(worker);
	complete(&worker->done);
	while (!kthread_should_stop())
		msleep(20);
	return ret;
}

/*
 * Run @work in @per_cpu threads on each online CPU, let them begin together,
 * wait for all. The sum of what they called wrong must be 0.
 */
static inline void run_on_all_cpus(struct kunit *test, unsigned int per_cpu,
				   int (*work)(struct worker *worker),
				   void *shared)
{
	unsigned int i, nr = 0, max = per_cpu * num_online_cpus();
	DECLARE_COMPLETION_ONSTACK(start);
	struct worker *workers;
	unsigned long wrong = 0;
	int cpu;

	workers = kunit_kzalloc(test, max * sizeof(*workers), GFP_KERNEL);
	if (!workers) {
		KUNIT_FAIL(test, "no memory for workers");
		return;
	}
	for_each_online_cpu(cpu) {
		for (i = 0; i < per_cpu && nr < max; i++) {
			struct worker *w = &workers[nr];

			*w = (struct worker){
				.start = &start, .work = work, .test = test,
				.shared = shared, .nr = nr };
			init_completion(&w->done);
			w->task = kthread_create_on_cpu(worker_thread, w, cpu,
							"myslab_test/%u");
			if (IS_ERR(w->task))
				continue;
			wake_up_process(w->task);
			nr++;
		}
	}
	complete_all(&start);
	for (i = 0; i < nr; i++) {
		int err;

		/* Not stopped before: one that never ran would not work. */
		wait_for_completion(&workers[i].done);
		err = kthread_stop(workers[i].task);
		KUNIT_EXPECT_EQ(test, err, 0);
		wrong += workers[i].wrong;
	}
	KUNIT_EXPECT_GT(test, nr, 0U);
	KUNIT_EXPECT_EQ(test, wrong, 0UL);
}

#endif
