// SPDX-License-Identifier: GPL-2.0
/*
 * The area of guarded objects, and faults in it.
 *
 * A page of one's own vmalloc area may be closed by its pte, whatever the
 * kernel exports. It keeps its memory meanwhile, so that a CPU which has not
 * heard of it yet touches nothing of others: it misses the fault, no more.
 *
 * A fault that nothing handles ends in page_fault_oops(), which a kprobe at its
 * start turns into a report that opens the page: the instruction is tried once
 * more, and the kernel has noticed nothing. Interrupts are off meanwhile.
 */
#include <linux/errno.h>
#include <linux/kmemleak.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "debug_guard.h"

#if defined(CONFIG_X86_64) && defined(CONFIG_KPROBES)
#include <asm/pgtable.h>
#include <asm/tlbflush.h>
#include <asm/trap_pf.h>

static struct page **pages;
static struct page *guard;		/* all of them */
static void *area;
static unsigned long nr_pages;
static bool probed;
static DEFINE_PER_CPU(call_single_data_t, ask);
static const struct myslab_guard_slot *asked;

/* The number of its page in the area; ULONG_MAX: elsewhere. */
unsigned long myslab_guard_number(const void *addr)
{
	void *start = READ_ONCE(area);
	unsigned long number = (addr - start) >> PAGE_SHIFT;

	return start && number < nr_pages ? number : ULONG_MAX;
}

void *myslab_guard_address(unsigned long number)
{
	return area + number * PAGE_SIZE;
}

static pte_t *pte_of(const void *addr)
{
	unsigned int level;

	return lookup_address((unsigned long)addr, &level);
}

bool myslab_guard_is_open(const void *addr)
{
	return pte_val(READ_ONCE(*pte_of(addr))) & _PAGE_PRESENT;
}

void myslab_guard_open(void *addr)
{
	pte_t *pte = pte_of(addr);

	set_pte(pte, __pte(pte_val(*pte) | _PAGE_PRESENT));
}

/* The others go on with what they know until they flush it. */
void myslab_guard_close(void *addr)
{
	pte_t *pte = pte_of(addr);

	set_pte(pte, __pte(pte_val(*pte) & ~(pteval_t)_PAGE_PRESENT));
	myslab_guard_flush(addr);
}

/*
 * This CPU knows no longer that the page was there. Where page tables are
 * isolated, what it knows for another address space than this one stays; the
 * functions that flush that are not for modules.
 */
