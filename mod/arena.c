// SPDX-License-Identifier: GPL-2.0
/*
 * The life of an arena, and what it answers to those who ask all allocators.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arena.h"
#include "ledger.h"
#include "pages.h"
#include "registry.h"
#include "report.h"

#define ALL_FLAGS (MYSLAB_ARENA_SHARED | MYSLAB_ARENA_MAPPABLE | \
		   MYSLAB_ARENA_MAP_WRITE | MYSLAB_ARENA_NO_GUARD)

#define refuse(name, fmt, ...)						\
	myslab_report(MYSLAB_BAD_ARGS, "arena", name, NULL,		\
		      "not created: " fmt, ##__VA_ARGS__)

static const struct myslab_allocator_type arena_type;

static int check_args(const char *name, const struct myslab_arena_args *args)
{
	int err = myslab_registry_check_name(&arena_type, name);

	if (err)
		return err;
	if (args->chunk_size > MYSLAB_ARENA_MAX_SIZE) {
		refuse(name, "chunk_size %zu is over %d", args->chunk_size,
		       MYSLAB_ARENA_MAX_SIZE);
		return -EINVAL;
	}
	if (args->limit && args->limit < PAGE_SIZE) {
		refuse(name, "limit %zu is less than a page", args->limit);
		return -EINVAL;
	}
	if (args->flags & ~ALL_FLAGS) {
		refuse(name, "flags %#lx are unknown",
		       args->flags & ~ALL_FLAGS);
		return -EINVAL;
	}
	if ((args->flags & MYSLAB_ARENA_MAP_WRITE) &&
	    !(args->flags & MYSLAB_ARENA_MAPPABLE)) {
		refuse(name, "MYSLAB_ARENA_MAP_WRITE needs MYSLAB_ARENA_MAPPABLE");
		return -EINVAL;
	}
	return 0;
}

static struct myslab_arena_body *blank_arena(void)
{
	struct myslab_allocator *grave = myslab_registry_dig_up(&arena_type);
	struct myslab_arena_body *arena;

	if (!grave)
		return kzalloc(sizeof(*arena), GFP_KERNEL);
	arena = myslab_arena_of(grave);
	myslab_arena_debug_forget(arena);
	memset(arena, 0, sizeof(*arena));
	return arena;
}

static void init_arena(struct myslab_arena_body *arena, struct module *owner,
		       const char *name, const struct myslab_arena_args *args)
{
	myslab_registry_init(&arena->self, &arena_type, owner, name);
	arena->flags = args->flags;
	arena->zeroes = want_init_on_alloc(0);
	arena->hides = arena->zeroes;
	arena->plain = !(args->flags & MYSLAB_ARENA_SHARED);
	arena->chunk_size = PAGE_ALIGN(args->chunk_size ? : SZ_64K);
	arena->limit = args->limit ? args->limit & PAGE_MASK : ULONG_MAX;
	if (args->flags & MYSLAB_ARENA_NO_GUARD)
		arena->self.lacks = MYSLAB_DEBUG_G;
	/* User space would see it. */
	if (args->flags & MYSLAB_ARENA_MAPPABLE)
		arena->self.lacks = MYSLAB_DEBUG_P | MYSLAB_DEBUG_Z |
				    MYSLAB_DEBUG_G;
	raw_spin_lock_init(&arena->lock);
	INIT_LIST_HEAD(&arena->usual.chunks);
	INIT_LIST_HEAD(&arena->large.chunks);
}

/**
 * myslab_arena_create_for() - Create an arena in the name of another module.
 * @owner: Module whose unload ends the arena at the latest, and which reports
 *	   name; %NULL: the kernel itself.
 * @name: As for myslab_arena_create(), which is what most callers want.
 * @args: As there.
 *
 * Context: Process context, may sleep.
 * Return: The arena, or an ERR_PTR.
 */
