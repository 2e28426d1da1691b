// SPDX-License-Identifier: GPL-2.0
/*
 * Consistency: whether what a slab says of itself can be true; and everything
 * looked at on demand, while it is used.
 *
 * Looking is done under the lock of the lists, which no object passes on its
 * way out of a slab or back from its client; printing is not.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/page_ref.h>
#include <linux/rculist.h>
#include <linux/sched.h>

#include <myslab/debug.h>

#include "cache.h"
#include "debug.h"
#include "registry.h"

static const char *fault_of_pages(struct myslab_slab *slab)
{
	struct page *page = virt_to_page(slab->base);
	struct myslab_cache *cache = slab->cache;
	unsigned int i;

	for (i = 0; i < cache->layout.marked; i++) {
		if (page_private(page + i) != cache->owner)
			return "a page of it names another owner";
		if (myslab_page_slab(page + i) != slab)
			return "a page of it leads to another slab";
		if (page_ref_count(page + i) < 2)
			return "somebody put a page of it: kfree() of an object?";
	}
	return NULL;
}

static const char *fault_of_bits(struct myslab_slab *slab)
{
	unsigned int objects = slab->cache->layout.objects;
	unsigned long *free = myslab_slab_bits(slab, MYSLAB_FREE);
	unsigned long *condemned = myslab_slab_bits(slab, MYSLAB_CONDEMNED);

	if (bitmap_weight(free, objects) != slab->nr_free)
		return "its count of free objects is not that of its bits";
	if (bitmap_weight(condemned, objects) != slab->nr_condemned)
		return "its count of withdrawn objects is not that of its bits";
	if (bitmap_intersects(free, condemned, objects))
		return "an object of it is free and withdrawn";
	if (slab->bin != myslab_slab_bin_of(slab, objects))
		return "it is listed where its fill does not belong";
	return NULL;
}

/* What is wrong with a slab, said once; NULL: nothing. */
const char *myslab_slab_fault(struct myslab_slab *slab)
{
	const char *fault;

	lockdep_assert_held(&myslab_slab_lists_of(slab)->lock);
	if (slab->faulty)
		return NULL;
	fault = fault_of_pages(slab);
	if (!fault)
		fault = fault_of_bits(slab);
	slab->faulty = fault;
	return fault;
}

/* What a walk stopped at. */
struct found {
	struct myslab_cache *cache;
	const char *fault;		/* of a slab; NULL: of the object */
	u32 serial;			/* of that slab */
	struct myslab_object o;
	struct myslab_damage damage;
};

/* Does nobody work on it now, so that what it keeps can be looked at? */
static bool rests(const struct myslab_object *o)
{
	/* Pairs with myslab_object_set(). */
	switch (smp_load_acquire(&o->record->state)) {
	case MYSLAB_HELD:
		return true;
	case MYSLAB_FREED:
		return test_bit(o->idx, myslab_slab_bits(o->slab, MYSLAB_FREE));
	default:
		return false;
	}
}

static bool is_damaged(const struct myslab_object *o,
		       struct myslab_damage *damage)
{
	/* Pairs with myslab_object_set(): zones are there before a state is. */
	if (smp_load_acquire(&o->record->state) == MYSLAB_NEW ||
	    myslab_slab_is_condemned(o->slab, o->idx))
		return false;
	myslab_object_count(o);
	if (!myslab_dress_zones_intact(o, damage))
		return true;
	return rests(o) && !myslab_dress_kept_intact(o, damage);
}

static bool find_in_slab(struct myslab_slab *slab, struct found *found)
{
	unsigned int idx;

	found->cache = slab->cache;
	found->serial = slab->serial;
	found->fault = myslab_slab_fault(slab);
	if (found->fault)
		return true;
	if (!myslab_is_side(slab->cache))
		return false;
	for (idx = 0; idx < slab->cache->layout.objects; idx++) {
		found->o = myslab_object_at(slab, idx);
		if (is_damaged(&found->o, &found->damage)) {
			myslab_slab_condemn_locked(slab, idx);
			myslab_slab_rebin(myslab_slab_lists_of(slab), slab);
			return true;
		}
	}
	return false;
}

