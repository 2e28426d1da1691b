// SPDX-License-Identifier: GPL-2.0
/*
 * Call sites: how many objects of an allocator each of them has out, for the
 * file /proc/myslab/sites and for the report of a leak.
 *
 * The sites of one are a table of fixed size. That of a cache is shared by its
 * sides with L: an object that was allocated with L is counted off by its free,
 * whatever the letters are by then, since its own side has the table. It goes
 * with the last of these sides; that of others with their ledger. Calls count
 * in it without a lock, in any context. What finds no room counts under site 0.
 *
 * sites_lock, a mutex, covers the list of tables, who shares them, and texts.
 * A client may destroy a cache in its shrinker, and so wait for it: no memory
 * is waited for under it.
 */
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <myslab/debug.h>

#include "compat.h"
#include "ledger.h"
#include "report.h"

#define SITE_BITS	8
#define NR_SITES	BIT(SITE_BITS)

/* Values of addr that are none. */
#define UNUSED		0UL
#define GONE		1UL

struct myslab_site {
	unsigned long addr;		/* where alloc returns to, or above */
	atomic_long_t objects;		/* that are out */
	atomic_long_t peak;		/* the most of them */
	atomic_long_t allocs;
	atomic_long_t bytes;		/* of the objects */
	atomic64_t recent;		/* mark << 32 | objects since it */
	char *text;			/* of one that is GONE; or NULL */
};

struct myslab_sites {
	struct list_head link;
	struct myslab_allocator *allocator;
	unsigned int users;		/* sides that share it, or a ledger */
	struct myslab_site site[1 + NR_SITES];
};

static DEFINE_MUTEX(sites_lock);
static LIST_HEAD(tables);
/* Marks so far; one that wraps needs 2^32 of them. */
static atomic_t marks;

static struct myslab_sites *table_of(const struct myslab_allocator *allocator)
{
	struct myslab_sites *sites;

	lockdep_assert_held(&sites_lock);
	list_for_each_entry(sites, &tables, link)
		if (sites->allocator == allocator)
			return sites;
	return NULL;
}

/*
 * The table of an allocator, for one more user; no two at once for the same.
 *
 * Return: NULL: no memory.
 */
struct myslab_sites *myslab_sites_get(struct myslab_allocator *allocator)
{
	struct myslab_sites *sites, *fresh;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return NULL;
	mutex_lock(&sites_lock);
	sites = table_of(allocator);
	if (!sites) {
		sites = fresh;
		sites->allocator = allocator;
		list_add_tail(&sites->link, &tables);
		fresh = NULL;
	}
	sites->users++;
	mutex_unlock(&sites_lock);
	kfree(fresh);
	return sites;
}

/* One user fewer. */
void myslab_sites_put(struct myslab_sites *sites)
{
	unsigned int i;
	bool last;

	if (!sites)
		return;
	mutex_lock(&sites_lock);
	last = !--sites->users;
	if (last)
		list_del(&sites->link);
	mutex_unlock(&sites_lock);
	if (!last)
		return;
	for (i = 0; i <= NR_SITES; i++)
		kfree(sites->site[i].text);
	kfree(sites);
}

/*
 * The index of an address, which gets a site if it has none. Behind a site
 * that became unused again an address may have a second one: two rows, and
 * their sum is right.
 */
static unsigned int find(struct myslab_sites *sites, unsigned long addr)
{
	unsigned int i, at = hash_long(addr, SITE_BITS);
	struct myslab_site *site;
	unsigned long seen;

	if (addr == UNUSED || addr == GONE)
		return 0;
	for (i = 0; i < NR_SITES; i++, at++) {
		site = &sites->site[1 + at % NR_SITES];
		seen = READ_ONCE(site->addr);
		if (seen == UNUSED)
			seen = cmpxchg(&site->addr, UNUSED, addr) ? : addr;
		if (seen == addr)
			return site - sites->site;
	}
	return 0;
}

