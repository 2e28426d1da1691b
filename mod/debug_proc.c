// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/myslab/debug: what is debugged, as it was written; /validate, /sites,
 * /whatis, /stacks, /reports and /findings.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <myslab/debug.h>

#include "cache.h"
#include "debug.h"
#include "proc.h"
#include "registry.h"
#include "report.h"

/* Longest text that can be written. */
#define MAX_TEXT	4095

static void show_cache(struct seq_file *m, struct myslab_cache *cache)
{
	char text[MYSLAB_RULE_TEXT];
	struct myslab_letters letters;
	struct myslab_side *side;

	rcu_read_lock();
	side = READ_ONCE(cache->debug);
	if (side)
		letters = side->letters;
	rcu_read_unlock();
	if (!side)
		return;
	myslab_letters_print(&letters, text, sizeof(text));
	seq_printf(m, "cache %s %s checks %lu undressed %lu guarded %lu unguarded %lu reports %lu\n",
		   cache->self.name, text, atomic_long_read(&cache->checks),
		   atomic_long_read(&cache->undressed),
		   atomic_long_read(&cache->guarded),
		   atomic_long_read(&cache->unguarded),
		   atomic_long_read(&cache->self.reports));
}

static void show_ledger(struct seq_file *m,
			const struct myslab_allocator *allocator)
{
	const struct myslab_ledger *ledger = myslab_ledger_of(allocator);
	char text[MYSLAB_RULE_TEXT];

	if (!myslab_ledger_letters(ledger))
		return;
	myslab_letters_print(&ledger->letters, text, sizeof(text));
	seq_printf(m, "%s %s %s checks %lu undressed %lu guarded %lu unguarded %lu reports %ld\n",
		   allocator->type->name, allocator->name, text,
		   myslab_ledger_checks(ledger),
		   myslab_ledger_undressed(ledger),
		   atomic_long_read(&ledger->guarded),
		   atomic_long_read(&ledger->unguarded),
		   atomic_long_read(&allocator->reports));
}

static int debug_show(struct seq_file *m, void *unused)
{
	struct myslab_allocator *allocator;
	char text[MYSLAB_RULE_TEXT];
	struct myslab_rules *rules;
	unsigned int i;

	rules = kmalloc(sizeof(*rules), GFP_KERNEL);
	if (!rules)
		return -ENOMEM;
	myslab_debug_rules(rules);
	seq_puts(m, "myslab debug - version: 1\n");
	for (i = 0; i < rules->nr; i++) {
		myslab_rule_print(&rules->rule[i], text, sizeof(text));
		seq_printf(m, "on %s\n", text);
	}
	kfree(rules);

	mutex_lock(&myslab_registry_lock);
	myslab_for_each_allocator(allocator)
		if (allocator->type == &myslab_cache_type)
			show_cache(m, myslab_cache_of(allocator));
		else
			show_ledger(m, allocator);
	mutex_unlock(&myslab_registry_lock);
	return 0;
}

/* What was written, as a string; to be freed. */
static char *text_from(const char __user *buf, size_t n)
{
	char *text;

	if (n > MAX_TEXT)
		return ERR_PTR(-E2BIG);
	text = kmalloc(n + 1, GFP_KERNEL);
	if (!text)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(text, buf, n)) {
		kfree(text);
		return ERR_PTR(-EFAULT);
	}
	text[n] = 0;
	return text;
}

/* 0 if nothing but @word was written, with or without a newline; or -errno. */
static int expect_word(const char __user *buf, size_t n, const char *word)
{
	char *text = text_from(buf, n);
	size_t len = strlen(word);
	bool same;

	if (IS_ERR(text))
		return PTR_ERR(text);
	same = !strncmp(text, word, len) &&
	       (!text[len] || !strcmp(text + len, "\n"));
	kfree(text);
	return same ? 0 : -EINVAL;
}

/* A file with name##_show() and name##_write(). */
#define DEFINE_FILE(name)						\
static int name##_open(struct inode *inode, struct file *file)		\
{									\
	return single_open(file, name##_show, NULL);			\
}									\
									\
static const struct proc_ops name##_ops = {				\
	.proc_open = name##_open,					\
	.proc_read_iter = seq_read_iter,				\
	.proc_lseek = seq_lseek,					\
	.proc_release = single_release,					\
	.proc_write = name##_write,					\
}

