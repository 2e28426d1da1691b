// SPDX-License-Identifier: GPL-2.0
/*
 * seq_file, with what its users must cope with: show() is called again with a
 * larger buffer when a record did not fit, start() and stop() bracket each
 * read, and a read may end in the middle of a record.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/seq_file.h>
#include <mirror/host.h>

#define FIRST_SIZE	256	/* small on purpose: records overflow often */

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = calloc(1, sizeof(*m));

	m->op = op;
	m->file = file;
	mutex_init(&m->lock);
	file->private_data = m;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free(m->buf);
	free(m);
	return 0;
}

bool seq_has_overflowed(struct seq_file *m)
{
	return m->count == m->size;
}

int seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (m->count + len < m->size) {
		memcpy(m->buf + m->count, data, len);
		m->count += len;
		return 0;
	}
	m->count = m->size;
	return -1;
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;
	size_t n;

	if (m->count >= m->size)
		return;
	va_start(args, fmt);
	n = mirror_vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);
	va_end(args);
	m->count = m->count + n < m->size ? m->count + n : m->size;
}

static void grow(struct seq_file *m)
{
	m->size = m->size ? m->size * 2 : FIRST_SIZE;
	m->buf = realloc(m->buf, m->size);
	m->count = 0;
	m->from = 0;
}

/* Fill the empty buffer with whole records; how many bytes, or -errno. */
static ssize_t fill(struct seq_file *m, size_t wanted)
{
	size_t before;
	void *p;
	int err;

again:
	m->count = 0;
	m->from = 0;
	p = m->op->start(m, &m->index);
	while (p && !IS_ERR(p)) {
		before = m->count;
		err = m->op->show(m, p);
		if (err < 0) {
			m->op->stop(m, p);
			return err;
		}
		if (err > 0)
			m->count = before;
		if (seq_has_overflowed(m)) {
			m->count = before;
			if (before)
				break;
			m->op->stop(m, p);
			grow(m);
			goto again;
		}
		p = m->op->next(m, p, &m->index);
		if (m->count >= wanted)
			break;
	}
	m->op->stop(m, p);
	return IS_ERR(p) ? PTR_ERR(p) : (ssize_t)m->count;
}

ssize_t seq_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	size_t copied = 0, n;
	ssize_t got;

	mirror_might_sleep("seq_read()");
	mutex_lock(&m->lock);
	if (*pos == 0) {
		m->index = 0;
		m->count = 0;
		m->from = 0;
	}
	if (!m->buf)
		grow(m);
	while (copied < size) {
		if (!m->count) {
			got = fill(m, size - copied);
			if (got <= 0) {
				if (got < 0 && !copied)
					copied = got;
				break;
			}
		}
		n = min(m->count, size - copied);
		memcpy(buf + copied, m->buf + m->from, n);
		m->from += n;
		m->count -= n;
		copied += n;
	}
	if ((ssize_t)copied > 0)
		*pos += copied;
	mutex_unlock(&m->lock);
	return copied;
}

/* Forward by reading again, as the kernel does. */
loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	loff_t pos = 0;
	char byte;

	if (whence != SEEK_SET || offset < 0)
		return -EINVAL;
	if (!offset)
		seq_read(file, &byte, 0, &pos);
	while (pos < offset && seq_read(file, &byte, 1, &pos) == 1)
		;
	file->f_pos = pos;
	return pos;
}

struct single {
	struct seq_operations op;
	int (*show)(struct seq_file *m, void *v);
};

static void *single_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
}

int single_open(struct file *file, int (*show)(struct seq_file *, void *),
		void *data)
{
	struct seq_operations *op = calloc(1, sizeof(*op));

	op->start = single_start;
	op->next = single_next;
	op->stop = single_stop;
	op->show = show;
	seq_open(file, op);
	((struct seq_file *)file->private_data)->private = data;
	return 0;
}

int single_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	free((void *)m->op);
	return seq_release(inode, file);
}

struct list_head *seq_list_start(struct list_head *head, loff_t pos)
{
	struct list_head *p;

	for (p = head->next; p != head; p = p->next)
		if (!pos--)
			return p;
	return NULL;
}

struct list_head *seq_list_start_head(struct list_head *head, loff_t pos)
{
	return pos ? seq_list_start(head, pos - 1) : head;
}

struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *pos)
{
	struct list_head *next = ((struct list_head *)v)->next;

	++*pos;
	return next == head ? NULL : next;
}

ssize_t seq_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return -EINVAL;
}
