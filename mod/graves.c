// SPDX-License-Identifier: GPL-2.0
/*
 * The end of an allocator: unlisted, ended by its type, buried.
 *
 * Lock order: cpus_read_lock() -> myslab_registry_lock; see types.h.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/wait_bit.h>

#include "registry.h"
#include "report.h"

/* Destroyed allocators that are remembered at least. */
#define MIN_GRAVES	64

static LIST_HEAD(graves);		/* oldest first; registry_lock */
static unsigned int nr_graves;

static bool is_diggable(const struct myslab_allocator *allocator,
			const struct myslab_allocator_type *type)
{
	return allocator->type == type && allocator->state == MYSLAB_BURIED &&
	       !atomic_long_read(&allocator->nr_pages);
}

/*
 * The struct in the oldest grave of a type that nothing refers to any more, if
 * there are many graves; else NULL.
 */
struct myslab_allocator *
myslab_registry_dig_up(const struct myslab_allocator_type *type)
{
	struct myslab_allocator *allocator, *found = NULL;

	mutex_lock(&myslab_registry_lock);
	if (nr_graves > MIN_GRAVES) {
		list_for_each_entry(allocator, &graves, grave) {
			if (is_diggable(allocator, type)) {
				found = allocator;
				list_del(&found->grave);
				nr_graves--;
				break;
			}
		}
	}
	mutex_unlock(&myslab_registry_lock);
	/* The work that let its last page go may not have returned yet. */
	if (found && type->settle)
		type->settle(found);
	return found;
}

/*
 * End what is no longer listed. @why is said where that is itself a finding.
 *
 * Context: Process, may sleep; no lock held.
 */
static void end(struct myslab_allocator *allocator, const char *why)
{
	allocator->type->end(allocator, why);
	allocator->owner = NULL;

	mutex_lock(&myslab_registry_lock);
	allocator->state = MYSLAB_BURIED;
	mutex_unlock(&myslab_registry_lock);
}

/*
 * Take what lives off the registry, once nobody has it pinned. RCU readers may
 * still walk over its link: that stays as it is until the struct is used
 * again, many grace periods later.
 */
static void unlist(struct myslab_allocator *allocator)
{
	lockdep_assert_held(&myslab_registry_lock);
	WRITE_ONCE(allocator->state, MYSLAB_DEAD);
	list_add_tail(&allocator->grave, &graves);
	nr_graves++;
	while (atomic_read(&allocator->pins)) {
		mutex_unlock(&myslab_registry_lock);
		wait_var_event(&allocator->pins,
			       !atomic_read(&allocator->pins));
		mutex_lock(&myslab_registry_lock);
	}
	list_del_rcu(&allocator->link);
	hlist_del(&allocator->named);
}

/* The state of an allocator, or of what a stale pointer says is one. */
static enum myslab_state find(const struct myslab_allocator *wanted)
{
	struct myslab_allocator *allocator;

	lockdep_assert_held(&myslab_registry_lock);
	list_for_each_entry(allocator, &graves, grave)
		if (allocator == wanted)
			return MYSLAB_DEAD;
	myslab_for_each_allocator(allocator)
		if (allocator == wanted)
			return MYSLAB_LIVE;
	return MYSLAB_UNKNOWN;
}

/*
 * What destroy of each type is. A second destroy, and one of something else,
 * is found.
 */
void myslab_registry_destroy(const struct myslab_allocator_type *type,
			     struct myslab_allocator *allocator)
{
	enum myslab_state state;

	might_sleep();
	mutex_lock(&myslab_registry_lock);
	state = find(allocator);
	if (state == MYSLAB_LIVE)
		unlist(allocator);
	mutex_unlock(&myslab_registry_lock);

	if (state == MYSLAB_LIVE)
		end(allocator, NULL);
	else if (state == MYSLAB_DEAD)
		myslab_report_on(MYSLAB_USE_AFTER_FREE, allocator, NULL,
				 "destroyed a second time");
	else
		myslab_report(MYSLAB_INVALID_FREE, type->name, "(unknown)",
			      allocator, "destroyed, but it is no %s",
			      type->name);
}

static struct myslab_allocator *unlist_one_of(struct module *owner)
{
	struct myslab_allocator *allocator, *found = NULL;

	mutex_lock(&myslab_registry_lock);
	myslab_for_each_allocator(allocator) {
		if (allocator->owner == owner &&
		    allocator->state == MYSLAB_LIVE) {
			found = allocator;
			break;
		}
	}
	if (found)
		unlist(found);
	mutex_unlock(&myslab_registry_lock);
	return found;
}

/* A module goes; what it did not destroy itself ends now. */
void myslab_registry_end_all(struct module *owner)
{
	struct myslab_allocator *allocator;

	while ((allocator = unlist_one_of(owner)))
		end(allocator, allocator->goes_with_owner ? NULL :
		    "its module was unloaded and did not destroy it");
}

/* The last act: graves with all that was kept in them. Nobody can call. */
void myslab_registry_bury_all(void)
{
	struct myslab_allocator *allocator, *next;

	list_for_each_entry(allocator, &graves, grave)
		if (allocator->type->forget)
			allocator->type->forget(allocator);
	rcu_barrier();
	list_for_each_entry_safe(allocator, next, &graves, grave)
		allocator->type->free(allocator);
}
