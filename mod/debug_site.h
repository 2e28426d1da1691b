/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables that debug_site.c counts in, and debug_site_text.c prints.
 */
#ifndef MYSLAB_DEBUG_SITE_H
#define MYSLAB_DEBUG_SITE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

#include "allocator.h"

#define MYSLAB_SITE_BITS	8
#define MYSLAB_NR_SITES		BIT(MYSLAB_SITE_BITS)

/* Objects are told apart by so many ages; older ones are one class more. */
#define MYSLAB_NR_AGES		3

/* A value of addr that is none: its code went. */
#define MYSLAB_SITE_GONE	1UL

struct myslab_site {
	unsigned long addr;		/* where alloc returns to, or above */
	atomic_long_t objects;		/* that are out */
	atomic_long_t peak;		/* the most of them */
	atomic_long_t allocs;
	atomic_long_t bytes;		/* of the objects */
	atomic64_t recent;		/* mark << 32 | objects since it */
	atomic64_t young[MYSLAB_NR_AGES][2];	/* span << 32 | its objects */
	long seen[2];			/* allocs, at sites->when; the lock */
	char *text;			/* of one that is gone; or NULL */
};

struct myslab_sites {
	struct list_head link;
	struct myslab_allocator *allocator;
	unsigned int users;		/* sides that share it, or a ledger */
	bool samples;			/* not all were counted, ever */
	unsigned long when[2];		/* jiffies, two and one intervals ago */
	struct myslab_site site[1 + MYSLAB_NR_SITES];
};

/* Pages of an order that can be had. */
static_assert(sizeof(struct myslab_sites) <= SZ_32K);

/* debug_site.c */
extern struct mutex myslab_site_lock;
extern struct list_head myslab_site_tables;

struct myslab_sites *
myslab_sites_of(const struct myslab_allocator *allocator);
u32 myslab_site_recent(const struct myslab_site *site);
void myslab_site_ages(const struct myslab_site *site,
		      long nr[1 + MYSLAB_NR_AGES]);

#endif
