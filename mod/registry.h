/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry: every allocator, from its creation to its grave.
 */
#ifndef MYSLAB_REGISTRY_H
#define MYSLAB_REGISTRY_H

#include <linux/mutex.h>

#include "allocator.h"

extern struct mutex myslab_registry_lock;
extern struct list_head myslab_registry;	/* by rising id */

/* Calls that look at each living allocator, with the lock held. */
#define myslab_for_each_allocator(pos) \
	list_for_each_entry(pos, &myslab_registry, link)

/* registry.c */
bool myslab_name_may_start(char c);
bool myslab_name_may_have(char c);
bool myslab_name_is_reserved(const char *name);
int myslab_registry_check_name(const struct myslab_allocator_type *type,
			       const char *name);
void myslab_registry_init(struct myslab_allocator *allocator,
			  const struct myslab_allocator_type *type,
			  struct module *owner, const char *name);
bool myslab_registry_has(const struct myslab_allocator_type *type,
			 const char *name);
int myslab_registry_add(struct myslab_allocator *allocator);
void myslab_registry_refused(const struct myslab_allocator_type *type,
			     const char *name, int err);
struct myslab_allocator *
myslab_registry_pin_next(struct myslab_allocator *prev);
void myslab_registry_unpin(struct myslab_allocator *allocator);
struct myslab_allocator *myslab_registry_by_word(unsigned long word);
struct myslab_allocator *myslab_registry_owner(const void *addr);

/* graves.c */
void myslab_registry_destroy(const struct myslab_allocator_type *type,
			     struct myslab_allocator *allocator);
struct myslab_allocator *
myslab_registry_dig_up(const struct myslab_allocator_type *type);
void myslab_registry_end_all(struct module *owner);
void myslab_registry_bury_all(void);

#endif
