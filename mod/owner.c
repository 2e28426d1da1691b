// SPDX-License-Identifier: GPL-2.0
/*
 * What is refused by all allocators alike, judged and put into words: sleeping
 * where it is not allowed, and pointers that are not what they were given for.
 * Such a pointer is compared, never followed.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include "debug_guard.h"
#include "owner.h"
#include "registry.h"
#include "report.h"

static bool may_sleep_here(void)
{
	return (preemptible() && !rcu_preempt_depth()) ||
	       !IS_ENABLED(CONFIG_PREEMPT_COUNT) || oops_in_progress ||
	       system_state != SYSTEM_RUNNING;
}

/*
 * On kernels without DEBUG_ATOMIC_SLEEP nobody else says that a caller that
 * must not sleep asked for it. Goes on without sleeping.
 */
gfp_t myslab_gfp_checked(struct myslab_allocator *allocator, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || likely(may_sleep_here()))
		return gfp;
	myslab_report_on(MYSLAB_BAD_CONTEXT, allocator, NULL,
			 "alloc may sleep (gfp %pGg), but preempt_count is %#x and interrupts are %s%s",
			 &gfp, preempt_count(), irqs_disabled() ? "off" : "on",
			 rcu_preempt_depth() ? ", and RCU is being read" : "");
	return gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
}

/* An address that is nobody's. */
const char *myslab_what_is(const void *obj)
{
	unsigned long addr = (unsigned long)obj;

	if (addr < PAGE_SIZE)
		return "is a small integer";
	if (addr < TASK_SIZE_MAX)
		return "is a user address";
	if (is_vmalloc_addr(obj))
		return "is in vmalloc space";
	if (addr - PAGE_OFFSET >= (unsigned long)high_memory - PAGE_OFFSET)
		return "is not memory that could be an object";
	return "is memory that nobody here owns";
}

/*
 * What an address is that myslab_registry_owner() found the owner of, under
 * rcu_read_lock() still: in its pages, or guarded for it.
 */
void myslab_owner_describe(struct myslab_allocator *owner, const void *addr,
			   char *text, size_t size)
{
	if (myslab_guard_of(owner, addr))
		myslab_guard_describe(addr, text, size);
	else
		owner->type->describe(owner, addr, text, size);
}

/* The same: who had the object there. */
void myslab_owner_users(struct myslab_allocator *owner, const void *addr,
			struct myslab_lines *to)
{
	if (myslab_guard_of(owner, addr))
		myslab_guard_users(addr, to);
	else if (owner->type->users)
		owner->type->users(owner, addr, to);
}

/* Behind the report about somebody's memory: who had it. */
struct details {
	struct myslab_report_details self;
	struct myslab_allocator *owner;
	const void *obj;
};

static void print_users(const struct myslab_report_details *self)
{
	const struct details *d = container_of(self, struct details, self);

	myslab_owner_users(d->owner, d->obj, &myslab_log_lines);
}

static void refuse_owned(struct myslab_allocator *allocator,
			 struct myslab_allocator *owner, const void *obj)
{
	struct details d = {
		.self.print = print_users, .owner = owner, .obj = obj,
	};
	char text[MYSLAB_DESCRIBED];

	myslab_owner_describe(owner, obj, text, sizeof(text));
	if (owner != allocator)
		myslab_report_with(MYSLAB_WRONG_OWNER, allocator, obj, &d.self,
				   "freed here, but %s %s owns it: %s",
				   owner->type->name, owner->name, text);
	else
		myslab_report_with(MYSLAB_INVALID_FREE, allocator, obj,
				   &d.self, "is not what was handed out: %s",
				   text);
}

/*
 * A free that failed the proof. Nothing is done to the pointer.
 *
 * Context: Any, NMI too.
 */
void myslab_free_refused(struct myslab_allocator *allocator, const void *obj)
{
	struct myslab_allocator *owner;

	if (!obj)
		return;
	rcu_read_lock();
	owner = myslab_registry_owner(obj);
	if (owner)
		refuse_owned(allocator, owner, obj);
	else if (!myslab_is_live(allocator))
		myslab_report_on(MYSLAB_USE_AFTER_FREE, allocator, obj,
				 "freed to a %s that was destroyed; it %s",
				 allocator->type->name, myslab_what_is(obj));
	else
		myslab_report_on(MYSLAB_INVALID_FREE, allocator, obj, "%s",
				 myslab_what_is(obj));
	rcu_read_unlock();
}
