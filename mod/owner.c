// SPDX-License-Identifier: GPL-2.0
/*
 * What the fast paths refuse, judged and put into words: gfp that cannot be
 * granted, sleeping where it is not allowed, and pointers that are not objects
 * of the cache they were given to. Such a pointer is compared, never followed.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rculist.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "cache_alloc.h"
#include "report.h"
#include "slab.h"

/* Pages at this order or below are had for __GFP_NOFAIL, others perhaps not. */
#define NOFAIL_ORDER 1

bool myslab_gfp_allowed(struct myslab_cache *cache, gfp_t gfp)
{
	const char *why;
	gfp_t refused = gfp & cache->gfp_refused;

	if (refused & __GFP_ZERO)
		why = "__GFP_ZERO would undo its constructor";
	else if (refused)
		why = "its memory does not come from that zone";
	else if ((gfp & __GFP_NOFAIL) && !(gfp & __GFP_DIRECT_RECLAIM))
		why = "__GFP_NOFAIL needs direct reclaim";
	else if ((gfp & __GFP_NOFAIL) && cache->ctor)
		why = "__GFP_NOFAIL, but its constructor can fail";
	else if ((gfp & __GFP_NOFAIL) && cache->layout.order > NOFAIL_ORDER)
		why = "__GFP_NOFAIL, but its slabs are too large for that";
	else
		return true;
	atomic_long_inc(&cache->failures);
	myslab_report_cache(MYSLAB_BAD_ARGS, cache, NULL, "alloc refused: %s",
			    why);
	return false;
}

static bool may_sleep_here(void)
{
	return preemptible() || !IS_ENABLED(CONFIG_PREEMPT_COUNT) ||
	       oops_in_progress || system_state != SYSTEM_RUNNING;
}

/*
 * On kernels without DEBUG_ATOMIC_SLEEP nobody else says that a caller that
 * must not sleep asked for it. Goes on without sleeping.
 */
gfp_t myslab_gfp_checked(struct myslab_cache *cache, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || likely(may_sleep_here()))
		return gfp;
	myslab_report_cache(MYSLAB_BAD_CONTEXT, cache, NULL,
			    "alloc may sleep (gfp %pGg), but preempt_count is %#x and interrupts are %s",
			    &gfp, preempt_count(),
			    irqs_disabled() ? "off" : "on");
	return gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
}

/* The living cache whose slab an address lies in, and where it starts. */
static struct myslab_cache *find_owner(const void *obj)
{
	unsigned long offset = (unsigned long)obj - PAGE_OFFSET;
	struct myslab_cache *cache;

	if (offset >= READ_ONCE(myslab_pages_top))
		return NULL;
	list_for_each_entry_rcu(cache, &myslab_caches, link, true)
		if (myslab_pages_owner(offset & cache->base_mask) ==
		    (unsigned long)cache &&
		    (offset & cache->span_mask) <
		    cache->layout.pages * PAGE_SIZE)
			return cache;
	return NULL;
}

static const char *what_is(const void *obj)
{
	unsigned long addr = (unsigned long)obj;

	if (addr < PAGE_SIZE)
		return "is a small integer";
	if (addr < TASK_SIZE_MAX)
		return "is a user address";
	if (is_vmalloc_addr(obj))
		return "is in vmalloc space";
	if (addr - PAGE_OFFSET >= (unsigned long)high_memory - PAGE_OFFSET)
		return "is not memory that could be an object";
	return "is memory that no cache owns";
}

/*
 * A free that failed the proof. Nothing is done to the pointer.
 *
 * Context: Any, NMI too.
 */
void myslab_free_refused(struct myslab_cache *cache, void *obj)
{
	struct myslab_cache *owner;

	if (!obj)
		return;
	rcu_read_lock();
	owner = find_owner(obj);
	if (owner && owner != cache)
		myslab_report_cache(MYSLAB_WRONG_OWNER, cache, obj,
				    "freed here, but cache %s owns it, +%lu in slab",
				    owner->name, (unsigned long)obj &
				    owner->span_mask);
	else if (owner)
		myslab_report_cache(MYSLAB_INVALID_FREE, cache, obj,
				    "is not the start of an object: +%lu, %lu into one",
				    (unsigned long)obj & cache->span_mask,
				    ((unsigned long)obj & cache->span_mask) %
				    cache->layout.stride);
	else if (READ_ONCE(cache->state) != MYSLAB_LIVE)
		myslab_report_cache(MYSLAB_USE_AFTER_FREE, cache, obj,
				    "freed to a cache that was destroyed; it %s",
				    what_is(obj));
	else
		myslab_report_cache(MYSLAB_INVALID_FREE, cache, obj, "%s",
				    what_is(obj));
	rcu_read_unlock();
}
