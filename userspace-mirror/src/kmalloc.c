// SPDX-License-Identifier: GPL-2.0
/*
 * kmalloc() in the direct map: naturally aligned slots of a power of two, with
 * at least 16 bytes of red zone behind each, reused as late as possible. What
 * is known about a slot is kept outside, so that nothing of ours can be
 * overwritten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define RED_ZONE	16
#define CHUNK_SHIFT	16	/* what is cut into slots at a time */
#define CHUNK_SIZE	(1UL << CHUNK_SHIFT)
#define NR_CHUNKS	(MIRROR_KMALLOC_BYTES >> CHUNK_SHIFT)
#define MIN_SHIFT	5
#define MAX_SHIFT	23

struct slot {
	size_t size;		/* asked for */
	bool used;
	unsigned long caller;
	struct slot *next;	/* in the free list */
	char *addr;
	unsigned int shift;
};

/* Slots are never given back to the region: one array of them a chunk. */
static struct slot *slots_of[NR_CHUNKS];
static struct slot *first[MAX_SHIFT + 1], *last[MAX_SHIFT + 1];
static unsigned long next_chunk;
static unsigned long kmallocs;

static void put_slot(struct slot *slot)
{
	unsigned int shift = slot->shift;

	slot->next = NULL;
	if (first[shift])
		last[shift]->next = slot;
	else
		first[shift] = slot;
	last[shift] = slot;
}

/* Pages of the region look like any other allocator's: in use, not ours. */
static void dress_pages(char *base, size_t bytes)
{
	struct page *page = virt_to_page(base);
	size_t i;

	for (i = 0; i < bytes >> PAGE_SHIFT; i++) {
		page[i].flags = 1UL << PG_slab;
		set_page_count(page + i, 1);
		set_page_private(page + i, (unsigned long)base + 8);
	}
	mirror_poison(base, bytes);
}

static bool grow(unsigned int shift)
{
	unsigned long per_chunk = max(1UL << shift, CHUNK_SIZE) >> CHUNK_SHIFT;
	unsigned long nr = (per_chunk << CHUNK_SHIFT) >> shift, i;
	struct slot *slots;
	char *base;

	next_chunk = ALIGN(next_chunk, per_chunk);
	if (next_chunk + per_chunk > NR_CHUNKS)
		return false;
	base = (char *)PAGE_OFFSET + (next_chunk << CHUNK_SHIFT);
	slots = calloc(nr, sizeof(*slots));
	dress_pages(base, per_chunk << CHUNK_SHIFT);
	for (i = 0; i < per_chunk; i++)
		slots_of[next_chunk++] = slots;
	for (i = 0; i < nr; i++) {
		slots[i].addr = base + (i << shift);
		slots[i].shift = shift;
		put_slot(&slots[i]);
	}
	return true;
}

static struct slot *slot_of(const void *p)
{
	unsigned long offset = (unsigned long)p - PAGE_OFFSET;
	struct slot *slot;

	if (offset >= MIRROR_KMALLOC_BYTES || !slots_of[offset >> CHUNK_SHIFT])
		mirror_abort("kfree() of %px, which kmalloc() never gave", p);
	slot = slots_of[offset >> CHUNK_SHIFT];
	slot += ((unsigned long)p - (unsigned long)slot->addr) >> slot->shift;
	if (slot->addr != p)
		mirror_abort("kfree() of %px, the inside of an object", p);
	return slot;
}

static struct slot *take_slot(unsigned int shift)
{
	struct slot *slot;

	if (!first[shift] && !grow(shift))
		return NULL;
	slot = first[shift];
	first[shift] = slot->next;
	return slot;
}

void *mirror_kmalloc(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	unsigned int shift;
	struct slot *slot;

	if (in_nmi())
		mirror_abort("kmalloc() in NMI");
	if (gfpflags_allow_blocking(gfp))
		mirror_might_sleep("a kmalloc() that may");
	if (gfp & (GFP_ZONEMASK & ~(__GFP_DMA | __GFP_DMA32)))
		mirror_abort("kmalloc() from a zone it does not have");
	if (!size)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_MAX_SIZE || mirror_should_fail(gfp))
		return NULL;

	shift = max_t(unsigned int, MIN_SHIFT, fls64(size + RED_ZONE - 1));
	mirror_lock();
	slot = take_slot(shift);
	if (slot) {
		slot->used = true;
		slot->size = size;
		slot->caller = caller;
		kmallocs++;
	}
	mirror_unlock();
	if (!slot)
		return NULL;
	mirror_unpoison(slot->addr, size);
	memset(slot->addr, want_init_on_alloc(gfp) ? 0 : MIRROR_GARBAGE, size);
	return slot->addr;
}

void kfree(const void *p)
{
	struct slot *slot;

	if (ZERO_OR_NULL_PTR(p))
		return;
	if (in_nmi())
		mirror_abort("kfree() in NMI");
	mirror_lock();
	slot = slot_of(p);
	if (!slot->used)
		mirror_abort("kfree() of %px, which is free", p);
#ifndef MIRROR_RELEASE
	memset(slot->addr, POISON_FREE, slot->size);
#endif
	mirror_poison(slot->addr, 1UL << slot->shift);
	slot->used = false;
	kmallocs--;
	put_slot(slot);
	mirror_unlock();
}

void kfree_sensitive(const void *p)
{
	kfree(p);
}

size_t ksize(const void *p)
{
	return ZERO_OR_NULL_PTR(p) ? 0 : slot_of(p)->size;
}

void *krealloc(const void *p, size_t size, gfp_t gfp)
{
	void *new;

	if (!size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	new = kmalloc(size, gfp);
	if (new && !ZERO_OR_NULL_PTR(p)) {
		memcpy(new, p, min(size, ksize(p)));
		kfree(p);
	}
	return new;
}

void kfree_const(const void *p)
{
	kfree(p);
}

unsigned long mirror_kmallocs_out(void)
{
	unsigned long nr;

	mirror_lock();
	nr = kmallocs;
	mirror_unlock();
	return nr;
}

/* After a leak: what is out, and who asked for it. */
void mirror_print_kmallocs(void)
{
	unsigned long i, j;
	struct slot *slot;

	for (i = 0; i < next_chunk; i++) {
		slot = slots_of[i];
		if (!slot || (i && slots_of[i - 1] == slot))
			continue;
		for (j = 0; j < max(CHUNK_SIZE >> slot->shift, 1UL); j++)
			if (slot[j].used)
				printk("mirror: %zu bytes at %px are out, by %pS\n",
				       slot[j].size, slot[j].addr,
				       (void *)slot[j].caller);
	}
}

/*
 * kmem_cache, for comparisons and for tests that need one.
 */
struct kmem_cache {
	unsigned int size;
	void (*ctor)(void *obj);
};

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *))
{
	struct kmem_cache *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (s) {
		s->size = size;
		s->ctor = ctor;
	}
	return s;
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	kfree(s);
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	void *p = kmalloc(s->size, gfp);

	if (p && s->ctor)
		s->ctor(p);
	return p;
}

void kmem_cache_free(struct kmem_cache *s, void *p)
{
	kfree(p);
}
