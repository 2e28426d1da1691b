// SPDX-License-Identifier: GPL-2.0
/*
 * The page allocator: a buddy system over the simulated memory, strict about
 * what it is given back. Free memory is poisoned for AddressSanitizer and
 * reused as late as possible; what it hands out is filled with garbage, and
 * words of struct page that the kernel does not reset keep what was in them.
 */
#include <string.h>

#include <linux/mm.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define NR_ORDERS	(MAX_PAGE_ORDER + 1)

static struct list_head free_lists[MAX_NUMNODES][NR_ORDERS];
static unsigned long pages_out;

static unsigned int max_order = MAX_PAGE_ORDER;
gfp_t mirror_page_gfp;

static struct {
	unsigned long count;	/* allocations that could have failed */
	unsigned long at;
	unsigned int one_in;
	bool came;
} fail;

static void set_order(struct page *page, unsigned int order)
{
	page->flags &= ~(0xffUL << MIRROR_PG_ORDER_SHIFT);
	page->flags |= (unsigned long)order << MIRROR_PG_ORDER_SHIFT;
}

unsigned int mirror_page_order(struct page *page)
{
	return (page->flags >> MIRROR_PG_ORDER_SHIFT) & 0xff;
}

static bool is_free(struct page *page)
{
	return page->flags & ((1UL << MIRROR_PG_BUDDY) |
			      (1UL << MIRROR_PG_TAIL_FREE));
}

static void list_free(struct page *page, unsigned int order)
{
	unsigned long i;

	page->flags = 1UL << MIRROR_PG_BUDDY;
	set_order(page, order);
	for (i = 1; i < 1UL << order; i++)
		page[i].flags = 1UL << MIRROR_PG_TAIL_FREE;
	list_add_tail(&page->buddy_list,
		      &free_lists[page_to_nid(page)][order]);
}

void mirror_pages_init(void)
{
	unsigned int nid, order;
	unsigned long pfn;

	for (nid = 0; nid < MAX_NUMNODES; nid++)
		for (order = 0; order < NR_ORDERS; order++)
			INIT_LIST_HEAD(&free_lists[nid][order]);
	for (pfn = MIRROR_KMALLOC_BYTES >> PAGE_SHIFT;
	     page_address(pfn_to_page(pfn)) < high_memory;
	     pfn += 1UL << MAX_PAGE_ORDER) {
		if (!pfn_valid(pfn))
			continue;
		mirror_poison(__va(PFN_PHYS(pfn)), PAGE_SIZE << MAX_PAGE_ORDER);
		list_free(pfn_to_page(pfn), MAX_PAGE_ORDER);
	}
}

static struct page *take_from(int nid, unsigned int order)
{
	struct page *page;
	unsigned int o;

	for (o = order; o < NR_ORDERS; o++)
		if (!list_empty(&free_lists[nid][o]))
			break;
	if (o == NR_ORDERS)
		return NULL;
	page = list_first_entry(&free_lists[nid][o], struct page, buddy_list);
	list_del(&page->buddy_list);
	while (o > order) {
		o--;
		list_free(page + (1UL << o), o);
	}
	return page;
}

/* A struct page as the kernel hands it out: not all of it is fresh. */
static void prepare(struct page *page, unsigned int order, gfp_t gfp)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++) {
		page[i].flags = i ? 1UL << MIRROR_PG_BODY : 0;
		page[i].lru.next = LIST_POISON1;
		page[i].lru.prev = LIST_POISON2;
		page[i].mapping = NULL;
		set_page_count(page + i, !i);
	}
	set_order(page, order);
	set_page_private(page, 0);
	if (!order || !(gfp & __GFP_COMP))
		return;
	page->flags |= 1UL << PG_head;
	for (i = 1; i < 1UL << order; i++)
		page[i].compound_head = (unsigned long)page | 1;
}

static void fill(struct page *page, unsigned int order, gfp_t gfp)
{
	char *p = page_address(page), *end = p + (PAGE_SIZE << order);

	mirror_unpoison(p, PAGE_SIZE << order);
	if (want_init_on_alloc(gfp)) {
		memset(p, 0, PAGE_SIZE << order);
		return;
	}
	for (; !IS_ENABLED(CONFIG_MIRROR_RELEASE) && p < end; p += PAGE_SIZE)
		memset(p, MIRROR_GARBAGE, 256);
}

struct page *mirror_alloc_pages(gfp_t gfp, unsigned int order, int nid)
{
	struct page *page;

