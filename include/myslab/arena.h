/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arenas: many objects of any size with one lifetime.
 *
 * An allocation takes the next bytes of a chunk; nothing is freed by itself.
 * Reset, rewind to a mark or destroy frees all at once, and costs the same
 * however many objects there were. Chunks stay with the arena after a reset,
 * so that the next request of the same size needs no page.
 *
 * One writer at a time, which may change, unless MYSLAB_ARENA_SHARED.
 */
#ifndef MYSLAB_ARENA_H
#define MYSLAB_ARENA_H

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct vm_area_struct;

/* Any number of writers on any CPUs, without a lock. */
#define MYSLAB_ARENA_SHARED	BIT(0)
/* User space can be given the memory: myslab_arena_mmap(). */
#define MYSLAB_ARENA_MAPPABLE	BIT(1)
/* It may write there, too. */
#define MYSLAB_ARENA_MAP_WRITE	BIT(2)
/* For DMA or virt_to_page(): objects never get guard pages (debug letter G). */
#define MYSLAB_ARENA_NO_GUARD	BIT(3)

/* Alignment of every allocation, and the largest one. */
#define MYSLAB_ARENA_ALIGN	16UL
#define MYSLAB_ARENA_MAX_SIZE	SZ_4M

/**
 * struct myslab_arena - What the inline allocation needs to see of an arena.
 * @next: Address of the next object, a multiple of 16.
 * @end: Of the memory from @next on; the same as @next where every allocation
 *	 has to leave the inline path.
 * @objects: Handed out from this chunk.
 *
 * The rest is behind it and nobody else's business.
 */
struct myslab_arena {
	unsigned long next;
	unsigned long end;
	unsigned long objects;
};

/**
 * struct myslab_arena_args - What an arena may be made of.
 * @chunk_size: Bytes got at a time, up to MYSLAB_ARENA_MAX_SIZE, rounded up to
 *		pages; 0: 64 KiB. Where memory is too fragmented a chunk is
 *		smaller; a request that is large beside it gets its own.
 * @limit: Bytes of chunks that the arena may hold, rounded down to pages;
 *	   0: no limit. Writers of a shared arena who each make a chunk at the
 *	   same time give those back that are over it.
 * @flags: MYSLAB_ARENA_* flags.
 */
struct myslab_arena_args {
	size_t chunk_size;
	size_t limit;
	unsigned int flags;
};

/**
 * struct myslab_arena_mark - A point that an arena can be rewound to.
 * @arena: Whose it is.
 * @chunk: Where allocation stood, and
 * @large: which was the last object with a chunk of its own.
 * @offset: Bytes taken from the chunk.
 * @objects: Taken from the chunk.
 * @serial: Tells a mark that is still valid from one that is not.
 */
struct myslab_arena_mark {
	const struct myslab_arena *arena;
	const void *chunk;
	const void *large;
	unsigned int offset;
	unsigned int objects;
	u64 serial;
};

/**
 * struct myslab_arena_stat - Counters of an arena, exact when nobody is in a
 *			      call, else consistent (used <= total).
 * @pages: Pages held in chunks.
 * @allocs: Objects handed out since creation.
 * @frees: Objects that reset and rewind have freed since.
 * @failures: Calls that returned no object.
 * @reports: Findings, see <myslab/report.h>.
 * @bytes_used: Bytes of chunks that are handed out, with what alignment took.
 * @bytes_total: Bytes of chunks.
 * @chunks: Chunks held.
 * @checks: Looks at memory by debugging, see <myslab/debug.h>.
 * @debugged: 1 if what is allocated now is debugged.
 */
struct myslab_arena_stat {
	unsigned long pages;
	unsigned long allocs;
	unsigned long frees;
	unsigned long failures;
	unsigned long reports;
	unsigned long bytes_used;
	unsigned long bytes_total;
	unsigned long chunks;
	unsigned long checks;
	unsigned long debugged;
};

struct myslab_arena *
myslab_arena_create_for(struct module *owner, const char *name,
			const struct myslab_arena_args *args);

/**
 * myslab_arena_create() - Create an arena.
 * @name: A letter, then letters, digits, '_', '.', '-'; unique among arenas;
 *	  at most MYSLAB_MAX_NAME characters. Copied.
 * @args: What it is made of, or %NULL for defaults. Copied.
 *
 * No chunk is made before it is needed.
 *
 * Context: Process context, may sleep.
 * Return: The arena, or an ERR_PTR: -EINVAL, -ENAMETOOLONG, -EEXIST, -ENOMEM;
 *	   one line in the log says what was wrong.
 */
static inline struct myslab_arena *
myslab_arena_create(const char *name, const struct myslab_arena_args *args)
{
	return myslab_arena_create_for(THIS_MODULE, name, args);
}

void myslab_arena_destroy(struct myslab_arena *arena);

void *myslab_arena_alloc_slow(struct myslab_arena *arena, size_t size,
			      gfp_t gfp);
void *myslab_arena_alloc_slow_caller(struct myslab_arena *arena, size_t size,
				     gfp_t gfp, unsigned long caller);

