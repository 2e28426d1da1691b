// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a pool, and what it answers to those who ask.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pool.h"
#include "registry.h"
#include "report.h"

/* Of a destroyed pool: no free brings it back to where it could be claimed. */
#define SPARE_CLOSED	(INT_MIN / 2)

static void free_struct(struct myslab_allocator *allocator)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);

	myslab_pool_debug_free(pool);
	myslab_pool_free_maps(pool);
	kfree(pool);
}

static struct myslab_pool_body *blank_pool(void)
{
	struct myslab_allocator *grave;
	struct myslab_pool_body *pool;

	grave = myslab_registry_dig_up(&myslab_pool_type);
	if (!grave)
		return kzalloc(sizeof(*pool), GFP_KERNEL);
	pool = myslab_pool_of(grave);
	myslab_pool_debug_free(pool);
	myslab_pool_free_maps(pool);
	memset(pool, 0, sizeof(*pool));
	return pool;
}

/* 64-bit inverse from that of 32: one more step of Newton's. */
static void init_front(struct myslab_pool_body *pool)
{
	unsigned long odd = pool->stride >> pool->shift;
	unsigned long x = pool->inverse;

	pool->front.inverse = x * (2 - odd * x);
	pool->front.shift = pool->shift;
	pool->front.stride = pool->stride;
	pool->front.base = ~0UL;
}

static void init_pool(struct myslab_pool_body *pool, struct module *owner,
		      const char *name, size_t size, unsigned int nr,
		      const struct myslab_pool_args *args)
{
	myslab_registry_init(&pool->self, &myslab_pool_type, owner, name);
	if (args->flags & MYSLAB_DMA)
		pool->self.gfp_pages |= GFP_DMA;
	if (args->flags & MYSLAB_DMA32)
		pool->self.gfp_pages |= GFP_DMA32;
	if (args->flags & MYSLAB_ACCOUNT)
		pool->self.gfp_pages |= __GFP_ACCOUNT;
	pool->size = size;
	pool->flags = args->flags;
	pool->zeroes = want_init_on_alloc(0) || want_init_on_free();

	pool->zones = size <= MYSLAB_POOL_ZONED_MAX &&
		      myslab_debug_wants(&pool->self, MYSLAB_DEBUG_Z);
	pool->self.lacks = myslab_pool_lacks(pool);
	myslab_pool_lay_out(pool, size, nr, args);
	init_front(pool);
	myslab_pool_wait_init(pool);
	atomic_set(&pool->spare, -1);
	if (!myslab_pool_is_private(pool)) {
		atomic_set(&pool->spare, nr - 1);
		pool->low = nr;
	}
}

/**
 * myslab_pool_create_for() - Create a pool in the name of another module.
 * @owner: Module whose unload ends the pool at the latest, and which reports
 *	   name; %NULL: the kernel itself.
 * @name: As for myslab_pool_create(), which is what most callers want.
 * @block_size: Bytes of a block.
 * @nr_blocks: Number of blocks.
 * @args: The rest, or %NULL.
 *
 * Context: Process context, may sleep.
 * Return: The pool, or an ERR_PTR.
 */