struct myslab_arena *
myslab_arena_create_for(struct module *owner, const char *name,
			const struct myslab_arena_args *args)
{
	static const struct myslab_arena_args defaults;
	struct myslab_arena_body *arena;
	int err;

	might_sleep();
	if (!args)
		args = &defaults;
	err = check_args(name, args);
	if (err)
		return ERR_PTR(err);

	err = -ENOMEM;
	arena = blank_arena();
	if (!arena)
		goto err_say;
	init_arena(arena, owner, name, args);
	if (args->flags & MYSLAB_ARENA_MAPPABLE) {
		arena->table = myslab_table_new();
		if (!arena->table)
			goto err_free_arena;
	}
	err = myslab_debug_add(&arena->self);
	if (err)
		goto err_put_table;
	return &arena->head;

err_put_table:
	if (arena->table)
		myslab_table_put(arena->table);
err_free_arena:
	myslab_arena_debug_forget(arena);
	kfree(arena);
err_say:
	myslab_registry_refused(&arena_type, name, err);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(myslab_arena_create_for);

/* Its objects end with it: only one that nobody destroyed is a finding. */
static void end(struct myslab_allocator *allocator, const char *why)
{
	struct myslab_arena_body *arena = myslab_arena_of(allocator);
	unsigned long bytes;
	unsigned long flags;
	LIST_HEAD(chunks);

	myslab_arena_debug_end(arena);
	raw_spin_lock_irqsave(&arena->lock, flags);
	bytes = myslab_row_fill(arena, &arena->usual).bytes +
		myslab_row_fill(arena, &arena->large).bytes;
	arena->usual.last = NULL;
	arena->large.last = NULL;
	memset(&arena->head, 0, sizeof(arena->head));
	list_splice_init(&arena->usual.chunks, &chunks);
	list_splice_init(&arena->large.chunks, &chunks);
	arena->nr_chunks = 0;
	arena->bytes = 0;
	raw_spin_unlock_irqrestore(&arena->lock, flags);

	myslab_chunks_free(arena, &chunks);
	if (arena->table)
		myslab_table_put(arena->table);
	arena->table = NULL;
	if (why)
		myslab_report_on(MYSLAB_LEAK, allocator, NULL,
				 "%s, with %lu bytes in use, made by module %s",
				 why, bytes, allocator->owner_name);
	myslab_ledger_close(allocator);
}

/**
 * myslab_arena_destroy() - Destroy an arena with everything in it.
 * @arena: What create returned; %NULL or an ERR_PTR: nothing happens.
 *
 * Maps of it go on showing its memory until they are unmapped.
 *
 * Context: Process context, may sleep; not in a shrinker, as reclaim may have
 *	    come from a switch of debugging that this waits for. Nobody else
 *	    uses the arena.
 */
void myslab_arena_destroy(struct myslab_arena *arena)
{
	if (!IS_ERR_OR_NULL(arena))
		myslab_registry_destroy(&arena_type,
					&myslab_arena_body(arena)->self);
}
EXPORT_SYMBOL_GPL(myslab_arena_destroy);

/**
 * myslab_arena_trim() - Give back the chunks that hold no object.
 * @arena: Arena; its writer is not in a call, unless it is a shared one.
 *
 * Chunks that a map has shown stay for as long as there are maps.
 *
 * Context: As myslab_arena_alloc() that may not sleep.
 * Return: Pages given back.
 */
unsigned long myslab_arena_trim(struct myslab_arena *arena)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);
	unsigned long flags;
	LIST_HEAD(spare);

	if (!myslab_arena_is_usable(body, "trim"))
		return 0;
	raw_spin_lock_irqsave(&body->lock, flags);
	myslab_rows_take_spare(body, &spare);
	raw_spin_unlock_irqrestore(&body->lock, flags);
	return myslab_chunks_free(body, &spare);
}
EXPORT_SYMBOL_GPL(myslab_arena_trim);

/**
 * myslab_arena_name() - The name that an arena was created with.
 * @arena: The arena.
 *
 * Context: Any.
 * Return: The name, valid for as long as the arena.
 */
const char *myslab_arena_name(struct myslab_arena *arena)
{
	return myslab_arena_body(arena)->self.name;
}
EXPORT_SYMBOL_GPL(myslab_arena_name);

/* Both rows together. Pages are read in time: they are made before added. */
static struct myslab_fill fill_of(struct myslab_arena_body *arena)
{
	struct myslab_fill usual, large;

