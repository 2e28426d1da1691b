// SPDX-License-Identifier: GPL-2.0
/*
 * Covers: guarded memory that a client of a heap, a pool or an arena has in
 * place of what was taken for it there. That stays taken, as if the client had
 * it, so that counts, records and limits are what they are without G, and a
 * free of the cover becomes one of what it stands for.
 */
#include <linux/hardirq.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "debug_guard.h"

/* Is it the turn of this one? */
static bool should_guard(struct myslab_ledger *ledger)
{
	return myslab_ledger_has(ledger, MYSLAB_DEBUG_G) && !in_nmi() &&
	       atomic_long_inc_return(&ledger->turns) %
	       READ_ONCE(ledger->letters.every) == 0;
}

/*
 * What a client gets who is to have @real: itself, where G is not on, or there
 * is no room.
 *
 * Context: Any.
 */
void *myslab_guard_cover(struct myslab_allocator *allocator, void *real,
			 size_t size, size_t align, bool zeroed,
			 unsigned long caller)
{
	struct myslab_ledger *ledger = myslab_ledger_of(allocator);
	struct myslab_guard_slot *slot;

	if (!should_guard(ledger))
		return real;
	slot = myslab_guard_take(allocator, size, align, caller);
	if (!slot) {
		atomic_long_inc(&ledger->unguarded);
		return real;
	}
	if (zeroed)
		memset(slot->start, 0, size);
	atomic_long_inc(&ledger->guarded);
	myslab_guard_hand_out(slot, real);
	return slot->start;
}

/* A cover that was taken back. */
static void *put(struct myslab_ledger *ledger, struct myslab_guard_slot *slot)
{
	void *real = slot->real;

	atomic_long_inc(&ledger->checks);
	atomic_long_dec(&ledger->guarded);
	myslab_guard_put(slot);
	return real;
}

/*
 * What is freed where a client frees @p, which is nothing that the allocator
 * knows.
 *
 * Context: Any.
 * Return: The memory that it stands for; @p: it is no cover; %NULL: it is one
 *	   that is free, and has been reported.
 */
void *myslab_guard_uncover(struct myslab_allocator *allocator, void *p)
{
	struct myslab_guard_slot *slot;
	bool found;

	slot = myslab_guard_take_back(allocator, p, &found);
	if (slot)
		return put(allocator->ledger, slot);
	return found ? NULL : p;
}

/* What @p stands for, if it is a cover that is out; else @p. */
const void *myslab_guard_real(const struct myslab_allocator *allocator,
			      const void *p)
{
	struct myslab_guard_slot *slot = myslab_guard_of(allocator, p);

	return slot && slot->start == p &&
	       myslab_guard_state(slot) == MYSLAB_SLOT_OUT ? slot->real : p;
}

/* The other way round: what a client has in place of @real, or itself. */
void *myslab_guard_cover_of(const struct myslab_allocator *allocator,
			    void *real)
{
	struct myslab_ledger *ledger = myslab_ledger_of(allocator);
	struct myslab_guard_slot *slot = NULL;

	if (likely(!ledger) || !atomic_long_read(&ledger->guarded))
		return real;
	while ((slot = myslab_guard_next(allocator, slot)))
		if (READ_ONCE(slot->real) == real)
			return slot->start;
	return real;
}

/*
 * What lies from @from to below @to is freed, and nobody is allocating.
 *
 * Context: Any.
 */
void myslab_guard_uncover_all(struct myslab_allocator *allocator,
			      const void *from, const void *to)
{
	struct myslab_ledger *ledger = myslab_ledger_of(allocator);
	struct myslab_guard_slot *slot = NULL;

	if (!atomic_long_read(&ledger->guarded))
		return;
	while ((slot = myslab_guard_next(allocator, slot)))
		if (slot->real >= from && slot->real < to)
			myslab_guard_uncover(allocator, slot->start);
}
