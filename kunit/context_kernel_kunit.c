// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts that allocate and free while the task they interrupt does the
 * same on the same cache: hard interrupts, soft ones, and NMI.
 */
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/timer.h>

#include "../examples/compat.h"
#include "nmi.h"
#include "threads.h"

#define SIZE		64
#define BURST		20
#define MAX_HELD	200
/* Interrupts to be seen; there each call takes a hundred times as long. */
#define ENOUGH		(IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? 40 : 500)

/* What the interrupt has, between one and the next; it alone touches this. */
struct guest {
	struct myslab_cache *cache;
	void *held[MAX_HELD];
	unsigned int nr;
	unsigned int nr_interrupts;
	unsigned int nr_none;		/* try calls that got nothing */
	unsigned long wrong;
};

static struct guest guest;

/* Take a few objects, give a few back that an earlier call took. */
static void visit(struct guest *g)
{
	unsigned int i;

	for (i = 0; i < BURST && g->nr < MAX_HELD; i++) {
		void *obj = myslab_cache_alloc(g->cache, GFP_ATOMIC);

		if (!obj)
			break;
		memset(obj, 0xe1, SIZE);
		g->held[g->nr++] = obj;
	}
	for (i = 0; i < BURST + g->nr_interrupts % 3 && g->nr; i++) {
		void *obj = g->held[--g->nr];

		g->wrong += !all_bytes(obj, 0xe1, SIZE);
		myslab_cache_free(g->cache, obj);
	}
	/* Sometimes pile up, so that magazines change under the task. */
	if (g->nr_interrupts % 7 == 0 && g->nr < MAX_HELD)
		g->held[g->nr] = myslab_cache_alloc(g->cache, GFP_ATOMIC);
	if (g->nr_interrupts % 7 == 0 && g->nr < MAX_HELD && g->held[g->nr])
		memset(g->held[g->nr++], 0xe1, SIZE);
	WRITE_ONCE(g->nr_interrupts, g->nr_interrupts + 1);
}

static int host(struct worker *w)
{
	struct guest *g = w->shared;
	unsigned long end = jiffies + 120 * HZ;
	void *objs[BURST];
	unsigned int i, nr;

	while (READ_ONCE(g->nr_interrupts) < ENOUGH) {
		nr = take(g->cache, objs, BURST);
		for (i = 0; i < nr; i++)
			memset(objs[i], 1 + w->nr, SIZE);
		for (i = 0; i < nr; i++) {
			w->wrong += !all_bytes(objs[i], 1 + w->nr, SIZE);
			myslab_cache_free(g->cache, objs[i]);
		}
		cond_resched();
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
	}
	return 0;
}

static int begin(struct kunit *test)
{
	int err = watch_begin(test);

	if (err)
		return err;
	memset(&guest, 0, sizeof(guest));
	guest.cache = new_cache(test, SIZE, NULL);
	return guest.cache ? 0 : -ENOMEM;
}

