// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a chunk: room for it below the limit, pages, its descriptor.
 *
 * The descriptor lies apart from the pages: a write beyond an object, or by
 * user space through a map, does not reach it. Each page stands on its own, so
 * that it can be mapped, and names the arena and the chunk.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "arena.h"
#include "pages.h"
#include "report.h"

/*
 * Bytes for a new chunk, below the limit. They are counted when it is added:
 * what is in the making takes no room from others, who may fit in that chunk.
 */
static size_t room_for(struct myslab_arena_body *arena, size_t want,
		       size_t need)
{
	unsigned long flags;
	size_t room;

	raw_spin_lock_irqsave(&arena->lock, flags);
	room = arena->limit - arena->bytes;
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	if (want <= room)
		return want;
	return need <= room ? room : 0;
}

static unsigned int pages_of(const struct myslab_chunk *chunk)
{
	return chunk->size >> PAGE_SHIFT;
}

/*
 * Pages for @size bytes, or for half of that, and so on, down to @need: a full
 * effort is made for the last only.
 */
static struct page *get_pages(struct myslab_arena_body *arena, size_t *size,
			      size_t need, gfp_t gfp)
{
	gfp_t easy = (gfp & ~(__GFP_NOFAIL | __GFP_RETRY_MAYFAIL)) |
		     __GFP_NORETRY | __GFP_NOWARN;
	struct page *page;

	for (;;) {
		struct myslab_span span = {
			.order = get_order(*size),
			.pages = *size >> PAGE_SHIFT,
			.split = true,
		};

		page = myslab_pages_alloc(&arena->self, *size > need ?
					  easy : gfp, NUMA_NO_NODE, &span);
		if (page || *size <= need)
			return page;
		*size = max(PAGE_ALIGN(*size / 2), need);
	}
}

static void set_owner(struct myslab_arena_body *arena,
		      struct myslab_chunk *chunk)
{
	struct page *page = virt_to_page(chunk->base);
	unsigned int i;

	for (i = 0; i < pages_of(chunk); i++) {
		myslab_page_set_slab(page + i, chunk);
		set_page_private(page + i, (unsigned long)&arena->self);
	}
}

static void clear_owner(struct myslab_chunk *chunk)
{
	struct page *page = virt_to_page(chunk->base);
	unsigned int i;

	for (i = 0; i < pages_of(chunk); i++) {
		set_page_private(page + i, 0);
		myslab_page_set_slab(page + i, NULL);
	}
}

static bool fill_chunk(struct myslab_arena_body *arena,
		       struct myslab_chunk *chunk, size_t size, size_t need,
		       gfp_t gfp)
{
	struct page *page = get_pages(arena, &size, need, gfp);

	if (!page)
		return false;
	chunk->base = page_address(page);
	chunk->size = size;
	RB_CLEAR_NODE(&chunk->node);
	set_owner(arena, chunk);
	/* Before anybody can see it: nobody's old data. */
	if (arena->table && !want_init_on_alloc(0))
		memset(chunk->base, 0, size);
	return true;
}

/*
 * A chunk of @want bytes, or less where the limit or fragmented memory asks
 * for that, but of @need at least; both are whole pages. In no row yet.
 *
 * Context: As @gfp says; no lock of ours held.
 */
struct myslab_chunk *myslab_chunk_new(struct myslab_arena_body *arena,
				      size_t want, size_t need, gfp_t gfp)
{
	size_t size = room_for(arena, want, need);
	struct myslab_chunk *chunk;

	/* Spare chunks may be what the limit went for. */
	if (!size && myslab_arena_trim(&arena->head))
		size = room_for(arena, want, need);
	if (!size)
		return NULL;
	chunk = kzalloc(sizeof(*chunk), gfp & ~(GFP_ZONEMASK | __GFP_ACCOUNT |
						__GFP_THISNODE |
						__GFP_RECLAIMABLE |
						__GFP_COMP));
	if (!chunk || fill_chunk(arena, chunk, size, need, gfp))
		return chunk;
	kfree(chunk);
	return NULL;
}

/*
 * Give back the pages of a chunk in no row. Its descriptor goes with them,
 * unless a table still knows it, which then has its own references to the
 * pages: a map may outlive the arena.
 *
 * Context: Any but NMI; no lock of ours held.
 */
void myslab_chunk_free(struct myslab_arena_body *arena,
		       struct myslab_chunk *chunk)
{
	struct myslab_span span = {
		.pages = pages_of(chunk),
		.split = true,
	};
	struct page *page = virt_to_page(chunk->base);
	bool tabled = !RB_EMPTY_NODE(&chunk->node);
	bool intact;

	clear_owner(chunk);
	intact = myslab_pages_free(&arena->self, page, &span);
	if (!arena->table || !tabled)
		kfree(chunk);
	if (!intact)
		myslab_report_on(MYSLAB_CORRUPT_METADATA, &arena->self, NULL,
				 "somebody put a page of it: kfree() of its memory?");
	/* Last: at 0 the struct of a destroyed arena may be used again. */
	atomic_long_sub(span.pages, &arena->self.nr_pages);
}

/* Pages given back. */
unsigned long myslab_chunks_free(struct myslab_arena_body *arena,
				 struct list_head *chunks)
{
	struct myslab_chunk *chunk, *next;
	unsigned long pages = 0;

	list_for_each_entry_safe(chunk, next, chunks, link) {
		pages += pages_of(chunk);
		myslab_chunk_free(arena, chunk);
	}
	return pages;
}
