// SPDX-License-Identifier: GPL-2.0
/*
 * What is said about guarded objects; and faults, each of which ends in it.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/string.h>

#include "debug_guard.h"
#include "report.h"

struct details {
	struct myslab_report_details self;
	const struct myslab_guard_slot *slot;
	const u8 *damage;		/* in its pages, or NULL */
	u64 now;
};

static u8 *end_of_pages(const struct myslab_guard_slot *slot)
{
	return slot->page + PAGE_ALIGN(slot->size);
}

static void print_details(const struct myslab_report_details *self)
{
	const struct details *d = container_of(self, struct details, self);
	const u8 *start = d->slot->start;

	if (d->damage)
		myslab_report_bytes(start, d->damage - start,
				    d->slot->page - start,
				    end_of_pages(d->slot) - start);
	pr_err("myslab:   guarded: %u bytes, alone at +%ld of its page%s\n",
	       d->slot->size, (long)(d->slot->start - d->slot->page),
	       d->slot->size > PAGE_SIZE ? "s" : "");
	myslab_tracks_print(d->slot->tracks, MYSLAB_ALL_TRACKS, d->now,
			    &myslab_log_lines);
}

#define report(kind, about, at, bytes, fmt, ...)			\
do {									\
	const struct myslab_guard_slot *__slot = (about);		\
	struct details __d = {						\
		.self = { .print = print_details, .site = (at) },	\
		.slot = __slot, .damage = bytes,			\
		.now = ktime_get_mono_fast_ns(),			\
	};								\
									\
	myslab_report_with(kind, __slot->owner, __slot->start,		\
			   &__d.self, fmt, ##__VA_ARGS__);		\
} while (0)

static void report_damage(enum myslab_kind kind,
			  const struct myslab_guard_slot *slot, const u8 *at)
{
	report(kind, slot, 0, at,
	       "byte %+ld was written, seen when it was freed; 0x%02x is expected, 0x%02x found",
	       (long)(at - slot->start), MYSLAB_GUARD_FILL, *at);
}

/* Bytes of its pages that are not the object's, and not as they were filled. */
void myslab_guard_check(const struct myslab_guard_slot *slot)
{
	u8 *end = slot->start + slot->size, *at;

	at = memchr_inv(slot->page, MYSLAB_GUARD_FILL,
			slot->start - slot->page);
	if (at)
		report_damage(MYSLAB_OUT_OF_BOUNDS_LEFT, slot, at);
	at = memchr_inv(end, MYSLAB_GUARD_FILL, end_of_pages(slot) - end);
	if (at)
		report_damage(MYSLAB_OUT_OF_BOUNDS_RIGHT, slot, at);
}

/* The first byte of a freed object that is not as it was left; NULL: none. */
static const u8 *find_written(const struct myslab_guard_slot *slot)
{
	const u8 *start = slot->start, *end = start + slot->size, *alias, *at;
	size_t part;

	for (; start < end; start += part) {
		part = min_t(size_t, end - start,
			     PAGE_SIZE - offset_in_page(start));
		alias = myslab_guard_alias(start);
		at = memchr_inv(alias, POISON_FREE, part);
		if (at)
			return start + (at - alias);
	}
	return NULL;
}

/*
 * By a CPU that had not heard of the free: it missed the fault.
 *
 * Context: Process; all have heard by now.
 */
void myslab_guard_check_freed(struct myslab_guard_slot *slot)
{
	const u8 *at = find_written(slot);

	/* Or a fault has told of it. */
	if (!at || READ_ONCE(slot->hit) || !READ_ONCE(slot->owner))
		return;
	WRITE_ONCE(slot->hit, true);
	report(MYSLAB_USE_AFTER_FREE, slot, 0, NULL,
	       "byte %+ld was written after the free; 0x%02x is expected, 0x%02x found",
	       (long)(at - slot->start), POISON_FREE, *myslab_guard_alias(at));
}

void myslab_guard_report_twice(const struct myslab_guard_slot *slot,
			       enum myslab_slot_state before)
{
	report(MYSLAB_DOUBLE_FREE, slot, 0, NULL, "freed, but it is %s",
	       before == MYSLAB_SLOT_WAITING ? "waiting for a grace period" :
	       "free");
}

void myslab_guard_describe(const void *addr, char *text, size_t size)
{
	const struct myslab_guard_slot *slot = myslab_guard_at(addr);

	scnprintf(text, size, "at %+ld of a guarded object, which is %s",
		  (long)((const u8 *)addr - slot->start),
		  myslab_guard_state(slot) == MYSLAB_SLOT_OUT ? "out" : "free");
}

/* Who had the object at an address in a slot. */
void myslab_guard_users(const void *addr, struct myslab_lines *to)
{
	myslab_tracks_print(myslab_guard_at(addr)->tracks, MYSLAB_ALL_TRACKS,
			    ktime_get_mono_fast_ns(), to);
}

/* What was done with the page at @addr of a slot. */
static enum myslab_kind kind_of(const struct myslab_guard_slot *slot,
				const void *addr)
{
	if (myslab_guard_state(slot) != MYSLAB_SLOT_OUT)
		return MYSLAB_USE_AFTER_FREE;
	return (const u8 *)addr < slot->start ? MYSLAB_OUT_OF_BOUNDS_LEFT :
	       MYSLAB_OUT_OF_BOUNDS_RIGHT;
}

static void report_fault(const struct myslab_guard_slot *slot, const void *addr,
			 const char *how, unsigned long ip)
{
	if (READ_ONCE(slot->owner))
		report(kind_of(slot, addr), slot, ip, NULL,
		       "%s at %+ld, by %pS", how,
		       (long)((const u8 *)addr - slot->start), (void *)ip);
	else
		myslab_report(MYSLAB_USE_AFTER_FREE,
			      slot->type ? slot->type->name : "cache", "(gone)",
			      addr, "%s by %pS: a guarded object whose owner is gone, or none",
			      how, (void *)ip);
}

/*
 * An access to a closed page faulted: report it, and open the page.
 *
 * Context: Any; exceptions.
 */
void myslab_guard_fault(const void *addr, bool write, unsigned long ip)
{
	struct myslab_guard_slot *slot = myslab_guard_at(addr);

	/* Opened meanwhile, by another fault or a new object. */
	if (myslab_guard_is_open(addr))
		return;
	if ((const u8 *)addr < slot->page ||
	    (const u8 *)addr >= end_of_pages(slot))
		WRITE_ONCE(slot->opened, true);
	else
		WRITE_ONCE(slot->hit, true);
	report_fault(slot, addr, write ? "written" : "read", ip);
	myslab_guard_open((void *)addr);
}
