// SPDX-License-Identifier: GPL-2.0
/*
 * Guarded objects: handed out, taken back, and what is said about a fault.
 *
 * The lock covers the state of the slots and their lists; who has taken a slot
 * off a list, or claimed an out one, works on it alone. Nothing is closed,
 * filled or printed under it. A fault may come anywhere, so that it only tries
 * to take the lock.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/poison.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "debug.h"
#include "debug_guard.h"
#include "report.h"

/* Flags of caches, and of a gfp, that want what a mapped page is not. */
#define NOT_GUARDED	(MYSLAB_NO_GUARD | MYSLAB_TYPESAFE_BY_RCU |	\
			 MYSLAB_ACCOUNT | MYSLAB_DTOR_SLEEPS |		\
			 MYSLAB_DMA | MYSLAB_DMA32)

unsigned int myslab_guard_slots = 256;

static DEFINE_MUTEX(begin_lock);
DEFINE_RAW_SPINLOCK(myslab_guard_lock);
static LIST_HEAD(unused);		/* the longest free is first */
static LIST_HEAD(freed);
static struct myslab_guard_slot *slots;
static atomic_t placed;			/* so many, ever */

/* The slot of an address; NULL: none. */
struct myslab_guard_slot *myslab_guard_at(const void *addr)
{
	unsigned long number = myslab_guard_number(addr);

	return number == ULONG_MAX ? NULL :
	       &slots[number / MYSLAB_GUARD_PAGES];
}

static unsigned int number_of(const struct myslab_guard_slot *slot)
{
	return slot - slots;
}

/* On each CPU. */
static void flush_closed(void *closed)
{
	struct myslab_guard_slot *slot;
	unsigned int i;

	list_for_each_entry(slot, (struct list_head *)closed, link)
		for (i = 0; i < MYSLAB_GUARD_PAGES; i++)
			myslab_guard_flush(myslab_guard_address(number_of(slot),
								i));
}

/* Once all CPUs know what is closed it may be used again. */
static void settle(struct work_struct *work)
{
	unsigned long flags;
	LIST_HEAD(closed);
	struct myslab_guard_slot *slot;

	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	list_splice_init(&freed, &closed);
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
	on_each_cpu(flush_closed, &closed, 1);
	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	list_for_each_entry(slot, &closed, link)
		slot->state = MYSLAB_SLOT_UNUSED;
	list_splice_tail(&closed, &unused);
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
}

static DECLARE_WORK(settle_work, settle);

/*
 * Memory for all slots, once; it stays until the module goes.
 *
 * Context: Process, may sleep.
 * Return: 0, or -errno and a line in the log.
 */
int myslab_guard_begin(void)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&begin_lock);
	if (slots)
		goto out;
	slots = kvcalloc(myslab_guard_slots, sizeof(*slots), GFP_KERNEL);
	err = slots ? myslab_guard_map(myslab_guard_slots) : -ENOMEM;
	if (err) {
		kvfree(slots);
		slots = NULL;
		pr_err("myslab: debug: no guard pages: %s\n", err == -ENOMEM ?
		       "out of memory" : "this kernel has no kprobes");
		goto out;
	}
	for (i = 0; i < myslab_guard_slots; i++) {
		slots[i].page = myslab_guard_address(i, MYSLAB_GUARD_PAGE);
		list_add_tail(&slots[i].link, &unused);
	}
out:
	mutex_unlock(&begin_lock);
	return err;
}

/* At the end of the module: nobody uses any of them. */
void myslab_guard_end(void)
{
	rcu_barrier();
	cancel_work_sync(&settle_work);
	if (!slots)
		return;
	myslab_guard_unmap();
	kvfree(slots);
	slots = NULL;
	INIT_LIST_HEAD(&unused);
	INIT_LIST_HEAD(&freed);
}

/* The first that has no finding about it, which keeps it for good. */
static struct myslab_guard_slot *take_unused(void)
{
	struct myslab_guard_slot *slot, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	while (!found && !list_empty(&unused)) {
		slot = list_first_entry(&unused, struct myslab_guard_slot,
					link);
		list_del_init(&slot->link);
		if (!slot->hit)
			found = slot;
	}
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
	return found;
}

static void set_state(struct myslab_guard_slot *slot,
		      enum myslab_slot_state state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	slot->state = state;
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
}

/* To the end of those that are free, once the CPUs know. */
static void close(struct myslab_guard_slot *slot)
{
	unsigned int nr = number_of(slot);
	unsigned long flags;

	myslab_guard_close(slot->page);
	if (slot->opened) {
		slot->opened = false;
		myslab_guard_close(myslab_guard_address(nr,
							MYSLAB_GUARD_BELOW));
		myslab_guard_close(myslab_guard_address(nr,
							MYSLAB_GUARD_ABOVE));
	}
	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	slot->state = MYSLAB_SLOT_FREED;
	list_add_tail(&slot->link, &freed);
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
	queue_work(myslab_wq, &settle_work);
}

