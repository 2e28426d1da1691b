// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a pool: chunks, and the leaves and maps that describe them.
 * All of it comes at creation, and nothing here runs while blocks are
 * allocated but what looks for the place of one.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/slab.h>

#include "pool.h"
#include "report.h"

static struct myslab_pool_leaf *
leaf_of_chunk(const struct myslab_pool_body *pool, unsigned int chunk)
{
	return &pool->leaves[chunk * pool->chunk_leaves];
}

/* The last one keeps only the pages that it needs. */
void myslab_pool_span_of(const struct myslab_pool_body *pool,
			 unsigned int chunk, struct myslab_span *span)
{
	size_t bytes = (size_t)pool->stride *
		       myslab_pool_left(pool, leaf_of_chunk(pool, chunk));

	*span = pool->layout.span;
	span->pages = min_t(size_t, span->pages, PFN_UP(bytes));
	span->split = span->pages != 1U << span->order;
}

unsigned int myslab_pool_chunk_pages(const struct myslab_pool_body *pool,
				     unsigned int chunk)
{
	struct myslab_span span;

	myslab_pool_span_of(pool, chunk, &span);
	return span.pages;
}

void myslab_pool_free_maps(struct myslab_pool_body *pool)
{
	kvfree(pool->leaves);
	kvfree(pool->mid);
	kvfree(pool->top);
	free_percpu(pool->cpu);
	pool->leaves = NULL;
	pool->mid = NULL;
	pool->top = NULL;
	pool->cpu = NULL;
}

static int get_maps(struct myslab_pool_body *pool)
{
	unsigned int words = BITS_TO_LONGS(pool->nr_leaves), i, cpu;

	pool->nr_top = BITS_TO_LONGS(words);
	pool->leaves = kvcalloc(pool->nr_leaves + 1, sizeof(*pool->leaves),
				GFP_KERNEL);
	pool->mid = kvcalloc(words, sizeof(*pool->mid), GFP_KERNEL);
	pool->top = kvcalloc(pool->nr_top, sizeof(*pool->top), GFP_KERNEL);
	pool->cpu = alloc_percpu(struct myslab_pool_cpu);
	if (!pool->leaves || !pool->mid || !pool->top || !pool->cpu)
		return -ENOMEM;
	for (i = 0; i <= pool->nr_leaves; i++)
		pool->leaves[i].number = i;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(pool->cpu, cpu)->hint =
			&pool->leaves[pool->nr_leaves];
	return 0;
}

/*
 * Whether frees of a chunk may go the fast way. They may not once a block was
 * withdrawn, which may be right now: looked at behind.
 */
void myslab_pool_open_frees(struct myslab_pool_body *pool,
			    struct myslab_pool_leaf *first, bool on)
{
	unsigned int i;

	WRITE_ONCE(first->nr, on && !pool->zeroes ?
		   myslab_pool_left(pool, first) : 0);
	/* Pairs with that in myslab_pool_condemn(). */
	smp_mb();
	for (i = 0; i < pool->chunk_leaves; i++)
		if (READ_ONCE(first[i].gone))
			WRITE_ONCE(first->nr, 0);
}

/* Its leaves, with all blocks free, but for private pools: see there. */
static void fill_leaves(struct myslab_pool_body *pool, unsigned int chunk,
			void *base)
{
	struct myslab_pool_leaf *leaf = leaf_of_chunk(pool, chunk);
	unsigned int nr = myslab_pool_left(pool, leaf), i;

	leaf->gone = pool->hole;
	if (!myslab_pool_is_private(pool))
		myslab_pool_open_frees(pool, leaf, true);
	for (i = 0; i < nr; i += BITS_PER_LONG, leaf++) {
		leaf->base = base + (size_t)i * pool->stride;
		if (myslab_pool_is_private(pool))
			continue;
		leaf->free = GENMASK(min(nr - i, BITS_PER_LONG + 0U) - 1, 0) &
			     ~leaf->gone;
		myslab_pool_announce(pool, leaf->number);
	}
}

static int get_chunk(struct myslab_pool_body *pool, unsigned int chunk)
{
	struct myslab_span span;
	struct page *page;

	myslab_pool_span_of(pool, chunk, &span);
	page = myslab_pages_alloc(&pool->self, GFP_KERNEL, NUMA_NO_NODE,
				  &span);
	if (!page)
		return -ENOMEM;
	fill_leaves(pool, chunk, page_address(page));
	myslab_page_set_slab(page, leaf_of_chunk(pool, chunk));
	set_page_private(page, (unsigned long)&pool->self);
	return 0;
}

static void put_chunk(struct myslab_pool_body *pool, unsigned int chunk)
{
	struct myslab_pool_leaf *leaf = leaf_of_chunk(pool, chunk);
	struct page *page = virt_to_page(leaf->base);
	struct myslab_span span;

	myslab_pool_span_of(pool, chunk, &span);
	leaf->base = NULL;
	set_page_private(page, 0);
	myslab_page_set_slab(page, NULL);
	if (!myslab_pages_free(&pool->self, page, &span))
		myslab_report_on(MYSLAB_CORRUPT_METADATA, &pool->self, NULL,
				 "somebody put a page of it: kfree() of a block?");
	atomic_long_sub(span.pages, &pool->self.nr_pages);
}

