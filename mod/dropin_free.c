// SPDX-License-Identifier: GPL-2.0
/*
 * What <myslab/dropin.h> makes of kfree() and its like: memory of a cache, of
 * a heap and of the core are told apart by address.
 */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <myslab/dropin_calls.h>

#include "cache.h"
#include "debug_guard.h"
#include "dropin.h"
#include "heap.h"
#include "owner.h"
#include "pages.h"
#include "registry.h"

/*
 * Whose memory it is; NULL: the core's. What SLUB has, and whole pages of the
 * core, are known without a look at the registry. An object of ours is out:
 * its allocator does not end.
 */
struct myslab_allocator *myslab_dropin_owner(const void *p)
{
	unsigned long offset = (unsigned long)p - PAGE_OFFSET, word;
	struct myslab_guard_slot *slot;
	struct myslab_allocator *owner;
	struct page *page;

	if (offset >= READ_ONCE(myslab_pages_top)) {
		slot = myslab_guard_at(p);
		return slot ? READ_ONCE(slot->owner) : NULL;
	}
	page = virt_to_head_page(p);
	word = page_private(page);
	if (PageSlab(page) || !word)
		return NULL;
	rcu_read_lock();
	owner = myslab_registry_by_word(word);
	/* A cache that is debugged has other words in its pages, too. */
	if (!owner)
		owner = myslab_registry_owner(p);
	rcu_read_unlock();
	return owner;
}

static bool is_cache(const struct myslab_allocator *owner)
{
	return owner->type == &myslab_cache_type;
}

static bool is_heap(const struct myslab_allocator *owner)
{
	return owner->type == &myslab_heap_type;
}

static void free_ours(struct myslab_allocator *owner, const void *p)
{
	if (is_cache(owner))
		myslab_cache_free(myslab_cache_of(owner), (void *)p);
	else if (is_heap(owner))
		myslab_heap_free(myslab_heap_of(owner), (void *)p);
	else
		myslab_free_refused(owner, p);
}

static size_t size_of_ours(struct myslab_allocator *owner, const void *p)
{
	if (is_cache(owner))
		return myslab_cache_of(owner)->size;
	return is_heap(owner) ? myslab_heap_size(myslab_heap_of(owner), p) : 0;
}

/**
 * myslab_dropin_free_rcu() - kfree_rcu() of memory of ours.
 * @obj: An object of a cache, a block of a heap, or memory of the core.
 * @head: A word in it that is the callee's from now on; %NULL: there is none,
 *	  and the call may sleep.
 *
 * Context: Any context except NMI.
 * Return: false if it is the core's, and nothing was done.
 */
bool myslab_dropin_free_rcu(const void *obj, void *head)
{
	struct myslab_allocator *owner = myslab_dropin_owner(obj);

	if (!owner)
		return false;
	if (is_cache(owner)) {
		myslab_cache_free_rcu(myslab_cache_of(owner), (void *)obj);
	} else if (is_heap(owner) && head) {
		myslab_heap_free_rcu(myslab_heap_of(owner), head);
	} else {
		synchronize_rcu();
		free_ours(owner, obj);
	}
	return true;
}
EXPORT_SYMBOL_GPL(myslab_dropin_free_rcu);

/**
 * myslab_dropin_kfree() - kfree() of memory of either kind.
 * @p: Memory of ours, or what kfree() takes.
 *
 * Context: As kfree().
 */
void myslab_dropin_kfree(const void *p)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);

	if (owner)
		free_ours(owner, p);
	else
		kfree(p);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kfree);

/**
 * myslab_dropin_kfree_const() - kfree_const() of memory of either kind.
 * @p: Memory of ours, or what kfree_const() takes.
 *
 * Context: As kfree().
 */
void myslab_dropin_kfree_const(const void *p)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);

	if (owner)
		free_ours(owner, p);
	else
		kfree_const(p);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kfree_const);

/**
 * myslab_dropin_kfree_link() - kfree_link() of memory of either kind.
 * @p: Memory of ours, or what kfree() takes.
 *
 * Context: As kfree().
 */
void myslab_dropin_kfree_link(void *p)
{
	myslab_dropin_kfree(p);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kfree_link);

/**
 * myslab_dropin_kvfree() - kvfree() of memory of either kind.
 * @p: Memory of ours, or what kvfree() takes.
 *
 * Context: As kvfree().
 */
void myslab_dropin_kvfree(const void *p)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);

	if (owner)
		free_ours(owner, p);
	else
		kvfree(p);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kvfree);

static void zero_and_free(struct myslab_allocator *owner, const void *p)
{
	memzero_explicit((void *)p, size_of_ours(owner, p));
	free_ours(owner, p);
}

/**
 * myslab_dropin_kfree_sensitive() - Zero memory of either kind, and free it.
 * @p: Memory of ours, or what kfree_sensitive() takes.
 *
 * Context: As kfree().
 */
void myslab_dropin_kfree_sensitive(const void *p)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);

	if (owner)
		zero_and_free(owner, p);
	else
		kfree_sensitive(p);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kfree_sensitive);

/**
 * myslab_dropin_kvfree_sensitive() - The same of what kvmalloc() returned.
 * @p: Memory of ours, or what kvfree_sensitive() takes.
 * @len: Bytes of it to zero; all there are, if it is ours.
 *
 * Context: As kvfree().
 */
void myslab_dropin_kvfree_sensitive(const void *p, size_t len)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);

	if (owner)
		zero_and_free(owner, p);
	else
		kvfree_sensitive(p, len);
}
EXPORT_SYMBOL_GPL(myslab_dropin_kvfree_sensitive);

/**
 * myslab_dropin_ksize() - ksize() of memory of either kind.
 * @p: Memory of ours, or what ksize() takes.
 *
 * Context: As ksize().
 * Return: Bytes that may be used.
 */
size_t myslab_dropin_ksize(const void *p)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);

	return owner ? size_of_ours(owner, p) : ksize(p);
}
EXPORT_SYMBOL_GPL(myslab_dropin_ksize);
