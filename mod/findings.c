// SPDX-License-Identifier: GPL-2.0
/*
 * The last findings, as they were made, for /proc/myslab/reports; and how often
 * the same was said of late, so that a loop does not drown the log.
 *
 * Both are written under one lock, which nobody waits for in NMI: there a
 * finding that meets another one is missing here, and its text is printed. The
 * text is put together in the ring itself, since stacks may be short.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <myslab/cache.h>

#include "findings.h"

#define KEPT		64
/* So many texts of the same kind, site and allocator in an interval. */
#define BURST		3
#define INTERVAL	(10 * HZ)
#define KEYS_SHIFT	6
#define WAYS		4		/* places that a key may have */

const char * const myslab_kind_names[MYSLAB_NR_KINDS] = {
	[MYSLAB_DOUBLE_FREE] = "double-free",
	[MYSLAB_USE_AFTER_FREE] = "use-after-free",
	[MYSLAB_OUT_OF_BOUNDS_LEFT] = "out-of-bounds-left",
	[MYSLAB_OUT_OF_BOUNDS_RIGHT] = "out-of-bounds-right",
	[MYSLAB_WRONG_OWNER] = "wrong-owner",
	[MYSLAB_INVALID_FREE] = "invalid-free",
	[MYSLAB_LEAK] = "leak",
	[MYSLAB_BAD_ARGS] = "bad-args",
	[MYSLAB_BAD_CONTEXT] = "bad-context",
	[MYSLAB_CORRUPT_METADATA] = "corrupt-metadata",
};

struct entry {
	u64 seq;			/* from 1 on; 0: nothing yet */
	u64 when;			/* ns since boot */
	enum myslab_kind kind;
	const char *allocator;
	pid_t pid;
	unsigned int cpu;
	char comm[TASK_COMM_LEN];
	char name[MYSLAB_MAX_NAME + 1];
	char module[MODULE_NAME_LEN];		/* or empty */
	char object[MYSLAB_MAX_NAME + 24];	/* or empty */
	char address[20];			/* the same; hashed */
	char site[100];				/* the same */
	char text[180];
};

/* What was said; another one takes the place of the oldest of its hash. */
struct said {
	unsigned long key;
	unsigned long since;		/* jiffies */
	unsigned int shown;
	unsigned int skipped;
};

static DEFINE_RAW_SPINLOCK(lock);
static u64 last_seq;
static struct entry ring[KEPT];
static struct said said[(1 << KEYS_SHIFT) + WAYS - 1];

/* The place of a key, or what it may have. */
static struct said *place_of(unsigned long key)
{
	struct said *s = &said[hash_long(key, KEYS_SHIFT)], *oldest = s;
	unsigned int i;

	for (i = 0; i < WAYS; i++, s++) {
		if (s->key == key)
			return s;
		if (oldest->shown &&
		    (!s->shown || time_before(s->since, oldest->since)))
			oldest = s;
	}
	return oldest;
}

static unsigned int count_said(const struct myslab_finding *finding,
			       unsigned long site)
{
	unsigned long key = site ^ (unsigned long)finding->name;
	struct said *s;
	unsigned int skipped = 0;

	key = hash_long(key, BITS_PER_LONG) + finding->kind;
	s = place_of(key);
	if (s->key != key || time_after(jiffies, s->since + INTERVAL)) {
		if (s->key == key)
			skipped = s->skipped;
		*s = (struct said){ .key = key, .since = jiffies };
	}
	if (s->shown < BURST) {
		s->shown++;
		return skipped;
	}
	s->skipped++;
	return MYSLAB_SAID_ALREADY;
}

static void write_object(struct entry *e, const struct myslab_finding *finding,
			 const struct myslab_place *place)
{
	e->object[0] = 0;
	e->address[0] = 0;
	if (place && place->name)
		scnprintf(e->object, sizeof(e->object), "%s#%u.%u",
			  place->name, place->slab, place->idx);
	if (finding->object)
		scnprintf(e->address, sizeof(e->address), "%p",
			  finding->object);
}

