/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What caches, pools, arenas and heaps have in common: a name, an owner, a
 * life, a row in /proc/myslabinfo, pages. Each embeds a struct
 * myslab_allocator, whose address is the owner word of its pages, and has a
 * struct myslab_allocator_type that says how it does what all of them do.
 *
 * A life: create lists it (live); destroy, or its module's unload, unlists it
 * (dead) and empties it (buried). The struct stays in its grave, so that a
 * call that still comes is found instead of followed, until a new allocator
 * of its type needs one and there are enough other graves.
 */
#ifndef MYSLAB_ALLOCATOR_H
#define MYSLAB_ALLOCATOR_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>

#include <myslab/cache.h>
#include <myslab/report.h>

struct myslab_allocator;
struct myslab_ledger;
struct myslab_letters;
struct myslab_lines;
struct shrink_control;

/* One row of /proc/myslabinfo, as slabinfo(5) names its columns. */
struct myslab_row {
	unsigned long active_objs;
	unsigned long num_objs;		/* never less than active_objs */
	unsigned int objsize;
	unsigned int objperslab;
	unsigned int pagesperslab;
	unsigned long active_slabs;
	unsigned long num_slabs;
};

/* Longest text of describe. */
#define MYSLAB_DESCRIBED	160

/*
 * Calls that are NULL where a type has nothing to do. All but the last ones:
 * process context, may sleep, the allocator cannot end meanwhile.
 */
struct myslab_allocator_type {
	const char *name;		/* as reports say it: "cache" */
	const char *row_prefix;		/* of its name in the row: "pool-" */
	void (*row)(struct myslab_allocator *allocator,
		    struct myslab_row *row);

	/* Empty it, once unlisted. @why is said where that is a finding. */
	void (*end)(struct myslab_allocator *allocator, const char *why);
	/* At the end of the module: give back what clients still have. */
	void (*forget)(struct myslab_allocator *allocator);
	/* Its last worker has returned: the struct is about to be used anew. */
	void (*settle)(struct myslab_allocator *allocator);
	void (*free)(struct myslab_allocator *allocator);

	/* At the end of each interval: give back what was not needed. */
	void (*upkeep)(struct myslab_allocator *allocator);
	/* Pages that this reclaim could get, without a lock; and get them. */
	unsigned long (*reclaimable)(struct myslab_allocator *allocator,
				     struct shrink_control *sc);
	unsigned long (*reclaim)(struct myslab_allocator *allocator);
	void (*cpu_dead)(struct myslab_allocator *allocator, unsigned int cpu);

	/*
	 * Debugging, of all but caches, under myslab_debug_lock: the letters
	 * that there are; get what a switch to them needs, or say that there
	 * is no memory; switch to what the ledger says; what is to be done a
	 * grace period later.
	 */
	unsigned int letters;
	bool exact_e;			/* E only by its whole name */
	bool (*debug_prepare)(struct myslab_allocator *allocator,
			      const struct myslab_letters *letters);
	void (*debug_switch)(struct myslab_allocator *allocator);
	void (*debug_settle)(struct myslab_allocator *allocator);
	/* Look at everything; findings. */
	unsigned long (*validate)(struct myslab_allocator *allocator,
				  u32 pass);

	/* Any context, under RCU. Is this address in its pages; what is it? */
	bool (*owns)(struct myslab_allocator *allocator, const void *addr);
	void (*describe)(struct myslab_allocator *allocator, const void *addr,
			 char *text, size_t size);
	/* Who had the object there, as far as is known. */
	void (*users)(struct myslab_allocator *allocator, const void *addr,
		      struct myslab_lines *to);
};

enum myslab_state {
	MYSLAB_UNKNOWN,
	MYSLAB_LIVE,
	MYSLAB_DEAD,		/* being destroyed */
	MYSLAB_BURIED,		/* destroyed, the struct kept */
};

struct myslab_allocator {
	const struct myslab_allocator_type *type;

	/* Life and registry: registry.lock. */
	struct module *owner;		/* compared and named, never held */
	enum myslab_state state;
	u32 id;				/* rises along the registry */
	struct list_head link;		/* in the registry unless buried */
	struct hlist_node named;	/* the same, by name */
	struct list_head grave;		/* in the graves when not alive */
	atomic_t pins;			/* who works on it without the lock */
	bool goes_with_owner;		/* whose unload is what destroys it */
	char name[MYSLAB_MAX_NAME + 1];
	char owner_name[MODULE_NAME_LEN];

	/* The page source: pages.h. */
	gfp_t gfp_pages;		/* added when pages are made */
	bool reclaimable;		/* pages count as SReclaimable */
	unsigned long max_pages;	/* 0: as many as there are */
	atomic_long_t nr_pages;
	atomic_t given_back;		/* rises when pages are no longer its */

	atomic_long_t failures;		/* calls that got nothing */
	atomic_long_t reports;
	atomic_t findings[MYSLAB_NR_KINDS];	/* the same, by kind */

	struct myslab_ledger *ledger;	/* since it was first debugged */
	unsigned int lacks;		/* of its type's letters */
	bool exact_g;			/* G only by its whole name */
	atomic_t placed;		/* guarded objects, ever */
};

static inline bool myslab_is_live(const struct myslab_allocator *allocator)
{
	return READ_ONCE(allocator->state) == MYSLAB_LIVE;
}

#endif
