/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the drop-in share.
 */
#ifndef MYSLAB_DROPIN_MOD_H
#define MYSLAB_DROPIN_MOD_H

#include "allocator.h"

/* dropin.c */
void myslab_dropin_name(char *name, const struct myslab_allocator_type *type,
			const char *wanted);

/* dropin_free.c */
struct myslab_allocator *myslab_dropin_owner(const void *p);

#endif