/*
 * A slab from @bin on that this pass has not seen, moved to where it is met
 * last: the next one stands in front, but for what others move there. Passes
 * may meet; one that began later has seen enough for both.
 */
struct myslab_slab *myslab_slab_not_seen(struct myslab_slab_lists *lists,
					 enum myslab_bin bin, u32 pass)
{
	struct myslab_slab *slab;

	lockdep_assert_held(&lists->lock);
	for (; bin < MYSLAB_NR_BINS; bin++) {
		list_for_each_entry(slab, &lists->bin[bin], link) {
			if ((s32)(slab->validated - pass) >= 0)
				continue;
			slab->validated = pass;
			list_move_tail(&slab->link, &lists->bin[bin]);
			return slab;
		}
	}
	return NULL;
}

/*
 * Look at a slab from @bin on that this pass has not seen, up to the first
 * finding, which is counted: users wait no longer than that.
 *
 * Return: false: there is none.
 */
bool myslab_debug_look(struct myslab_slab_lists *lists, enum myslab_bin bin,
		       u32 pass, const char *when, unsigned long *nr)
{
	struct myslab_slab *slab;
	unsigned long flags;
	struct found found;
	bool hit;

	raw_spin_lock_irqsave(&lists->lock, flags);
	slab = myslab_slab_not_seen(lists, bin, pass);
	hit = slab && find_in_slab(slab, &found);
	/* Withdrawn, so that it stays: there may be more of them. */
	if (hit)
		slab->validated = pass - 1;
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	if (!hit)
		return slab;
	++*nr;
	if (found.fault)
		myslab_debug_report_slab(found.cache, found.serial,
					 found.fault);
	else
		myslab_debug_report_damage(&found.o, &found.damage, when);
	return true;
}

static unsigned long validate_lists(struct myslab_slab_lists *lists, u32 pass)
{
	unsigned long nr = 0;

	while (myslab_debug_look(lists, MYSLAB_BIN_FULL, pass, "by validate",
				 &nr))
		;
	return nr;
}

static unsigned long validate_cache(struct myslab_cache *cache, u32 pass)
{
	struct myslab_side *side;
	unsigned long nr = 0;
	int nid;

	rcu_read_lock();
	for (nid = 0; nid < nr_node_ids; nid++) {
		nr += validate_lists(&cache->node[nid]->lists, pass);
		hlist_for_each_entry_rcu(side, &cache->sides, link)
			nr += validate_lists(&side->cache.node[nid]->lists,
					     pass);
	}
	rcu_read_unlock();
	return nr;
}

/* A new one begins. */
u32 myslab_debug_pass(void)
{
	static atomic_t passes;

	return atomic_inc_return(&passes);
}

/* Its empty slabs may go: now, or never. What has a finding stays. */
void myslab_debug_look_last(struct myslab_side *side)
{
	struct myslab_slab_lists *lists;
	unsigned long nr = 0;
	u32 pass;
	int nid;

	if (!myslab_side_has(side, MYSLAB_DEBUG_P | MYSLAB_DEBUG_Z))
		return;
	pass = myslab_debug_pass();
	for (nid = 0; nid < nr_node_ids; nid++) {
		lists = &side->cache.node[nid]->lists;
		while (myslab_debug_look(lists, MYSLAB_BIN_EMPTY, pass,
					 "before its slab went", &nr))
			;
	}
}

unsigned long myslab_debug_validate(void)
{
	u32 pass = myslab_debug_pass();
	struct myslab_allocator *allocator, *prev = NULL;
	unsigned long nr = 0;

	might_sleep();
	do {
		mutex_lock(&myslab_registry_lock);
		allocator = myslab_registry_pin_next(prev);
		mutex_unlock(&myslab_registry_lock);
		if (prev)
			myslab_registry_unpin(prev);
		if (allocator && allocator->type == &myslab_cache_type)
			nr += validate_cache(myslab_cache_of(allocator), pass);
		else if (allocator && allocator->type->validate)
			nr += allocator->type->validate(allocator, pass);
		prev = allocator;
		cond_resched();
	} while (allocator);
	return nr;
}
EXPORT_SYMBOL_GPL(myslab_debug_validate);
