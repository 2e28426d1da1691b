// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas on a real kernel: writers on all CPUs, calls from interrupts, calls
 * that may sleep where they must not, the row in /proc/myslabinfo.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "arena.h"
#include "threads.h"

#define NR	4000

struct shared {
	struct myslab_arena *arena;
	u32 **objs;			/* NR for each worker */
};

static size_t size_of(unsigned int i)
{
	return i % 500 == 499 ? 20000 : 8 + i * 7 % 500;
}

/* Each word of an object is its writer's and its own. */
static int fill_objects(struct worker *worker)
{
	struct shared *shared = worker->shared;
	u32 **objs = shared->objs + worker->nr * NR;
	unsigned int i, word;

	for (i = 0; i < NR; i++) {
		objs[i] = myslab_arena_alloc(shared->arena, size_of(i),
					     i % 3 ? GFP_KERNEL : GFP_ATOMIC);
		if (!objs[i]) {
			worker->wrong += i % 3 != 0;
			continue;
		}
		for (word = 0; word < size_of(i) / 4; word++)
			objs[i][word] = worker->nr << 24 ^ i << 8 ^ word;
	}
	return 0;
}

static int check_objects(struct worker *worker)
{
	struct shared *shared = worker->shared;
	u32 **objs = shared->objs + worker->nr * NR;
	unsigned int i, word;

	for (i = 0; i < NR; i++)
		for (word = 0; objs[i] && word < size_of(i) / 4; word++)
			worker->wrong += objs[i][word] !=
				(worker->nr << 24 ^ i << 8 ^ word);
	return 0;
}

static void writers_on_all_cpus_never_get_the_same(struct kunit *test)
{
	unsigned int round, nr = 2 * num_online_cpus() * NR;
	struct shared shared;

	shared.arena = new_arena(test, &(struct myslab_arena_args){
		.chunk_size = 16384, .flags = MYSLAB_ARENA_SHARED });
	shared.objs = kvcalloc(nr, sizeof(*shared.objs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, shared.arena);
	KUNIT_ASSERT_NOT_NULL(test, shared.objs);
	for (round = 0; round < 3; round++) {
		run_on_all_cpus(test, 2, fill_objects, &shared);
		run_on_all_cpus(test, 2, check_objects, &shared);
		KUNIT_EXPECT_EQ(test, arena_stat(shared.arena).allocs +
				arena_stat(shared.arena).failures,
				(round + 1UL) * nr);
		myslab_arena_reset(shared.arena);
	}
	KUNIT_EXPECT_EQ(test, arena_stat(shared.arena).allocs,
			arena_stat(shared.arena).frees);
	kvfree(shared.objs);
}

/* Allocates from hardirq into the arena that the task is allocating from. */
struct intruder {
	struct irq_work work;
	struct myslab_arena *arena;
	unsigned int allocs;
	unsigned int wrong;
};

static void intrude(struct irq_work *work)
{
	struct intruder *in = container_of(work, struct intruder, work);
	u32 *p = myslab_arena_zalloc(in->arena, 40, GFP_ATOMIC);

	if (!p)
		return;
	in->allocs++;
	in->wrong += *p != 0;
	*p = ~0U;
}

static void interrupts_allocate_from_a_shared_arena(struct kunit *test)
{
	static struct intruder in;
	unsigned int i, got = 0;

	in = (struct intruder){ .work = IRQ_WORK_INIT_HARD(intrude) };
	in.arena = new_arena(test, &(struct myslab_arena_args){
		.flags = MYSLAB_ARENA_SHARED });
	KUNIT_ASSERT_NOT_NULL(test, in.arena);
	for (i = 0; i < 5000; i++) {
		u32 *p;

		irq_work_queue(&in.work);
		p = myslab_arena_zalloc(in.arena, 40, GFP_KERNEL);
		if (p && !*p)
			got++;
		if (p)
			*p = ~0U;
	}
	irq_work_sync(&in.work);
	KUNIT_EXPECT_EQ(test, got, 5000U);
	KUNIT_EXPECT_EQ(test, in.wrong, 0U);
	KUNIT_EXPECT_EQ(test, arena_stat(in.arena).allocs,
			5000UL + in.allocs);
}

static void sleeping_in_atomic_context_is_found(struct kunit *test)
{
	struct myslab_arena *arena = new_arena(test, NULL);
	void *p;

	/* That kernel says so itself, before us. */
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) ||
	    !IS_ENABLED(CONFIG_PREEMPT_COUNT))
		return;
	KUNIT_ASSERT_NOT_NULL(test, arena);
	expect_report(test, MYSLAB_BAD_CONTEXT, NULL);
	preempt_disable();
	p = myslab_arena_alloc(arena, 64, GFP_KERNEL);
	preempt_enable();
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, reports_came(test));
	/* The twin. */
	myslab_arena_reset(arena);
	myslab_arena_trim(arena);
	preempt_disable();
	p = myslab_arena_alloc(arena, 64, GFP_ATOMIC);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, reports_came(test));
}

/* The line of /proc/myslabinfo that starts with @name. */
static bool find_row(struct kunit *test, const char *name, char *row,
		     size_t size)
{
	struct file *file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	char *buf = kunit_kzalloc(test, 8192, GFP_KERNEL), *at;
	loff_t pos = 0;
	ssize_t len = 0, n;

	if (IS_ERR(file) || !buf)
		return false;
	while (len < 8191 &&
	       (n = kernel_read(file, buf + len, 8191 - len, &pos)) > 0)
		len += n;
	filp_close(file, NULL);
	at = strstr(buf, name);
	if (!at)
		return false;
	strscpy(row, at, size);
	return true;
}

static void the_row_counts_pages(struct kunit *test)
{
	struct myslab_arena *arena;
	unsigned long active, num, objsize, per_slab, pages;
	char row[128];
	int nr;

	arena = myslab_arena_create("row-of-kunit", NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	KUNIT_EXPECT_NOT_NULL(test, myslab_arena_alloc(arena, 5000,
						       GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, find_row(test, "arena-row-of-kunit ", row,
					 sizeof(row)));
	nr = sscanf(row, "%*s %lu %lu %lu %lu %lu", &active, &num, &objsize,
		    &per_slab, &pages);
	KUNIT_ASSERT_EQ(test, nr, 5);
	KUNIT_EXPECT_EQ(test, active, 2UL);
	KUNIT_EXPECT_EQ(test, num, arena_stat(arena).pages);
	KUNIT_EXPECT_EQ(test, objsize, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, per_slab, 1UL);
	KUNIT_EXPECT_EQ(test, pages, 1UL);
	myslab_arena_destroy(arena);
	KUNIT_EXPECT_FALSE(test, find_row(test, "arena-row-of-kunit ", row,
					  sizeof(row)));
}

static struct kunit_case arena_kernel_cases[] = {
	KUNIT_CASE_SLOW(writers_on_all_cpus_never_get_the_same),
	KUNIT_CASE(interrupts_allocate_from_a_shared_arena),
	KUNIT_CASE(sleeping_in_atomic_context_is_found),
	KUNIT_CASE(the_row_counts_pages),
	{}
};

static struct kunit_suite arena_kernel_suite = {
	.name = "myslab_arena_kernel",
	.init = watch_begin,
	.exit = arena_end,
	.test_cases = arena_kernel_cases,
};

kunit_test_suite(arena_kernel_suite);

MODULE_DESCRIPTION("Tests of myslab: arenas on a real kernel");
MODULE_LICENSE("GPL");