static void raise_peak(atomic_long_t *peak, long to)
{
	long old = atomic_long_read(peak);

	while (old < to && !atomic_long_try_cmpxchg(peak, &old, to))
		;
}

/*
 * Objects since the last mark: counted with the mark that they are counted
 * from, so that a new one needs no visit to the sites. What belongs to an
 * older mark than the count does is not in it.
 */
static void count_recent(struct myslab_site *site, u32 mark, int by)
{
	s64 old = atomic64_read(&site->recent), new;
	u32 counted;

	do {
		counted = old >> 32;
		if (counted == mark)
			new = old + by;
		else if (by > 0 && (s32)(mark - counted) > 0)
			new = (s64)((u64)mark << 32 | by);
		else
			return;
	} while (!atomic64_try_cmpxchg(&site->recent, &old, new));
}

static u32 recent(const struct myslab_site *site)
{
	u64 seen = atomic64_read(&site->recent);

	return seen >> 32 == (u32)atomic_read(&marks) ? (u32)seen : 0;
}

/* The caller has the object, and is about to hand it out. */
void myslab_site_out(struct myslab_sites *sites, struct myslab_record *record,
		     size_t size, unsigned long caller)
{
	unsigned int idx = find(sites, caller);
	struct myslab_site *site = &sites->site[idx];

	record->site = idx;
	record->mark = atomic_read(&marks);
	atomic_long_inc(&site->allocs);
	atomic_long_add(size, &site->bytes);
	raise_peak(&site->peak, atomic_long_inc_return(&site->objects));
	count_recent(site, record->mark, 1);
}

/* It is no longer out. */
void myslab_site_back(struct myslab_sites *sites,
		      const struct myslab_record *record, size_t size)
{
	struct myslab_site *site = &sites->site[record->site];

	count_recent(site, record->mark, -1);
	atomic_long_sub(size, &site->bytes);
	/* Last, and behind the above: see let_go(). */
	smp_mb__before_atomic();
	atomic_long_dec(&site->objects);
}

/* It is out, and has become larger or smaller. */
void myslab_site_resized(struct myslab_sites *sites,
			 const struct myslab_record *record, long by)
{
	atomic_long_add(by, &sites->site[record->site].bytes);
}

void myslab_debug_mark(void)
{
	atomic_inc(&marks);
}
EXPORT_SYMBOL_GPL(myslab_debug_mark);

/*
 * The code that it is in goes, and another may come to be there: keep what it
 * is called if objects of it are out, and let others have it if not. Nobody
 * can call from it any more, so that it can only become less.
 */
static void let_go(struct myslab_site *site)
{
	if (atomic_long_read(&site->objects)) {
		if (site->addr != GONE)
			site->text = kasprintf(GFP_NOWAIT | __GFP_NOWARN,
					       "%pS", (void *)site->addr);
		WRITE_ONCE(site->addr, GONE);
		return;
	}
	kfree(site->text);
	site->text = NULL;
	atomic_long_set(&site->peak, 0);
	atomic_long_set(&site->allocs, 0);
	atomic64_set(&site->recent, 0);
	/* Whole before it is found: pairs with the cmpxchg() in find(). */
	smp_store_release(&site->addr, UNUSED);
}

static void text_gone(unsigned long start, unsigned long size)
{
	struct myslab_sites *sites;
	unsigned int i;

	mutex_lock(&sites_lock);
	list_for_each_entry(sites, &tables, link)
		for (i = 1; i <= NR_SITES; i++)
			if (sites->site[i].addr == GONE ||
			    sites->site[i].addr - start < size)
				let_go(&sites->site[i]);
	mutex_unlock(&sites_lock);
}

/* Its __init functions are about to go. */
void myslab_sites_module_loaded(struct module *module)
{
	unsigned long start, size;

	myslab_module_init_text(module, &start, &size);
	text_gone(start, size);
}