	usual = myslab_row_fill(arena, &arena->usual);
	large = myslab_row_fill(arena, &arena->large);
	usual.bytes += large.bytes;
	usual.objects += large.objects;
	usual.pages += large.pages;
	return usual;
}

/**
 * myslab_arena_stat() - Read the counters of an arena.
 * @arena: Arena to look at; after destroy it counts 0 but for the findings.
 * @stat: Where they are put.
 *
 * Context: Any context except NMI.
 */
void myslab_arena_stat(struct myslab_arena *arena,
		       struct myslab_arena_stat *stat)
{
	struct myslab_arena_body *body = myslab_arena_body(arena);
	const struct myslab_ledger *ledger = myslab_ledger_of(&body->self);
	struct myslab_fill fill;
	unsigned long flags;

	raw_spin_lock_irqsave(&body->lock, flags);
	fill = fill_of(body);
	*stat = (struct myslab_arena_stat){
		.allocs = body->frees + fill.objects,
		.frees = body->frees,
		.bytes_used = fill.bytes,
		.bytes_total = body->bytes,
		.chunks = body->nr_chunks,
	};
	raw_spin_unlock_irqrestore(&body->lock, flags);
	stat->pages = atomic_long_read(&body->self.nr_pages);
	stat->failures = atomic_long_read(&body->self.failures);
	stat->reports = atomic_long_read(&body->self.reports);
	stat->checks = myslab_ledger_checks(ledger);
	stat->debugged = !!myslab_ledger_letters(ledger);
}
EXPORT_SYMBOL_GPL(myslab_arena_stat);

static void row(struct myslab_allocator *allocator, struct myslab_row *row)
{
	struct myslab_arena_body *arena = myslab_arena_of(allocator);
	unsigned long flags, used, total;

	raw_spin_lock_irqsave(&arena->lock, flags);
	used = fill_of(arena).pages;
	total = max_t(unsigned long, used,
		      atomic_long_read(&allocator->nr_pages));
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	*row = (struct myslab_row){
		.active_objs = used,
		.num_objs = total,
		.objsize = PAGE_SIZE,
		.objperslab = 1,
		.pagesperslab = 1,
		.active_slabs = used,
		.num_slabs = total,
	};
}

static bool owns(struct myslab_allocator *allocator, const void *addr)
{
	return myslab_pages_owned(allocator, addr);
}

static void describe(struct myslab_allocator *allocator, const void *addr,
		     char *text, size_t size)
{
	struct myslab_arena_sight sight = { .addr = addr };

	if (myslab_arena_look(myslab_arena_of(allocator), &sight))
		scnprintf(text, size, "at %+ld of an object of %zu bytes, freed by reset only",
			  (long)(addr - sight.region.start), sight.region.size);
	else
		scnprintf(text, size, "+%lu in a page, freed by reset only",
			  offset_in_page(addr));
}

static void users(struct myslab_allocator *allocator, const void *addr,
		  struct myslab_lines *to)
{
	struct myslab_track tracks[MYSLAB_NR_TRACKS];
	struct myslab_arena_sight sight = { .addr = addr, .tracks = tracks };

	if (myslab_arena_look(myslab_arena_of(allocator), &sight))
		myslab_tracks_print(sight.region.tracks, MYSLAB_NR_TRACKS,
				    ktime_get_mono_fast_ns(), to);
}

static void free_struct(struct myslab_allocator *allocator)
{
	struct myslab_arena_body *arena = myslab_arena_of(allocator);

	myslab_arena_debug_forget(arena);
	kfree(arena);
}

static const struct myslab_allocator_type arena_type = {
	.name = "arena",
	.row_prefix = "arena-",
	.row = row,
	.end = end,
	.free = free_struct,
	.owns = owns,
	.describe = describe,
	.users = users,
	.letters = MYSLAB_DEBUG_Z | MYSLAB_DEBUG_P | MYSLAB_DEBUG_U |
		   MYSLAB_DEBUG_L | MYSLAB_DEBUG_E | MYSLAB_DEBUG_G,
	.debug_prepare = myslab_arena_debug_prepare,
	.validate = myslab_arena_validate,
};
