// SPDX-License-Identifier: GPL-2.0
/*
 * churn DIR PROCESSES ROUNDS [retry]: files are created, written, truncated,
 * renamed and unlinked by parallel processes, at random but for a seed. What a
 * file and its attribute have to hold follows from its size and its stamp, so
 * that each byte is verified. With retry, what failed for want of memory must
 * have changed nothing and is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILES	40
#define MAX	20000

struct file {
	int exists;
	unsigned int name;
	unsigned int stamp;
	size_t size;
};

static const char *dir;
static int me, retry;
static unsigned long retried;
static unsigned int names;
static struct file files[FILES];
static unsigned char wanted[MAX], found[MAX + 1];

static void die(const char *what, const struct file *f)
{
	printf("churn %d: %s of file %u, %zu bytes: %s\n", me, what, f->name,
	       f->size, strerror(errno));
	exit(1);
}

/* Shall a call that returned @result be made again? */
static int again(long result)
{
	if (result >= 0 || errno != ENOMEM || !retry)
		return 0;
	retried++;
	usleep(100);
	return 1;
}

/* A long name, so that a directory has more to do. */
static const char *path(unsigned int name)
{
	static char text[2][200];
	static int turn;

	turn = !turn;
	snprintf(text[turn], sizeof(text[0]),
		 "%s/%d/a-rather-long-name-for-a-file-%u", dir, me, name);
	return text[turn];
}

static void fill(const struct file *f)
{
	for (size_t i = 0; i < f->size; i++)
		wanted[i] = (f->stamp * 2654435761u + i * 40503u) >> 13;
}

static int open_file(const struct file *f, int flags)
{
	int fd;

	do
		fd = open(path(f->name), flags, 0600);
	while (again(fd));
	if (fd < 0)
		die("open", f);
	return fd;
}

/* One of a few values, so that files may share its block. */
static const char *attribute(const struct file *f)
{
	static char text[200];

	memset(text, 'a' + f->stamp % 4, sizeof(text));
	return text;
}

/* Not where the file system has no attributes. */
static void set_attribute(const struct file *f, int fd)
{
	int err;

	do
		err = fsetxattr(fd, "user.churn", attribute(f), 200, 0);
	while (again(err));
	if (err && errno != EOPNOTSUPP)
		die("setxattr", f);
}

static void verify_attribute(const struct file *f, int fd)
{
	char text[200];
	long n;

	do
		n = fgetxattr(fd, "user.churn", text, sizeof(text));
	while (again(n));
	if (n < 0 && errno == EOPNOTSUPP)
		return;
	if (n != sizeof(text) || memcmp(text, attribute(f), n))
		die("getxattr", f);
}

static void create(struct file *f)
{
	size_t done = 0;
	long n;
	int fd;

	f->name = names++;
	f->stamp = rand();
	f->size = rand() % MAX;
	fill(f);
	/* vfat leaves the name of an inode that it got no memory for. */
	fd = open_file(f, O_CREAT | O_WRONLY | (retry ? 0 : O_EXCL));
	while (done < f->size) {
		n = write(fd, wanted + done, f->size - done);
		if (n < 0 && !again(n))
			die("write", f);
		done += n > 0 ? n : 0;
	}
	set_attribute(f, fd);
	if (close(fd))
		die("close", f);
	f->exists = 1;
}

static void verify(struct file *f)
{
	size_t done = 0;
	int fd = open_file(f, O_RDONLY);
	long n;

	do {
		n = read(fd, found + done, sizeof(found) - done);
		done += n > 0 ? n : 0;
	} while (n > 0 || again(n));
	verify_attribute(f, fd);
	close(fd);
	fill(f);
	if (n < 0 || done != f->size || memcmp(found, wanted, done))
		die("verify", f);
}

static void shorten(struct file *f)
{
	size_t size = f->size ? rand() % f->size : 0;
	int err;

	do
		err = truncate(path(f->name), size);
	while (again(err));
	if (err)
		die("truncate", f);
	f->size = size;
}

static void move(struct file *f)
{
	int err;

	do
		err = rename(path(f->name), path(names));
	while (again(err));
	if (err)
		die("rename", f);
	f->name = names++;
}

static void drop(struct file *f)
{
	int err;

	do
		err = unlink(path(f->name));
	while (again(err));
	if (err)
		die("unlink", f);
	f->exists = 0;
}

static void (*const steps[])(struct file *f) = {
	verify, shorten, move, drop, drop,
};

static int work(int rounds)
{
	char text[100];
	int i, err;

	srand(me + 1);
	snprintf(text, sizeof(text), "%s/%d", dir, me);
	do
		err = mkdir(text, 0700);
	while (again(err));
	if (err && !(retry && errno == EEXIST))
		die("mkdir", files);
	for (i = 0; i < rounds; i++) {
		struct file *f = &files[rand() % FILES];

		if (f->exists)
			steps[rand() % 5](f);
		else
			create(f);
	}
	sync();
	for (i = 0; i < FILES; i++)
		if (files[i].exists)
			verify(&files[i]);
	printf("churn %d: %u names, %lu calls made again\n", me, names,
	       retried);
	return 0;
}

int main(int argc, char **argv)
{
	int i, status, failed = 0;

	if (argc < 4)
		return 2;
	dir = argv[1];
	retry = argc > 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < atoi(argv[2]); i++) {
		if (!fork()) {
			me = i;
			exit(work(atoi(argv[3])));
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
