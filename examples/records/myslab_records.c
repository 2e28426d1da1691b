// SPDX-License-Identifier: GPL-2.0
/*
 * A device that publishes records: they are written into an arena, and read by
 * programs that map it, without a copy. Write the number of records that you
 * want more of to /dev/myslab_records.
 *
 * Programs only read, unless the module was loaded with writable=1. Then what
 * they write in a shared map is in the arena; in a private one it is theirs
 * alone, starting from what is there, and from zeroes where nothing is.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <myslab/arena.h>

#include "records.h"

#define say(fmt, ...)	pr_info("myslab_records: " fmt "\n", ##__VA_ARGS__)

static bool writable;
module_param(writable, bool, 0444);
MODULE_PARM_DESC(writable, "Let programs write, too");

static DEFINE_MUTEX(lock);		/* the arena, and writing to head */
static struct myslab_arena *arena;
static struct records_head *head;	/* the first thing in it */

static int publish_one(void)
{
	unsigned int nr = head->nr, len = 16 + nr * 37 % 500;
	struct record *record;

	if (nr == RECORDS_MAX)
		return -ENOSPC;
	record = myslab_arena_alloc(arena, struct_size(record, data, len),
				    GFP_KERNEL);
	if (!record)
		return -ENOMEM;
	record->serial = nr;
	record->len = len;
	memset(record->data, nr, len);
	head->offset[nr] = myslab_arena_offset(arena, record);
	/* Readers look at nr first. */
	smp_store_release(&head->nr, nr + 1);
	return 0;
}

static ssize_t records_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	unsigned int nr;
	int err = kstrtouint_from_user(buf, count, 0, &nr);

	if (err)
		return err;
	mutex_lock(&lock);
	if (!arena)
		err = -ENODEV;
	while (nr-- && !err)
		err = publish_one();
	mutex_unlock(&lock);
	return err ? : count;
}

static int records_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = -ENODEV;

	mutex_lock(&lock);
	if (arena)
		err = myslab_arena_mmap(arena, vma);
	mutex_unlock(&lock);
	return err;
}

/* Maps and open files remain; what was published stays readable. */
static void stop_publishing(void)
{
	mutex_lock(&lock);
	myslab_arena_destroy(arena);
	arena = NULL;
	head = NULL;
	mutex_unlock(&lock);
}

static long records_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	if (cmd)
		return -ENOTTY;
	stop_publishing();
	return 0;
}

static const struct file_operations records_fops = {
	.owner = THIS_MODULE,		/* keeps us while there are maps */
	.write = records_write,
	.mmap = records_mmap,
	.unlocked_ioctl = records_ioctl,
};

static struct miscdevice records_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "myslab_records",
	.fops = &records_fops,
};

static int __init records_init(void)
{
	int err = -ENOMEM;

	arena = myslab_arena_create("records", &(struct myslab_arena_args){
		.flags = MYSLAB_ARENA_MAPPABLE |
			 (writable ? MYSLAB_ARENA_MAP_WRITE : 0) });
	if (IS_ERR(arena))
		return PTR_ERR(arena);
	head = myslab_arena_zalloc(arena, sizeof(*head), GFP_KERNEL);
	if (!head)
		goto err_destroy;
	head->magic = RECORDS_MAGIC;
	err = publish_one();
	if (err)
		goto err_destroy;
	err = misc_register(&records_dev);
	if (err)
		goto err_destroy;
	say("%u record in /dev/%s, head at offset %lld", head->nr,
	    records_dev.name, myslab_arena_offset(arena, head));
	return 0;

err_destroy:
	myslab_arena_destroy(arena);
	return err;
}
module_init(records_init);

static void __exit records_exit(void)
{
	misc_deregister(&records_dev);
	stop_publishing();
}
module_exit(records_exit);

MODULE_DESCRIPTION("An example: records that programs read through a map");
MODULE_LICENSE("GPL");
