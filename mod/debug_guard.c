// SPDX-License-Identifier: GPL-2.0
/*
 * The slots of guarded objects: taken, handed out, claimed, put back.
 *
 * The lock covers the lists of unused slots, no more. Who has taken a slot off
 * a list, or claimed an out one, works on it alone; of several who claim it,
 * the first one that changes its word has it, and who looked at another
 * generation of it does not. So a slot is put back in any context, NMI too,
 * while taking one is not for NMI. Nothing is closed, filled or printed under
 * the lock.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
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

#include "debug_guard.h"
#include "types.h"

/* One in so many slots is a wide one, and there are so many more of them. */
#define WIDE_ONES	16

unsigned int myslab_guard_slots = 256;

static DEFINE_MUTEX(begin_lock);
static DEFINE_RAW_SPINLOCK(unused_lock);
static LIST_HEAD(unused);		/* the longest free is first */
static LIST_HEAD(unused_wide);
static LLIST_HEAD(freed);
static struct myslab_guard_slot *first_freed;	/* since settle() */
static struct myslab_guard_slot *slots;	/* wide ones last */
static unsigned int nr_slots;

/* The slot of an address; NULL: none. */
struct myslab_guard_slot *myslab_guard_at(const void *addr)
{
	unsigned long number = myslab_guard_number(addr), wide;

	if (likely(number == ULONG_MAX))
		return NULL;
	wide = slots[myslab_guard_slots].first;
	if (number < wide)
		return &slots[number / (MYSLAB_GUARD_NARROW + 2)];
	return &slots[myslab_guard_slots +
		      (number - wide) / (MYSLAB_GUARD_WIDE + 2)];
}

/* A page of a slot, its guards included. */
static void *page_of(const struct myslab_guard_slot *slot, unsigned int i)
{
	return myslab_guard_address(slot->first + i);
}

/* By who has it. */
static void set_state(struct myslab_guard_slot *slot,
		      enum myslab_slot_state state)
{
	/* Seen with all that is in it: pairs with myslab_guard_claim(). */
	smp_store_release(&slot->word, round_down(slot->word,
						  MYSLAB_SLOT_STATES) + state);
}

/* On each CPU. */
static void flush_closed(void *closed)
{
	struct myslab_guard_slot *slot;
	unsigned int i;

	llist_for_each_entry(slot, (struct llist_node *)closed, freed)
		for (i = 0; i < slot->pages + 2; i++)
			myslab_guard_flush(page_of(slot, i));
}

static struct list_head *list_of(const struct myslab_guard_slot *slot)
{
	return slot->pages == MYSLAB_GUARD_NARROW ? &unused : &unused_wide;
}

/*
 * Once all CPUs know what is closed it may be used again; once a tick at most:
 * who frees faster than that has fewer objects guarded.
 */
static void settle(struct work_struct *work)
{
	struct llist_node *closed = llist_reverse_order(llist_del_all(&freed));
	struct myslab_guard_slot *slot;
	unsigned long flags;

	on_each_cpu(flush_closed, closed, 1);
	llist_for_each_entry(slot, closed, freed)
		myslab_guard_check_freed(slot);
	raw_spin_lock_irqsave(&unused_lock, flags);
	llist_for_each_entry(slot, closed, freed) {
		/* The next generation. */
		smp_store_release(&slot->word, slot->word + MYSLAB_SLOT_STATES -
				  MYSLAB_SLOT_FREED + MYSLAB_SLOT_UNUSED);
		list_add_tail(&slot->link, list_of(slot));
	}
	raw_spin_unlock_irqrestore(&unused_lock, flags);
}

static DECLARE_DELAYED_WORK(settle_work, settle);

static void start_settling(struct irq_work *work)
{
	myslab_guard_tell_others(READ_ONCE(first_freed));
	queue_delayed_work(myslab_wq, &settle_work, 1);
}

/* NMI may not queue a work. */
static struct irq_work kick = IRQ_WORK_INIT(start_settling);

