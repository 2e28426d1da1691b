// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas in user space: a table from offsets to chunks, and the maps that find
 * their pages there when they are touched.
 *
 * The table outlives the arena: it is referenced by it and by each map, and
 * has a reference of its own to each page. A chunk gets the offsets behind
 * those of the last one when it is made, its pages zeroed before that, and
 * keeps them; so chunks that come later are found by maps that are there
 * already. What has no chunk is SIGBUS.
 *
 * A page that was shown stays in the table for as long as there are maps, so
 * that what they show goes on to be what the arena's owner writes: trim asks
 * before it takes a chunk. The code here outlives every map, since the file
 * that was mapped holds the client's module, and that holds ours.
 *
 * table->lock is a raw spinlock, inside arena->lock; see arena.h.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "arena.h"
#include "debug_guard.h"
#include "compat.h"
#include "pages.h"
#include "registry.h"
#include "report.h"

struct myslab_arena_table {
	struct kref ref;		/* the arena, and each map */
	raw_spinlock_t lock;		/* all below */
	struct rb_root chunks;		/* by pgoff, apart */
	unsigned long end;		/* pgoff behind the last one */
	unsigned long maps;
};

struct myslab_arena_table *myslab_table_new(void)
{
	struct myslab_arena_table *table;

	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	kref_init(&table->ref);
	raw_spin_lock_init(&table->lock);
	table->chunks = RB_ROOT;
	return table;
}

static unsigned int pages_of(const struct myslab_chunk *chunk)
{
	return chunk->size >> PAGE_SHIFT;
}

static struct myslab_chunk *chunk_at(const struct rb_node *node)
{
	return rb_entry(node, struct myslab_chunk, node);
}

static void put_pages_of(struct myslab_chunk *chunk)
{
	struct page *page = virt_to_page(chunk->base);
	unsigned int i;

	for (i = 0; i < pages_of(chunk); i++)
		put_page(page + i);
}

/* The arena is gone, and so is the last map: nobody else knows the chunks. */
static void release(struct kref *ref)
{
	struct myslab_arena_table *table;
	struct rb_node *node;

	table = container_of(ref, struct myslab_arena_table, ref);
	while ((node = table->chunks.rb_node)) {
		struct myslab_chunk *chunk = chunk_at(node);

		rb_erase(node, &table->chunks);
		put_pages_of(chunk);
		kfree(chunk);
	}
	kfree(table);
}

void myslab_table_put(struct myslab_arena_table *table)
{
	kref_put(&table->ref, release);
}

/* A new chunk gets its offsets: the highest so far. */
void myslab_table_add(struct myslab_arena_table *table,
		      struct myslab_chunk *chunk)
{
	struct page *page = virt_to_page(chunk->base);
	struct rb_node **link, *parent = NULL;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < pages_of(chunk); i++)
		get_page(page + i);

	raw_spin_lock_irqsave(&table->lock, flags);
	chunk->pgoff = table->end;
	table->end += pages_of(chunk);
	for (link = &table->chunks.rb_node; *link; link = &parent->rb_right)
		parent = *link;
	rb_link_node(&chunk->node, parent, link);
	rb_insert_color(&chunk->node, &table->chunks);
	raw_spin_unlock_irqrestore(&table->lock, flags);
}

/*
 * Take a chunk out, unless a map may show it. The offsets at the end are used
 * again, so that they do not rise for ever.
 */
bool myslab_table_remove(struct myslab_arena_table *table,
			 struct myslab_chunk *chunk)
{
	struct myslab_chunk *last;
	struct rb_node *node;
	unsigned long flags;

	raw_spin_lock_irqsave(&table->lock, flags);
	if (chunk->seen && table->maps) {
		raw_spin_unlock_irqrestore(&table->lock, flags);
		return false;
	}
	rb_erase(&chunk->node, &table->chunks);
	RB_CLEAR_NODE(&chunk->node);
	node = rb_last(&table->chunks);
	last = node ? chunk_at(node) : NULL;
	table->end = last ? last->pgoff + pages_of(last) : 0;
	raw_spin_unlock_irqrestore(&table->lock, flags);
	put_pages_of(chunk);
	return true;
}

/* The page at an offset, with a reference; NULL: there is none, yet. */
static struct page *find_page(struct myslab_arena_table *table,
			      unsigned long pgoff)
{
	struct page *page = NULL;
	struct rb_node *node;
	unsigned long flags;

	raw_spin_lock_irqsave(&table->lock, flags);
	node = table->chunks.rb_node;
	while (node && !page) {
		struct myslab_chunk *chunk = chunk_at(node);

		if (pgoff < chunk->pgoff) {
			node = node->rb_left;
		} else if (pgoff - chunk->pgoff >= pages_of(chunk)) {
			node = node->rb_right;
		} else {
			chunk->seen = true;
			page = virt_to_page(chunk->base) + pgoff - chunk->pgoff;
			get_page(page);
		}
	}
	raw_spin_unlock_irqrestore(&table->lock, flags);
	return page;
}

