/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last findings, and which of them are worth a text in the log.
 */
#ifndef MYSLAB_FINDINGS_H
#define MYSLAB_FINDINGS_H

#include <linux/stdarg.h>
#include <linux/types.h>

#include <myslab/report.h>

struct seq_file;

extern const char * const myslab_kind_names[MYSLAB_NR_KINDS];

/* Which object, as cache#slab.index; without a name: not known. */
struct myslab_place {
	const char *name;
	u32 slab;
	unsigned int idx;
};

unsigned int myslab_findings_note(const struct myslab_finding *finding,
				  const struct myslab_place *place,
				  unsigned long site, const char *fmt,
				  va_list *args);
void myslab_findings_show(struct seq_file *m);

/* myslab_findings_note(): to be counted only. */
#define MYSLAB_SAID_ALREADY	UINT_MAX

#endif
