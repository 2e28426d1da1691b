// SPDX-License-Identifier: GPL-2.0
/*
 * Pools in interrupts and NMI, while tasks on all CPUs use the same; and the
 * row that they have in /proc/myslabinfo.
 */
#include <linux/fs.h>
#include <linux/ktime.h>

#include "../examples/compat.h"
#include "nmi.h"
#include "pool.h"
#include "threads.h"

#define SIZE		64
#define BURST		20
#define BLOCKS		200
#define ENOUGH		500	/* interrupts to be seen in a test */

/* What the interrupt has, between one and the next; it alone touches this. */
static struct {
	struct myslab_pool *pool;
	void *held[BLOCKS];
	unsigned int nr;
	unsigned int nr_interrupts;
	unsigned long wrong;
} guest;

/* Take a few; give back some of all that is held, now and then all. */
static void visit(void)
{
	unsigned int i, keep = guest.nr_interrupts % 16 * 8;

	for (i = 0; i < BURST; i++) {
		void *block = myslab_pool_alloc(guest.pool);

		if (!block)
			break;
		memset(block, 0xe1, SIZE);
		guest.held[guest.nr++] = block;
	}
	while (guest.nr > keep) {
		void *block = guest.held[--guest.nr];

		guest.wrong += !all_bytes(block, 0xe1, SIZE);
		myslab_pool_free(guest.pool, block);
	}
	WRITE_ONCE(guest.nr_interrupts, guest.nr_interrupts + 1);
}

/* Some wait: what an interrupt frees has to wake them. */
static int host(struct worker *w)
{
	unsigned long end = jiffies + 60 * HZ;
	void *blocks[BURST];
	unsigned int i, nr;

	while (READ_ONCE(guest.nr_interrupts) < ENOUGH) {
		nr = pool_take(guest.pool, blocks, BURST);
		for (i = 0; i < nr; i++)
			memset(blocks[i], 1 + w->nr, SIZE);
		for (i = 0; i < nr; i++) {
			w->wrong += !all_bytes(blocks[i], 1 + w->nr, SIZE);
			myslab_pool_free(guest.pool, blocks[i]);
		}
		blocks[0] = myslab_pool_alloc_wait(guest.pool, 1);
		myslab_pool_free(guest.pool, blocks[0]);
		cond_resched();
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
	}
	return 0;
}

static int begin(struct kunit *test)
{
	int err = pools_begin(test);

	if (err)
		return err;
	memset(&guest, 0, sizeof(guest));
	guest.pool = new_pool(test, SIZE, BLOCKS, 0);
	return guest.pool ? 0 : -ENOMEM;
}

