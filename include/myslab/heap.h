/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps: blocks of any size, from a byte to megabytes, over pages of their own.
 *
 * Up to MYSLAB_HEAP_SMALL bytes a block comes from a size class: 8 bytes apart
 * up to 512, then eighths of a power of two. Larger ones, and those that nearly
 * fill 1 to 4 pages, are whole pages, contiguous where that can be had, else
 * mapped so. No block has a header.
 *
 * free() needs no size and proves that it was given the start of a block that
 * is out; anything else is reported (see <myslab/report.h>), never followed.
 * With canaries on, what was written before or behind a block is found too,
 * when it is freed or resized.
 */
#ifndef MYSLAB_HEAP_H
#define MYSLAB_HEAP_H

#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct myslab_heap;

/* Blocks above this are whole pages always; and the largest of all. */
#define MYSLAB_HEAP_SMALL	SZ_16K
#define MYSLAB_HEAP_MAX		SZ_1G
/* The largest alignment. */
#define MYSLAB_HEAP_MAX_ALIGN	SZ_1M

/* Guard every block with canaries, from the first on. */
#define MYSLAB_HEAP_CANARY	BIT(0)
/*
 * No block is mapped, and each is aligned to the largest power of two in its
 * size, as kmalloc()'s are; with a guard, to a page at most.
 */
#define MYSLAB_HEAP_CONTIGUOUS	BIT(1)
/* Blocks may be used for DMA or virt_to_page(): no guard pages. */
#define MYSLAB_HEAP_NO_GUARD	BIT(2)

/**
 * struct myslab_heap_args - What a heap needs beyond its name.
 * @limit: Bytes that it may hold, in whole pages; 0: no limit.
 * @flags: MYSLAB_HEAP_* flags.
 */
struct myslab_heap_args {
	size_t limit;
	unsigned int flags;
};

/**
 * struct myslab_heap_stat - Counters of a heap, exact when nobody is in a
 *			     call, else consistent (requested <= used).
 * @pages: Pages held.
 * @allocs: Blocks handed out since creation.
 * @frees: Blocks taken back since creation.
 * @failures: Calls that got nothing.
 * @reports: Findings, see <myslab/report.h>.
 * @bytes_used: Bytes that the blocks with clients take.
 * @bytes_requested: Bytes that clients asked for, of those.
 * @bytes_free: Bytes held that are in no block, ready to be handed out.
 * @largest_free: Largest block that needs no new page.
 * @blocks: Blocks with clients.
 * @quarantined: Blocks withdrawn for good after a finding.
 * @pages_mapped: Of the pages, those that are contiguous by mapping only.
 * @checks: Looks at blocks by debugging, see <myslab/debug.h>.
 * @undressed: Blocks handed out without, since it had no memory.
 * @debugged: 1 if blocks that are allocated now are debugged.
 */
struct myslab_heap_stat {
	unsigned long pages;
	unsigned long allocs;
	unsigned long frees;
	unsigned long failures;
	unsigned long reports;
	unsigned long bytes_used;
	unsigned long bytes_requested;
	unsigned long bytes_free;
	unsigned long largest_free;
	unsigned long blocks;
	unsigned long quarantined;
	unsigned long pages_mapped;
	unsigned long checks;
	unsigned long undressed;
	unsigned long debugged;
};

struct myslab_heap *
myslab_heap_create_for(struct module *owner, const char *name,
		       const struct myslab_heap_args *args);

/**
 * myslab_heap_create() - Create a heap.
 * @name: A letter, then letters, digits, '_', '.', '-'; unique among heaps; at
 *	  most MYSLAB_MAX_NAME characters. Copied.
 * @args: The rest, or %NULL for defaults. Copied.
 *
 * Context: Process context, may sleep.
 * Return: The heap, or an ERR_PTR: -EINVAL, -ENAMETOOLONG, -EEXIST, -ENOMEM;
 *	   one line in the log says what was wrong.
 */
static inline struct myslab_heap *
myslab_heap_create(const char *name, const struct myslab_heap_args *args)
{
	return myslab_heap_create_for(THIS_MODULE, name, args);
}

void myslab_heap_destroy(struct myslab_heap *heap);

void *myslab_heap_alloc(struct myslab_heap *heap, size_t size, gfp_t gfp);
void *myslab_heap_alloc_caller(struct myslab_heap *heap, size_t size, gfp_t gfp,
			       unsigned long caller);
void *myslab_heap_calloc(struct myslab_heap *heap, size_t n, size_t size,
			 gfp_t gfp);
void *myslab_heap_alloc_aligned(struct myslab_heap *heap, size_t size,
				size_t align, gfp_t gfp);
void *myslab_heap_realloc(struct myslab_heap *heap, void *p, size_t size,
			  gfp_t gfp);
void *myslab_heap_realloc_caller(struct myslab_heap *heap, void *p, size_t size,
				 gfp_t gfp, unsigned long caller);
void myslab_heap_free(struct myslab_heap *heap, void *p);
size_t myslab_heap_size(struct myslab_heap *heap, const void *p);

/**
 * myslab_heap_zalloc() - Allocate a zeroed block.
 * @heap: Heap to allocate from.
 * @size: As for myslab_heap_alloc().
 * @gfp: As for myslab_heap_alloc().
 *
 * Context: As myslab_heap_alloc().
 * Return: The block, every usable byte of it zero, or %NULL.
 */
static inline void *myslab_heap_zalloc(struct myslab_heap *heap, size_t size,
				       gfp_t gfp)
{
	return myslab_heap_alloc(heap, size, gfp | __GFP_ZERO);
}

char *myslab_heap_strcat(struct myslab_heap *heap, const char *a,
			 const char *b, gfp_t gfp);

unsigned long myslab_heap_trim(struct myslab_heap *heap);
void myslab_heap_stat(struct myslab_heap *heap, struct myslab_heap_stat *stat);
void myslab_heap_set_canaries(struct myslab_heap *heap, bool on);
const char *myslab_heap_name(const struct myslab_heap *heap);

struct myslab_heap *
devm_myslab_heap_create_for(struct device *dev, struct module *owner,
			    const char *name,
			    const struct myslab_heap_args *args);

/**
 * devm_myslab_heap_create() - Create a heap that is destroyed with a device.
 * @dev: Device whose driver detaching destroys the heap.
 * @name: As for myslab_heap_create().
 * @args: As for myslab_heap_create().
 *
 * Context: Process context, may sleep.
 * Return: As myslab_heap_create().
 */
static inline struct myslab_heap *
devm_myslab_heap_create(struct device *dev, const char *name,
			const struct myslab_heap_args *args)
{
	return devm_myslab_heap_create_for(dev, THIS_MODULE, name, args);
}

/* For __free(myslab_heap): destroyed when the variable goes out of scope. */
DEFINE_FREE(myslab_heap, struct myslab_heap *, myslab_heap_destroy(_T))

#endif
