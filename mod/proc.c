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
#include <linux/string.h>

#include "proc.h"
#include "registry.h"

#define PROC_NAME "myslabinfo"

static struct proc_dir_entry *dir;

/* Position 0 is the header, position id + 1 an allocator. */
static void *seek(loff_t *pos)
{
	struct myslab_allocator *allocator;

	myslab_for_each_allocator(allocator) {
		if (allocator->id + 1LL >= *pos) {
			*pos = allocator->id + 1LL;
			return allocator;
		}
	}
	return NULL;
}

static void *rows_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&myslab_registry_lock);
	return *pos ? seek(pos) : SEQ_START_TOKEN;
}

static void *rows_next(struct seq_file *m, void *row, loff_t *pos)
{
	struct myslab_allocator *allocator = row;

	++*pos;
	if (row == SEQ_START_TOKEN)
		return seek(pos);
	if (list_is_last(&allocator->link, &myslab_registry))
		return NULL;
	allocator = list_next_entry(allocator, link);
	*pos = allocator->id + 1LL;
	return allocator;
}

static void rows_stop(struct seq_file *m, void *row)
{
	mutex_unlock(&myslab_registry_lock);
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

static int rows_show(struct seq_file *m, void *v)
{
	struct myslab_allocator *allocator = v;
	struct myslab_row row;
	int width;

	if (v == SEQ_START_TOKEN) {
		show_header(m);
		return 0;
	}
	allocator->type->row(allocator, &row);
	width = 17 - (int)strlen(allocator->type->row_prefix);
	seq_printf(m, "%s%-*s %6lu %6lu %6u %4u %4u",
		   allocator->type->row_prefix, width, allocator->name,
		   capped(row.active_objs), capped(row.num_objs),
		   row.objsize, row.objperslab, row.pagesperslab);
	seq_printf(m, " : tunables %4u %4u %4u", 0, 0, 0);
	seq_printf(m, " : slabdata %6lu %6lu %6lu\n",
		   capped(row.active_slabs), capped(row.num_slabs), 0UL);
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
	int err = -ENOMEM;

	if (!proc_create_seq(PROC_NAME, 0400, NULL, &rows))
		return err;
	/* Controls, and what is richer than that form. */
	dir = proc_mkdir("myslab", NULL);
	if (dir)
		err = myslab_debug_proc_init(dir);
	if (err)
		myslab_proc_exit();
	return err;
}

void myslab_proc_exit(void)
{
	proc_remove(dir);
	remove_proc_entry(PROC_NAME, NULL);
}
