/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What debugging knows of memory, whosever it is: who allocated and who freed
 * it (track), by which call (site), what it has to look like while it is free
 * (kept).
 *
 * ledger: the debugging of a heap, a pool or an arena. A cache that is debugged
 * takes its objects from elsewhere (debug.h); these hand out the memory that
 * they ever do, dressed, and what is known about it is kept beside. The ledger
 * comes with the first switch to letters and stays until the struct of its
 * allocator goes: so nobody who uses it can lose it.
 *
 * caller: who an allocation is told of, where a wrapper said so through one of
 * the _caller calls; 0: whoever called myslab, as the stack knows. It goes from
 * that call to wherever it is told, by the slow paths: no fast one has it.
 *
 * Letters change under myslab_debug_lock, and are read without: a call finds
 * old ones or new ones, and goes on with what it did to a block by the block's
 * record alone.
 */
#ifndef MYSLAB_LEDGER_H
#define MYSLAB_LEDGER_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "allocator.h"
#include "canary.h"
#include "debug_select.h"

struct seq_file;
struct myslab_fail;
struct myslab_sites;

#define MYSLAB_TRACK_FRAMES	12

/* Who did something to an object, and when. */
struct myslab_track {
	u64 when;			/* ns since boot; 0: nobody yet */
	pid_t pid;
	u16 cpu;
	u16 nr;				/* of frames */
	char comm[TASK_COMM_LEN];
	unsigned long frames[MYSLAB_TRACK_FRAMES];
};

enum myslab_object_state {
	MYSLAB_NEW,
	MYSLAB_OUT_THERE,
	MYSLAB_OUT_COUNTED,		/* the same, and at its site: sides */
	MYSLAB_GIVEN_BACK,
	MYSLAB_HELD,
	MYSLAB_WAITING,
	MYSLAB_DEFERRED_RCU,
	MYSLAB_FREED,
};

/* What must not change while an object is free. */
enum myslab_kept {
	MYSLAB_KEPT_NOTHING,
	MYSLAB_KEPT_POISON,
	MYSLAB_KEPT_SUM,		/* its state; record->sum */
};

enum myslab_tracks {
	MYSLAB_TRACK_ALLOC,
	MYSLAB_TRACK_FREE,
	MYSLAB_NR_TRACKS,
};

/* With a record that stays with its place: the last two of each. */
#define MYSLAB_ALL_TRACKS	(2 * MYSLAB_NR_TRACKS)

struct myslab_record {
	u8 state;			/* enum myslab_object_state */
	u8 kept;			/* enum myslab_kept */
	u16 site : 10;			/* with L: which of the sites */
	u16 weight : 6;			/* log2 of what it stands for there */
	u32 mark;			/* with L: the last one before alloc */
	union {
		u64 sum;		/* while it is free */
		u32 born;		/* out, with L: seconds since boot */
	};
	struct myslab_track tracks[];	/* with U */
};

struct myslab_ledger {
	struct myslab_allocator *allocator;
	struct myslab_letters letters;	/* what it has of those */
	struct myslab_sites *sites;	/* since the first L; or NULL */
	u32 epoch;			/* rises when P comes on */
	atomic_long_t calls;		/* that E could let fail */
	atomic_long_t turns;		/* allocations that G could guard */
	atomic_long_t guarded;		/* out, on pages of their own */
	atomic_long_t unguarded;	/* were to be, but had no room */
	atomic_long_t checks;		/* looks at a block */
	long seen;			/* checks, an interval ago */
	atomic_long_t undressed;	/* allocated without, for memory */

	/* Quarantine. */
	raw_spinlock_t lock;
	struct list_head held;		/* the oldest first */
	size_t bytes;			/* of those */
};

/* Memory that a report is about. */
struct myslab_region {
	const void *start;
	size_t size;
	unsigned int before;		/* bytes around that may be shown */
	unsigned int behind;
	const struct myslab_track *tracks;	/* or NULL */
	unsigned int nr_tracks;
	unsigned int idx, nr;		/* which of how many; nr 0: of none */
	const char *below, *above;	/* states of its neighbours, or NULL */
};

