/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guarded objects, letter G: alone on pages of an own vmalloc area, between
 * two pages that are never there. A freed one's pages are not there either, so
 * that whoever looks at it, or beside it, faults at that instruction.
 *
 * slot:   pages of the area in a row: a guard, one or more for an object, a
 *	   guard. An object takes the last of them that it needs; those below
 *	   are guards, too. All other guards are one page of memory, which is
 *	   there only after a finding, so that the instruction can go on.
 * closed: a page whose pte has no present bit.
 * cover:  a guarded object of all but caches stands for one that its allocator
 *	   has taken as ever, with its record, its zones and its count, and
 *	   that nobody looks at meanwhile: debug_guard_cover.c.
 *
 * The states of a slot:
 *
 *   unused -> out -> [waiting for a grace period] -> freed -> unused
 *
 * freed is closed, but other CPUs may not know yet: they are told at once, but
 * once a tick at most, and all again by a worker, which then looks whether one
 * has written there meanwhile. A slot with a finding about its page stays
 * freed, for good.
 */
#ifndef MYSLAB_DEBUG_GUARD_H
#define MYSLAB_DEBUG_GUARD_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <myslab/cache.h>

#include "ledger.h"

/* Flags of caches and pools that want what a mapped page is not. */
#define MYSLAB_NOT_GUARDED	(MYSLAB_NO_GUARD | MYSLAB_ACCOUNT |	\
				 MYSLAB_DMA | MYSLAB_DMA32)

/* Pages of a slot for its object: of most one, of one in 16 more. */
#define MYSLAB_GUARD_NARROW	1
#define MYSLAB_GUARD_WIDE	4
#define MYSLAB_GUARD_MAX	(MYSLAB_GUARD_WIDE * PAGE_SIZE)

/* Around an object in its pages; what differs at its free was written. */
#define MYSLAB_GUARD_FILL	0xa5

enum myslab_slot_state {
	MYSLAB_SLOT_UNUSED,
	MYSLAB_SLOT_OUT,
	MYSLAB_SLOT_WAITING,
	MYSLAB_SLOT_FREED,
	MYSLAB_SLOT_STATES,
};

/* Who has taken a slot writes to it alone. */
struct myslab_guard_slot {
	struct list_head link;		/* in a list of unused ones; lock */
	struct llist_node freed;
	unsigned int word;		/* generation and state */
	bool hit;			/* found used after the free */
	bool opened;			/* a guard of it is open */
	unsigned int pages;		/* for an object */
	unsigned int first;		/* its first guard, in the area */
	const struct myslab_allocator_type *type;	/* of owner, ever */
	struct myslab_allocator *owner;	/* of the last object; or NULL */
	void *real;			/* that it covers; of a cache NULL */
	struct myslab_side *side;	/* of a cache: with its letters */
	struct myslab_record record;	/* the same: its site */
	u8 *start;			/* the object */
	u8 *page;			/* the first that it takes */
	unsigned int size;
	struct rcu_head rcu;
	struct myslab_track tracks[MYSLAB_ALL_TRACKS];	/* of its pages */
};

static inline enum myslab_slot_state
myslab_guard_state(const struct myslab_guard_slot *slot)
{
	return READ_ONCE(slot->word) % MYSLAB_SLOT_STATES;
}

/* debug_guard_map.c */
int myslab_guard_map(const struct myslab_guard_slot *slots, unsigned int nr);
void myslab_guard_unmap(void);
unsigned long myslab_guard_number(const void *addr);
void *myslab_guard_address(unsigned long number);
bool myslab_guard_is_open(const void *addr);
void myslab_guard_open(void *addr);
void myslab_guard_close(void *addr);
void myslab_guard_flush(void *addr);
void myslab_guard_tell_others(const struct myslab_guard_slot *slot);
const u8 *myslab_guard_alias(const u8 *addr);

/* debug_guard.c */
extern unsigned int myslab_guard_slots;

int myslab_guard_begin(void);
void myslab_guard_end(void);
struct myslab_guard_slot *myslab_guard_at(const void *addr);
struct myslab_guard_slot *
myslab_guard_take(struct myslab_allocator *owner, size_t size, size_t align,
		  unsigned long caller);
void myslab_guard_hand_out(struct myslab_guard_slot *slot, void *real);
bool myslab_guard_claim(struct myslab_guard_slot *slot,
			const struct myslab_allocator *owner, const void *obj,
			enum myslab_slot_state *before);
void myslab_guard_put(struct myslab_guard_slot *slot);
struct myslab_guard_slot *
myslab_guard_next(const struct myslab_allocator *owner,
		  struct myslab_guard_slot *slot);
struct myslab_guard_slot *
myslab_guard_of(const struct myslab_allocator *owner, const void *addr);
void myslab_guard_forget(struct myslab_allocator *owner);

/* debug_guard_cover.c */
void *myslab_guard_cover(struct myslab_allocator *allocator, void *real,
			 size_t size, size_t align, bool zeroed,
			 unsigned long caller);
void *myslab_guard_uncover(struct myslab_allocator *allocator, void *p);
const void *myslab_guard_real(const struct myslab_allocator *allocator,
			      const void *p);
void *myslab_guard_cover_of(const struct myslab_allocator *allocator,
			    void *real);
void myslab_guard_uncover_all(struct myslab_allocator *allocator,
			      const void *from, const void *to);

/* debug_guard_report.c */
void myslab_guard_check(const struct myslab_guard_slot *slot);
void myslab_guard_check_freed(struct myslab_guard_slot *slot);
void myslab_guard_report_twice(const struct myslab_guard_slot *slot,
			       enum myslab_slot_state before);
void myslab_guard_describe(const void *addr, char *text, size_t size);
void myslab_guard_users(const void *addr, struct myslab_lines *to);
void myslab_guard_fault(const void *addr, bool write, unsigned long ip);

/*
 * A client of @owner frees @obj, which may be guarded: @found says if it is. A
 * free that is not the first one is reported.
 *
 * Context: Any. Inline: what it calls takes much stack.
 * Return: The slot, looked at, which is the caller's now; or %NULL.
 */
static inline struct myslab_guard_slot *
myslab_guard_take_back(const struct myslab_allocator *owner, const void *obj,
		       bool *found)
{
	struct myslab_guard_slot *slot = myslab_guard_at(obj);
	enum myslab_slot_state before;

	*found = slot && myslab_guard_claim(slot, owner, obj, &before);
	if (!*found)
		return NULL;
	if (before != MYSLAB_SLOT_OUT) {
		myslab_guard_report_twice(slot, before);
		return NULL;
	}
	myslab_guard_check(slot);
	myslab_track_add(slot->tracks, MYSLAB_TRACK_FREE, 0);
	return slot;
}

#endif
