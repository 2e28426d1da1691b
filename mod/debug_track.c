// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocated and who freed an object: task, time and stack, in the record.
 *
 * A stack is kept as addresses, which lose their meaning with the module that
 * they point into, or with its start. The text that went is remembered with the
 * time; an address in it that is older is printed as such, not as whatever is
 * there now.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "caller.h"
#include "compat.h"
#include "ledger.h"
#include "report.h"

/* Frames that are looked at; those of myslab itself are left out. */
#define MAX_FRAMES	20
/*
 * To find who called us: on no kernel are we as deep, see sites_kunit.c. With
 * KCSAN little is inlined, with frame pointers no call replaces its caller.
 */
#define CALLER_FRAMES	(IS_ENABLED(CONFIG_KCSAN) || \
			 IS_ENABLED(CONFIG_FRAME_POINTER) ? 12 : 8)
/* Texts remembered; after so many others the first is forgotten. */
#define MAX_GONE	32

struct text {
	unsigned long start, size;
	u64 gone;			/* when; 0: unused */
	const char *how;
	char name[MODULE_NAME_LEN];
};

static struct text gone[MAX_GONE];	/* a ring; written by one notifier */
static unsigned int next_gone;

/* What is being printed meanwhile may show an address without its name. */
static void remember(const struct module *module, unsigned long start,
		     unsigned long size, const char *how)
{
	struct text *text = &gone[next_gone % MAX_GONE];

	if (!size)
		return;
	next_gone++;
	WRITE_ONCE(text->gone, 0);
	text->start = start;
	text->size = size;
	text->how = how;
	strscpy(text->name, module->name, sizeof(text->name));
	/* Seen with all of the above, or not at all. */
	smp_store_release(&text->gone, ktime_get_mono_fast_ns());
}

/* Its __init functions are about to go. */
void myslab_track_module_loaded(const struct module *module)
{
	unsigned long start, size;

	myslab_module_init_text(module, &start, &size);
	remember(module, start, size, "whose init code was freed");
}

/* So is the rest, or all if it could not be loaded. */
void myslab_track_module_gone(const struct module *module)
{
	unsigned long start, size;

	myslab_module_text(module, &start, &size);
	remember(module, start, size, "which was unloaded");
	myslab_track_module_loaded(module);
}

static bool is_in(const struct text *text, unsigned long addr)
{
	return addr - text->start < text->size;
}

static const struct text *gone_text(unsigned long addr, u64 when)
{
	unsigned int i;
	u64 then;

	for (i = 0; i < MAX_GONE; i++) {
		/* Pairs with remember(). */
		then = smp_load_acquire(&gone[i].gone);
		if (then > when && is_in(&gone[i], addr))
			return &gone[i];
	}
	return NULL;
}

/*
 * Where the client's part of some frames starts: with @caller, which goes in
 * front of what is not ours if it is not among that. There is room for it:
 * who asks is one of the frames.
 */
static unsigned int first_of(unsigned long *frames, unsigned int nr,
			     unsigned long caller)
{
	unsigned int first = myslab_caller_skip(frames, nr), i;

	if (!caller)
		return first;
	for (i = first; i < nr; i++)
		if (frames[i] == caller)
			return i;
	if (first)
		first--;
	frames[first] = caller;
	return first;
}

/*
 * @caller: who the stack starts with; 0: who called myslab.
 *
 * Context: Any, NMI too. noinline: its frames must not add up with those of
 * the callers'.
 */
noinline void myslab_track_save(struct myslab_track *track,
				unsigned long caller)
{
	unsigned long frames[MAX_FRAMES];
	unsigned int nr, i;

	nr = stack_trace_save(frames, MAX_FRAMES, 1);
	i = first_of(frames, nr, caller);
	track->nr = min_t(unsigned int, nr - i, MYSLAB_TRACK_FRAMES);
	memcpy(track->frames, frames + i, track->nr * sizeof(*frames));
	track->when = ktime_get_mono_fast_ns();
	track->pid = current->pid;
	track->cpu = raw_smp_processor_id();
	memcpy(track->comm, current->comm, sizeof(track->comm));
}

/* The same of a place: the last one of its kind becomes the one before. */
void myslab_track_add(struct myslab_track *tracks, enum myslab_tracks which,
		      unsigned long caller)
{
	struct myslab_track *track = &tracks[which];

	track[MYSLAB_NR_TRACKS] = *track;
	myslab_track_save(track, caller);
}

/*
 * Where the call into myslab that is under way came from; 0: not known.
 *
 * Context: Any, NMI too.
 */
noinline unsigned long myslab_track_caller(void)
{
	unsigned long frames[CALLER_FRAMES];
	unsigned int nr, i;

	nr = stack_trace_save(frames, CALLER_FRAMES, 1);
	i = myslab_caller_skip(frames, nr);
	return i < nr ? frames[i] : 0;
}

static void print_frame(unsigned long frame, u64 when,
			struct myslab_lines *to)
{
	const struct text *text = gone_text(frame, when);

	if (text)
		to->put(to, "  +%#lx [%s, %s]", frame - text->start,
			text->name, text->how);
	else
		to->put(to, "  %pS", (void *)frame);
}

static void print(const struct myslab_track *track, const char *what, u64 now,
		  struct myslab_lines *to)
{
	u64 us = div_u64(now - track->when, NSEC_PER_USEC);
	unsigned int i;
	u32 rest;

	if (!track->when)
		return;
	us = div_u64_rem(us, USEC_PER_SEC, &rest);
	to->put(to, "%s %llu.%06u s ago by %.*s, pid %d, cpu %u:", what, us,
		rest, TASK_COMM_LEN, track->comm, track->pid, track->cpu);
	for (i = 0; i < track->nr; i++)
		print_frame(track->frames[i], track->when, to);
}

/*
 * Who had it, line by line: @nr of MYSLAB_ALL_TRACKS. The free may be the one
 * before that allocation. @tracks: NULL: not known. @now: printing takes its
 * time.
 */
void myslab_tracks_print(const struct myslab_track *tracks, unsigned int nr,
			 u64 now, struct myslab_lines *to)
{
	static const char * const what[MYSLAB_ALL_TRACKS] = {
		"allocated", "freed",
		"before that, allocated", "before that, freed",
	};
	unsigned int i;

	for (i = 0; tracks && i < nr; i++)
		print(&tracks[i], what[i], now, to);
}