struct myslab_pool *
myslab_pool_create_for(struct module *owner, const char *name,
		       size_t block_size, unsigned int nr_blocks,
		       const struct myslab_pool_args *args)
{
	static const struct myslab_pool_args defaults;
	struct myslab_pool_body *pool;
	int err;

	might_sleep();
	if (!args)
		args = &defaults;
	err = myslab_pool_check_args(name, block_size, nr_blocks, args);
	if (err)
		return ERR_PTR(err);

	pool = blank_pool();
	if (!pool) {
		err = -ENOMEM;
		goto err_say;
	}
	init_pool(pool, owner, name, block_size, nr_blocks, args);
	err = myslab_pool_get_chunks(pool);
	if (err)
		goto err_free_pool;
	myslab_pool_debug_dress(pool);
	err = myslab_debug_add(&pool->self);
	if (err)
		goto err_put_chunks;
	return &pool->front;

err_put_chunks:
	myslab_pool_put_chunks(pool, true);
err_free_pool:
	free_struct(&pool->self);
err_say:
	myslab_registry_refused(&myslab_pool_type, name, err);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(myslab_pool_create_for);

/**
 * myslab_pool_destroy() - Destroy a pool.
 * @pool: What create returned; %NULL or an ERR_PTR: nothing happens.
 *
 * Blocks that are still out are reported as a leak; freeing them later is
 * harmless.
 *
 * Context: Process context, may sleep; not in a shrinker, as reclaim may have
 *	    come from a switch of debugging that this waits for. Nobody else
 *	    uses the pool.
 */
void myslab_pool_destroy(struct myslab_pool *pool)
{
	if (!IS_ERR_OR_NULL(pool))
		myslab_registry_destroy(&myslab_pool_type,
					&myslab_pool_body(pool)->self);
}
EXPORT_SYMBOL_GPL(myslab_pool_destroy);

static void report_leak(struct myslab_pool_body *pool, const char *why)
{
	void *first[MYSLAB_LEAKS_SHOWN];
	unsigned int nr, i;

	nr = myslab_pool_out(pool, 0, pool->nr_blocks, first,
			     MYSLAB_LEAKS_SHOWN);
	if (!nr && !why)
		return;
	myslab_report_on(MYSLAB_LEAK, &pool->self, nr ? first[0] : NULL,
			 "%s, with %u of its %u blocks out, made by module %s",
			 why ? : "destroyed", nr, pool->nr_blocks,
			 pool->self.owner_name);
	myslab_sites_print_leak(&pool->self, nr);
	for (i = 0; i < min_t(unsigned int, nr, MYSLAB_LEAKS_SHOWN); i++) {
		myslab_report_still_out(first[i], pool->size);
		myslab_pool_users(&pool->self, first[i], &myslab_log_lines);
	}
}

static unsigned long count_allocs(struct myslab_pool_body *pool)
{
	unsigned long nr = READ_ONCE(pool->front.allocs);
	unsigned int cpu;

	if (pool->cpu)
		for_each_possible_cpu(cpu)
			nr += READ_ONCE(per_cpu_ptr(pool->cpu, cpu)->allocs);
	return nr;
}

/* Nobody allocates any more, and late frees go the slow way. */
static void close_paths(struct myslab_pool_body *pool)
{
	unsigned int i;

	pool->front.allocs = count_allocs(pool);
	free_percpu(pool->cpu);
	pool->cpu = NULL;
	for (i = 0; i < pool->nr_leaves; i++)
		WRITE_ONCE(pool->leaves[i].nr, 0);
}

/*
 * Empty a pool that is no longer listed. Chunks with blocks out stay until
 * the module goes, with the maps, so that a late free is still one.
 */
static void end(struct myslab_allocator *allocator, const char *why)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);

	atomic_set(&pool->spare, SPARE_CLOSED);
	myslab_pool_dismiss(pool);
	myslab_pool_private_put_front(pool);
	/* Who found it in the registry may be about to describe a block. */
	synchronize_rcu_expedited();
	close_paths(pool);

	report_leak(pool, why);
	if (myslab_pool_put_chunks(pool, false))
		return;
	myslab_pool_debug_close(pool);
	myslab_pool_free_maps(pool);
}

static void forget(struct myslab_allocator *allocator)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);

	if (pool->leaves)
		myslab_pool_put_chunks(pool, true);
}

static unsigned int count_used(struct myslab_pool_body *pool)
{
	int avail = max(myslab_pool_avail(pool), 0);

	if (!myslab_is_live(&pool->self))
		return pool->leaves ? myslab_pool_out(pool, 0, pool->nr_blocks,
						      NULL, 0) : 0;
	if (myslab_pool_is_private(pool))
		return myslab_pool_private_used(pool);
	return pool->nr_blocks - avail - atomic_read(&pool->condemned);
}

/**
 * myslab_pool_stat() - Read a pool's counters.
 * @pool: The pool.
 * @stat: Filled in.
 *
 * Context: Any context.
 */
void myslab_pool_stat(struct myslab_pool *pool, struct myslab_pool_stat *stat)
{
	struct myslab_pool_body *body = myslab_pool_body(pool);
	unsigned int used = min(count_used(body), body->nr_blocks);
	unsigned long allocs = count_allocs(body);
	const struct myslab_ledger *ledger = myslab_ledger_of(&body->self);

	*stat = (struct myslab_pool_stat){
		.pages = atomic_long_read(&body->self.nr_pages),
		.allocs = allocs,
		.frees = allocs - min_t(unsigned long, allocs, used),
		.failures = atomic_long_read(&body->self.failures),
		.reports = atomic_long_read(&body->self.reports),
		.blocks_used = used,
		.blocks_total = body->nr_blocks,
		.block_size = body->size,
		.blocks_peak = myslab_pool_is_private(body) ?
			       READ_ONCE(body->nr_opened) :
			       body->nr_blocks - READ_ONCE(body->low),
		.waiting = READ_ONCE(body->nr_waiting),
		.waits = READ_ONCE(body->waits),
		.quarantined = atomic_read(&body->condemned),
		.checks = myslab_ledger_checks(ledger),
		.debugged = !!myslab_ledger_letters(ledger),
	};
}
EXPORT_SYMBOL_GPL(myslab_pool_stat);

