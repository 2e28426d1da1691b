// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/myslabinfo: the text of slabinfo 2.1, for every tool that reads it.
 *
 * The registry's lock is held while one buffer is filled, not while the file
 * is read: a reader remembers the id of the last row, and goes on behind it.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "cache.h"
#include "proc.h"
#include "stats.h"

#define PROC_NAME "myslabinfo"

/* Position 0 is the header, position id + 1 a cache. */
static void *seek(loff_t *pos)
{
	struct myslab_cache *cache;

	list_for_each_entry(cache, &myslab_caches, link) {
		if (cache->id + 1LL >= *pos) {
			*pos = cache->id + 1LL;
			return cache;
		}
	}
	return NULL;
}

static void *rows_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&myslab_caches_lock);
	return *pos ? seek(pos) : SEQ_START_TOKEN;
}

static void *rows_next(struct seq_file *m, void *row, loff_t *pos)
{
	struct myslab_cache *cache = row;

	++*pos;
	if (row == SEQ_START_TOKEN)
		return seek(pos);
	if (list_is_last(&cache->link, &myslab_caches))
		return NULL;
	cache = list_next_entry(cache, link);
	*pos = cache->id + 1LL;
	return cache;
}

static void rows_stop(struct seq_file *m, void *row)
{
	mutex_unlock(&myslab_caches_lock);
}

static void show_header(struct seq_file *m)
{
	seq_puts(m, "slabinfo - version: 2.1\n");
	seq_puts(m, "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
	seq_puts(m, " : tunables <limit> <batchcount> <sharedfactor>");
	seq_puts(m, " : slabdata <active_slabs> <num_slabs> <sharedavail>");
	seq_putc(m, '\n');
}

/* Readers parse 32 bits. */
static unsigned long capped(unsigned long nr)
{
	return min_t(unsigned long, nr, U32_MAX);
}

static int rows_show(struct seq_file *m, void *row)
{
	struct myslab_cache *cache = row;
	struct myslab_counts counts;

	if (row == SEQ_START_TOKEN) {
		show_header(m);
		return 0;
	}
	myslab_stats_count(cache, &counts);
	seq_printf(m, "%-17s %6lu %6lu %6u %4u %4u", cache->name,
		   capped(counts.used), capped(counts.total),
		   cache->layout.stride, cache->layout.objects,
		   cache->layout.pages);
	seq_printf(m, " : tunables %4u %4u %4u", 0, 0, 0);
	seq_printf(m, " : slabdata %6lu %6lu %6lu\n",
		   capped(counts.slabs - counts.empty), capped(counts.slabs),
		   0UL);
	return 0;
}

static const struct seq_operations rows = {
	.start = rows_start,
	.next = rows_next,
	.stop = rows_stop,
	.show = rows_show,
};

int myslab_proc_init(void)
{
	return proc_create_seq(PROC_NAME, 0400, NULL, &rows) ? 0 : -ENOMEM;
}

void myslab_proc_exit(void)
{
	remove_proc_entry(PROC_NAME, NULL);
}
