// SPDX-License-Identifier: GPL-2.0
/*
 * Findings: one first line in a fixed form, then who did it, indented; counted
 * by kind, kept, traced, told to the notifiers. Never under one of our locks.
 * In NMI too: printk() defers itself there.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/panic.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/stacktrace.h>

#include "caller.h"
#include "findings.h"
#include "report.h"
#include "trace.h"

/* Of a fault, half of them are the kernel's way here. */
#define MAX_FRAMES 24

/* Bytes of memory that are shown around the first that differs. */
#define DUMP_BEFORE	16
#define DUMP_BEHIND	32
#define DUMP_ROW	16

bool myslab_panic_on_bug;

static ATOMIC_NOTIFIER_HEAD(notifiers);
static atomic_long_t counts[MYSLAB_NR_KINDS];

static void put_in_log(struct myslab_lines *to, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_err("myslab:   %pV\n", &vaf);
	va_end(args);
}

struct myslab_lines myslab_log_lines = { .put = put_in_log };

static void print_stack(const unsigned long *frames, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pr_err("myslab:     %pS\n", (void *)frames[i]);
}

static void print_first(const struct myslab_finding *finding, const char *fmt,
			va_list *args)
{
	struct va_format vaf = { .fmt = fmt, .va = args };
	const char *kind = myslab_kind_names[finding->kind];

	if (finding->object)
		pr_err("myslab: BUG: %s: %s %s: object %p %pV\n", kind,
		       finding->allocator, finding->name, finding->object,
		       &vaf);
	else
		pr_err("myslab: BUG: %s: %s %s: %pV\n", kind,
		       finding->allocator, finding->name, &vaf);
	pr_err("myslab:   by %s, pid %d, cpu %d%s%s:\n", current->comm,
	       current->pid, raw_smp_processor_id(),
	       finding->module ? "; made by module " : "",
	       finding->module ? : "");
}

/* Where it happened: the stack begins there, if that is on it. */
static unsigned int find_site(const unsigned long *frames, unsigned int nr,
			      unsigned long site)
{
	unsigned int i = 0;

	while (i < nr && frames[i] != site)
		i++;
	return i < nr ? i : 0;
}

/*
 * The first line and the stack. noinline: its frames are not there while
 * details are printed.
 *
 * Return: As myslab_findings_note().
 */
static noinline unsigned int say(const struct myslab_finding *finding,
				 const struct myslab_report_details *details,
				 const char *fmt, va_list *args)
{
	unsigned long frames[MAX_FRAMES], site = details ? details->site : 0;
	unsigned int nr = stack_trace_save(frames, MAX_FRAMES, 1);
	unsigned int first = myslab_caller_skip(frames, nr), skipped;

	if (site)
		first = find_site(frames, nr, site);
	else if (first < nr)
		site = frames[first];
	skipped = myslab_findings_note(finding, details ? &details->place :
				       NULL, site, fmt, args);
	if (skipped == MYSLAB_SAID_ALREADY && !myslab_panic_on_bug)
		return skipped;
	print_first(finding, fmt, args);
	first = details && details->site ? first : 0;
	print_stack(frames + first, nr - first);
	return skipped;
}

static void say_all(const struct myslab_finding *finding,
		    const struct myslab_report_details *details,
		    const char *fmt, va_list *args)
{
	unsigned int skipped = say(finding, details, fmt, args);

	if (skipped == MYSLAB_SAID_ALREADY && !myslab_panic_on_bug)
		return;
	if (details)
		details->print(details);
	if (skipped && skipped != MYSLAB_SAID_ALREADY)
		pr_err("myslab:   %u like this before were not printed\n",
		       skipped);
}

static void pass_on(struct myslab_finding *finding)
{
	atomic_long_inc(&counts[finding->kind]);
	trace_myslab_finding(myslab_kind_names[finding->kind],
			     finding->allocator, finding->name,
			     finding->object);
	atomic_notifier_call_chain(&notifiers, finding->kind, finding);
	if (myslab_panic_on_bug)
		panic("myslab: %s in %s %s, and panic_on_bug is set",
		      myslab_kind_names[finding->kind], finding->allocator,
		      finding->name);
}

