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
 * myslab_site_lock, a mutex, covers the list of tables, who shares them, texts.
 * No memory is waited for under it: who destroys a cache never waits for
 * reclaim.
 */
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include <myslab/debug.h>

#include "compat.h"
#include "debug_site.h"
#include "ledger.h"

/*
 * In seconds; each divides the next. Time is cut into spans of that length, and
 * who was born in this one or the one before is younger: to come to be older
 * takes up to twice as long.
 */
static const unsigned int ages[MYSLAB_NR_AGES] = { 10, 300, 3600 };

/* A value of addr that nobody has yet. */
#define UNUSED		0UL

/* Of the tables: see above. */
DEFINE_MUTEX(myslab_site_lock);
LIST_HEAD(myslab_site_tables);
/* Marks so far; one that wraps needs 2^32 of them. */
static atomic_t marks;

struct myslab_sites *
myslab_sites_of(const struct myslab_allocator *allocator)
{
	struct myslab_sites *sites;

	lockdep_assert_held(&myslab_site_lock);
	list_for_each_entry(sites, &myslab_site_tables, link)
		if (sites->allocator == allocator)
			return sites;
	return NULL;
}

/*
 * The table of an allocator, for one more user; no two at once for the same.
 *
 * @samples: not everything will be counted.
 * Return: NULL: no memory.
 */
struct myslab_sites *myslab_sites_get(struct myslab_allocator *allocator,
				      bool samples)
{
	struct myslab_sites *sites, *fresh;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return NULL;
	fresh->when[0] = jiffies;
	fresh->when[1] = jiffies;
	mutex_lock(&myslab_site_lock);
	sites = myslab_sites_of(allocator);
	if (!sites) {
		sites = fresh;
		sites->allocator = allocator;
		list_add_tail(&sites->link, &myslab_site_tables);
		fresh = NULL;
	}
	sites->users++;
	sites->samples |= samples;
	mutex_unlock(&myslab_site_lock);
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
	mutex_lock(&myslab_site_lock);
	last = !--sites->users;
	if (last)
		list_del(&sites->link);
	mutex_unlock(&myslab_site_lock);
	if (!last)
		return;
	for (i = 0; i <= MYSLAB_NR_SITES; i++)
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
	unsigned int i, at = hash_long(addr, MYSLAB_SITE_BITS);
	struct myslab_site *site;
	unsigned long seen;

	if (addr == UNUSED || addr == MYSLAB_SITE_GONE)
		return 0;
	for (i = 0; i < MYSLAB_NR_SITES; i++, at++) {
		site = &sites->site[1 + at % MYSLAB_NR_SITES];
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
 * older mark than the count does is not in it. So are those of a span of time.
 */
static void count_since(atomic64_t *count, u32 mark, int by)
{
	s64 old = atomic64_read(count), new;
	u32 counted;

	do {
		counted = old >> 32;
		if (counted == mark)
			new = old + by;
		else if (by > 0 && (s32)(mark - counted) > 0)
			new = (s64)((u64)mark << 32 | by);
		else
			return;
	} while (!atomic64_try_cmpxchg(count, &old, new));
}

static u32 counted_since(const atomic64_t *count, u32 mark)
{
	u64 seen = atomic64_read(count);

	return seen >> 32 == mark ? (u32)seen : 0;
}

static void count_young(struct myslab_site *site, u32 born, int by)
{
	unsigned int i;
	u32 span;

	for (i = 0; i < MYSLAB_NR_AGES; i++) {
		span = born / ages[i];
		count_since(&site->young[i][span % 2], span, by);
	}
}

static u32 seconds(void)
{
	return jiffies / HZ;
}

u32 myslab_site_recent(const struct myslab_site *site)
{
	return counted_since(&site->recent, atomic_read(&marks));
}

/*
 * Objects that are out, by their age, youngest first; those of frees meanwhile
 * are in none or in two.
 */
void myslab_site_ages(const struct myslab_site *site,
		      long nr[1 + MYSLAB_NR_AGES])
{
	long younger = 0, young;
	unsigned int i;
	u32 span;

	for (i = 0; i < MYSLAB_NR_AGES; i++) {
		span = seconds() / ages[i];
		young = counted_since(&site->young[i][span % 2], span) +
			counted_since(&site->young[i][!(span % 2)], span - 1);
		nr[i] = max(young - younger, 0L);
		younger = young;
	}
	nr[i] = max(atomic_long_read(&site->objects) - younger, 0L);
}

/* The caller has the object, and is about to hand it out. */
void myslab_site_out(struct myslab_sites *sites, struct myslab_record *record,
		     size_t size, unsigned long caller)
{
	unsigned int idx = find(sites, caller);
	struct myslab_site *site = &sites->site[idx];
	int nr = 1 << record->weight;

	record->site = idx;
	record->mark = atomic_read(&marks);
	record->born = seconds();
	atomic_long_add(nr, &site->allocs);
	atomic_long_add(nr * size, &site->bytes);
	raise_peak(&site->peak, atomic_long_add_return(nr, &site->objects));
	count_since(&site->recent, record->mark, nr);
	count_young(site, record->born, nr);
}

/* It is no longer out. */
void myslab_site_back(struct myslab_sites *sites,
		      const struct myslab_record *record, size_t size)
{
	struct myslab_site *site = &sites->site[record->site];
	int nr = 1 << record->weight;

	count_since(&site->recent, record->mark, -nr);
	count_young(site, record->born, -nr);
	atomic_long_sub(nr * size, &site->bytes);
	/* Last, and behind the above: see let_go(). */
	smp_mb__before_atomic();
	atomic_long_sub(nr, &site->objects);
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
		if (site->addr != MYSLAB_SITE_GONE)
			site->text = kasprintf(GFP_NOWAIT | __GFP_NOWARN,
					       "%pS", (void *)site->addr);
		WRITE_ONCE(site->addr, MYSLAB_SITE_GONE);
		return;
	}
	kfree(site->text);
	site->text = NULL;
	atomic_long_set(&site->peak, 0);
	atomic_long_set(&site->allocs, 0);
	atomic64_set(&site->recent, 0);
	memset(site->young, 0, sizeof(site->young));
	memset(site->seen, 0, sizeof(site->seen));
	/* Whole before it is found: pairs with the cmpxchg() in find(). */
	smp_store_release(&site->addr, UNUSED);
}

static void text_gone(unsigned long start, unsigned long size)
{
	struct myslab_sites *sites;
	unsigned int i;

	mutex_lock(&myslab_site_lock);
	list_for_each_entry(sites, &myslab_site_tables, link)
		for (i = 1; i <= MYSLAB_NR_SITES; i++)
			if (sites->site[i].addr == MYSLAB_SITE_GONE ||
			    sites->site[i].addr - start < size)
				let_go(&sites->site[i]);
	mutex_unlock(&myslab_site_lock);
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

/* For rates: what was allocated until now. */
static void sample(struct myslab_sites *sites)
{
	struct myslab_site *site;
	unsigned int i;

	for (i = 0; i <= MYSLAB_NR_SITES; i++) {
		site = &sites->site[i];
		site->seen[0] = site->seen[1];
		site->seen[1] = atomic_long_read(&site->allocs);
	}
	sites->when[0] = sites->when[1];
	sites->when[1] = jiffies;
}

/* At the end of each interval. Context: Process, may sleep. */
void myslab_sites_upkeep(void)
{
	struct myslab_sites *sites;

	mutex_lock(&myslab_site_lock);
	list_for_each_entry(sites, &myslab_site_tables, link)
		sample(sites);
	mutex_unlock(&myslab_site_lock);
}