static void write_entry(struct entry *e, const struct myslab_finding *finding,
			unsigned long site, const char *fmt, va_list *args)
{
	struct va_format vaf = { .fmt = fmt, .va = args };

	e->seq = ++last_seq;
	e->when = ktime_get_mono_fast_ns();
	e->kind = finding->kind;
	e->allocator = finding->allocator;
	e->pid = current->pid;
	e->cpu = raw_smp_processor_id();
	memcpy(e->comm, current->comm, sizeof(e->comm));
	strscpy(e->name, finding->name, sizeof(e->name));
	strscpy(e->module, finding->module ? : "", sizeof(e->module));
	e->site[0] = 0;
	if (site)
		scnprintf(e->site, sizeof(e->site), "%pS", (void *)site);
	scnprintf(e->text, sizeof(e->text), "%pV", &vaf);
}

/*
 * Keep a finding that was made at @site, or 0: not known.
 *
 * Context: Any, NMI too.
 * Return: How many like this one were not said since the last that was, or
 *	   MYSLAB_SAID_ALREADY: do not say this one.
 */
unsigned int myslab_findings_note(const struct myslab_finding *finding,
				  const struct myslab_place *place,
				  unsigned long site, const char *fmt,
				  va_list *args)
{
	unsigned long flags;
	unsigned int nr;
	struct entry *e;

	if (!in_nmi())
		raw_spin_lock_irqsave(&lock, flags);
	else if (!raw_spin_trylock_irqsave(&lock, flags))
		return 0;
	e = &ring[(last_seq + 1) % KEPT];
	write_entry(e, finding, site, fmt, args);
	write_object(e, finding, place);
	nr = count_said(finding, site);
	raw_spin_unlock_irqrestore(&lock, flags);
	return nr;
}

/* A name and its string, as JSON has them; the comma is behind. */
static void put_string(struct seq_file *m, const char *name, const char *s)
{
	seq_printf(m, "\"%s\":\"", name);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			seq_printf(m, "\\%c", *s);
		else if (*s >= ' ' && *s <= '~')
			seq_putc(m, *s);
		else
			seq_printf(m, "\\u%04x", (u8)*s);
	}
	seq_puts(m, "\",");
}

static void show_entry(struct seq_file *m, const struct entry *e)
{
	u32 ns;
	u64 s = div_u64_rem(e->when, NSEC_PER_SEC, &ns);

	seq_printf(m, "{\"seq\":%llu,\"time\":%llu.%06u,", e->seq, s,
		   ns / (u32)NSEC_PER_USEC);
	put_string(m, "kind", myslab_kind_names[e->kind]);
	put_string(m, "allocator", e->allocator);
	put_string(m, "name", e->name);
	if (e->module[0])
		put_string(m, "module", e->module);
	if (e->object[0])
		put_string(m, "object", e->object);
	if (e->address[0])
		put_string(m, "address", e->address);
	put_string(m, "site", e->site);
	put_string(m, "text", e->text);
	put_string(m, "task", e->comm);
	seq_printf(m, "\"pid\":%d,\"cpu\":%u}\n", e->pid, e->cpu);
}

static u64 newest(void)
{
	unsigned long flags;
	u64 seq;

	raw_spin_lock_irqsave(&lock, flags);
	seq = last_seq;
	raw_spin_unlock_irqrestore(&lock, flags);
	return seq;
}

static bool copy_entry(u64 seq, struct entry *to)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	*to = ring[seq % KEPT];
	raw_spin_unlock_irqrestore(&lock, flags);
	return to->seq == seq;
}

/* Oldest first, a line each. Context: Process, may sleep. */
void myslab_findings_show(struct seq_file *m)
{
	struct entry *e = kmalloc(sizeof(*e), GFP_KERNEL);
	u64 last = newest(), seq;

	seq_puts(m, "{\"format\":\"myslab reports\",\"version\":1}\n");
	if (!e)
		return;
	for (seq = last > KEPT ? last - KEPT + 1 : 1; seq <= last; seq++)
		if (copy_entry(seq, e))
			show_entry(m, e);
	kfree(e);
}
