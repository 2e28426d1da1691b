/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites about debugging share: one cache, "debugged", and letters
 * for it.
 */
#ifndef MYSLAB_KUNIT_DEBUG_H
#define MYSLAB_KUNIT_DEBUG_H

#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/sizes.h>

#include "watch.h"

#define DEBUGGED	"debugged"
/* Full, but that guarded objects are not dressed. */
#define DRESSED		"FZPUQL"

static inline void switch_to(struct kunit *test, const char *letters)
{
	char text[64];

	snprintf(text, sizeof(text), "%s,%s", letters, DEBUGGED);
	KUNIT_EXPECT_EQ_MSG(test, myslab_debug_set(text), 0, "%s", text);
}

/* On this kernel? No letters are on afterwards. */
static inline bool has_guard_pages(void)
{
	return !myslab_debug_set("G") && !myslab_debug_set("off");
}

/* A cache that is debugged with @letters; NULL: failed. */
static inline struct myslab_cache *
new_debugged(struct kunit *test, const char *letters, size_t size,
	     const struct myslab_cache_args *args)
{
	struct watch *watch = test->priv;
	struct myslab_cache *cache = myslab_cache_create(DEBUGGED, size, args);

	if (IS_ERR(cache)) {
		KUNIT_FAIL(test, "creating: %ld", PTR_ERR(cache));
		return NULL;
	}
	watch->caches[watch->nr_caches++] = cache;
	switch_to(test, letters);
	return cache;
}

/* The exit of a suite: the next test starts without a rule. */
static inline void debug_end(struct kunit *test)
{
	struct watch *watch = test->priv;
	unsigned int i;

	if (!watch)
		return;
	for (i = 0; i < watch->nr_caches; i++)
		if (!strcmp(myslab_cache_name(watch->caches[i]), DEBUGGED))
			break;
	if (i == watch->nr_caches)
		new_debugged(test, "off", 8, NULL);
	else
		switch_to(test, "off");
	watch_end(test);
}

/* Whether an allocation meets @obj; what was taken is given back. */
static inline bool handed_out_again(struct myslab_cache *cache,
				    const void *obj)
{
	static void *taken[200];
	unsigned int i, nr = take(cache, taken, ARRAY_SIZE(taken));
	bool met = false;

	for (i = 0; i < nr; i++)
		met |= taken[i] == obj;
	give_back(cache, taken, nr);
	return met;
}

/* All that a file in /proc says, until the next call; NULL: not read. */
static inline char *proc_text(const char *name)
{
	static char text[SZ_64K];
	struct file *file = filp_open(name, O_RDONLY, 0);
	size_t len = 0;
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return NULL;
	do {
		n = kernel_read(file, text + len, sizeof(text) - 1 - len, &pos);
		len += max_t(ssize_t, n, 0);
	} while (n > 0);
	filp_close(file, NULL);
	text[len] = 0;
	return n ? NULL : text;
}

/* Bytes that /proc/myslab/sites says are out of the @type called DEBUGGED. */
static inline unsigned long bytes_of_sites(const char *type)
{
	char *row, *rest = proc_text("/proc/myslab/sites");
	unsigned long bytes, sum = 0;
	char name[32];

	snprintf(name, sizeof(name), " %s " DEBUGGED " ", type);
	while ((row = strsep(&rest, "\n"))) {
		if (!strstr(row, name))
			continue;
		while (*row == ' ')
			row++;
		for (bytes = 0; isdigit(*row); row++)
			bytes = bytes * 10 + *row - '0';
		sum += bytes;
	}
	return sum;
}

#endif