/**
 * myslab_report() - Say, count and pass on one finding.
 * @kind: What was found.
 * @allocator: "cache", "pool", "arena" or "heap".
 * @name: Name of that one, as given by its creator.
 * @obj: The object, or %NULL if it is not about one.
 * @fmt: What is known, one line without newline.
 *
 * Context: Any, NMI too; none of our locks held.
 */
void myslab_report(enum myslab_kind kind, const char *allocator,
		   const char *name, const void *obj, const char *fmt, ...)
{
	struct myslab_finding finding = {
		.kind = kind, .allocator = allocator, .name = name,
		.object = obj,
	};
	va_list args;

	va_start(args, fmt);
	say_all(&finding, NULL, fmt, &args);
	va_end(args);
	pass_on(&finding);
}

/* The same about what was created, counted there, with more lines. */
void myslab_report_with(enum myslab_kind kind,
			struct myslab_allocator *allocator, const void *obj,
			const struct myslab_report_details *details,
			const char *fmt, ...)
{
	struct myslab_finding finding = {
		.kind = kind, .allocator = allocator->type->name,
		.name = allocator->name, .module = allocator->owner_name,
		.object = obj,
	};
	va_list args;

	atomic_long_inc(&allocator->reports);
	atomic_inc(&allocator->findings[kind]);
	va_start(args, fmt);
	say_all(&finding, details, fmt, &args);
	va_end(args);
	pass_on(&finding);
}

/* Rows of memory around byte @at from @start, of those from @from to @to. */
void myslab_report_bytes(const void *start, long at, long from, long to)
{
	long first = round_down(at, DUMP_ROW) - DUMP_BEFORE;

	to = min_t(long, to, first + DUMP_BEFORE + DUMP_BEHIND);
	for (first = max_t(long, from, first); first < to; first += DUMP_ROW)
		pr_err("myslab:   %+6ld: %*ph\n", first,
		       (int)min_t(long, DUMP_ROW, to - first), start + first);
}

/*
 * What to write to /proc/myslab/debug to know more the next time. @accessed: it
 * was, where it must not be, before this was seen. noinline: its text is not
 * there while others are put together.
 */
noinline void myslab_report_letters(const struct myslab_letters *letters,
				    bool accessed)
{
	unsigned int has = letters->mask;
	char text[MYSLAB_RULE_TEXT];

	myslab_letters_print(letters, text, sizeof(text));
	pr_err("myslab:   debugged with %s%s%s%s\n", has ? text : "nothing",
	       has & MYSLAB_DEBUG_U ? "" :
	       "; U would say who allocated and freed it",
	       has & MYSLAB_DEBUG_Q ? "" : "; Q would keep it free for longer",
	       has & MYSLAB_DEBUG_G || !accessed ? "" :
	       "; G would show the access itself");
}

static void print_undebugged(const struct myslab_report_details *self)
{
	static const struct myslab_letters off;

	myslab_report_letters(&off, false);
}

const struct myslab_report_details myslab_undebugged = {
	.print = print_undebugged,
};

/* Indented, behind the first line of a leak. */
void myslab_report_still_out(const void *obj, size_t size)
{
	pr_err("myslab:   still out: %p, %zu bytes\n", obj, size);
}

unsigned long myslab_reports(enum myslab_kind kind)
{
	return atomic_long_read(&counts[kind]);
}

/**
 * myslab_report_register() - Be told of every finding.
 * @nb: Called with the kind as action and a struct myslab_finding as data, in
 *	whatever context the finding was made: it must not sleep.
 *
 * Context: Any context that can take a spinlock.
 * Return: 0, or -EEXIST if @nb is registered already.
 */
int myslab_report_register(struct notifier_block *nb)
{
	return atomic_notifier_chain_register(&notifiers, nb);
}
EXPORT_SYMBOL_GPL(myslab_report_register);

/**
 * myslab_report_unregister() - Stop being told; returns when no call is left.
 * @nb: What was registered.
 *
 * Context: Process context, may sleep.
 * Return: 0, or -ENOENT.
 */
int myslab_report_unregister(struct notifier_block *nb)
{
	return atomic_notifier_chain_unregister(&notifiers, nb);
}
EXPORT_SYMBOL_GPL(myslab_report_unregister);