/* Any context; NULL: it was never debugged. */
static inline struct myslab_ledger *
myslab_ledger_of(const struct myslab_allocator *allocator)
{
	/* Pairs with the release in myslab_ledger_prepare(). */
	return smp_load_acquire(&allocator->ledger);
}

static inline unsigned int myslab_ledger_letters(const struct myslab_ledger *l)
{
	/* With a letter there is what it needs: see myslab_ledger_set(). */
	return l ? smp_load_acquire(&l->letters.mask) : 0;
}

static inline bool myslab_ledger_has(const struct myslab_ledger *ledger,
				     unsigned int letter)
{
	return myslab_ledger_letters(ledger) & letter;
}

static inline unsigned long myslab_ledger_checks(const struct myslab_ledger *l)
{
	return l ? atomic_long_read(&l->checks) : 0;
}

static inline unsigned long
myslab_ledger_undressed(const struct myslab_ledger *l)
{
	return l ? atomic_long_read(&l->undressed) : 0;
}

/* debug.c: in place of myslab_registry_add() */
int myslab_debug_add(struct myslab_allocator *allocator);
bool myslab_debug_wants(const struct myslab_allocator *allocator,
			unsigned int letter);

/* ledger.c */
bool myslab_ledger_prepare(struct myslab_allocator *allocator,
			   const struct myslab_letters *letters);
void myslab_ledger_set(struct myslab_ledger *ledger,
		       const struct myslab_letters *letters);
void myslab_ledger_close(struct myslab_allocator *allocator);
void myslab_ledger_free(struct myslab_allocator *allocator);
bool myslab_ledger_fails(struct myslab_ledger *ledger, size_t size, gfp_t gfp,
			 unsigned long caller);
const char *myslab_record_state(const struct myslab_record *record);
bool myslab_poison_intact(const void *start, size_t size, u8 poison,
			  struct myslab_damage *damage);
void myslab_ledger_report(struct myslab_ledger *ledger,
			  const struct myslab_region *region,
			  const struct myslab_damage *damage,
			  const char *when);
void myslab_ledger_report_twice(struct myslab_ledger *ledger,
				const struct myslab_region *region,
				const char *state);

/* debug_fail.c */
extern struct myslab_fail myslab_fail;

bool myslab_fails(const struct myslab_letters *letters, atomic_long_t *calls,
		  size_t size, gfp_t gfp, unsigned long caller);

/* debug_stack.c */
bool myslab_stack_fails(bool (*may)(void));
bool myslab_stack_meets(const struct myslab_fail *fail, unsigned long caller);
void myslab_stacks_clear(void);
void myslab_stacks_show(struct seq_file *m);

/* debug_track.c */
void myslab_track_save(struct myslab_track *track, unsigned long caller);
void myslab_track_add(struct myslab_track *tracks, enum myslab_tracks which,
		      unsigned long caller);
unsigned long myslab_track_caller(void);
void myslab_tracks_print(const struct myslab_track *tracks, unsigned int nr,
			 u64 now, struct myslab_lines *to);
void myslab_track_module_loaded(const struct module *module);
void myslab_track_module_gone(const struct module *module);

/* debug_site.c, debug_site_text.c */
struct myslab_sites *myslab_sites_get(struct myslab_allocator *allocator,
				      bool samples);
void myslab_sites_put(struct myslab_sites *sites);
void myslab_site_out(struct myslab_sites *sites, struct myslab_record *record,
		     size_t size, unsigned long caller);
void myslab_site_back(struct myslab_sites *sites,
		      const struct myslab_record *record, size_t size);
void myslab_site_resized(struct myslab_sites *sites,
			 const struct myslab_record *record, long by);
void myslab_sites_module_loaded(struct module *module);
void myslab_sites_module_gone(struct module *module);
void myslab_sites_print_leak(struct myslab_allocator *allocator,
			     unsigned long nr);
void myslab_sites_upkeep(void);
void myslab_sites_show(struct seq_file *m);

#endif
