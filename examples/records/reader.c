// SPDX-License-Identifier: GPL-2.0
/*
 * reader [writable | hold]: a program that maps /dev/myslab_records, as a user
 * of that module would, and tries what must not work. Says "ok: ..." for each,
 * and exits with the number of those that were not. "hold" only maps it and
 * waits to be killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "records.h"

#define SIZE	(8UL << 20)	/* more than there will ever be */
#define PAGE	4096UL

static int failures;
static sigjmp_buf out;
static int device;

static void check(int good, const char *fmt, ...)
{
	va_list args;

	printf("%s: ", good ? "ok" : "NOT OK");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	failures += !good;
}

static void on_signal(int signal)
{
	siglongjmp(out, signal);
}

/* The signal that reading, or writing, a byte gets; 0: none. */
static int touch(unsigned char *byte, int write)
{
	int signal = sigsetjmp(out, 1);

	if (signal)
		return signal;
	if (write)
		__atomic_store_n(byte, 0xaa, __ATOMIC_SEQ_CST);
	else
		__atomic_load_n(byte, __ATOMIC_SEQ_CST);
	return 0;
}

static unsigned char *map(int prot, int flags)
{
	return mmap(NULL, SIZE, prot, flags, device, 0);
}

static void publish(const char *nr)
{
	check(write(device, nr, strlen(nr)) == (ssize_t)strlen(nr),
	      "%s more records are published", nr);
}

/* How many of the records are there and whole. */
static unsigned int read_records(const unsigned char *base)
{
	const struct records_head *head = (const void *)base;
	unsigned int nr = __atomic_load_n(&head->nr, __ATOMIC_ACQUIRE);
	unsigned int i, n, good = 0;

	for (i = 0; i < nr; i++) {
		const struct record *r = (const void *)(base + head->offset[i]);

		for (n = 0; n < r->len; n++)
			if (r->data[n] != (unsigned char)i)
				break;
		good += r->serial == i && n == r->len;
	}
	return good;
}

static void check_read_only(unsigned char *base)
{
	check(map(PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED &&
	      errno == EACCES, "a shared map to write to is refused");
	check(map(PROT_READ | PROT_WRITE, MAP_PRIVATE) == MAP_FAILED &&
	      errno == EACCES, "a private map to write to is refused");
	check(mprotect(base, PAGE, PROT_READ | PROT_WRITE) && errno == EACCES,
	      "the map cannot be made writable");
	check(touch(base, 1) == SIGSEGV, "writing to it is SIGSEGV");
}

static void check_growth(unsigned char *base)
{
	check(mremap(base, SIZE, 2 * SIZE, MREMAP_MAYMOVE) == MAP_FAILED,
	      "the map cannot be expanded");
	check(touch(base + SIZE - PAGE, 0) == SIGBUS,
	      "behind the last chunk it is SIGBUS");
}

static unsigned long count_zero(const unsigned char *from,
				const unsigned char *to)
{
	unsigned long nr = 0;

	while (from < to)
		nr += !*from++;
	return nr;
}

/* The chunk behind the last record: nobody wrote there, so it is all zero. */
static void check_zero(const unsigned char *base)
{
	const struct records_head *head = (const void *)base;
	const unsigned char *last = base + head->offset[head->nr - 1];
	const struct record *r = (const void *)last;
	const unsigned char *from = r->data + r->len;
	const unsigned char *to = base + 0x10000;

	check(from < to && count_zero(from, to) == (unsigned long)(to - from),
	      "all %ld bytes behind the last record are zero",
	      (long)(to - from));
}

/* Each writer of a private map has its own page, zero where nobody wrote. */
static void check_private(unsigned char *base)
{
	unsigned char *mine = map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	unsigned char *page = mine + 0xf000;	/* last of the first chunk */

	check(mine != MAP_FAILED, "a private map to write to is given");
	if (mine == MAP_FAILED)
		return;
	check(count_zero(page, page + PAGE) == PAGE, "a page of it is zero");
	memset(page, 7, PAGE);
	check(count_zero(base + 0xf000, base + 0x10000) == PAGE,
	      "what is written there stays private");
	mine[0] ^= 0xff;
	check(((struct records_head *)base)->magic == RECORDS_MAGIC,
	      "a private copy of a record's page changes alone");
	munmap(mine, SIZE);
	mine = map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	check(mine != MAP_FAILED && count_zero(mine + 0xf000, mine + 0x10000) ==
	      PAGE, "the next private map starts from zero again");
	munmap(mine, SIZE);
}

static void check_shared_write(void)
{
	unsigned char *a = map(PROT_READ | PROT_WRITE, MAP_SHARED);
	unsigned char *b = map(PROT_READ, MAP_SHARED);

	check(a != MAP_FAILED && b != MAP_FAILED, "a map to write to is given");
	if (a == MAP_FAILED || b == MAP_FAILED)
		return;
	a[0xf123] = 42;
	check(b[0xf123] == 42, "what is written there is in the other map");
	a[0xf123] = 0;
	munmap(a, SIZE);
	munmap(b, SIZE);
}

/* A child has the map of its parent, and may read it alone. */
static void check_fork(const unsigned char *base, unsigned int nr)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(read_records(base) == nr ? 0 : 1);
	waitpid(pid, &status, 0);
	check(status == 0, "a child reads all %u records", nr);
}

static void check_end(unsigned char *base)
{
	check(!ioctl(device, 0), "the arena is destroyed");
	check(map(PROT_READ, MAP_SHARED) == MAP_FAILED, "there is no new map");
	close(device);
	check(read_records(base) == 601, "the map still shows all 601 records");
	/* Cut in two: each half stands on its own. */
	munmap(base + 0x10000, 0x10000);
	check(touch(base, 0) == 0, "and what is left of it, too");
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int writable = argc > 1 && !strcmp(argv[1], "writable");
	unsigned char *base;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	device = open("/dev/myslab_records", O_RDWR);
	check(device >= 0, "the device is there");
	base = map(PROT_READ, MAP_SHARED);
	check(base != MAP_FAILED, "a map is given");
	if (device < 0 || base == MAP_FAILED)
		return failures;

	if (argc > 1 && !strcmp(argv[1], "hold")) {
		close(device);
		check(touch(base, 0) == 0, "holding a map");
		pause();
	}

	check(read_records(base) == 1, "the first record is read");
	check_zero(base);
	if (writable) {
		check_private(base);
		check_shared_write();
	} else {
		check_read_only(base);
	}
	check_growth(base);
	publish("600");
	check(read_records(base) == 601, "all 601 records are read");
	check_fork(base, 601);
	check_end(base);
	return failures;
}
