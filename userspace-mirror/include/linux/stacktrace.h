/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* The host's frames. */
#ifndef MIRROR_LINUX_STACKTRACE_H
#define MIRROR_LINUX_STACKTRACE_H

#include <linux/types.h>

unsigned int stack_trace_save(unsigned long *store, unsigned int size,
			      unsigned int skipnr);
void stack_trace_print(const unsigned long *entries, unsigned int nr,
		       int spaces);

#endif
