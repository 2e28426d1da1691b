// SPDX-License-Identifier: GPL-2.0
/*
 * The log: lines to standard output, and the last of them kept for tests that
 * look for what must, or must not, have been said.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/slab.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define KEPT	(256 << 10)

static char kept[KEPT];
static size_t nr_kept;
static bool quiet;
static bool open_line;		/* on standard output; what follows ends it */

/* Test results are said even when the log is quiet. */
static bool is_result(const char *text)
{
	text += strspn(text, " ");
	return !strncmp(text, "ok ", 3) || !strncmp(text, "not ok ", 7) ||
	       !strncmp(text, "# ", 2);
}

/* As in the kernel, each message begins a line, unless it is KERN_CONT. */
static void show(const char *text, int n, bool cont)
{
	if (open_line && !cont)
		putchar('\n');
	fwrite(text, 1, n, stdout);
	open_line = n && text[n - 1] != '\n';
}

int vprintk(const char *fmt, va_list args)
{
	char line[2048], *text = line;
	int n = vscnprintf(line, sizeof(line), fmt, args);
	bool cont = !strncmp(line, KERN_CONT, 2);

	if (text[0] == KERN_SOH[0] && text[1]) {
		text += 2;
		n -= 2;
	}
	mirror_lock();
	if (nr_kept + n >= KEPT)
		nr_kept = 0;
	memcpy(kept + nr_kept, text, n + 1);
	nr_kept += n;
	if (!quiet || is_result(text))
		show(text, n, cont);
	mirror_unlock();
	return n;
}

int mirror_printk(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vprintk(fmt, args);
	va_end(args);
	return n;
}

void mirror_log_quiet(bool be_quiet)
{
	quiet = be_quiet;
}

void mirror_log_forget(void)
{
	mirror_lock();
	nr_kept = 0;
	kept[0] = 0;
	mirror_unlock();
}

unsigned long mirror_log_matches(const char *text)
{
	unsigned long nr = 0;
	const char *p;

	mirror_lock();
	for (p = kept; (p = strstr(p, text)); p++)
		nr++;
	mirror_unlock();
	return nr;
}
