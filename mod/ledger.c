// SPDX-License-Identifier: GPL-2.0
/*
 * Ledgers: made, set to other letters, asked whether it is the turn of a call
 * to fail; and what is said about memory that one is kept of.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "debug_guard.h"
#include "ledger.h"
#include "report.h"

static struct myslab_ledger *new_ledger(struct myslab_allocator *allocator)
{
	struct myslab_ledger *ledger = kzalloc(sizeof(*ledger), GFP_KERNEL);

	if (!ledger)
		return NULL;
	ledger->allocator = allocator;
	ledger->letters.interval = MYSLAB_DEBUG_INTERVAL;
	ledger->letters.every = 1;
	raw_spin_lock_init(&ledger->lock);
	INIT_LIST_HEAD(&ledger->held);
	return ledger;
}

/*
 * Have what a switch to @letters needs; debugging does not change by that.
 *
 * Context: Process, may sleep; one call for an allocator at a time.
 * Return: false: no memory.
 */
bool myslab_ledger_prepare(struct myslab_allocator *allocator,
			   const struct myslab_letters *letters)
{
	struct myslab_ledger *ledger = allocator->ledger;

	if (!ledger) {
		ledger = new_ledger(allocator);
		if (!ledger)
			return false;
		/* Whole before it is seen. */
		smp_store_release(&allocator->ledger, ledger);
	}
	if (!(letters->mask & MYSLAB_DEBUG_L) || ledger->sites)
		return true;
	ledger->sites = myslab_sites_get(allocator, false);
	return ledger->sites;
}

/* The mask last: who sees a letter sees what was prepared for it. */
void myslab_ledger_set(struct myslab_ledger *ledger,
		       const struct myslab_letters *letters)
{
	if (letters->mask & ~ledger->letters.mask & MYSLAB_DEBUG_P)
		WRITE_ONCE(ledger->epoch, ledger->epoch + 1);
	if (letters->mask & ~ledger->letters.mask & MYSLAB_DEBUG_E)
		atomic_long_set(&ledger->calls, 0);
	WRITE_ONCE(ledger->letters.held, letters->held);
	WRITE_ONCE(ledger->letters.interval, letters->interval);
	WRITE_ONCE(ledger->letters.every, letters->every);
	/* Pairs with myslab_ledger_letters(). */
	smp_store_release(&ledger->letters.mask, letters->mask);
}

/* The end of its allocator, of which nothing is out any more. */
void myslab_ledger_close(struct myslab_allocator *allocator)
{
	static const struct myslab_letters off = MYSLAB_LETTERS_OFF;
	struct myslab_ledger *ledger = allocator->ledger;

	if (!ledger)
		return;
	myslab_ledger_set(ledger, &off);
	myslab_sites_put(ledger->sites);
	ledger->sites = NULL;
}

/* Nobody has a pointer to its allocator any more. */
void myslab_ledger_free(struct myslab_allocator *allocator)
{
	struct myslab_ledger *ledger = allocator->ledger;

	if (!ledger)
		return;
	myslab_guard_forget(allocator);
	allocator->ledger = NULL;
	myslab_sites_put(ledger->sites);
	kfree(ledger);
}

/*
 * Fault injection: is it the turn of this call?
 *
 * Context: Any, NMI too.
 */
bool myslab_ledger_fails(struct myslab_ledger *ledger, size_t size, gfp_t gfp,
			 unsigned long caller)
{
	return ledger && myslab_fails(&ledger->letters, &ledger->calls, size,
				      gfp, caller);
}

/* Is memory that is free as it was left? */
bool myslab_poison_intact(const void *start, size_t size, u8 poison,
			  struct myslab_damage *damage)
{
	const u8 *bytes = start, *first = memchr_inv(bytes, poison, size);
	size_t last;

	if (likely(!first))
		return true;
	for (last = size - 1; bytes[last] == poison; last--)
		;
	*damage = (struct myslab_damage){
		.kind = MYSLAB_USE_AFTER_FREE,
		.first = first - bytes,
		.last = last,
		.expected = poison,
		.found = *first,
	};
	return false;
}

const char *myslab_record_state(const struct myslab_record *record)
{
	static const char * const names[] = {
		[MYSLAB_NEW] = "never handed out",
		[MYSLAB_OUT_THERE] = "out",
		[MYSLAB_OUT_COUNTED] = "out",
		[MYSLAB_GIVEN_BACK] = "being freed, or withdrawn",
		[MYSLAB_HELD] = "free, in quarantine",
		[MYSLAB_WAITING] = "freed, until a grace period is over",
		[MYSLAB_DEFERRED_RCU] = "waiting for a grace period",
		[MYSLAB_FREED] = "free",
	};

	return names[READ_ONCE(record->state)];
}

struct details {
	struct myslab_report_details self;
	const struct myslab_ledger *ledger;
	const struct myslab_region *region;
	const struct myslab_damage *damage;	/* or NULL */
};

static void print_place(const struct myslab_region *region)
{
	if (region->nr)
		pr_err("myslab:   block %u of %u; the one below: %s, above: %s\n",
		       region->idx, region->nr, region->below ? : "none",
		       region->above ? : "none");
}

static void print_details(const struct myslab_report_details *self)
{
	const struct details *d = container_of(self, struct details, self);
	const struct myslab_region *region = d->region;

	if (d->damage)
		myslab_report_bytes(region->start, d->damage->first,
				    -(long)region->before,
				    region->size + region->behind);
	print_place(region);
	myslab_tracks_print(region->tracks, region->nr_tracks,
			    ktime_get_mono_fast_ns(), &myslab_log_lines);
	myslab_report_letters(&d->ledger->letters, d->damage);
}

/* @when: "when it was freed". */
void myslab_ledger_report(struct myslab_ledger *ledger,
			  const struct myslab_region *region,
			  const struct myslab_damage *damage,
			  const char *when)
{
	struct details d = {
		.self.print = print_details, .ledger = ledger,
		.region = region, .damage = damage,
	};

	myslab_report_with(damage->kind, ledger->allocator, region->start,
			   &d.self,
			   "of %zu bytes: bytes %+ld to %+ld were written, seen %s; at %+ld 0x%02x is expected, 0x%02x found",
			   region->size, damage->first, damage->last, when,
			   damage->first, damage->expected, damage->found);
}

/* @state: "is free already". */
void myslab_ledger_report_twice(struct myslab_ledger *ledger,
				const struct myslab_region *region,
				const char *state)
{
	struct details d = {
		.self.print = print_details, .ledger = ledger,
		.region = region,
	};

	myslab_report_with(MYSLAB_DOUBLE_FREE, ledger->allocator,
			   region->start, &d.self, "%s", state);
}
