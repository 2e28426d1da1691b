/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Findings are printed here and nowhere else.
 */
#ifndef MYSLAB_REPORT_MOD_H
#define MYSLAB_REPORT_MOD_H

#include "types.h"

extern bool myslab_panic_on_bug;

__printf(5, 6)
void myslab_report(enum myslab_kind kind, const char *allocator,
		   const char *name, const void *obj, const char *fmt, ...);

/* The same about a cache, counted there. */
#define myslab_report_cache(kind, cache, obj, fmt, ...)			\
do {									\
	struct myslab_cache *__cache = (cache);				\
									\
	atomic_long_inc(&__cache->reports);				\
	myslab_report(kind, "cache", __cache->name, obj, fmt,		\
		      ##__VA_ARGS__);					\
} while (0)

unsigned long myslab_reports(enum myslab_kind kind);

#endif
