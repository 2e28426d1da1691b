// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps in a kernel: contexts, mapped blocks and where they are freed,
 * pressure, several CPUs at once, and what a parameter says.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "heap.h"
#include "threads.h"

/* Above what the page allocator has in one piece. */
#define MAPPED_SIZE	(SZ_8M + 1)
#define ROUNDS		20000

static void a_mapped_block_is_found_by_its_address(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_zalloc(heap, MAPPED_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages_mapped,
			PFN_UP(MAPPED_SIZE));
	KUNIT_EXPECT_TRUE(test, all_bytes(p, 0, MAPPED_SIZE));
	bad_free(test, heap, p + PAGE_SIZE, MYSLAB_INVALID_FREE);
	p = myslab_heap_realloc(heap, p, MAPPED_SIZE + 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	KUNIT_EXPECT_EQ(test, heap_stat(heap).pages_mapped, 0UL);
	bad_free(test, heap, p, MYSLAB_INVALID_FREE);
	end_heap(test, heap);
}

struct freed_by_irq {
	struct irq_work work;
	struct myslab_heap *heap;
	struct completion done;
	void *mapped, *large, *small, *got;
};

static void free_in_irq(struct irq_work *work)
{
	struct freed_by_irq *irq = container_of(work, struct freed_by_irq,
						work);

	myslab_heap_free(irq->heap, irq->mapped);
	myslab_heap_free(irq->heap, irq->large);
	myslab_heap_free(irq->heap, irq->small);
	irq->got = myslab_heap_alloc(irq->heap, 100, GFP_ATOMIC);
	complete(&irq->done);
}

static void an_interrupt_may_free_all_kinds_of_blocks(struct kunit *test)
{
	struct freed_by_irq irq = { .work = IRQ_WORK_INIT_HARD(free_in_irq) };

	irq.heap = new_heap(test, NULL);
	KUNIT_ASSERT_NOT_NULL(test, irq.heap);
	init_completion(&irq.done);
	irq.mapped = myslab_heap_alloc(irq.heap, MAPPED_SIZE, GFP_KERNEL);
	irq.large = myslab_heap_alloc(irq.heap, 50000, GFP_KERNEL);
	irq.small = myslab_heap_alloc(irq.heap, 50, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, irq.mapped);
	KUNIT_ASSERT_NOT_NULL(test, irq.large);
	irq_work_queue(&irq.work);
	wait_for_completion(&irq.done);
	irq_work_sync(&irq.work);
	KUNIT_EXPECT_NOT_NULL(test, irq.got);
	myslab_heap_free(irq.heap, irq.got);
	KUNIT_EXPECT_TRUE(test, wait_until(heap_stat(irq.heap).pages < 10));
	end_heap(test, irq.heap);
}

static void mapped_blocks_are_freed_under_a_spinlock(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	p = myslab_heap_alloc(heap, MAPPED_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	preempt_disable();
	myslab_heap_free(heap, p);
	preempt_enable();
	p = myslab_heap_alloc(heap, MAPPED_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	rcu_read_lock();
	myslab_heap_free(heap, p);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, wait_until(!heap_stat(heap).pages));
	end_heap(test, heap);
}

static void asking_to_sleep_where_one_must_not_is_found(struct kunit *test)
{
	struct myslab_heap *heap = new_heap(test, NULL);
	void *p;

	/* Debug kernels have a word of their own for it. */
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		kunit_skip(test, "the kernel reports it itself");
	KUNIT_ASSERT_NOT_NULL(test, heap);
	expect_report(test, MYSLAB_BAD_CONTEXT, ANY_OBJECT);
	preempt_disable();
	p = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	preempt_enable();
	KUNIT_EXPECT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	/* The twin. */
	preempt_disable();
	p = myslab_heap_alloc(heap, 5000, GFP_ATOMIC);
	myslab_heap_free(heap, p);
	preempt_enable();
	end_heap(test, heap);
}

/* All CPUs on the same classes, blocks freed on another than they came from. */
struct shared {
	struct myslab_heap *heap;
	void *slot[256];
};

static int hammer(struct worker *w)
{
	struct shared *shared = w->shared;
	u32 seed = (u32)(unsigned long)current, i, size;
	u32 *p;

	for (i = 0; goes_on(w, i, ROUNDS); i++) {
		seed = seed * 1103515245 + 12345;
		size = 8 + (seed >> 8) % (i % 64 ? 2000 : 40000);
		p = myslab_heap_alloc(shared->heap, size, GFP_KERNEL);
		if (p)
			*p = size;
		p = xchg(&shared->slot[(seed >> 4) % 256], p);
		w->wrong += p && myslab_heap_size(shared->heap, p) < *p;
		myslab_heap_free(shared->heap, p);
		if (!(i % 256))
			cond_resched();
	}
	return 0;
}

static void many_cpus_share_a_heap(struct kunit *test)
{
	struct shared *shared = kunit_kzalloc(test, sizeof(*shared),
					      GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, shared);
	shared->heap = new_heap(test, NULL);
	KUNIT_ASSERT_NOT_NULL(test, shared->heap);
	run_on_all_cpus(test, 1, hammer, shared);
	for (i = 0; i < ARRAY_SIZE(shared->slot); i++)
		myslab_heap_free(shared->heap, shared->slot[i]);
	end_heap(test, shared->heap);
}

static bool set_parameter(const char *text)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	file = filp_open("/sys/module/myslab/parameters/heap_canaries",
			 O_WRONLY, 0);
	if (IS_ERR(file))
		return false;
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n > 0;
}

/* Without canaries, and undebugged, all of its class may be used. */
static size_t usable(struct kunit *test, struct myslab_heap *heap)
{
	void *p = myslab_heap_alloc(heap, 13, GFP_KERNEL);
	size_t size = myslab_heap_size(heap, p);

	KUNIT_EXPECT_NOT_NULL(test, p);
	myslab_heap_free(heap, p);
	return size;
}

static void a_parameter_guards_heaps_that_come_later(struct kunit *test)
{
	struct myslab_heap *heaps[3];
	static const size_t wanted[] = { 16, 13, 16 };
	unsigned int i;

	heaps[0] = new_heap(test, NULL);
	KUNIT_ASSERT_NOT_NULL(test, heaps[0]);
	skip_if_heap_debugged(test, heaps[0]);
	KUNIT_EXPECT_TRUE(test, set_parameter("1"));
	heaps[1] = new_heap(test, NULL);
	KUNIT_EXPECT_TRUE(test, set_parameter("0"));
	heaps[2] = new_heap(test, NULL);
	for (i = 0; i < ARRAY_SIZE(heaps); i++) {
		KUNIT_ASSERT_NOT_NULL(test, heaps[i]);
		KUNIT_EXPECT_EQ(test, usable(test, heaps[i]), wanted[i]);
		end_heap(test, heaps[i]);
	}
}

static struct kunit_case kernel_cases[] = {
	KUNIT_CASE(a_mapped_block_is_found_by_its_address),
	KUNIT_CASE(an_interrupt_may_free_all_kinds_of_blocks),
	KUNIT_CASE(mapped_blocks_are_freed_under_a_spinlock),
	KUNIT_CASE(asking_to_sleep_where_one_must_not_is_found),
	KUNIT_CASE(a_parameter_guards_heaps_that_come_later),
	KUNIT_CASE_SLOW(many_cpus_share_a_heap),
	{}
};

static struct kunit_suite kernel_suite = {
	.name = "myslab_heap_kernel",
	.init = watch_begin,
	.exit = watch_end,
	.test_cases = kernel_cases,
};

kunit_test_suite(kernel_suite);

MODULE_DESCRIPTION("Tests of myslab: heaps in a kernel");
MODULE_LICENSE("GPL");