/**
 * myslab_pool_name() - The name a pool was created with.
 * @pool: The pool.
 *
 * Context: Any.
 * Return: The name, valid as long as the pool is.
 */
const char *myslab_pool_name(const struct myslab_pool *pool)
{
	return myslab_pool_body(pool)->self.name;
}
EXPORT_SYMBOL_GPL(myslab_pool_name);

/**
 * myslab_pool_index() - The index of a block, as hardware may want it.
 * @pool: Pool it belongs to.
 * @block: The block, out or free.
 *
 * Context: Any.
 * Return: 0 up to the number of blocks, less one; -EINVAL: no block of @pool.
 */
int myslab_pool_index(struct myslab_pool *pool, const void *block)
{
	struct myslab_pool_body *body = myslab_pool_body(pool);
	struct myslab_pool_place place;

	block = myslab_guard_real(&body->self, block);
	if (!myslab_pool_find(body, block, &place))
		return -EINVAL;
	return myslab_pool_index_of(body, place.leaf, place.bit);
}
EXPORT_SYMBOL_GPL(myslab_pool_index);

/**
 * myslab_pool_block() - The block of an index.
 * @pool: The pool.
 * @index: What myslab_pool_index() returned for it.
 *
 * Context: Any.
 * Return: The block, out or free; %NULL: there is none of that index.
 */
void *myslab_pool_block(struct myslab_pool *pool, unsigned int index)
{
	struct myslab_pool_body *body = myslab_pool_body(pool);
	struct myslab_pool_place place;

	if (index >= body->nr_blocks || !myslab_is_live(&body->self))
		return NULL;
	myslab_pool_place_of(body, index, &place);
	return myslab_guard_cover_of(&body->self,
				     myslab_pool_at(body, place.leaf,
						    place.bit));
}
EXPORT_SYMBOL_GPL(myslab_pool_block);

static void row(struct myslab_allocator *allocator, struct myslab_row *row)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);

	*row = (struct myslab_row){
		.active_objs = min(count_used(pool), pool->nr_blocks),
		.num_objs = pool->nr_blocks,
		.objsize = pool->stride,
		.objperslab = pool->layout.objects,
		.pagesperslab = pool->layout.span.pages,
		.active_slabs = pool->nr_chunks,
		.num_slabs = pool->nr_chunks,
	};
}

static bool owns(struct myslab_allocator *allocator, const void *addr)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);
	unsigned long offset = (unsigned long)addr & pool->span_mask;
	struct myslab_pool_leaf *leaf;

	if (!myslab_pages_owned(allocator, addr - offset))
		return false;
	leaf = myslab_page_slab(virt_to_page(addr - offset));
	return offset / PAGE_SIZE <
	       myslab_pool_chunk_pages(pool,
				       leaf->number / pool->chunk_leaves);
}

static void describe(struct myslab_allocator *allocator, const void *addr,
		     char *text, size_t size)
{
	struct myslab_pool_body *pool = myslab_pool_of(allocator);
	unsigned long offset = (unsigned long)addr & pool->span_mask;
	struct myslab_pool_leaf *leaf;
	unsigned int index = offset / pool->stride;

	leaf = myslab_page_slab(virt_to_page(addr - offset));
	if (index < pool->hole)
		scnprintf(text, size, "before the first block of a chunk");
	else if (index < myslab_pool_left(pool, leaf))
		scnprintf(text, size, "%lu into block %u",
			  offset % pool->stride,
			  myslab_pool_index_of(pool, leaf, index));
	else
		scnprintf(text, size, "behind the last block of a chunk");
}

const struct myslab_allocator_type myslab_pool_type = {
	.name = "pool",
	.row_prefix = "pool-",
	.row = row,
	.end = end,
	.forget = forget,
	.free = free_struct,
	.owns = owns,
	.describe = describe,
	.users = myslab_pool_users,
	.letters = MYSLAB_DEBUG_FULL | MYSLAB_DEBUG_E,
	.exact_e = true,
	.debug_prepare = myslab_pool_debug_prepare,
	.debug_switch = myslab_pool_debug_switch,
	.debug_settle = myslab_pool_debug_settle,
	.validate = myslab_pool_validate,
};