static void expect_nothing_lost(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, guest.nr_interrupts, (unsigned int)ENOUGH);
	KUNIT_EXPECT_EQ(test, guest.wrong, 0UL);
	KUNIT_EXPECT_EQ(test, stat_of(guest.cache).objects_used,
			(unsigned long)guest.nr);
	give_back(guest.cache, guest.held, guest.nr);
	KUNIT_EXPECT_EQ(test, stat_of(guest.cache).objects_used, 0UL);
	myslab_cache_shrink(guest.cache);
	KUNIT_EXPECT_EQ(test, stat_of(guest.cache).pages, 0UL);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	visit(&guest);
	hrtimer_forward_now(timer, ns_to_ktime(200 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void a_hard_interrupt_shares_a_cache_with_tasks(struct kunit *test)
{
	static struct hrtimer timer;

	hrtimer_setup(&timer, tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	hrtimer_start(&timer, 0, HRTIMER_MODE_REL);
	run_on_all_cpus(test, 1, host, &guest);
	hrtimer_cancel(&timer);
	expect_nothing_lost(test);
}

static void visit_and_come_again(struct timer_list *timer)
{
	unsigned int i;

	/* Jiffies are far apart: many visits for each. */
	for (i = 0; i < 10; i++)
		visit(&guest);
	mod_timer(timer, jiffies + 1);
}

static void a_timer_shares_a_cache_with_tasks(struct kunit *test)
{
	static struct timer_list timer;

	timer_setup(&timer, visit_and_come_again, 0);
	mod_timer(&timer, jiffies + 1);
	run_on_all_cpus(test, 1, host, &guest);
	timer_shutdown_sync(&timer);
	expect_nothing_lost(test);
}

static void tasklet_visit(struct tasklet_struct *tasklet)
{
	visit(&guest);
}

static int schedule_tasklets(struct worker *w)
{
	struct tasklet_struct *tasklet = w->shared;
	unsigned int i;

	/* One that waits for its turn already is not scheduled again. */
	for (i = 0; i < 2 * ENOUGH ||
	     (i < 100 * ENOUGH && READ_ONCE(guest.nr_interrupts) < ENOUGH);
	     i++) {
		tasklet_schedule(tasklet);
		usleep_range(50, 100);
	}
	return 0;
}

static void a_tasklet_may_allocate_and_free(struct kunit *test)
{
	static struct tasklet_struct tasklet;

	tasklet_setup(&tasklet, tasklet_visit);
	run_on_all_cpus(test, 1, schedule_tasklets, &tasklet);
	tasklet_kill(&tasklet);
	expect_nothing_lost(test);
}

static void work_visit(struct irq_work *work)
{
	visit(&guest);
}

static void an_interrupt_in_an_interrupt_off_section_waits(struct kunit *test)
{
	static struct irq_work work;
	unsigned long flags;
	unsigned int i;
	void *obj;

	init_irq_work(&work, work_visit);
	for (i = 0; i < ENOUGH; i++) {
		local_irq_save(flags);
		irq_work_queue(&work);
		obj = myslab_cache_alloc(guest.cache, GFP_ATOMIC);
		local_irq_restore(flags);
		irq_work_sync(&work);
		myslab_cache_free(guest.cache, obj);
	}
	expect_nothing_lost(test);
}

/*
 * Sleeping is found in interrupts too.
 */
static void *sleepy_obj;

static void allocate_as_if_it_could_sleep(struct irq_work *work)
{
	sleepy_obj = myslab_cache_alloc(guest.cache, GFP_KERNEL);
}

static void sleeping_in_an_interrupt_is_found(struct kunit *test)
{
	static struct irq_work work;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		kunit_skip(test, "the kernel says it itself");
	sleepy_obj = NULL;
	init_irq_work(&work, allocate_as_if_it_could_sleep);
	expect_report(test, MYSLAB_BAD_CONTEXT, ANY_OBJECT);
	irq_work_queue(&work);
	irq_work_sync(&work);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	KUNIT_EXPECT_NOT_NULL(test, sleepy_obj);
	myslab_cache_free(guest.cache, sleepy_obj);
}

#ifdef CONFIG_X86_LOCAL_APIC

/* As visit(), with what an NMI may call; what was not taken stays held. */
static int nmi_visit(unsigned int type, struct pt_regs *regs)
{
	struct guest *g = &guest;
	unsigned int i;

	if (!nmi_is_ours())
		return NMI_DONE;
	for (i = 0; i < BURST && g->nr < MAX_HELD; i++) {
		void *obj = myslab_cache_try_alloc(g->cache);

		if (!obj) {
			g->nr_none++;
			break;
		}
		memset(obj, 0xe1, SIZE);
		g->held[g->nr++] = obj;
	}
	for (i = 0; i < BURST && g->nr; i++) {
		void *obj = g->held[g->nr - 1];

		g->wrong += !all_bytes(obj, 0xe1, SIZE);
		if (!myslab_cache_try_free(g->cache, obj))
			break;
		g->nr--;
	}
	WRITE_ONCE(g->nr_interrupts, g->nr_interrupts + 1);
	return NMI_HANDLED;
}

static int host_or_send_nmis(struct worker *w)
{
	return w->nr ? host(w) : send_nmis(&guest.nr_interrupts, ENOUGH);
}

static void an_nmi_shares_a_cache_with_tasks(struct kunit *test)
{
	int err = register_nmi_handler(NMI_LOCAL, nmi_visit, 0, "myslab_kunit");

	KUNIT_ASSERT_EQ(test, err, 0);
	run_on_all_cpus(test, 2, host_or_send_nmis, &guest);
	unregister_nmi_handler(NMI_LOCAL, "myslab_kunit");
	kunit_info(test, "%u NMIs, %u of them found nothing to take\n",
		   guest.nr_interrupts, guest.nr_none);
	expect_nothing_lost(test);
}

#endif

static struct kunit_case context_cases[] = {
	KUNIT_CASE(a_hard_interrupt_shares_a_cache_with_tasks),
	KUNIT_CASE(a_timer_shares_a_cache_with_tasks),
	KUNIT_CASE(a_tasklet_may_allocate_and_free),
	KUNIT_CASE(an_interrupt_in_an_interrupt_off_section_waits),
	KUNIT_CASE(sleeping_in_an_interrupt_is_found),
#ifdef CONFIG_X86_LOCAL_APIC
	KUNIT_CASE(an_nmi_shares_a_cache_with_tasks),
#endif
	{}
};

static struct kunit_suite context_suite = {
	.name = "myslab_context",
	.init = begin,
	.exit = watch_end,
	.test_cases = context_cases,
};

kunit_test_suite(context_suite);

MODULE_DESCRIPTION("Tests of myslab: interrupts and NMI");
MODULE_LICENSE("GPL");