static void count_maps(struct myslab_arena_table *table, long change)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&table->lock, flags);
	table->maps += change;
	raw_spin_unlock_irqrestore(&table->lock, flags);
}

/* A map was copied by fork(), moved, or cut in two. */
static void map_open(struct vm_area_struct *vma)
{
	struct myslab_arena_table *table = vma->vm_private_data;

	kref_get(&table->ref);
	count_maps(table, 1);
}

static void map_close(struct vm_area_struct *vma)
{
	struct myslab_arena_table *table = vma->vm_private_data;

	count_maps(table, -1);
	myslab_table_put(table);
}

static vm_fault_t map_fault(struct vm_fault *vmf)
{
	vmf->page = find_page(vmf->vma->vm_private_data, vmf->pgoff);
	return vmf->page ? 0 : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct map_ops = {
	.open = map_open,
	.close = map_close,
	.fault = map_fault,
};

/**
 * myslab_arena_mmap() - Let user space map an arena; from a file's mmap.
 * @arena: Made with MYSLAB_ARENA_MAPPABLE.
 * @vma: What is being mapped. Its offset counts in the arena's memory, see
 *	 myslab_arena_offset(); it may reach beyond that, for what comes later.
 *
 * The map is read-only for good unless the arena was made with
 * MYSLAB_ARENA_MAP_WRITE; there, a private map gives copies of the pages it
 * writes to. Pages are zero where nobody has written, and nobody's but the
 * arena's. Touching an offset that has no memory yet is SIGBUS. The map goes
 * on, with what is in it, when the arena is destroyed. The file's operations
 * name their module as owner, as always: that keeps the code of maps loaded.
 *
 * Context: Process context, may sleep.
 * Return: 0, -EACCES if @vma is writable and must not be, -EINVAL if @arena
 *	   cannot be mapped, -ENXIO if it was destroyed.
 */
int myslab_arena_mmap(struct myslab_arena *arena, struct vm_area_struct *vma)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);

	if (!myslab_arena_is_usable(body, "mmap"))
		return -ENXIO;
	if (!body->table) {
		myslab_report_on(MYSLAB_BAD_ARGS, &body->self, NULL,
				 "mmap refused: it was made without MYSLAB_ARENA_MAPPABLE");
		return -EINVAL;
	}
	if (!(body->flags & MYSLAB_ARENA_MAP_WRITE)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		myslab_vma_clear_flags(vma, VM_MAYWRITE);
	}
	myslab_vma_set_flags(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = body->table;
	vma->vm_ops = &map_ops;
	map_open(vma);
	return 0;
}
EXPORT_SYMBOL_GPL(myslab_arena_mmap);

static void report_foreign(struct myslab_arena_body *arena, const void *ptr)
{
	struct myslab_allocator *owner;

	rcu_read_lock();
	owner = myslab_registry_owner(ptr);
	if (owner)
		myslab_report_on(MYSLAB_WRONG_OWNER, &arena->self, ptr,
				 "has no offset here: %s %s owns it",
				 owner->type->name, owner->name);
	else
		myslab_report_on(MYSLAB_BAD_ARGS, &arena->self, ptr,
				 "has no offset here: it is not from this arena");
	rcu_read_unlock();
}

/**
 * myslab_arena_offset() - Where a map of an arena shows an address.
 * @arena: Made with MYSLAB_ARENA_MAPPABLE.
 * @ptr: In memory that was allocated from it and is not yet freed; what is not
 *	 in its chunks is reported.
 *
 * Context: Any context except NMI.
 * Return: The offset in bytes, as for mmap(2), or -EINVAL.
 */
loff_t myslab_arena_offset(struct myslab_arena *arena, const void *ptr)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);
	struct myslab_chunk *chunk;

	if (!myslab_arena_is_usable(body, "offset"))
		return -EINVAL;
	if (!myslab_pages_owned(&body->self, ptr) &&
	    !myslab_guard_of(&body->self, ptr)) {
		report_foreign(body, ptr);
		return -EINVAL;
	}
	if (!body->table) {
		myslab_report_on(MYSLAB_BAD_ARGS, &body->self, ptr,
				 "has no offset: the arena was made without MYSLAB_ARENA_MAPPABLE");
		return -EINVAL;
	}
	chunk = myslab_page_slab(virt_to_page(ptr));
	return ((loff_t)chunk->pgoff << PAGE_SHIFT) + (ptr - chunk->base);
}
EXPORT_SYMBOL_GPL(myslab_arena_offset);
