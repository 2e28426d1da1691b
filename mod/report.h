/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Findings are printed here and nowhere else.
 */
#ifndef MYSLAB_REPORT_MOD_H
#define MYSLAB_REPORT_MOD_H

#include "allocator.h"
#include "debug_select.h"
#include "findings.h"

extern bool myslab_panic_on_bug;

/* Where lines without newline go: to the log, or to who asked for them. */
struct myslab_lines {
	__printf(2, 3)
	void (*put)(struct myslab_lines *to, const char *fmt, ...);
};

extern struct myslab_lines myslab_log_lines;

/* What is printed behind the first line and the stack; embedded. */
struct myslab_report_details {
	void (*print)(const struct myslab_report_details *self);
	struct myslab_place place;
	unsigned long site;		/* or 0: who called us */
};

/* Of what has no letters. */
extern const struct myslab_report_details myslab_undebugged;

__printf(5, 6)
void myslab_report(enum myslab_kind kind, const char *allocator,
		   const char *name, const void *obj, const char *fmt, ...);

__printf(5, 6)
void myslab_report_with(enum myslab_kind kind,
			struct myslab_allocator *allocator, const void *obj,
			const struct myslab_report_details *details,
			const char *fmt, ...);

/* Of what leaked, one by one at most so many: a line each. */
#define MYSLAB_LEAKS_SHOWN 8

void myslab_report_bytes(const void *start, long at, long from, long to);
void myslab_report_letters(const struct myslab_letters *letters,
			   bool accessed);
void myslab_report_still_out(const void *obj, size_t size);

/* The same about one that was created, counted there. */
#define myslab_report_on(kind, allocator, obj, fmt, ...)		\
	myslab_report_with(kind, allocator, obj, NULL, fmt, ##__VA_ARGS__)

/* The same about a cache, or the heap that it is a class of. */
#define myslab_report_cache(kind, cache, obj, fmt, ...)			\
	myslab_report_on(kind, (cache)->allocator, obj, fmt, ##__VA_ARGS__)

unsigned long myslab_reports(enum myslab_kind kind);

#endif
