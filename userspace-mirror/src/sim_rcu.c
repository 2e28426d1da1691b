// SPDX-License-Identifier: GPL-2.0
/*
 * RCU on one host thread. A grace period can end whenever nobody stands still
 * inside a section; it does end when somebody waits for one, or the test says
 * so. Callbacks run as soft interrupts, but never from synchronize_rcu():
 * the kernel does not promise that.
 */
#include <stdlib.h>

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <mirror/control.h>
#include <mirror/host.h>

static struct rcu_head *callbacks, **tail = &callbacks;
static unsigned long nr_callbacks;
static unsigned long completed;		/* grace periods */

void rcu_read_lock(void)
{
	mirror_point();
	mirror_section_enter();
	mirror_ctx.rcu++;
}

void rcu_read_unlock(void)
{
	if (!mirror_ctx.rcu)
		mirror_abort("rcu_read_unlock() without rcu_read_lock()");
	mirror_ctx.rcu--;
	mirror_section_leave();
	mirror_point();
}

bool rcu_read_lock_held(void)
{
	return mirror_ctx.rcu;
}

void mirror_check_rcu(const char *file, int line)
{
	if (!mirror_ctx.depth)
		mirror_abort("%s:%d: rcu_dereference() outside a section",
			     file, line);
}

static void check_may_wait(const char *what)
{
	mirror_might_sleep(what);
	if (mirror_in_section_elsewhere())
		mirror_abort("%s waits for a CPU that stands still", what);
}

void synchronize_rcu(void)
{
	check_may_wait("synchronize_rcu()");
	completed++;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	struct rcu_head *h;

	if (in_nmi())
		mirror_abort("call_rcu() in NMI");
	for (h = callbacks; h; h = h->next)
		if (h == head)
			mirror_abort("call_rcu() of what waits already");
	head->func = func;
	head->next = NULL;
	*tail = head;
	tail = &head->next;
	nr_callbacks++;
}

static void run_one(void *arg)
{
	struct rcu_head *head = arg;

	head->func(head);
}

/* Callbacks that these callbacks queue wait for the next grace period. */
void mirror_rcu_run(void)
{
	struct rcu_head *head = callbacks, *next;

	check_may_wait("a grace period");
	completed++;
	callbacks = NULL;
	tail = &callbacks;
	for (; head; head = next) {
		next = head->next;
		nr_callbacks--;
		if (!mirror_interrupt(MIRROR_SOFTIRQ, run_one, head))
			mirror_abort("an RCU callback has no place to run");
	}
}

void rcu_barrier(void)
{
	check_may_wait("rcu_barrier()");
	mirror_rcu_run();
}

unsigned long mirror_rcu_pending(void)
{
	return nr_callbacks;
}

void mirror_rcu_idle(void)
{
	if (!mirror_in_section_elsewhere())
		mirror_rcu_run();
}

/* A state is the number of grace periods that must have ended. */
unsigned long get_state_synchronize_rcu(void)
{
	return completed + 1;
}

unsigned long start_poll_synchronize_rcu(void)
{
	return completed + 1;
}

bool poll_state_synchronize_rcu(unsigned long oldstate)
{
	return completed >= oldstate;
}

void cond_synchronize_rcu(unsigned long oldstate)
{
	if (!poll_state_synchronize_rcu(oldstate))
		synchronize_rcu();
}

struct deferred_kfree {
	struct rcu_head rcu;
	const void *ptr;
};

static void kfree_deferred(struct rcu_head *rcu)
{
	struct deferred_kfree *d;

	d = container_of(rcu, struct deferred_kfree, rcu);
	kfree(d->ptr);
	free(d);
}

void mirror_kfree_rcu(const void *ptr)
{
	struct deferred_kfree *d;

	if (!ptr)
		return;
	d = malloc(sizeof(*d));
	d->ptr = ptr;
	call_rcu(&d->rcu, kfree_deferred);
}