/* So is the rest, or all if it could not be loaded. */
void myslab_sites_module_gone(struct module *module)
{
	unsigned long start, size;

	myslab_module_text(module, &start, &size);
	text_gone(start, size);
	myslab_sites_module_loaded(module);
}

static const char *name_of(const struct myslab_sites *sites,
			   const struct myslab_site *site)
{
	static char name[KSYM_SYMBOL_LEN];

	lockdep_assert_held(&sites_lock);
	if (site == sites->site)
		return "others";
	if (site->addr == GONE)
		return site->text ? : "unloaded";
	scnprintf(name, sizeof(name), "%pS", (void *)site->addr);
	return name;
}

static unsigned long objects(const struct myslab_site *site)
{
	return atomic_long_read(&site->objects);
}

static unsigned long bytes(const struct myslab_site *site)
{
	return atomic_long_read(&site->bytes);
}

/* Does it come behind @prev, if the one with most objects comes first? */
static bool is_behind(const struct myslab_site *site,
		      const struct myslab_site *prev)
{
	if (!prev || objects(site) != objects(prev))
		return !prev || objects(site) < objects(prev);
	return site > prev;
}

/* The first behind @prev that has objects out; NULL: none. */
static const struct myslab_site *next_largest(const struct myslab_sites *sites,
					      const struct myslab_site *prev)
{
	const struct myslab_site *site, *best = NULL;

	for (site = sites->site; site <= sites->site + NR_SITES; site++)
		if (objects(site) && is_behind(site, prev) &&
		    (!best || is_behind(best, site)))
			best = site;
	return best;
}

static void print_leak(const struct myslab_sites *sites, unsigned long nr)
{
	const struct myslab_site *site = NULL;
	unsigned long rest = 0, known = 0;
	unsigned int shown = 0;

	while ((site = next_largest(sites, site))) {
		known += objects(site);
		if (shown++ < MYSLAB_LEAKS_SHOWN)
			pr_err("myslab:   %lu objects, %lu bytes from %s\n",
			       objects(site), bytes(site),
			       name_of(sites, site));
		else
			rest++;
	}
	if (rest)
		pr_err("myslab:   and %lu more sites\n", rest);
	if (known < nr)
		pr_err("myslab:   %lu objects were allocated without L\n",
		       nr - known);
}

/* Behind the first line about a leak of @nr objects: whose they are. */
void myslab_sites_print_leak(struct myslab_allocator *allocator,
			     unsigned long nr)
{
	struct myslab_sites *sites;

	mutex_lock(&sites_lock);
	sites = table_of(allocator);
	if (sites)
		print_leak(sites, nr);
	mutex_unlock(&sites_lock);
}

static void show_site(struct seq_file *m, const struct myslab_sites *sites,
		      const struct myslab_site *site)
{
	if (!atomic_long_read(&site->allocs))
		return;
	/* Of what was destroyed, only leaks. */
	if (!objects(site) && !myslab_is_live(sites->allocator))
		return;
	seq_printf(m, "%12lu %8lu %s %s %s since-mark %u peak %ld allocs %ld\n",
		   bytes(site), objects(site), name_of(sites, site),
		   sites->allocator->type->name, sites->allocator->name,
		   recent(site), atomic_long_read(&site->peak),
		   atomic_long_read(&site->allocs));
}

/* In the form of /proc/allocinfo, and more behind that. */
void myslab_sites_show(struct seq_file *m)
{
	struct myslab_sites *sites;
	unsigned int i;

	seq_puts(m, "myslab sites - version: 1\n");
	seq_puts(m, "#    <bytes> <objects> <site> cache <name> since-mark <objects> peak <objects> allocs <calls>\n");
	mutex_lock(&sites_lock);
	list_for_each_entry(sites, &tables, link)
		for (i = 0; i <= NR_SITES; i++)
			show_site(m, sites, &sites->site[i]);
	mutex_unlock(&sites_lock);
}
