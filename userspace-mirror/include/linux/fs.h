/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Files of the simulated /proc only. */
#ifndef MIRROR_LINUX_FS_H
#define MIRROR_LINUX_FS_H

#include <fcntl.h>
#include <linux/types.h>

struct proc_dir_entry;

struct inode {
	struct proc_dir_entry *pde;
};

struct file {
	struct inode inode;
	void *private_data;
	loff_t f_pos;
};

struct file *filp_open(const char *name, int flags, umode_t mode);
int filp_close(struct file *file, void *id);
ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t count,
		     loff_t *pos);
loff_t vfs_llseek(struct file *file, loff_t offset, int whence);
#define file_inode(f)	(&(f)->inode)

#endif
