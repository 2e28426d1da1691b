/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites about call sites share: rows of /proc/myslab/sites.
 */
#ifndef MYSLAB_KUNIT_SITES_H
#define MYSLAB_KUNIT_SITES_H

#include "debug.h"

/* The row of a function that allocates from a @type DEBUGGED; NULL: none. */
static inline const char *row_of(const char *type, const char *function)
{
	char *row, *rest = proc_text("/proc/myslab/sites");
	char of[40];

	snprintf(of, sizeof(of), " %s " DEBUGGED " ", type);
	while ((row = strsep(&rest, "\n")))
		if (strstr(row, function) && strstr(row, of))
			return row;
	return NULL;
}

/* Of objects of 100 bytes. */
static inline void expect_row(struct kunit *test, const char *type,
			      const char *function, unsigned int objects,
			      const char *rest)
{
	const char *row = row_of(type, function);
	char head[80];

	KUNIT_ASSERT_NOT_NULL(test, row);
	snprintf(head, sizeof(head), "%12u %8u %s+", 100 * objects, objects,
		 function);
	KUNIT_EXPECT_TRUE_MSG(test, !strncmp(row, head, strlen(head)), "%s",
			      row);
	snprintf(head, sizeof(head), "%s rate ", rest);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(row, head), "%s", row);
}

#endif
