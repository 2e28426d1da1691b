// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror itself: misuse of memory ends a process with a message that says
 * so; what is legal does not, and text is made as in the kernel.
 */
#include "ends.h"

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <mirror/control.h>

static DEFINE_PER_CPU(int, counter);
static DEFINE_RAW_SPINLOCK(lock_a);

static void use_after_kfree_rcu(void)
{
	int *p = kmalloc(sizeof(*p), GFP_KERNEL);

	kfree_rcu_mightsleep(p);
	rcu_barrier();
	WRITE_ONCE(*p, 1);
}

static void kmalloc_overrun(void)
{
	char *p = kmalloc(33, GFP_KERNEL);

	WRITE_ONCE(p[33], 1);
}

static void kfree_twice(void)
{
	void *p = kmalloc(8, GFP_KERNEL);

	kfree(p);
	kfree(p);
}

static void kfree_of_the_inside(void)
{
	kfree(kmalloc(64, GFP_KERNEL) + 8);
}

static void page_freed_twice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}

static void page_freed_with_a_reference(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);

	page_ref_inc(page + 1);
	__free_pages(page, 1);
}

static void page_used_after_free(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	char *p = page_address(page);

	__free_page(page);
	WRITE_ONCE(*p, 1);
}

static void page_in_nmi(void *arg)
{
	alloc_page(GFP_ATOMIC);
}

static void pages_in_nmi(void)
{
	mirror_interrupt(MIRROR_NMI, page_in_nmi, NULL);
}

static void percpu_freed_twice(void)
{
	int *p = alloc_percpu(int);

	free_percpu(p);
	free_percpu(p);
}

static void list_del_twice(void)
{
	LIST_HEAD(list);
	struct list_head entry;

	list_add(&entry, &list);
	list_del(&entry);
	list_del(&entry);
}

static const struct end ends[] = {
	END(use_after_kfree_rcu, "use-after-poison"),
	END(kmalloc_overrun, "use-after-poison"),
	END(kfree_twice, "which is free"),
	END(kfree_of_the_inside, "the inside of an object"),
	END(page_freed_twice, "a page is freed that nobody has"),
	END(page_freed_with_a_reference, "is freed with 1 references"),
	END(page_used_after_free, "use-after-poison"),
	END(pages_in_nmi, "pages are allocated in NMI"),
	END(percpu_freed_twice, "free_percpu() of what is not allocated"),
	END(list_del_twice, "after it was deleted"),
};

static void misuse_of_memory_ends_with_a_message(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		expect_end(test, &ends[i]);
}

static void legal_use_goes_on(struct kunit *test)
{
	unsigned long flags;
	struct page *page;
	int i;

	preempt_disable();
	*this_cpu_ptr(&counter) += 1;
	preempt_enable();
	raw_spin_lock_irqsave(&lock_a, flags);
	lockdep_assert_held(&lock_a);
	raw_spin_unlock_irqrestore(&lock_a, flags);
	page = alloc_pages(GFP_KERNEL, 3);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)page_address(page),
					   PAGE_SIZE << 3));
	page_ref_inc(page);
	split_page(page, 3);
	__free_page(page + 7);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
	page_ref_dec(page);
	for (i = 0; i < 7; i++)
		__free_page(page + i);
	mirror_check_balanced("legal use");
}

static void a_read_in_the_hole_is_no_read(struct kunit *test)
{
	struct page *hole = pfn_to_page(mirror_nr_low_pages + 5);
	unsigned long word = 7;

	KUNIT_EXPECT_FALSE(test, virt_addr_valid(page_address(hole)));
	__get_kernel_nofault(&word, &hole->private, unsigned long, faulted);
	KUNIT_FAIL(test, "the hole could be read");
faulted:
	KUNIT_EXPECT_EQ(test, word, 7UL);
	KUNIT_EXPECT_EQ(test, copy_from_kernel_nofault(&word, (void *)8, 8),
			(long)-EFAULT);
}

static void text_is_formatted_as_in_the_kernel(struct kunit *test)
{
	char buf[64];

	scnprintf(buf, sizeof(buf), "%*pE|%-6s|%5d|%px|%%", 3, "a\n\"", "xy",
		  42, (void *)0x1234);
	KUNIT_EXPECT_STREQ(test, buf, "a\\012\"|xy    |   42|0000000000001234|%");
	scnprintf(buf, sizeof(buf), "%pS", memchr_inv);
	KUNIT_EXPECT_STREQ(test, buf, "memchr_inv+0x0");
	KUNIT_EXPECT_EQ(test, scnprintf(buf, 4, "%s", "abcdef"), 3);
}

static struct kunit_case stubs_memory_cases[] = {
	KUNIT_CASE(misuse_of_memory_ends_with_a_message),
	KUNIT_CASE(legal_use_goes_on),
	KUNIT_CASE(a_read_in_the_hole_is_no_read),
	KUNIT_CASE(text_is_formatted_as_in_the_kernel),
	{}
};

static struct kunit_suite stubs_memory_suite = {
	.name = "mirror_stubs_memory",
	.test_cases = stubs_memory_cases,
};

kunit_test_suite(stubs_memory_suite);

MODULE_LICENSE("GPL");
