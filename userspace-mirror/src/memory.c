// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated physical memory: a direct map, its memory map, and a hole in
 * both. What is in the hole faults when it is touched; reads that may fault
 * are answered from the map of what there is.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define NR_PAGES	(256UL << (20 - PAGE_SHIFT))
#define HOLE_START	(128UL << (20 - PAGE_SHIFT))
#define HOLE_PAGES	(16UL << (20 - PAGE_SHIFT))

void *high_memory;
unsigned long mirror_page_offset;
struct page *mem_map;
unsigned long mirror_nr_low_pages = HOLE_START;
unsigned int nr_node_ids = 1;
struct pglist_data mirror_nodes[MAX_NUMNODES] = { { 0 }, { 1 } };
struct static_key_false init_on_alloc, init_on_free;

static unsigned long vmallocs;

void *mirror_map_pages(size_t size, size_t align)
{
	char *p = mmap(NULL, size + align, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		mirror_abort("the host has no %zu bytes for us", size);
	return PTR_ALIGN(p, align);
}

/*
 * Faults: an instruction that is listed goes on at its other address, as the
 * kernel's exception table has it; any other fault is the host's business.
 */
extern struct mirror_extable __start_mirror_extable[] __weak;
extern struct mirror_extable __stop_mirror_extable[] __weak;
static struct sigaction host_action;
unsigned long mirror_faults;		/* that were in the table */

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *ip = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	struct mirror_extable *e;

	for (e = __start_mirror_extable; e < __stop_mirror_extable; e++) {
		if (e->from == (unsigned long)*ip) {
			*ip = e->to;
			mirror_faults++;
			return;
		}
	}
	/* It faults again, and then the host's handler sees it. */
	sigaction(sig, &host_action, NULL);
}

static void catch_faults(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGSEGV, &action, &host_action);
}

void mirror_memory_init(void)
{
	char *map = mirror_map_pages(NR_PAGES << PAGE_SHIFT,
				     PAGE_SIZE << MAX_PAGE_ORDER);

	mirror_page_offset = (unsigned long)map;
	high_memory = map + (NR_PAGES << PAGE_SHIFT);
	mem_map = mirror_map_pages(NR_PAGES * sizeof(struct page), PAGE_SIZE);
	if (mprotect(map + (HOLE_START << PAGE_SHIFT),
		     HOLE_PAGES << PAGE_SHIFT, PROT_NONE) ||
	    mprotect(mem_map + HOLE_START, HOLE_PAGES * sizeof(struct page),
		     PROT_NONE))
		mirror_abort("the hole cannot be made");
	catch_faults();
}

bool pfn_valid(unsigned long pfn)
{
	return pfn < NR_PAGES && pfn - HOLE_START >= HOLE_PAGES;
}

unsigned long totalram_pages(void)
{
	return NR_PAGES - HOLE_PAGES;
}

bool mirror_virt_addr_valid(const void *addr)
{
	return (unsigned long)addr >= PAGE_OFFSET &&
	       pfn_valid(virt_to_pfn(addr));
}

/* Node 1, where there is one, lies above the hole. */
int page_to_nid(const struct page *page)
{
	return nr_node_ids > 1 && page_to_pfn(page) >= HOLE_START;
}

int mirror_cpu_to_node(unsigned int cpu)
{
	return nr_node_ids > 1 ? cpu % nr_node_ids : 0;
}

/* Only while no page is out: the free lists are made for it. */
void mirror_set_nodes(unsigned int nodes)
{
	if (nodes > MAX_NUMNODES || mirror_pages_out())
		mirror_abort("the number of nodes cannot change now");
	nr_node_ids = nodes;
	mirror_pages_init();
}

/* Without looking: a system call that reads, and says whether it could. */
static bool host_can_read(void *dst, const void *src, size_t size)
{
	struct iovec to = { dst, size }, from = { (void *)src, size };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) ==
	       (ssize_t)size;
}

