// SPDX-License-Identifier: GPL-2.0
/*
 * The beginning of a heap, and what it answers to those who ask all
 * allocators. Its end is in heap_end.c.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "heap.h"
#include "pages.h"
#include "registry.h"
#include "report.h"

#define HEAP_FLAGS	(MYSLAB_HEAP_CANARY | MYSLAB_HEAP_CONTIGUOUS |	\
			 MYSLAB_HEAP_NO_GUARD)

bool myslab_heap_canaries;

static struct myslab_heap *blank_heap(void)
{
	struct myslab_allocator *grave;
	struct myslab_heap *heap;

	grave = myslab_registry_dig_up(&myslab_heap_type);
	if (!grave)
		return kzalloc(sizeof(*heap), GFP_KERNEL);
	heap = myslab_heap_of(grave);
	myslab_class_free_all(heap);
	myslab_ledger_free(&heap->self);
	memset(heap, 0, sizeof(*heap));
	return heap;
}

static void init_heap(struct myslab_heap *heap, struct module *owner,
		      const char *name, const struct myslab_heap_args *args)
{
	myslab_registry_init(&heap->self, &myslab_heap_type, owner, name);
	heap->self.max_pages = args->limit >> PAGE_SHIFT;
	if (READ_ONCE(myslab_heap_canaries) ||
	    (args->flags & MYSLAB_HEAP_CANARY))
		heap->special |= MYSLAB_HEAP_GUARDS;
	if (want_init_on_alloc(0))
		heap->special |= MYSLAB_HEAP_ZEROES;
	heap->zeroes_freed = want_init_on_free();
	heap->contiguous = args->flags & MYSLAB_HEAP_CONTIGUOUS;
	heap->self.exact_g = heap->contiguous;
	if (args->flags & MYSLAB_HEAP_NO_GUARD)
		heap->self.lacks = MYSLAB_DEBUG_G;
	get_random_bytes(&heap->secret, sizeof(heap->secret));
	raw_spin_lock_init(&heap->large_lock);
	INIT_LIST_HEAD(&heap->large);
	heap->mapped = RB_ROOT;
	init_llist_head(&heap->dying);
	INIT_WORK(&heap->dying_work, myslab_mapped_dying_work);
	myslab_heap_rcu_init(heap);
}

#define refuse(name, fmt, ...)						\
	myslab_report(MYSLAB_BAD_ARGS, "heap", name, NULL,		\
		      "not created: " fmt, ##__VA_ARGS__)

static int check_args(const char *name, const struct myslab_heap_args *args)
{
	int err = myslab_registry_check_name(&myslab_heap_type, name);

	if (err)
		return err;
	if (args->limit && args->limit < PAGE_SIZE) {
		refuse(name, "limit %zu is less than a page", args->limit);
		return -EINVAL;
	}
	if (args->flags & ~HEAP_FLAGS) {
		refuse(name, "flags %#lx are unknown",
		       args->flags & ~HEAP_FLAGS);
		return -EINVAL;
	}
	return 0;
}

/**
 * myslab_heap_create_for() - Create a heap in the name of another module.
 * @owner: Module whose unload ends the heap at the latest, and which reports
 *	   name; %NULL: the kernel itself.
 * @name: As for myslab_heap_create(), which is what most callers want.
 * @args: The rest, or %NULL.
 *
 * Context: Process context, may sleep.
 * Return: The heap, or an ERR_PTR.
 */
struct myslab_heap *
myslab_heap_create_for(struct module *owner, const char *name,
		       const struct myslab_heap_args *args)
{
	static const struct myslab_heap_args defaults;
	struct myslab_heap *heap;
	int err;

	might_sleep();
	if (!args)
		args = &defaults;
	err = check_args(name, args);
	if (err)
		return ERR_PTR(err);

	err = -ENOMEM;
	heap = blank_heap();
	if (!heap)
		goto err_say;
	init_heap(heap, owner, name, args);
	err = myslab_debug_add(&heap->self);
	if (err)
		goto err_free;
	return heap;

err_free:
	myslab_ledger_free(&heap->self);
	kfree(heap);
err_say:
	myslab_registry_refused(&myslab_heap_type, name, err);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(myslab_heap_create_for);

/**
 * myslab_heap_set_canaries() - Switch the guarding of blocks on or off.
 * @heap: The heap.
 * @on: Whether blocks allocated from now on have canaries. Others stay as they
 *	are, and are checked if they have.
 *
 * Context: Any.
 */
void myslab_heap_set_canaries(struct myslab_heap *heap, bool on)
{
	unsigned int old = READ_ONCE(heap->special), new;

	do {
		new = on ? old | MYSLAB_HEAP_GUARDS :
		      old & ~MYSLAB_HEAP_GUARDS;
	} while (!try_cmpxchg(&heap->special, &old, new));
}
EXPORT_SYMBOL_GPL(myslab_heap_set_canaries);

/**
 * myslab_heap_name() - The name that a heap was created with.
 * @heap: The heap.
 *
 * Context: Any.
 * Return: The name; valid as long as the heap is.
 */
const char *myslab_heap_name(const struct myslab_heap *heap)
{
	return heap->self.name;
}
EXPORT_SYMBOL_GPL(myslab_heap_name);

/* One row a heap, of its pages: those with a block in them are active. */
static void row(struct myslab_allocator *allocator, struct myslab_row *row)
{
	unsigned long pages = atomic_long_read(&allocator->nr_pages);
	unsigned long empty = myslab_heap_reclaimable(allocator, NULL);
	unsigned long active = pages - min(empty, pages);

	*row = (struct myslab_row){
		.active_objs = active, .num_objs = pages,
		.objsize = PAGE_SIZE, .objperslab = 1, .pagesperslab = 1,
		.active_slabs = active, .num_slabs = pages,
	};
}

static bool owns(struct myslab_allocator *allocator, const void *addr)
{
	struct myslab_block block;

	if (myslab_pages_owned(allocator, addr))
		return true;
	/* Who was interrupted may hold the lock. */
	if (in_nmi())
		return false;
	return myslab_large_find(myslab_heap_of(allocator), addr, &block) !=
	       MYSLAB_NOT_OURS;
}

static void describe(struct myslab_allocator *allocator, const void *addr,
		     char *text, size_t size)
{
	struct myslab_heap *heap = myslab_heap_of(allocator);
	struct myslab_block block = { };

	if (in_nmi()) {
		strscpy(text, "in its pages", size);
		return;
	}
	if (myslab_small_find(heap, addr, &block) == MYSLAB_NOT_OURS)
		myslab_large_find(heap, addr, &block);
	if (block.base)
		scnprintf(text, size, "%ld into a block of %u bytes",
			  (long)(addr - block.base) - (long)block.pad,
			  block.size);
	else
		strscpy(text, "behind the last block of a slab", size);
}

const struct myslab_allocator_type myslab_heap_type = {
	.name = "heap",
	.row_prefix = "heap-",
	.row = row,
	.end = myslab_heap_end,
	.forget = myslab_heap_forget,
	.settle = myslab_heap_settle,
	.free = myslab_heap_free_struct,
	.upkeep = myslab_heap_upkeep,
	.reclaimable = myslab_heap_reclaimable,
	.reclaim = myslab_heap_reclaim,
	.letters = MYSLAB_DEBUG_FULL | MYSLAB_DEBUG_E,
	.debug_switch = myslab_heap_debug_switch,
	.debug_settle = myslab_heap_debug_settle,
	.validate = myslab_heap_validate,
	.owns = owns,
	.describe = describe,
	.users = myslab_heap_users,
};