void myslab_guard_flush(void *addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

static void flush_asked(void *unused)
{
	const struct myslab_guard_slot *slot = READ_ONCE(asked);
	unsigned int i;

	for (i = 0; i < slot->pages + 2; i++)
		myslab_guard_flush(myslab_guard_address(slot->first + i));
}

/* The same on all CPUs but this one, soon. Context: Hard interrupt. */
void myslab_guard_tell_others(const struct myslab_guard_slot *slot)
{
	unsigned int cpu;

	WRITE_ONCE(asked, slot);
	for_each_online_cpu(cpu)
		if (cpu != smp_processor_id())
			smp_call_function_single_async(cpu,
						       per_cpu_ptr(&ask, cpu));
}

/* What is at an address in the area, closed or not, up to the page's end. */
const u8 *myslab_guard_alias(const u8 *addr)
{
	return page_address(pages[myslab_guard_number(addr)]) +
	       offset_in_page(addr);
}

/*
 * What page_fault_oops() becomes, with its arguments. Not by the probe itself,
 * which is an NMI where it is a breakpoint.
 */
static notrace noinline void
report_instead(const struct pt_regs *regs, unsigned long code, const void *addr)
{
	myslab_guard_fault(addr, code & X86_PF_WRITE, regs->ip);
}

/* page_fault_oops(regs, error_code, address) was called. */
static int on_oops(struct kprobe *probe, struct pt_regs *regs)
{
	if (user_mode((struct pt_regs *)regs->di) ||
	    (regs->si & X86_PF_PROT) ||
	    myslab_guard_number((const void *)regs->dx) == ULONG_MAX)
		return 0;
	regs->ip = (unsigned long)report_instead;
	return 1;
}

/* Without it a probe may become a jump, which does not heed regs->ip. */
static void after_oops(struct kprobe *probe, struct pt_regs *regs,
		       unsigned long flags)
{
}

static struct kprobe probe = {
	.symbol_name = "page_fault_oops",
	.pre_handler = on_oops,
	.post_handler = after_oops,
};

/* Memory for the objects of a slot; all the rest is the guard. */
static bool alloc_pages_of(const struct myslab_guard_slot *slot)
{
	struct page *page;
	unsigned int i;

	for (i = 1; i <= slot->pages; i++) {
		page = alloc_page(GFP_KERNEL);
		pages[slot->first + i] = page;
		if (!page)
			return false;
		/* What objects point to is no leak. */
		kmemleak_alloc(page_address(page), PAGE_SIZE, 0, GFP_KERNEL);
	}
	return true;
}

static bool alloc_pages_of_slots(const struct myslab_guard_slot *slots,
				 unsigned int nr)
{
	unsigned long i;

	guard = alloc_page(GFP_KERNEL | __GFP_ZERO);
	pages = kvcalloc(nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!guard || !pages)
		return false;
	for (i = 0; i < nr_pages; i++)
		pages[i] = guard;
	for (i = 0; i < nr; i++)
		if (!alloc_pages_of(&slots[i]))
			return false;
	return true;
}

static void free_pages_of_slots(void)
{
	unsigned long i;

	for (i = 0; pages && i < nr_pages; i++) {
		if (!pages[i] || pages[i] == guard)
			continue;
		kmemleak_free(page_address(pages[i]));
		__free_page(pages[i]);
	}
	if (guard)
		__free_page(guard);
	kvfree(pages);
	guard = NULL;
	pages = NULL;
}

static int map(void)
{
	void *start = vmap(pages, nr_pages, VM_MAP, PAGE_KERNEL);
	unsigned long i;
	int cpu;

	if (!start)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		INIT_CSD(per_cpu_ptr(&ask, cpu), flush_asked, NULL);
	for (i = 0; i < nr_pages; i++)
		myslab_guard_close(start + i * PAGE_SIZE);
	WRITE_ONCE(area, start);
	return 0;
}

/* Gives them up as vmap() made them. */
static void unmap(void)
{
	unsigned long i;

	for (i = 0; area && i < nr_pages; i++)
		myslab_guard_open(area + i * PAGE_SIZE);
	vunmap(area);
	area = NULL;
}

/*
 * All closed.
 *
 * Context: Process, may sleep.
 * Return: 0, -ENOMEM, or -errno: faults cannot be caught here.
 */
int myslab_guard_map(const struct myslab_guard_slot *slots, unsigned int nr)
{
	int err = -ENOMEM;

	nr_pages = nr ? slots[nr - 1].first + slots[nr - 1].pages + 2 : 0;
	if (alloc_pages_of_slots(slots, nr))
		err = map();
	if (!err)
		err = register_kprobe(&probe);
	probed = !err;
	if (err)
		myslab_guard_unmap();
	return err;
}

static void nobody(void *unused)
{
}

void myslab_guard_unmap(void)
{
	if (probed)
		unregister_kprobe(&probe);
	probed = false;
	/* Who was told comes before this, and has left when RCU says so. */
	on_each_cpu(nobody, NULL, 1);
	synchronize_rcu();
	unmap();
	free_pages_of_slots();
}

#else

int myslab_guard_map(const struct myslab_guard_slot *slots, unsigned int nr)
{
	return -EOPNOTSUPP;
}

void myslab_guard_unmap(void)
{
}

unsigned long myslab_guard_number(const void *addr)
{
	return ULONG_MAX;
}

void *myslab_guard_address(unsigned long number)
{
	return NULL;
}

bool myslab_guard_is_open(const void *addr)
{
	return true;
}

void myslab_guard_open(void *addr)
{
}

void myslab_guard_close(void *addr)
{
}

void myslab_guard_flush(void *addr)
{
}

void myslab_guard_tell_others(const struct myslab_guard_slot *slot)
{
}

const u8 *myslab_guard_alias(const u8 *addr)
{
	return addr;
}

#endif
