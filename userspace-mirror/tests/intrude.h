/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An interruption at one point of what is under way: the hook counts the
 * memory accesses of the core, and lets the intruder in at the one wanted.
 */
#ifndef MIRROR_TESTS_INTRUDE_H
#define MIRROR_TESTS_INTRUDE_H

#include <mirror/control.h>
#include <myslab.h>

static struct {
	void (*what)(void *arg);	/* what the intruder does */
	bool (*how)(void);		/* what it comes as */
	unsigned long at;		/* the point, from 0 */
	unsigned long point;		/* points passed in this run */
	unsigned long count;		/* intrusions that took place */
	bool inside;
} intruder;

static inline bool as_hardirq(void)
{
	return mirror_interrupt(MIRROR_HARDIRQ, intruder.what, NULL);
}

static inline bool as_nmi(void)
{
	return mirror_interrupt(MIRROR_NMI, intruder.what, NULL);
}

static inline bool on_other_cpu(void)
{
	return mirror_other_task(1, intruder.what, NULL);
}

static inline bool on_this_cpu(void)
{
	return mirror_other_task(0, intruder.what, NULL);
}

static void at_each_point(void)
{
	if (intruder.inside || intruder.point++ != intruder.at)
		return;
	intruder.inside = true;
	intruder.count += intruder.how();
	intruder.inside = false;
}

/* What runs between the two is interrupted at one point. */
static inline void intruder_begin(void)
{
	intruder.point = 0;
	mirror_hook = at_each_point;
}

static inline void intruder_end(void)
{
	mirror_hook = NULL;
}

/* Is there a next point? Ask after a run. */
static inline bool intruder_next(void)
{
	return intruder.at++ < intruder.point;
}

static inline void intruder_set(void (*what)(void *arg), bool (*how)(void))
{
	intruder.what = what;
	intruder.how = how;
	intruder.count = 0;
	intruder.at = 0;
}

/* Findings since this was set to 0, while the block is registered. */
static unsigned int intruder_reports;

static inline int intruder_count(struct notifier_block *nb, unsigned long kind,
				 void *data)
{
	intruder_reports++;
	return NOTIFY_OK;
}

static __maybe_unused struct notifier_block reports = {
	.notifier_call = intruder_count,
};

#endif
