/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions, and nothing else: the only file that
 * looks at LINUX_VERSION_CODE.
 */
#ifndef MYSLAB_COMPAT_H
#define MYSLAB_COMPAT_H

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* Newer kernels want it said; older ones know no other default. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define WQ_PERCPU	0
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)

/* Memory came back by other means than the lists of the page scanner. */
static inline void myslab_account_reclaimed(unsigned long pages)
{
	mm_account_reclaimed_pages(pages);
}

static inline struct shrinker *myslab_shrinker_new(void)
{
	return shrinker_alloc(0, "myslab");
}

static inline int myslab_shrinker_add(struct shrinker *shrinker)
{
	shrinker_register(shrinker);
	return 0;
}

static inline void myslab_shrinker_del(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}

#else

static inline void myslab_account_reclaimed(unsigned long pages)
{
	if (current->reclaim_state)
		current->reclaim_state->reclaimed_slab += pages;
}

static inline struct shrinker *myslab_shrinker_new(void)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker)
		shrinker->seeks = DEFAULT_SEEKS;
	return shrinker;
}

static inline int myslab_shrinker_add(struct shrinker *shrinker)
{
	return register_shrinker(shrinker, "myslab");
}

/* Unregistering one that was never registered does nothing. */
static inline void myslab_shrinker_del(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}

#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)

static inline void myslab_vma_set_flags(struct vm_area_struct *vma,
					unsigned long flags)
{
	vm_flags_set(vma, flags);
}

static inline void myslab_vma_clear_flags(struct vm_area_struct *vma,
					  unsigned long flags)
{
	vm_flags_clear(vma, flags);
}

#else

static inline void myslab_vma_set_flags(struct vm_area_struct *vma,
					unsigned long flags)
{
	vma->vm_flags |= flags;
}

static inline void myslab_vma_clear_flags(struct vm_area_struct *vma,
					  unsigned long flags)
{
	vma->vm_flags &= ~flags;
}

#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)

/* Where the code of a module lies. */
static inline void myslab_module_text(const struct module *module,
				      unsigned long *start,
				      unsigned long *size)
{
	*start = (unsigned long)module->mem[MOD_TEXT].base;
	*size = module->mem[MOD_TEXT].size;
}

/* The same of its __init functions. */
static inline void myslab_module_init_text(const struct module *module,
					   unsigned long *start,
					   unsigned long *size)
{
	*start = (unsigned long)module->mem[MOD_INIT_TEXT].base;
	*size = module->mem[MOD_INIT_TEXT].size;
}

#else

static inline void myslab_module_text(const struct module *module,
				      unsigned long *start,
				      unsigned long *size)
{
	*start = (unsigned long)module->core_layout.base;
	*size = module->core_layout.text_size;
}

static inline void myslab_module_init_text(const struct module *module,
					   unsigned long *start,
					   unsigned long *size)
{
	*start = (unsigned long)module->init_layout.base;
	*size = module->init_layout.text_size;
}

#endif

/* Only of what is kmalloc'ed where the core wants to know the old size. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define myslab_kvrealloc(p, size, gfp)	kvrealloc(p, size, gfp)
#else
#define myslab_kvrealloc(p, size, gfp)	krealloc(p, size, gfp)
#endif

/* A string of a tracepoint, named when the event was declared since then. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define myslab_assign_str(field, from)					\
do {									\
	(void)(from);							\
	__assign_str(field);						\
} while (0)
#else
#define myslab_assign_str(field, from)	__assign_str(field, from)
#endif

/* For sparse; gone since locks are checked by clang. */
#ifndef __cond_lock
#define __cond_lock(lock, taken) ((void)(lock), taken)
#endif

/*
 * The word of a struct page that leads to its slab. Any word of a page that
 * we own would do; lru has been there, and been the owner's, in every version.
 */
static inline void myslab_page_set_slab(struct page *page, void *slab)
{
	page->lru.next = slab;
}

static inline void *myslab_page_slab(const struct page *page)
{
	return page->lru.next;
}

#endif
