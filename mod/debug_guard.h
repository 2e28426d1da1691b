/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guarded objects, letter G: alone on a page of an own vmalloc area, between
 * two pages that are never there. A freed one's page is not there either, so
 * that whoever looks at it, or beside it, faults at that instruction.
 *
 * slot:   three pages of the area, guard, page, guard. All guards are one page
 *	   of memory, which is there only after a finding, so that the
 *	   instruction can go on.
 * closed: a page whose pte has no present bit.
 *
 * The states of a slot:
 *
 *   unused -> out -> [waiting for a grace period] -> freed -> unused
 *
 * freed is closed, but other CPUs may not know yet: a worker tells them. A slot
 * with a finding about its page stays freed, for good.
 */
#ifndef MYSLAB_DEBUG_GUARD_H
#define MYSLAB_DEBUG_GUARD_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "debug.h"

/* The pages of a slot, by their number in it. */
#define MYSLAB_GUARD_BELOW	0
#define MYSLAB_GUARD_PAGE	1
#define MYSLAB_GUARD_ABOVE	2
#define MYSLAB_GUARD_PAGES	3

/* Around an object in its page; what differs at its free was written. */
#define MYSLAB_GUARD_FILL	0xa5

enum myslab_slot_state {
	MYSLAB_SLOT_UNUSED,
	MYSLAB_SLOT_OUT,
	MYSLAB_SLOT_WAITING,
	MYSLAB_SLOT_FREED,
};

/* lock is myslab_guard_lock. */
struct myslab_guard_slot {
	struct list_head link;		/* in unused or freed; lock */
	enum myslab_slot_state state;	/* lock */
	bool hit;			/* found used after the free; lock */
	bool opened;			/* a guard of it is open */
	struct myslab_cache *cache;	/* of the last object; or NULL */
	u8 *page;
	u8 *start;			/* the object */
	struct rcu_head rcu;
	struct myslab_track tracks[MYSLAB_NR_TRACKS];
};

/* debug_guard_map.c */
int myslab_guard_map(unsigned int slots);
void myslab_guard_unmap(void);
unsigned long myslab_guard_number(const void *addr);
void *myslab_guard_address(unsigned int slot, unsigned int page);
bool myslab_guard_is_open(const void *addr);
void myslab_guard_open(void *addr);
void myslab_guard_close(void *addr);
void myslab_guard_flush(void *addr);

/* debug_guard.c */
extern raw_spinlock_t myslab_guard_lock;
extern unsigned int myslab_guard_slots;

struct myslab_guard_slot *myslab_guard_at(const void *addr);

/* debug_guard_report.c */
void myslab_guard_check(struct myslab_guard_slot *slot);
void myslab_guard_report_twice(const struct myslab_guard_slot *slot,
			       enum myslab_slot_state before);
void myslab_guard_fault(const void *addr, bool write, unsigned long ip);

/* Is the address in the area? */
static inline bool myslab_guard_covers(const void *addr)
{
	return myslab_guard_number(addr) != ULONG_MAX;
}

#endif