/* At the end of its page and at its start in turn. */
static void place(struct myslab_guard_slot *slot, struct myslab_cache *cache)
{
	size_t align = 1UL << cache->layout.shift;
	size_t room = PAGE_SIZE - cache->size;

	slot->cache = cache;
	slot->start = slot->page;
	if (atomic_inc_return(&placed) % 2)
		slot->start += round_down(room, align);
	memset(slot->page, MYSLAB_GUARD_FILL, PAGE_SIZE);
	memset(slot->start, POISON_INUSE, cache->size);
	memset(slot->tracks, 0, sizeof(slot->tracks));
}

static bool can_guard(const struct myslab_cache *cache, gfp_t gfp)
{
	return cache->size <= PAGE_SIZE && cache->layout.shift <= PAGE_SHIFT &&
	       !(cache->flags & NOT_GUARDED) &&
	       !(gfp & (GFP_ZONEMASK | __GFP_THISNODE));
}

/*
 * A guarded object.
 *
 * Context: As @gfp says; not NMI.
 * Return: The object, or %NULL: there is no room, or it cannot be guarded.
 */
void *myslab_guard_alloc(struct myslab_cache *cache, gfp_t gfp)
{
	struct myslab_guard_slot *slot;

	if (!can_guard(cache, gfp))
		return NULL;
	slot = take_unused();
	if (!slot) {
		atomic_long_inc(&cache->unguarded);
		return NULL;
	}
	myslab_guard_open(slot->page);
	place(slot, cache);
	if (cache->ctor && cache->ctor(slot->start, cache->private, gfp)) {
		close(slot);
		return NULL;
	}
	myslab_track_save(&slot->tracks[MYSLAB_TRACK_ALLOC]);
	atomic_long_inc(&cache->guarded);
	set_state(slot, MYSLAB_SLOT_OUT);
	return slot->start;
}

/* Nobody may look at it any more. */
static void rest(struct myslab_guard_slot *slot)
{
	struct myslab_cache *cache = slot->cache;

	if (cache->ctor && READ_ONCE(cache->dtor))
		cache->dtor(slot->start, cache->private);
	atomic_long_inc(&cache->slow_frees);
	atomic_long_dec(&cache->guarded);
	close(slot);
}

static void rest_rcu(struct rcu_head *rcu)
{
	rest(container_of(rcu, struct myslab_guard_slot, rcu));
}

/* The one place where out ends; what it was before. */
static enum myslab_slot_state claim(struct myslab_guard_slot *slot,
				    struct myslab_cache *cache, void *obj,
				    bool *ours)
{
	enum myslab_slot_state before;
	unsigned long flags;

	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	before = slot->state;
	*ours = slot->cache == cache && slot->start == obj;
	if (*ours && before == MYSLAB_SLOT_OUT)
		slot->state = MYSLAB_SLOT_WAITING;
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
	return before;
}

/*
 * Free what may be a guarded object of a cache.
 *
 * Context: Any but NMI. Never sleeps.
 * Return: false: it is none.
 */
bool myslab_guard_free(struct myslab_cache *cache, void *obj,
		       enum myslab_debug_free how)
{
	struct myslab_guard_slot *slot = myslab_guard_at(obj);
	enum myslab_slot_state before;
	bool ours;

	if (!slot)
		return false;
	before = claim(slot, cache, obj, &ours);
	if (!ours)
		return false;
	if (before != MYSLAB_SLOT_OUT) {
		myslab_guard_report_twice(slot, before);
		return true;
	}
	myslab_guard_check(slot);
	myslab_track_save(&slot->tracks[MYSLAB_TRACK_FREE]);
	if (how == MYSLAB_FREE_RCU)
		call_rcu(&slot->rcu, rest_rcu);
	else
		rest(slot);
	return true;
}

/* Does an address lie in the slot of an object of the cache? */
bool myslab_guard_owns(const struct myslab_cache *cache, const void *addr)
{
	const struct myslab_guard_slot *slot = myslab_guard_at(addr);

	return slot && READ_ONCE(slot->cache) == cache;
}

/* Guarded objects of a cache that are out, on from @nr. */
unsigned long myslab_guard_out(struct myslab_cache *cache, void **first,
			       unsigned int max, unsigned long nr)
{
	unsigned long flags;
	unsigned int i;

	if (!atomic_long_read(&cache->guarded))
		return nr;
	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	for (i = 0; i < myslab_guard_slots; i++) {
		if (slots[i].cache != cache ||
		    slots[i].state != MYSLAB_SLOT_OUT)
			continue;
		if (nr < max)
			first[nr] = slots[i].start;
		nr++;
	}
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
	return nr;
}

/* Frees that wait for a grace period. Context: Process, may sleep. */
void myslab_guard_finish(struct myslab_cache *cache)
{
	if (atomic_long_read(&cache->guarded))
		rcu_barrier();
}

/*
 * The struct of the cache goes. What it left out is nobody's, and stays open:
 * somebody may use it still.
 */
void myslab_guard_forget(struct myslab_cache *cache)
{
	unsigned long flags;
	unsigned int i;

	if (!slots)
		return;
	raw_spin_lock_irqsave(&myslab_guard_lock, flags);
	for (i = 0; i < myslab_guard_slots; i++)
		if (slots[i].cache == cache)
			slots[i].cache = NULL;
	raw_spin_unlock_irqrestore(&myslab_guard_lock, flags);
}
