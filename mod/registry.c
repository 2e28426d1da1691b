// SPDX-License-Identifier: GPL-2.0
/*
 * The registry: names, the list of what lives, pins. How a life ends is in
 * graves.c.
 *
 * Lock order: cpus_read_lock() -> myslab_registry_lock; see types.h.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/wait_bit.h>

#include "debug_guard.h"
#include "registry.h"
#include "report.h"

/* The registry, and that nothing in it ends. Order: see types.h. */
DEFINE_MUTEX(myslab_registry_lock);
LIST_HEAD(myslab_registry);

static u32 last_id;

/* Of what lives, by name: there may be thousands. registry_lock. */
#define NAME_BITS 8
static struct hlist_head names[1 << NAME_BITS];

static struct hlist_head *bucket_of(const char *name)
{
	return &names[hash_32(full_name_hash(NULL, name, strlen(name)),
			      NAME_BITS)];
}

#define refuse(type_, name_, fmt, ...)					\
	myslab_report(MYSLAB_BAD_ARGS, (type_)->name, name_, NULL,	\
		      "not created: " fmt, ##__VA_ARGS__)

bool myslab_name_may_start(char c)
{
	return isascii(c) && isalpha(c);
}

bool myslab_name_may_have(char c)
{
	return isascii(c) && (isalnum(c) || (c && strchr("_.-", c)));
}

static bool is_word(const char *name)
{
	if (!myslab_name_may_start(*name))
		return false;
	while (*++name)
		if (!myslab_name_may_have(*name))
			return false;
	return true;
}

/* A row that a cache must not have: it would look like another type's. */
bool myslab_name_is_reserved(const char *name)
{
	return !strncmp(name, "pool-", 5) || !strncmp(name, "arena-", 6) ||
	       !strncmp(name, "heap-", 5);
}

/* 0, or -errno and one line in the log. */
int myslab_registry_check_name(const struct myslab_allocator_type *type,
			       const char *name)
{
	if (!name) {
		refuse(type, "(null)", "no name");
		return -EINVAL;
	}
	if (strnlen(name, MYSLAB_MAX_NAME + 1) > MYSLAB_MAX_NAME) {
		char head[MYSLAB_MAX_NAME + 1];

		strscpy(head, name, sizeof(head));
		refuse(type, head, "name is longer than %d characters",
		       MYSLAB_MAX_NAME);
		return -ENAMETOOLONG;
	}
	if (!is_word(name)) {
		refuse(type, "(unnamed)",
		       "name \"%*pE\" is not a letter, then letters, digits, '_', '.' or '-'",
		       (int)strlen(name), name);
		return -EINVAL;
	}
	if (!*type->row_prefix && myslab_name_is_reserved(name)) {
		refuse(type, name, "names of caches do not start so");
		return -EINVAL;
	}
	return 0;
}

/* @name has been checked. The rest of the struct is zero. */
void myslab_registry_init(struct myslab_allocator *allocator,
			  const struct myslab_allocator_type *type,
			  struct module *owner, const char *name)
{
	allocator->type = type;
	allocator->owner = owner;
	strscpy(allocator->name, name, sizeof(allocator->name));
	strscpy(allocator->owner_name, owner ? owner->name : "kernel",
		sizeof(allocator->owner_name));
	allocator->state = MYSLAB_LIVE;
}

/* Rows are unique: names are, among those of one type. */
static bool name_is_taken(const struct myslab_allocator_type *type,
			  const char *name)
{
	struct myslab_allocator *allocator;

	lockdep_assert_held(&myslab_registry_lock);
	hlist_for_each_entry(allocator, bucket_of(name), named)
		if (allocator->type == type && !strcmp(allocator->name, name))
			return true;
	return false;
}

/* Has one of @type this name now? Another may take it at any time. */
bool myslab_registry_has(const struct myslab_allocator_type *type,
			 const char *name)
{
	bool taken;

	mutex_lock(&myslab_registry_lock);
	taken = name_is_taken(type, name);
	mutex_unlock(&myslab_registry_lock);
	return taken;
}

int myslab_registry_add(struct myslab_allocator *allocator)
{
	int err = 0;

	mutex_lock(&myslab_registry_lock);
	if (name_is_taken(allocator->type, allocator->name)) {
		err = -EEXIST;
	} else {
		allocator->id = ++last_id;
		list_add_tail_rcu(&allocator->link, &myslab_registry);
		hlist_add_head(&allocator->named, bucket_of(allocator->name));
	}
	mutex_unlock(&myslab_registry_lock);
	return err;
}

/* The one line about a creation that failed for a reason of ours. */
void myslab_registry_refused(const struct myslab_allocator_type *type,
			     const char *name, int err)
{
	if (err == -EEXIST)
		refuse(type, name, "the name is taken");
	else
		pr_err("myslab: %s %s: not created: out of memory\n",
		       type->name, name);
}

/*
 * The next living allocator behind @prev, pinned: it cannot end, and needs no
 * lock until it is unpinned. @prev is pinned too, or NULL for the first.
 */
struct myslab_allocator *myslab_registry_pin_next(struct myslab_allocator *prev)
{
	struct myslab_allocator *allocator = prev;

	lockdep_assert_held(&myslab_registry_lock);
	if (!prev)
		allocator = list_entry(&myslab_registry,
				       struct myslab_allocator, link);
	list_for_each_entry_continue(allocator, &myslab_registry, link) {
		if (allocator->state == MYSLAB_LIVE) {
			atomic_inc(&allocator->pins);
			return allocator;
		}
	}
	return NULL;
}

/* Whoever ends it may be waiting for this. */
void myslab_registry_unpin(struct myslab_allocator *allocator)
{
	if (atomic_dec_and_test(&allocator->pins))
		wake_up_var(&allocator->pins);
}

/*
 * The living allocator that the owner word of a page is of; %NULL: it is
 * something else.
 *
 * Context: Any, under rcu_read_lock().
 */
struct myslab_allocator *myslab_registry_by_word(unsigned long word)
{
	struct myslab_allocator *allocator;

	list_for_each_entry_rcu(allocator, &myslab_registry, link, true)
		if ((unsigned long)allocator == word)
			return allocator;
	return NULL;
}

/*
 * The living allocator that an address belongs to; the address is compared,
 * never followed.
 *
 * Context: Any, under rcu_read_lock().
 */
struct myslab_allocator *myslab_registry_owner(const void *addr)
{
	struct myslab_allocator *allocator;

	list_for_each_entry_rcu(allocator, &myslab_registry, link, true)
		if (allocator->type->owns(allocator, addr) ||
		    myslab_guard_of(allocator, addr))
			return allocator;
	return NULL;
}