static void free_slots(void)
{
	kvfree(slots);
	slots = NULL;
	nr_slots = 0;
	INIT_LIST_HEAD(&unused);
	INIT_LIST_HEAD(&unused_wide);
}

static void init_slots(unsigned int nr)
{
	unsigned int i, first = 0;

	for (i = 0; i < nr; i++) {
		slots[i].first = first;
		slots[i].pages = i < myslab_guard_slots ? MYSLAB_GUARD_NARROW :
							  MYSLAB_GUARD_WIDE;
		first += slots[i].pages + 2;
		list_add_tail(&slots[i].link, list_of(&slots[i]));
	}
}

/*
 * Memory for all slots, once; it stays until the module goes.
 *
 * Context: Process, may sleep.
 * Return: 0, or -errno and a line in the log.
 */
int myslab_guard_begin(void)
{
	unsigned int nr = myslab_guard_slots +
			  DIV_ROUND_UP(myslab_guard_slots, WIDE_ONES), i;
	int err = 0;

	mutex_lock(&begin_lock);
	if (slots)
		goto out;
	err = -ENOMEM;
	slots = kvcalloc(nr, sizeof(*slots), GFP_KERNEL);
	if (slots) {
		init_slots(nr);
		err = myslab_guard_map(slots, nr);
	}
	nr_slots = err ? 0 : nr;
	for (i = 0; i < nr_slots; i++)
		slots[i].page = page_of(&slots[i], 1);
	if (err) {
		free_slots();
		pr_err("myslab: debug: no guard pages: %s\n", err == -ENOMEM ?
		       "out of memory" : "this kernel has no kprobes");
	}
out:
	mutex_unlock(&begin_lock);
	return err;
}

/* At the end of the module: nobody uses any of them. */
void myslab_guard_end(void)
{
	rcu_barrier();
	irq_work_sync(&kick);
	cancel_delayed_work_sync(&settle_work);
	if (!slots)
		return;
	myslab_guard_unmap();
	free_slots();
	init_llist_head(&freed);
}

/* The first that has no finding about it, which keeps it for good. */
static struct myslab_guard_slot *take_unused(struct list_head *list)
{
	struct myslab_guard_slot *slot, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&unused_lock, flags);
	while (!found && !list_empty(list)) {
		slot = list_first_entry(list, struct myslab_guard_slot, link);
		list_del_init(&slot->link);
		if (!READ_ONCE(slot->hit))
			found = slot;
	}
	raw_spin_unlock_irqrestore(&unused_lock, flags);
	return found;
}

/* All pages of its object, and what a finding opened. */
static void close(struct myslab_guard_slot *slot)
{
	u8 *page = slot->page, *end = page_of(slot, slot->pages + 1);

	if (READ_ONCE(slot->opened)) {
		WRITE_ONCE(slot->opened, false);
		page = page_of(slot, 0);
		end += PAGE_SIZE;
	}
	for (; page < end; page += PAGE_SIZE)
		myslab_guard_close(page);
}

/*
 * At the end of its pages? Of an allocator's objects one in two is, the first
 * for one, with no period that what a client does could have, too.
 */
static bool ends_its_page(struct myslab_allocator *owner)
{
	return hweight32(atomic_inc_return(&owner->placed) - 1) % 2 == 0;
}

/*
 * At the end of its pages, or at their start. noinline: its frame is gone when
 * the stack is saved.
 */
static noinline void place(struct myslab_guard_slot *slot,
			   struct myslab_allocator *owner, size_t size,
			   size_t align)
{
	unsigned int used = DIV_ROUND_UP(size, PAGE_SIZE), i;
	size_t bytes = used * PAGE_SIZE;
	u8 *page = page_of(slot, slot->pages - used + 1);

	/* Somebody looked at its guards when it was free. */
	if (READ_ONCE(slot->opened))
		close(slot);
	for (i = 0; i < used; i++)
		myslab_guard_open(page + i * PAGE_SIZE);
	memset(page, MYSLAB_GUARD_FILL, bytes);
	WRITE_ONCE(slot->page, page);
	WRITE_ONCE(slot->size, size);
	WRITE_ONCE(slot->start, page);
	if (ends_its_page(owner))
		WRITE_ONCE(slot->start, page + round_down(bytes - size, align));
	memset(slot->start, POISON_INUSE, size);
	WRITE_ONCE(slot->type, owner->type);
	WRITE_ONCE(slot->owner, owner);
}

