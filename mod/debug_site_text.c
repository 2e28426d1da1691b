// SPDX-License-Identifier: GPL-2.0
/*
 * What is said of call sites: in /proc/myslab/sites, and behind the report of a
 * leak.
 */
#include <linux/jiffies.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "debug_site.h"
#include "ledger.h"
#include "report.h"

static const char *name_of(const struct myslab_sites *sites,
			   const struct myslab_site *site)
{
	static char name[KSYM_SYMBOL_LEN];

	lockdep_assert_held(&myslab_site_lock);
	if (site == sites->site)
		return "others";
	if (site->addr == MYSLAB_SITE_GONE)
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

	for (site = sites->site; site <= sites->site + MYSLAB_NR_SITES; site++)
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
	if (sites->samples)
		pr_err("myslab:   these are estimates, from samples\n");
	else if (known < nr)
		pr_err("myslab:   %lu objects were allocated without L\n",
		       nr - known);
}

/* Behind the first line about a leak of @nr objects: whose they are. */
void myslab_sites_print_leak(struct myslab_allocator *allocator,
			     unsigned long nr)
{
	struct myslab_sites *sites;

	mutex_lock(&myslab_site_lock);
	sites = myslab_sites_of(allocator);
	if (sites)
		print_leak(sites, nr);
	else
		pr_err("myslab:   L would say where they were allocated\n");
	mutex_unlock(&myslab_site_lock);
}

/* Allocations a second, in the last one or two intervals. */
static unsigned long rate_of(const struct myslab_sites *sites,
			     const struct myslab_site *site)
{
	unsigned long nr = atomic_long_read(&site->allocs) - site->seen[0];

	return nr * HZ / max_t(unsigned long, jiffies - sites->when[0], HZ);
}

static void show_ages(struct seq_file *m, const struct myslab_site *site)
{
	long nr[1 + MYSLAB_NR_AGES];
	unsigned int i;

	myslab_site_ages(site, nr);
	for (i = 0; i < ARRAY_SIZE(nr); i++)
		seq_printf(m, "%s%ld", i ? "/" : " age ", nr[i]);
}

static void show_site(struct seq_file *m, const struct myslab_sites *sites,
		      const struct myslab_site *site)
{
	if (!atomic_long_read(&site->allocs))
		return;
	/* Of what was destroyed, only leaks. */
	if (!objects(site) && !myslab_is_live(sites->allocator))
		return;
	seq_printf(m, "%12lu %8lu %s %s %s since-mark %u peak %ld allocs %ld rate %lu",
		   bytes(site), objects(site), name_of(sites, site),
		   sites->allocator->type->name, sites->allocator->name,
		   myslab_site_recent(site),
		   atomic_long_read(&site->peak),
		   atomic_long_read(&site->allocs), rate_of(sites, site));
	show_ages(m, site);
	seq_puts(m, sites->samples ? " estimate\n" : "\n");
}

/* In the form of /proc/allocinfo, and more behind that. */
void myslab_sites_show(struct seq_file *m)
{
	struct myslab_sites *sites;
	unsigned int i;

	seq_puts(m, "myslab sites - version: 1\n");
	seq_puts(m, "#    <bytes> <objects> <site> cache <name> since-mark <objects> peak <objects> allocs <calls> rate <calls/s> age <10s>/<5m>/<1h>/<older>\n");
	mutex_lock(&myslab_site_lock);
	list_for_each_entry(sites, &myslab_site_tables, link)
		for (i = 0; i <= MYSLAB_NR_SITES; i++)
			show_site(m, sites, &sites->site[i]);
	mutex_unlock(&myslab_site_lock);
}
