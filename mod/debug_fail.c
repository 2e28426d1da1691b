// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection: which calls fail, where the letter E is on.
 *
 * The knobs are one for all that E selects, with the names and meanings of the
 * kernel's own, which no stock kernel has. Calls are counted by allocator, from
 * when E came on: what is drawn depends on that number and the seed alone, so
 * that a run can be had again. Knobs change while calls look at them; one that
 * finds old and new ones mixed fails or not, as it could have before or after.
 */
#include <linux/atomic.h>
#include <linux/preempt.h>
#include <linux/siphash.h>

#include <myslab/debug.h>

#include "ledger.h"

/* Each whose turn it is by E's interval. */
#define ORDINARY	{ .probability = 100, .times = -1 }

static const struct myslab_fail ordinary = ORDINARY;

struct myslab_fail myslab_fail = ORDINARY;

/* One less, but never below what 0 or -1 say. Return: what it was. */
static int count_down(int *nr)
{
	int was = READ_ONCE(*nr);

	while (was > 0 && !try_cmpxchg(nr, &was, was - 1))
		;
	return was;
}

static bool is_meant(size_t size, unsigned long caller)
{
	size_t max = READ_ONCE(myslab_fail.max_size);
	pid_t task = READ_ONCE(myslab_fail.task);

	/* An interrupt is nobody's, whoever it came to. */
	if (task && (!in_task() || current->tgid != task))
		return false;
	if (size < READ_ONCE(myslab_fail.min_size) || (max && size > max))
		return false;
	if (!READ_ONCE(myslab_fail.require_start) &&
	    !READ_ONCE(myslab_fail.require_end) &&
	    !READ_ONCE(myslab_fail.reject_end))
		return true;
	return myslab_stack_meets(&myslab_fail, caller);
}

/* As the kernel's: bytes that are had before any call fails. */
static bool is_spared(size_t size)
{
	unsigned long space = READ_ONCE(myslab_fail.space);

	while (space > size)
		if (try_cmpxchg(&myslab_fail.space, &space, space - size))
			return true;
	return false;
}

static bool one_of_times(void)
{
	return count_down(&myslab_fail.times);
}

static bool is_drawn(unsigned long call)
{
	static const siphash_key_t key;
	u64 drawn = siphash_2u64(call, READ_ONCE(myslab_fail.seed), &key);

	return (u32)drawn % 100 < READ_ONCE(myslab_fail.probability);
}

/*
 * Is it the turn of this call? @calls: of the allocator, while it has E.
 *
 * Context: Any, NMI too.
 */
bool myslab_fails(const struct myslab_letters *letters, atomic_long_t *calls,
		  size_t size, gfp_t gfp, unsigned long caller)
{
	unsigned long call;
	int nth;

	/* Pairs with myslab_ledger_set(). */
	if (!(smp_load_acquire(&letters->mask) & MYSLAB_DEBUG_E) ||
	    (gfp & __GFP_NOFAIL) || !is_meant(size, caller))
		return false;
	nth = count_down(&myslab_fail.nth);
	if (nth > 0)
		return nth == 1;
	if (is_spared(size))
		return false;
	call = atomic_long_inc_return(calls);
	if (call % READ_ONCE(letters->interval) || !is_drawn(call))
		return false;
	return READ_ONCE(myslab_fail.stack) ? myslab_stack_fails(one_of_times) :
					      one_of_times();
}

/* Documented in <myslab/debug.h>. */
void myslab_debug_fail(const struct myslab_fail *how)
{
	if (!how)
		how = &ordinary;
	if (how->stack)
		myslab_stacks_clear();
	WRITE_ONCE(myslab_fail.probability, how->probability);
	WRITE_ONCE(myslab_fail.task, how->task);
	WRITE_ONCE(myslab_fail.min_size, how->min_size);
	WRITE_ONCE(myslab_fail.max_size, how->max_size);
	WRITE_ONCE(myslab_fail.require_start, how->require_start);
	WRITE_ONCE(myslab_fail.require_end, how->require_end);
	WRITE_ONCE(myslab_fail.reject_start, how->reject_start);
	WRITE_ONCE(myslab_fail.reject_end, how->reject_end);
	WRITE_ONCE(myslab_fail.space, how->space);
	WRITE_ONCE(myslab_fail.seed, how->seed);
	WRITE_ONCE(myslab_fail.stack, how->stack);
	WRITE_ONCE(myslab_fail.times, how->times);
	WRITE_ONCE(myslab_fail.nth, how->nth);
}
EXPORT_SYMBOL_GPL(myslab_debug_fail);