/*
 * A slot for an object of @owner, open, to be handed out, to @caller or whoever
 * asks, or put back.
 *
 * Context: Any but NMI.
 * Return: %NULL: there is no room, or too much is wanted.
 */
struct myslab_guard_slot *
myslab_guard_take(struct myslab_allocator *owner, size_t size, size_t align,
		  unsigned long caller)
{
	struct myslab_guard_slot *slot;

	if (size > MYSLAB_GUARD_MAX || align > PAGE_SIZE)
		return NULL;
	slot = take_unused(size <= PAGE_SIZE ? &unused : &unused_wide);
	if (slot) {
		place(slot, owner, size, align);
		myslab_track_add(slot->tracks, MYSLAB_TRACK_ALLOC, caller);
	}
	return slot;
}

void myslab_guard_hand_out(struct myslab_guard_slot *slot, void *real)
{
	WRITE_ONCE(slot->real, real);
	set_state(slot, MYSLAB_SLOT_OUT);
}

/*
 * The one place where out ends.
 *
 * Context: Any.
 * Return: Is it that object of @owner? @before: what it was; if out, it is the
 *	   caller's now.
 */
bool myslab_guard_claim(struct myslab_guard_slot *slot,
			const struct myslab_allocator *owner, const void *obj,
			enum myslab_slot_state *before)
{
	/* Pairs with set_state(). */
	unsigned int word = smp_load_acquire(&slot->word);

	if (READ_ONCE(slot->owner) != owner || READ_ONCE(slot->start) != obj)
		return false;
	*before = word % MYSLAB_SLOT_STATES;
	if (*before == MYSLAB_SLOT_OUT &&
	    !try_cmpxchg(&slot->word, &word,
			 word - MYSLAB_SLOT_OUT + MYSLAB_SLOT_WAITING))
		*before = MYSLAB_SLOT_FREED;
	return true;
}

/*
 * To the end of those that are unused, once the CPUs know.
 *
 * Context: Any; who took or claimed it.
 */
void myslab_guard_put(struct myslab_guard_slot *slot)
{
	memset(slot->start, POISON_FREE, slot->size);
	close(slot);
	set_state(slot, MYSLAB_SLOT_FREED);
	if (!llist_add(&slot->freed, &freed))
		return;
	WRITE_ONCE(first_freed, slot);
	irq_work_queue(&kick);
}

/* The next behind @slot that is out of @owner's; NULL: the first, or none. */
struct myslab_guard_slot *
myslab_guard_next(const struct myslab_allocator *owner,
		  struct myslab_guard_slot *slot)
{
	slot = slot ? slot + 1 : slots;
	for (; slot < slots + nr_slots; slot++)
		if (READ_ONCE(slot->owner) == owner &&
		    myslab_guard_state(slot) == MYSLAB_SLOT_OUT)
			return slot;
	return NULL;
}

/* The slot that an address lies in, out or free; NULL: none of @owner's. */
struct myslab_guard_slot *
myslab_guard_of(const struct myslab_allocator *owner, const void *addr)
{
	struct myslab_guard_slot *slot = myslab_guard_at(addr);

	return slot && READ_ONCE(slot->owner) == owner ? slot : NULL;
}

/*
 * The struct of the owner goes. What it left out is nobody's, and stays open:
 * somebody may use it still.
 */
void myslab_guard_forget(struct myslab_allocator *owner)
{
	unsigned int i;

	for (i = 0; i < nr_slots; i++)
		cmpxchg(&slots[i].owner, owner, NULL);
}
