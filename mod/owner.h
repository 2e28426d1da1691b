/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is refused by all allocators alike, judged and put into words.
 */
#ifndef MYSLAB_OWNER_H
#define MYSLAB_OWNER_H

#include "allocator.h"

gfp_t myslab_gfp_checked(struct myslab_allocator *allocator, gfp_t gfp);
const char *myslab_what_is(const void *obj);
void myslab_owner_describe(struct myslab_allocator *owner, const void *addr,
			   char *text, size_t size);
void myslab_owner_users(struct myslab_allocator *owner, const void *addr,
			struct myslab_lines *to);
void myslab_free_refused(struct myslab_allocator *allocator, const void *obj);

#endif