	if (in_nmi())
		mirror_abort("pages are allocated in NMI");
	WRITE_ONCE(mirror_page_gfp, gfp);
	if (gfpflags_allow_blocking(gfp))
		mirror_might_sleep("a page allocation that may");
	if (order > MAX_PAGE_ORDER)
		mirror_abort("a page allocation of order %u", order);
	if ((gfp & __GFP_NOFAIL) && order > 1)
		mirror_abort("__GFP_NOFAIL at order %u", order);
	if (mirror_should_fail(gfp) || order > READ_ONCE(max_order))
		return NULL;
	if (nid == NUMA_NO_NODE)
		nid = numa_mem_id();

	mirror_lock();
	page = take_from(nid, order);
	if (!page && nr_node_ids > 1 && !(gfp & __GFP_THISNODE))
		page = take_from(!nid, order);
	if (page) {
		prepare(page, order, gfp);
		pages_out += 1UL << order;
	}
	mirror_unlock();
	if (page)
		fill(page, order, gfp);
	return page;
}

static struct page *buddy_of(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page) ^ (1UL << order);
	struct page *buddy = pfn_to_page(pfn);

	if (order == MAX_PAGE_ORDER || !pfn_valid(pfn))
		return NULL;
	if (!(buddy->flags & (1UL << MIRROR_PG_BUDDY)) ||
	    mirror_page_order(buddy) != order ||
	    page_to_nid(buddy) != page_to_nid(page))
		return NULL;
	return buddy;
}

static void check_given_back(struct page *page, unsigned int order)
{
	unsigned long i;

	if ((page->flags & (1UL << PG_head)) &&
	    mirror_page_order(page) != order)
		mirror_abort("a compound page of order %u is freed as order %u",
			     mirror_page_order(page), order);
	for (i = 0; i < 1UL << order; i++) {
		if (page_ref_count(page + i))
			mirror_abort("page %lu of a block is freed with %d references",
				     i, page_ref_count(page + i));
		if (is_free(page + i))
			mirror_abort("page %lu of a block is free already", i);
	}
}

static void give_back(struct page *page, unsigned int order)
{
	struct page *buddy;

	check_given_back(page, order);
	mirror_poison(page_address(page), PAGE_SIZE << order);
	mirror_lock();
	pages_out -= 1UL << order;
	while ((buddy = buddy_of(page, order))) {
		list_del(&buddy->buddy_list);
		page = min(page, buddy);
		order++;
	}
	list_free(page, order);
	mirror_unlock();
}

/*
 * Drop a reference; the last one frees. As in the kernel, whoever holds one
 * of a block that is not compound keeps its first page only.
 */
void __free_pages(struct page *page, unsigned int order)
{
	bool head = PageHead(page);

	if (in_nmi())
		mirror_abort("pages are freed in NMI");
	if (is_free(page) || page_ref_count(page) <= 0)
		mirror_abort("a page is freed that nobody has (%d references)",
			     page_ref_count(page));
	if (page_ref_dec_and_test(page))
		give_back(page, order);
	else if (!head)
		while (order-- > 0)
			give_back(page + (1UL << order), order);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page(addr), order);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	if (PageCompound(page))
		mirror_abort("split_page() of a compound page");
	if (page_ref_count(page) < 1 || mirror_page_order(page) != order)
		mirror_abort("split_page() of what is no block of order %u",
			     order);
	/* Whoever frees a neighbour looks at the flags. */
	mirror_lock();
	for (i = 0; i < 1UL << order; i++) {
		page[i].flags = 0;
		if (i)
			set_page_count(page + i, 1);
	}
	mirror_unlock();
}

void get_page(struct page *page)
{
	page = compound_head(page);
	if (page_ref_count(page) <= 0)
		mirror_abort("get_page() of a free page");
	page_ref_inc(page);
}

void put_page(struct page *page)
{
	page = compound_head(page);
	__free_pages(page, PageHead(page) ? mirror_page_order(page) : 0);
}

unsigned long mirror_pages_out(void)
{
	unsigned long nr;

	mirror_lock();
	nr = pages_out;
	mirror_unlock();
	return nr;
}

/*
 * Failure.
 */

void mirror_fragment(unsigned int order)
{
	WRITE_ONCE(max_order, order);
}

void mirror_fail_at(unsigned long nth)
{
	fail.came = false;
	fail.at = nth ? fail.count + nth : 0;
}

void mirror_fail_one_in(unsigned int n)
{
	fail.one_in = n;
}

bool mirror_failed(void)
{
	return fail.came;
}

unsigned long mirror_alloc_count(void)
{
	return fail.count;
}

bool mirror_should_fail(gfp_t gfp)
{
	unsigned long nr;

	if (gfp & __GFP_NOFAIL)
		return false;
	nr = __atomic_add_fetch(&fail.count, 1, __ATOMIC_RELAXED);
	if (fail.at && nr == fail.at) {
		fail.came = true;
		return true;
	}
	return fail.one_in && mirror_random() % fail.one_in == 0;
}