bool mirror_readable(const void *src, size_t size)
{
	unsigned long addr = (unsigned long)src;
	char byte;

	if (addr - (unsigned long)mem_map < NR_PAGES * sizeof(struct page))
		return pfn_valid((addr - (unsigned long)mem_map) /
				 sizeof(struct page));
	if (addr - PAGE_OFFSET < NR_PAGES << PAGE_SHIFT)
		return pfn_valid(virt_to_pfn(addr)) &&
		       pfn_valid(virt_to_pfn(addr + size - 1));
	return host_can_read(&byte, src, 1);
}

void mirror_peek(void *dst, const void *src, size_t size)
{
	host_can_read(dst, src, size);
}

long copy_from_kernel_nofault(void *dst, const void *src, size_t size)
{
	return host_can_read(dst, src, size) ? 0 : -EFAULT;
}

/* Users are the kernel here: nothing faults. */
unsigned long copy_from_user(void *to, const void __user *from,
			     unsigned long n)
{
	memcpy(to, from, n);
	return 0;
}

unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
	memcpy(to, from, n);
	return 0;
}

void mod_node_page_state(struct pglist_data *pgdat, enum node_stat_item item,
			 long delta)
{
	if (delta % (long)PAGE_SIZE)
		mirror_abort("mod_node_page_state() by %ld, not whole pages",
			     delta);
	atomic_long_add(delta, &pgdat->vm_stat[item]);
}

unsigned long node_page_state(struct pglist_data *pgdat,
			      enum node_stat_item item)
{
	return atomic_long_read(&pgdat->vm_stat[item]);
}

unsigned long global_node_page_state(enum node_stat_item item)
{
	return node_page_state(&mirror_nodes[0], item) +
	       node_page_state(&mirror_nodes[1], item);
}

/* vmalloc: the host's heap, which is outside the direct map. */
void *__vmalloc(unsigned long size, gfp_t gfp)
{
	void *p;

	mirror_might_sleep("vmalloc()");
	if (!gfpflags_allow_blocking(gfp))
		mirror_abort("vmalloc() that may not sleep");
	if (mirror_should_fail(gfp))
		return NULL;
	if (posix_memalign(&p, PAGE_SIZE, PAGE_ALIGN(size)))
		return NULL;
	__atomic_fetch_add(&vmallocs, 1, __ATOMIC_RELAXED);
	if (want_init_on_alloc(gfp))
		memset(p, 0, PAGE_ALIGN(size));
	else if (!IS_ENABLED(CONFIG_MIRROR_RELEASE))
		memset(p, MIRROR_GARBAGE, PAGE_SIZE);
	return p;
}

void *vmalloc(unsigned long size)
{
	return __vmalloc(size, GFP_KERNEL);
}

void *vzalloc(unsigned long size)
{
	void *p = vmalloc(size);

	return p ? memset(p, 0, size) : NULL;
}

void vfree(const void *addr)
{
	if (!addr)
		return;
	if (in_nmi())
		mirror_abort("vfree() in NMI");
	if (!in_interrupt())
		mirror_might_sleep("vfree()");
	__atomic_fetch_sub(&vmallocs, 1, __ATOMIC_RELAXED);
	free((void *)addr);
}

unsigned long mirror_vmallocs_out(void)
{
	return __atomic_load_n(&vmallocs, __ATOMIC_RELAXED);
}

bool is_vmalloc_addr(const void *x)
{
	return !mirror_virt_addr_valid(x) &&
	       (unsigned long)x >= TASK_SIZE_MAX;
}

bool is_vmalloc_or_module_addr(const void *x)
{
	return is_vmalloc_addr(x);
}

void *kvmalloc_node(size_t size, gfp_t gfp, int nid)
{
	if (size <= PAGE_SIZE)
		return kmalloc_node(size, gfp, nid);
	return gfp & __GFP_ZERO ? vzalloc(size) : vmalloc(size);
}

void kvfree(const void *p)
{
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		kfree(p);
}

bool mem_dump_obj(void *object)
{
	return false;
}

void mm_account_reclaimed_pages(unsigned long pages)
{
	if (current->reclaim_state)
		current->reclaim_state->reclaimed += pages;
}