/* 0, or -ENOMEM and nothing is left. */
int myslab_pool_get_chunks(struct myslab_pool_body *pool)
{
	unsigned int chunk;
	int err = get_maps(pool);

	for (chunk = 0; !err && chunk < pool->nr_chunks; chunk++)
		err = get_chunk(pool, chunk);
	if (err) {
		if (pool->leaves)
			myslab_pool_put_chunks(pool, true);
		myslab_pool_free_maps(pool);
	}
	return err;
}

/*
 * Blocks of @from up to @to that are out; the first of them into @first.
 */
unsigned int myslab_pool_out(const struct myslab_pool_body *pool,
			     unsigned int from, unsigned int to, void **first,
			     unsigned int max)
{
	struct myslab_pool_place place;
	unsigned int i, nr = 0;
	void *block;

	if (myslab_pool_is_private(pool))
		to = min(to, pool->nr_opened);
	for (i = from; i < to; i++) {
		myslab_pool_place_of(pool, i, &place);
		if ((place.leaf->free | place.leaf->gone) & BIT(place.bit))
			continue;
		block = myslab_pool_at(pool, place.leaf, place.bit);
		if (nr < max)
			first[nr] = myslab_guard_cover_of(&pool->self, block);
		nr++;
	}
	return nr;
}

/*
 * Give back the chunks that no block is out of, or all. What is in them is
 * nobody's after that.
 *
 * Return: Chunks that are left.
 */
unsigned int myslab_pool_put_chunks(struct myslab_pool_body *pool, bool all)
{
	unsigned int chunk, first, end, left = 0;

	for (chunk = 0; chunk < pool->nr_chunks; chunk++) {
		if (!leaf_of_chunk(pool, chunk)->base)
			continue;
		first = chunk * pool->per_chunk;
		end = min(first + pool->per_chunk, pool->nr_blocks);
		if (!all && myslab_pool_out(pool, first, end, NULL, 0))
			left++;
		else
			put_chunk(pool, chunk);
	}
	return left;
}

/*
 * Where @block is, if it is one. Nothing that is not ours is followed.
 *
 * Context: Any, NMI too.
 */
bool myslab_pool_find(const struct myslab_pool_body *pool, const void *block,
		      struct myslab_pool_place *place)
{
	unsigned long offset = (unsigned long)block & pool->span_mask;
	struct myslab_pool_leaf *leaf;
	u32 idx;

	if (!myslab_pages_owned(&pool->self, block - offset))
		return false;
	leaf = myslab_page_slab(virt_to_page(block - offset));
	idx = myslab_layout_index(offset, pool->inverse, pool->shift);
	if (idx < pool->hole || idx >= myslab_pool_left(pool, leaf))
		return false;
	place->leaf = leaf + idx / BITS_PER_LONG;
	place->bit = idx % BITS_PER_LONG;
	return true;
}

static const char *fault_of_pages(const struct myslab_pool_body *pool,
				  struct myslab_pool_leaf *first)
{
	struct page *page = virt_to_page(first->base);
	struct myslab_span span;
	unsigned int i;

	myslab_pool_span_of(pool, first->number / pool->chunk_leaves, &span);
	if (page_private(page) != (unsigned long)&pool->self)
		return "their page names another owner";
	if (myslab_page_slab(page) != (void *)first)
		return "their page leads to others";
	for (i = 0; i < (span.split ? span.pages : 1); i++)
		if (page_ref_count(page + i) < 2)
			return "somebody put a page of it: kfree() of a block?";
	return NULL;
}

/*
 * What cannot be true of a leaf and its chunk, whatever calls are under way;
 * NULL: nothing.
 *
 * Context: Any, NMI too.
 */
const char *myslab_pool_fault(const struct myslab_pool_body *pool,
			      const struct myslab_pool_leaf *leaf)
{
	struct myslab_pool_leaf *first = myslab_pool_first_leaf(pool, leaf);
	unsigned int left = myslab_pool_left(pool, leaf);
	unsigned int before = leaf->number % pool->chunk_leaves;
	const char *fault = fault_of_pages(pool, first);

	if (fault)
		return fault;
	if (leaf->base != first->base +
			  (size_t)before * BITS_PER_LONG * pool->stride)
		return "they are not where they were";
	if (left < BITS_PER_LONG && READ_ONCE(leaf->free) >> left)
		return "one is free that there is not";
	if (!before && (READ_ONCE(leaf->free) & pool->hole))
		return "the one before the first is free";
	if (myslab_pool_avail(pool) > (int)pool->nr_blocks)
		return "more are counted as free than there are";
	return NULL;
}
