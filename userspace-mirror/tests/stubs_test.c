// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror itself: each misuse that it promises to refuse ends a process,
 * with a message that says so; and what is legal does not.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#undef snprintf

#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <mirror/control.h>

static DEFINE_PER_CPU(int, counter);
static DEFINE_RAW_SPINLOCK(lock_a);
static DEFINE_RAW_SPINLOCK(lock_b);
static DEFINE_MUTEX(mutex_a);

/* Run @fn in a process of its own; what it said on its way out. */
static void last_words(void (*fn)(void), char *words, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	words[0] = 0;
	fflush(stdout);
	if (pipe(fds))
		return;
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDERR_FILENO);
		fn();
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], words + len, size - 1 - len)) > 0)
		len += n;
	words[len] = 0;
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		strcpy(words, "it went on");
}

static void expect_end(struct kunit *test, const char *what, void (*fn)(void),
		       const char *text)
{
	static char words[16384];

	last_words(fn, words, sizeof(words));
	if (!strstr(words, text))
		KUNIT_FAIL(test, "%s: expected \"%s\", got: %.300s", what,
			   text, words);
}

static void this_cpu_while_preemptible(void)
{
	*this_cpu_ptr(&counter) = 1;
}

static void enable_without_disable(void)
{
	preempt_enable();
}

static void handler_leaves_preemption_off(void *arg)
{
	preempt_disable();
}

static void unbalanced_handler(void)
{
	mirror_interrupt(MIRROR_HARDIRQ, handler_leaves_preemption_off, NULL);
}

static void irqs_left_off(void)
{
	local_irq_disable();
	mirror_check_balanced("a test");
}

static void lock_twice(void)
{
	raw_spin_lock(&lock_a);
	raw_spin_lock(&lock_a);
}

static void lock_order_cycle(void)
{
	raw_spin_lock(&lock_a);
	raw_spin_lock(&lock_b);
	raw_spin_unlock(&lock_b);
	raw_spin_unlock(&lock_a);
	raw_spin_lock(&lock_b);
	raw_spin_lock(&lock_a);
}

static void take_a(void *arg)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock_a, flags);
	raw_spin_unlock_irqrestore(&lock_a, flags);
}

static void lock_not_safe_for_interrupts(void)
{
	raw_spin_lock(&lock_a);
	raw_spin_unlock(&lock_a);
	mirror_interrupt(MIRROR_HARDIRQ, take_a, NULL);
}

static void lock_waited_for_in_nmi(void)
{
	mirror_interrupt(MIRROR_NMI, take_a, NULL);
}

static void unlock_of_an_unlocked(void)
{
	preempt_disable();
	raw_spin_unlock(&lock_a);
}

static void lock_not_held(void)
{
	lockdep_assert_held(&lock_a);
}

static void mutex_in_atomic(void)
{
	preempt_disable();
	mutex_lock(&mutex_a);
}

static void kmalloc_in_atomic(void)
{
	unsigned long flags;

	local_irq_save(flags);
	kfree(kmalloc(8, GFP_KERNEL));
	local_irq_restore(flags);
}

static void might_alloc_under_rcu(void)
{
	rcu_read_lock();
	might_alloc(GFP_KERNEL);
}

static void synchronize_under_lock(void)
{
	raw_spin_lock(&lock_a);
	synchronize_rcu();
}

static void synchronize_under_rcu(void)
{
	rcu_read_lock();
	synchronize_rcu();
}

static void dereference_outside_rcu(void)
{
	static int *p;

	if (rcu_dereference(p))
		return;
}

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
	kfree((char *)kmalloc(64, GFP_KERNEL) + 8);
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

static void flush_self(struct work_struct *work)
{
	flush_work(work);
}

static void flush_in_atomic(void)
{
	static DECLARE_WORK(work, flush_self);

	preempt_disable();
	flush_work(&work);
}

static void work_waits_for_itself(void)
{
	static DECLARE_WORK(work, flush_self);

	queue_work(system_wq, &work);
	mirror_works_run();
}

static void ipi(void *arg)
{
}

static void call_with_irqs_off(void)
{
	local_irq_disable();
	on_each_cpu(ipi, NULL, 1);
}

static void hotplug_under_cpus_read_lock(void)
{
	cpus_read_lock();
	remove_cpu(1);
}

static void warning(void)
{
	WARN_ON(1);
}

#define END(fn, text)	{ #fn, fn, text }

static const struct {
	const char *name;
	void (*fn)(void);
	const char *text;
} ends[] = {
	END(this_cpu_while_preemptible, "while preemptible"),
	END(enable_without_disable, "without preempt_disable()"),
	END(unbalanced_handler, "interrupt handler returned with preempt_count"),
	END(irqs_left_off, "interrupts are still off"),
	END(lock_twice, "lock_a is taken twice"),
	END(lock_order_cycle, "lock order: lock_a is taken under lock_b"),
	END(lock_not_safe_for_interrupts, "taken in hard interrupts"),
	END(lock_waited_for_in_nmi, "waited for in NMI"),
	END(unlock_of_an_unlocked, "which is not locked"),
	END(lock_not_held, "lock_a is not held"),
	END(mutex_in_atomic, "mutex_lock(): may sleep in atomic"),
	END(kmalloc_in_atomic, "may sleep in atomic context"),
	END(might_alloc_under_rcu, "may sleep inside rcu_read_lock()"),
	END(synchronize_under_lock, "synchronize_rcu(): may sleep in atomic"),
	END(synchronize_under_rcu, "may sleep inside rcu_read_lock()"),
	END(dereference_outside_rcu, "rcu_dereference() outside a section"),
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
	END(flush_in_atomic, "flush_work(): may sleep in atomic"),
	END(work_waits_for_itself, "a work waits for itself"),
	END(call_with_irqs_off, "on_each_cpu() with interrupts off"),
	END(hotplug_under_cpus_read_lock, "cpu_hotplug_lock is taken twice"),
	END(warning, "WARN at"),
};

static void misuse_ends_with_a_message(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		expect_end(test, ends[i].name, ends[i].fn, ends[i].text);
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

static struct kunit_case stubs_cases[] = {
	KUNIT_CASE(misuse_ends_with_a_message),
	KUNIT_CASE(legal_use_goes_on),
	KUNIT_CASE(a_read_in_the_hole_is_no_read),
	KUNIT_CASE(text_is_formatted_as_in_the_kernel),
	{}
};

static struct kunit_suite stubs_suite = {
	.name = "mirror_stubs",
	.test_cases = stubs_cases,
};

kunit_test_suite(stubs_suite);

MODULE_LICENSE("GPL");
