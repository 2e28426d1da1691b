// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated /proc: entries by path, opened and read as a kernel module
 * would read a file. Removing an entry that is open aborts: the kernel would
 * wait, and here nobody else could close it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#undef snprintf

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/proc_fs.h>
#include <linux/gfp_types.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <mirror/control.h>

struct proc_dir_entry {
	char path[256];
	bool dir;
	umode_t mode;
	const struct proc_ops *ops;
	const struct seq_operations *seq_ops;
	int (*show)(struct seq_file *m, void *v);
	unsigned int state_size;
	void *data;
	unsigned int opens;
	struct proc_dir_entry *next;
};

static struct proc_dir_entry *entries;

static struct proc_dir_entry **find(const char *path)
{
	struct proc_dir_entry **link;

	for (link = &entries; *link; link = &(*link)->next)
		if (!strcmp((*link)->path, path))
			return link;
	return NULL;
}

static struct proc_dir_entry *add(const char *name, umode_t mode,
				  struct proc_dir_entry *parent, void *data)
{
	struct proc_dir_entry *de;

	mirror_might_sleep("creating a file in /proc");
	if (mirror_should_fail(GFP_KERNEL))
		return NULL;
	de = calloc(1, sizeof(*de));
	scnprintf(de->path, sizeof(de->path), "%s/%s",
		  parent ? parent->path : "/proc", name);
	if (find(de->path)) {
		pr_warn("mirror: %s exists\n", de->path);
		free(de);
		return NULL;
	}
	de->mode = mode;
	de->data = data;
	de->next = entries;
	entries = de;
	return de;
}

struct proc_dir_entry *proc_mkdir_mode(const char *name, umode_t mode,
				       struct proc_dir_entry *parent)
{
	struct proc_dir_entry *de = add(name, mode, parent, NULL);

	if (de)
		de->dir = true;
	return de;
}

struct proc_dir_entry *proc_mkdir(const char *name,
				  struct proc_dir_entry *parent)
{
	return proc_mkdir_mode(name, 0555, parent);
}

struct proc_dir_entry *proc_create_data(const char *name, umode_t mode,
					struct proc_dir_entry *parent,
					const struct proc_ops *ops, void *data)
{
	struct proc_dir_entry *de = add(name, mode, parent, data);

	if (de)
		de->ops = ops;
	return de;
}

struct proc_dir_entry *
proc_create_seq_private(const char *name, umode_t mode,
			struct proc_dir_entry *parent,
			const struct seq_operations *ops,
			unsigned int state_size, void *data)
{
	struct proc_dir_entry *de = add(name, mode, parent, data);

	if (de) {
		de->seq_ops = ops;
		de->state_size = state_size;
	}
	return de;
}

struct proc_dir_entry *
proc_create_single_data(const char *name, umode_t mode,
			struct proc_dir_entry *parent,
			int (*show)(struct seq_file *, void *), void *data)
{
	struct proc_dir_entry *de = add(name, mode, parent, data);

	if (de)
		de->show = show;
	return de;
}

static void unlink_at(struct proc_dir_entry **link)
{
	struct proc_dir_entry *de = *link;

	if (de->opens)
		mirror_abort("%s is removed while it is open", de->path);
	*link = de->next;
	free(de);
}

/* With everything below it. */
void proc_remove(struct proc_dir_entry *de)
{
	struct proc_dir_entry **link = &entries;
	char path[256];
	size_t len;

	if (!de)
		return;
	mirror_might_sleep("proc_remove()");
	strscpy(path, de->path, sizeof(path));
	len = strlen(path);
	while (*link) {
		if (!strncmp((*link)->path, path, len) &&
		    ((*link)->path[len] == 0 || (*link)->path[len] == '/'))
			unlink_at(link);
		else
			link = &(*link)->next;
	}
}

int remove_proc_subtree(const char *name, struct proc_dir_entry *parent)
{
	struct proc_dir_entry **link;
	char path[256];

	scnprintf(path, sizeof(path), "%s/%s", parent ? parent->path : "/proc",
		  name);
	link = find(path);
	if (!link)
		return -ENOENT;
	proc_remove(*link);
	return 0;
}

void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
{
	remove_proc_subtree(name, parent);
}

void *pde_data(const struct inode *inode)
{
	return inode->pde->data;
}

static int open_entry(struct file *file, struct proc_dir_entry *de)
{
	struct seq_file *m;

	if (de->show)
		return single_open(file, de->show, de->data);
	if (!de->seq_ops)
		return de->ops && de->ops->proc_open ?
		       de->ops->proc_open(&file->inode, file) : 0;
	seq_open(file, de->seq_ops);
	m = file->private_data;
	if (de->state_size)
		m->private = calloc(1, de->state_size);
	return 0;
}

struct file *filp_open(const char *name, int flags, umode_t mode)
{
	struct proc_dir_entry **link = find(name);
	struct file *file;
	int err;

	mirror_might_sleep("filp_open()");
	if (!link || (*link)->dir)
		return ERR_PTR(-ENOENT);
	file = calloc(1, sizeof(*file));
	file->inode.pde = *link;
	err = open_entry(file, *link);
	if (err) {
		free(file);
		return ERR_PTR(err);
	}
	(*link)->opens++;
	return file;
}

int filp_close(struct file *file, void *id)
{
	struct proc_dir_entry *de = file->inode.pde;

	if (de->show) {
		single_release(&file->inode, file);
	} else if (de->seq_ops) {
		if (de->state_size)
			free(((struct seq_file *)file->private_data)->private);
		seq_release(&file->inode, file);
	} else if (de->ops->proc_release) {
		de->ops->proc_release(&file->inode, file);
	}
	de->opens--;
	free(file);
	return 0;
}

ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos)
{
	struct proc_dir_entry *de = file->inode.pde;

	if (de->show || de->seq_ops || de->ops->proc_read_iter)
		return seq_read(file, buf, count, pos);
	return de->ops->proc_read ?
	       de->ops->proc_read(file, buf, count, pos) : -EINVAL;
}

ssize_t kernel_write(struct file *file, const void *buf, size_t count,
		     loff_t *pos)
{
	struct proc_dir_entry *de = file->inode.pde;

	return de->ops && de->ops->proc_write ?
	       de->ops->proc_write(file, buf, count, pos) : -EINVAL;
}

loff_t vfs_llseek(struct file *file, loff_t offset, int whence)
{
	struct proc_dir_entry *de = file->inode.pde;

	if (de->show || de->seq_ops)
		return seq_lseek(file, offset, whence);
	return de->ops->proc_lseek ?
	       de->ops->proc_lseek(file, offset, whence) : -EINVAL;
}