static void expect_nothing_lost(struct kunit *test)
{
	static void *blocks[BLOCKS + 1];

	KUNIT_EXPECT_GE(test, guest.nr_interrupts, (unsigned int)ENOUGH);
	KUNIT_EXPECT_EQ(test, guest.wrong, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(guest.pool).blocks_used,
			(unsigned long)guest.nr);
	pool_give(guest.pool, guest.held, guest.nr);
	KUNIT_EXPECT_EQ(test, pool_stat(guest.pool).blocks_used, 0UL);
	KUNIT_EXPECT_EQ(test, pool_stat(guest.pool).allocs,
			pool_stat(guest.pool).frees);
	KUNIT_EXPECT_EQ(test, pool_take(guest.pool, blocks, BLOCKS + 1),
			(unsigned int)BLOCKS);
	pool_give(guest.pool, blocks, BLOCKS);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	visit();
	hrtimer_forward_now(timer, ns_to_ktime(200 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void a_hard_interrupt_shares_a_pool_with_tasks(struct kunit *test)
{
	static struct hrtimer timer;

	hrtimer_setup(&timer, tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	hrtimer_start(&timer, 0, HRTIMER_MODE_REL);
	run_on_all_cpus(test, 2, host, NULL);
	hrtimer_cancel(&timer);
	expect_nothing_lost(test);
}

#ifdef CONFIG_X86_LOCAL_APIC

static void *to_free;		/* by the next NMI, which does nothing else */

static int nmi_visit(unsigned int type, struct pt_regs *regs)
{
	if (!nmi_is_ours())
		return NMI_DONE;
	if (!to_free) {
		visit();
		return NMI_HANDLED;
	}
	myslab_pool_free(guest.pool, to_free);
	to_free = NULL;
	WRITE_ONCE(guest.nr_interrupts, guest.nr_interrupts + 1);
	return NMI_HANDLED;
}

static int host_or_send_nmis(struct worker *w)
{
	return w->nr ? host(w) : send_nmis(&guest.nr_interrupts, ENOUGH);
}

static void an_nmi_shares_a_pool_with_tasks(struct kunit *test)
{
	int err = register_nmi_handler(NMI_LOCAL, nmi_visit, 0, "myslab_kunit");

	KUNIT_ASSERT_EQ(test, err, 0);
	run_on_all_cpus(test, 2, host_or_send_nmis, NULL);
	unregister_nmi_handler(NMI_LOCAL, "myslab_kunit");
	expect_nothing_lost(test);
}

static int free_by_nmi(void *data)
{
	int err;

	msleep(100);
	err = send_nmi(raw_smp_processor_id(), &guest.nr_interrupts);
	while (!kthread_should_stop())
		msleep(20);
	return err;
}

static void a_free_in_nmi_wakes_who_waits(struct kunit *test)
{
	static void *blocks[BLOCKS];
	struct task_struct *task;
	void *block;
	int err;

	KUNIT_ASSERT_EQ(test, pool_take(guest.pool, blocks, BLOCKS),
			(unsigned int)BLOCKS);
	err = register_nmi_handler(NMI_LOCAL, nmi_visit, 0, "myslab_kunit");
	KUNIT_ASSERT_EQ(test, err, 0);
	to_free = blocks[7];
	task = kthread_run(free_by_nmi, NULL, "myslab_nmi");
	block = myslab_pool_alloc_wait(guest.pool, 30 * HZ);
	KUNIT_EXPECT_PTR_EQ(test, block, blocks[7]);
	KUNIT_EXPECT_EQ(test, kthread_stop(task), 0);
	unregister_nmi_handler(NMI_LOCAL, "myslab_kunit");
	KUNIT_EXPECT_EQ(test, pool_stat(guest.pool).waits, 1UL);
	pool_give(guest.pool, blocks, BLOCKS);
}

#endif

static void a_pool_has_a_row(struct kunit *test)
{
	unsigned long active, num, size, per_slab, pages, slabs;
	char *buf = kunit_kzalloc(test, 65536, GFP_KERNEL), *row;
	struct myslab_pool *pool;
	struct file *file;
	loff_t pos = 0;
	void *block;
	int nr;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	pool = myslab_pool_create("rowed", 1000, 33, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	block = myslab_pool_alloc(pool);
	file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	while (pos < 65000 &&
	       kernel_read(file, buf + pos, 65000 - pos, &pos) > 0)
		;
	filp_close(file, NULL);
	row = strstr(buf, "\npool-rowed ");
	KUNIT_EXPECT_NOT_NULL(test, row);
	nr = !row ? 0 :
	     sscanf(row + 12, "%lu %lu %lu %lu %lu : tunables 0 0 0 : slabdata %*u %lu",
		    &active, &num, &size, &per_slab, &pages, &slabs);
	KUNIT_EXPECT_EQ(test, nr, 6);
	if (nr == 6) {
		KUNIT_EXPECT_EQ(test, active, 1UL);
		KUNIT_EXPECT_EQ(test, num, 33UL);
		KUNIT_EXPECT_EQ(test, size, 1000UL);
		KUNIT_EXPECT_GE(test, slabs * pages * PAGE_SIZE, num * size);
		KUNIT_EXPECT_GE(test, slabs * per_slab, num);
	}
	myslab_pool_free(pool, block);
	myslab_pool_destroy(pool);
}

static struct kunit_case pool_context_cases[] = {
	KUNIT_CASE(a_hard_interrupt_shares_a_pool_with_tasks),
#ifdef CONFIG_X86_LOCAL_APIC
	KUNIT_CASE(an_nmi_shares_a_pool_with_tasks),
	KUNIT_CASE(a_free_in_nmi_wakes_who_waits),
#endif
	KUNIT_CASE(a_pool_has_a_row),
	{}
};

static struct kunit_suite pool_context_suite = {
	.name = "myslab_pool_context",
	.init = begin,
	.exit = pools_end,
	.test_cases = pool_context_cases,
};

kunit_test_suite(pool_context_suite);

MODULE_DESCRIPTION("Tests of myslab: pools in interrupts and NMI");
MODULE_LICENSE("GPL");
