/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* A direct map with a memory map, and a hole in it. */
#ifndef MIRROR_LINUX_MM_H
#define MIRROR_LINUX_MM_H

/*
 * 256 MiB from PAGE_OFFSET to high_memory; a part in the middle, where a
 * machine has its devices, has neither memory nor struct pages: reading those
 * faults, as it does in the kernel.
 */
#include <linux/bug.h>
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/static_key.h>
#include <linux/vmstat.h>
#include <asm/page.h>

extern void *high_memory;
extern struct page *mem_map;

#define pfn_to_page(pfn)	(mem_map + (pfn))
#define page_to_pfn(page)	((unsigned long)((page) - mem_map))
#define virt_to_pfn(addr) \
	(((unsigned long)(addr) - PAGE_OFFSET) >> PAGE_SHIFT)
#define virt_to_page(addr)	pfn_to_page(virt_to_pfn(addr))
#define __pa(x)			((unsigned long)(x) - PAGE_OFFSET)
#define __va(x)			((void *)((unsigned long)(x) + PAGE_OFFSET))
#define page_to_virt(page)	__va(PFN_PHYS(page_to_pfn(page)))
#define page_address(page)	page_to_virt(page)
#define lowmem_page_address(page) page_to_virt(page)
#define page_to_phys(page)	PFN_PHYS(page_to_pfn(page))
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)
#define PAGE_ALIGN(addr)	ALIGN(addr, PAGE_SIZE)

bool pfn_valid(unsigned long pfn);
bool mirror_virt_addr_valid(const void *addr);
#define virt_addr_valid(addr)	mirror_virt_addr_valid((const void *)(addr))

static inline struct page *virt_to_head_page(const void *x)
{
	return compound_head(virt_to_page(x));
}

static inline unsigned long page_private(const struct page *page)
{
	return page->private;
}

#ifdef MIRROR_THREADS
/* Read by other threads through __get_kernel_nofault(). */
#define set_page_private(page, v) WRITE_ONCE((page)->private, v)
#else
#define set_page_private(page, v) ((void)((page)->private = (v)))
#endif

int page_to_nid(const struct page *page);
#define page_pgdat(page)	NODE_DATA(page_to_nid(page))

unsigned int mirror_page_order(struct page *page);
#define compound_order(page)	mirror_page_order(page)
#define page_size(page)		(PAGE_SIZE << mirror_page_order(page))
#define compound_nr(page)	(1UL << mirror_page_order(page))

void split_page(struct page *page, unsigned int order);
void get_page(struct page *page);
void put_page(struct page *page);
#define put_page_testzero(page)	page_ref_dec_and_test(page)

static inline int get_order(unsigned long size)
{
	size = (size - 1) >> PAGE_SHIFT;
	return size ? 64 - __builtin_clzl(size) : 0;
}

DECLARE_STATIC_KEY_FALSE(init_on_alloc);
DECLARE_STATIC_KEY_FALSE(init_on_free);

static inline bool want_init_on_alloc(gfp_t flags)
{
	return static_branch_unlikely(&init_on_alloc) || (flags & __GFP_ZERO);
}

static inline bool want_init_on_free(void)
{
	return static_branch_unlikely(&init_on_free);
}

bool is_vmalloc_addr(const void *x);
bool is_vmalloc_or_module_addr(const void *x);
void *kvmalloc_node(size_t size, gfp_t gfp, int nid);
void kvfree(const void *p);
#define kvmalloc(size, gfp)	kvmalloc_node(size, gfp, NUMA_NO_NODE)
#define kvzalloc(size, gfp) \
	kvmalloc_node(size, (gfp) | __GFP_ZERO, NUMA_NO_NODE)
#define kvcalloc(n, size, gfp)	kvzalloc(size_mul(n, size), gfp)
#define kvmalloc_array(n, size, gfp) kvmalloc(size_mul(n, size), gfp)

/*
 * Maps of user space: as much as a driver's mmap sees. Tests are the memory
 * management and call the operations.
 */
#define VM_READ		0x00000001UL
#define VM_WRITE	0x00000002UL
#define VM_SHARED	0x00000008UL
#define VM_MAYREAD	0x00000010UL
#define VM_MAYWRITE	0x00000020UL
#define VM_DONTEXPAND	0x00040000UL
#define VM_DONTDUMP	0x04000000UL

#define VM_FAULT_SIGBUS	0x000002

typedef unsigned int vm_fault_t;
typedef unsigned long vm_flags_t;

struct vm_fault {
	struct vm_area_struct *vma;
	pgoff_t pgoff;
	struct page *page;
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct vm_fault *vmf);
};

struct vm_area_struct {
	const vm_flags_t vm_flags;
	unsigned long vm_pgoff;
	const struct vm_operations_struct *vm_ops;
	void *vm_private_data;
};

static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	*(vm_flags_t *)&vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	*(vm_flags_t *)&vma->vm_flags &= ~flags;
}

void mm_account_reclaimed_pages(unsigned long pages);
unsigned long totalram_pages(void);
bool mem_dump_obj(void *object);

#include <linux/slab.h>

#endif