static ssize_t debug_write(struct file *file, const char __user *buf, size_t n,
			   loff_t *pos)
{
	char *text = text_from(buf, n);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = myslab_debug_set(text);
	kfree(text);
	return err ? : n;
}

DEFINE_FILE(debug);

static ssize_t validate_write(struct file *file, const char __user *buf,
			      size_t n, loff_t *pos)
{
	int err = expect_word(buf, n, "1");

	if (err)
		return err;
	pr_info("myslab: validate: %lu findings\n", myslab_debug_validate());
	return n;
}

static const struct proc_ops validate_ops = {
	.proc_write = validate_write,
};

static int sites_show(struct seq_file *m, void *unused)
{
	myslab_sites_show(m);
	return 0;
}

static ssize_t sites_write(struct file *file, const char __user *buf, size_t n,
			   loff_t *pos)
{
	int err = expect_word(buf, n, "mark");

	if (err)
		return err;
	myslab_debug_mark();
	return n;
}

DEFINE_FILE(sites);

/* What was asked for last, by whoever. */
static unsigned long asked;

static int whatis_show(struct seq_file *m, void *unused)
{
	void *addr = (void *)READ_ONCE(asked);
	char *text = kmalloc(MAX_TEXT, GFP_KERNEL);

	if (!text)
		return -ENOMEM;
	myslab_whatis(addr, text, MAX_TEXT);
	seq_printf(m, "myslab whatis - version: 1\naddress %p: %s", addr, text);
	kfree(text);
	return 0;
}

static ssize_t whatis_write(struct file *file, const char __user *buf,
			    size_t n, loff_t *pos)
{
	char *text = text_from(buf, n);
	unsigned long addr;
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = myslab_whatis_parse(text, &addr);
	kfree(text);
	if (err)
		return err;
	WRITE_ONCE(asked, addr);
	return n;
}

DEFINE_FILE(whatis);

static int stacks_show(struct seq_file *m, void *unused)
{
	myslab_stacks_show(m);
	return 0;
}

static ssize_t stacks_write(struct file *file, const char __user *buf,
			    size_t n, loff_t *pos)
{
	int err = expect_word(buf, n, "clear");

	if (err)
		return err;
	myslab_stacks_clear();
	return n;
}

DEFINE_FILE(stacks);

static int reports_show(struct seq_file *m, void *unused)
{
	myslab_findings_show(m);
	return 0;
}

static void show_findings(struct seq_file *m,
			  const struct myslab_allocator *allocator)
{
	unsigned int kind, nr;

	for (kind = 0; kind < MYSLAB_NR_KINDS; kind++) {
		nr = atomic_read(&allocator->findings[kind]);
		if (nr)
			seq_printf(m, "%8u %s %s %s\n", nr,
				   myslab_kind_names[kind],
				   allocator->type->name, allocator->name);
	}
}

static int findings_show(struct seq_file *m, void *unused)
{
	const struct myslab_allocator *allocator;
	unsigned int kind;

	seq_puts(m, "myslab findings - version: 1\n");
	seq_puts(m, "# <count> <kind> [<allocator> <name>]\n");
	for (kind = 0; kind < MYSLAB_NR_KINDS; kind++)
		seq_printf(m, "%8lu %s\n", myslab_reports(kind),
			   myslab_kind_names[kind]);
	mutex_lock(&myslab_registry_lock);
	myslab_for_each_allocator(allocator)
		show_findings(m, allocator);
	mutex_unlock(&myslab_registry_lock);
	return 0;
}

int myslab_debug_proc_init(struct proc_dir_entry *dir)
{
	if (!proc_create("debug", 0600, dir, &debug_ops) ||
	    !proc_create("validate", 0200, dir, &validate_ops) ||
	    !proc_create("sites", 0600, dir, &sites_ops) ||
	    !proc_create("whatis", 0600, dir, &whatis_ops) ||
	    !proc_create("stacks", 0600, dir, &stacks_ops) ||
	    !proc_create_single("reports", 0400, dir, reports_show) ||
	    !proc_create_single("findings", 0400, dir, findings_show))
		return -ENOMEM;
	return 0;
}