/**
 * myslab_arena_alloc() - Allocate from an arena.
 * @arena: Arena to allocate from.
 * @size: Bytes, 1 to MYSLAB_ARENA_MAX_SIZE.
 * @gfp: Whether the call may sleep, and __GFP_ZERO.
 *
 * One comparison refuses size 0 and what is too large, sends what does not fit
 * to the slow path, and everything where nothing may be taken inline: such
 * arenas show no room here. Room is a multiple of 16, so that a size that fits
 * still does when it is rounded up.
 *
 * Context: Any context except NMI. Sleeps only if @gfp allows it.
 * Return: Memory aligned to 16 bytes, contents undefined unless __GFP_ZERO or
 *	   the kernel's init_on_alloc asks for zeroes; %NULL if no page could
 *	   be had, at the limit, or if @size is not allowed, which is reported.
 */
static __always_inline void *
myslab_arena_alloc(struct myslab_arena *arena, size_t size, gfp_t gfp)
{
	unsigned long next = arena->next;

	/* Calls that are nothing elsewhere: might_alloc() is not quite. */
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
	if (unlikely(size - 1 >= arena->end - next ||
		     (gfp & (__GFP_ZERO | GFP_ZONEMASK))))
		return myslab_arena_alloc_slow(arena, size, gfp);
	/*
	 * Plain stores of words: who counts meanwhile reads them once each and
	 * gets the old or the new. The compiler may keep them in registers.
	 */
	arena->next = next + ALIGN(size, MYSLAB_ARENA_ALIGN);
	arena->objects++;
	return (void *)next;
}

/**
 * myslab_arena_alloc_caller() - Allocate from an arena for who calls a wrapper.
 * @arena: As for myslab_arena_alloc().
 * @size: As for myslab_arena_alloc().
 * @gfp: As for myslab_arena_alloc().
 * @caller: As for myslab_cache_alloc_caller(): _RET_IP_ in the wrapper.
 *
 * The comparison is the one of myslab_arena_alloc(), which is made once.
 *
 * Context: As myslab_arena_alloc().
 * Return: As myslab_arena_alloc().
 */
static __always_inline void *
myslab_arena_alloc_caller(struct myslab_arena *arena, size_t size, gfp_t gfp,
			  unsigned long caller)
{
	if (unlikely(size - 1 >= arena->end - arena->next ||
		     (gfp & (__GFP_ZERO | GFP_ZONEMASK))))
		return myslab_arena_alloc_slow_caller(arena, size, gfp, caller);
	return myslab_arena_alloc(arena, size, gfp);
}

/**
 * myslab_arena_zalloc() - Allocate zeroed memory from an arena.
 * @arena: As for myslab_arena_alloc().
 * @size: As for myslab_arena_alloc().
 * @gfp: As for myslab_arena_alloc().
 *
 * Context: As myslab_arena_alloc().
 * Return: As myslab_arena_alloc(), every byte of @size zero.
 */
static inline void *myslab_arena_zalloc(struct myslab_arena *arena, size_t size,
					gfp_t gfp)
{
	return myslab_arena_alloc_slow(arena, size, gfp | __GFP_ZERO);
}

void *myslab_arena_alloc_aligned(struct myslab_arena *arena, size_t size,
				 size_t align, gfp_t gfp);

struct myslab_arena_mark myslab_arena_mark(struct myslab_arena *arena);
void myslab_arena_rewind(struct myslab_arena *arena,
			 struct myslab_arena_mark mark);
void myslab_arena_reset(struct myslab_arena *arena);
unsigned long myslab_arena_trim(struct myslab_arena *arena);

void *myslab_arena_memdup(struct myslab_arena *arena, const void *src,
			  size_t len, gfp_t gfp);
char *myslab_arena_strdup(struct myslab_arena *arena, const char *s,
			  gfp_t gfp);
__printf(3, 4)
char *myslab_arena_printf(struct myslab_arena *arena, gfp_t gfp,
			  const char *fmt, ...);

int myslab_arena_mmap(struct myslab_arena *arena, struct vm_area_struct *vma);
loff_t myslab_arena_offset(struct myslab_arena *arena, const void *ptr);

void myslab_arena_stat(struct myslab_arena *arena,
		       struct myslab_arena_stat *stat);
const char *myslab_arena_name(struct myslab_arena *arena);

struct myslab_arena *
devm_myslab_arena_create_for(struct device *dev, struct module *owner,
			     const char *name,
			     const struct myslab_arena_args *args);

/**
 * devm_myslab_arena_create() - Create an arena that is destroyed with a device.
 * @dev: Device whose driver detaching destroys the arena.
 * @name: As for myslab_arena_create().
 * @args: As for myslab_arena_create().
 *
 * Context: Process context, may sleep.
 * Return: As myslab_arena_create().
 */
static inline struct myslab_arena *
devm_myslab_arena_create(struct device *dev, const char *name,
			 const struct myslab_arena_args *args)
{
	return devm_myslab_arena_create_for(dev, THIS_MODULE, name, args);
}

/* For __free(myslab_arena): destroyed when the variable goes out of scope. */
DEFINE_FREE(myslab_arena, struct myslab_arena *, myslab_arena_destroy(_T))

#endif
