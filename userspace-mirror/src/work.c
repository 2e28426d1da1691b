// SPDX-License-Identifier: GPL-2.0
/*
 * Works, and the clock that delayed ones wait for. Nothing runs on its own:
 * works run when the test says so, when somebody waits for them, and while a
 * task sleeps. With threads, any of them may be the worker.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define MAX_RUNNING	MIRROR_MAX_CPUS

struct workqueue_struct {
	char name[32];
	bool dying;
};

static struct workqueue_struct system_queue = { .name = "events" };
struct workqueue_struct *system_wq = &system_queue;
struct workqueue_struct *system_unbound_wq = &system_queue;
struct workqueue_struct *system_long_wq = &system_queue;
struct workqueue_struct *system_power_efficient_wq = &system_queue;

static LIST_HEAD(pending);
static LIST_HEAD(waiting);		/* delayed works, in no order */
static unsigned long nr_pending;
static struct {
	struct work_struct *work;	/* compared only: may be freed */
	struct workqueue_struct *wq;
} running[MAX_RUNNING];

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...)
{
	struct workqueue_struct *wq;
	va_list args;

	mirror_might_sleep("alloc_workqueue()");
	wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	if (!wq)
		return NULL;
	va_start(args, max_active);
	mirror_vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	return wq;
}

static bool queue_locked(struct workqueue_struct *wq, struct work_struct *work)
{
	if (work->pending)
		return false;
	if (!work->func || wq->dying)
		mirror_abort("a work of queue %s cannot run any more",
			     wq->name);
	WRITE_ONCE(work->pending, 1);
	work->wq = wq;
	list_add_tail(&work->entry, &pending);
	nr_pending++;
	return true;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	bool queued;

	if (in_nmi())
		mirror_abort("queue_work() in NMI");
	mirror_lock();
	queued = queue_locked(wq, work);
	mirror_unlock();
	return queued;
}

static void unlist(struct work_struct *work)
{
	list_del_init(&work->entry);
	WRITE_ONCE(work->pending, 0);
	nr_pending--;
}

static unsigned int mark_running(struct work_struct *work)
{
	unsigned int i = 0;

	while (running[i].work)
		i++;
	running[i].work = work;
	running[i].wq = work->wq;
	return i;
}

struct call {
	struct work_struct *work;
	work_func_t func;
};

static void call_work(void *arg)
{
	struct call *call = arg;

	call->func(call->work);
}

/* Run a work that is pending and listed; called and left with the lock. */
static void run_locked(struct work_struct *work)
{
	struct call call = { work, work->func };
	struct mirror_ctx before = mirror_ctx;
	unsigned int i;

	unlist(work);
	i = mark_running(work);
	mirror_unlock();
	mirror_run_as_task("kworker/mirror", call_work, &call);
	if (mirror_ctx.preempt != before.preempt ||
	    mirror_ctx.irqs_off != before.irqs_off ||
	    mirror_ctx.rcu != before.rcu ||
	    mirror_ctx.nr_held != before.nr_held)
		mirror_abort("a work returned with its context changed");
	mirror_lock();
	running[i].work = NULL;
	running[i].wq = NULL;
}

void mirror_works_run(void)
{
	mirror_might_sleep("running works");
	mirror_lock();
	while (!list_empty(&pending))
		run_locked(list_first_entry(&pending, struct work_struct,
					    entry));
	mirror_unlock();
}

static bool is_running(struct work_struct *work, struct workqueue_struct *wq)
{
	unsigned int i;

	for (i = 0; i < MAX_RUNNING; i++)
		if (running[i].work && (running[i].work == work ||
					running[i].wq == wq))
			return true;
	return false;
}

/* Wait until other threads are done with it; called with the lock. */
static void wait_for(struct work_struct *work, struct workqueue_struct *wq)
{
	while (is_running(work, wq)) {
#ifdef MIRROR_THREADS
		mirror_unlock();
		cpu_relax();
		mirror_lock();
#else
		mirror_abort("a work waits for itself");
#endif
	}
}

bool flush_work(struct work_struct *work)
{
	bool busy;

	mirror_might_sleep("flush_work()");
	mirror_lock();
	busy = work->pending || is_running(work, NULL);
	if (work->pending && !list_empty(&work->entry))
		run_locked(work);
	wait_for(work, (void *)-1L);
	mirror_unlock();
	return busy;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was;

	mirror_might_sleep("cancel_work_sync()");
	mirror_lock();
	was = work->pending;
	if (was && !list_empty(&work->entry))
		unlist(work);
	wait_for(work, (void *)-1L);
	mirror_unlock();
	return was;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	struct work_struct *work;
	bool again;

	mirror_might_sleep("flush_workqueue()");
	mirror_lock();
	do {
		again = false;
		list_for_each_entry(work, &pending, entry) {
			if (work->wq != wq)
				continue;
			run_locked(work);
			again = true;
			break;
		}
	} while (again);
	wait_for((void *)-1L, wq);
	mirror_unlock();
}

void drain_workqueue(struct workqueue_struct *wq)
{
	flush_workqueue(wq);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	struct delayed_work *dw;

	flush_workqueue(wq);
	mirror_lock();
	list_for_each_entry(dw, &waiting, work.entry)
		if (dw->wq == wq)
			mirror_abort("queue %s is destroyed under a delayed work",
				     wq->name);
	wq->dying = true;
	mirror_unlock();
	kfree(wq);
}

/*
 * Delayed works.
 */

static bool delay_locked(struct workqueue_struct *wq, struct delayed_work *dw,
			 unsigned long delay)
{
	if (dw->waiting || dw->work.pending)
		return false;
	if (!delay)
		return queue_locked(wq, &dw->work);
	dw->wq = wq;
	dw->expires = mirror_jiffies() + delay;
	WRITE_ONCE(dw->waiting, 1);
	list_add_tail(&dw->work.entry, &waiting);
	return true;
}

static bool stop_waiting(struct delayed_work *dw)
{
	if (!dw->waiting)
		return false;
	list_del_init(&dw->work.entry);
	WRITE_ONCE(dw->waiting, 0);
	return true;
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
			unsigned long delay)
{
	bool queued;

	mirror_lock();
	queued = delay_locked(wq, dw, delay);
	mirror_unlock();
	return queued;
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
		      unsigned long delay)
{
	bool was;

	mirror_lock();
	was = stop_waiting(dw);
	if (!was && dw->work.pending) {
		unlist(&dw->work);
		was = true;
	}
	delay_locked(wq, dw, delay);
	mirror_unlock();
	return was;
}

bool flush_delayed_work(struct delayed_work *dw)
{
	mirror_lock();
	if (stop_waiting(dw))
		queue_locked(dw->wq, &dw->work);
	mirror_unlock();
	return flush_work(&dw->work);
}

bool cancel_delayed_work(struct delayed_work *dw)
{
	bool was;

	mirror_lock();
	was = stop_waiting(dw);
	if (!was && dw->work.pending) {
		unlist(&dw->work);
		was = true;
	}
	mirror_unlock();
	return was;
}

bool cancel_delayed_work_sync(struct delayed_work *dw)
{
	bool was = cancel_delayed_work(dw);

	/* It may have queued itself again meanwhile. */
	was |= cancel_work_sync(&dw->work);
	return cancel_delayed_work(dw) || was;
}

/* Move on those whose time has come. */
void mirror_works_tick(void)
{
	struct delayed_work *dw, *next;

	mirror_lock();
	list_for_each_entry_safe(dw, next, &waiting, work.entry)
		if (time_after_eq(mirror_jiffies(), dw->expires)) {
			stop_waiting(dw);
			queue_locked(dw->wq, &dw->work);
		}
	mirror_unlock();
}

unsigned long mirror_works_pending(void)
{
	unsigned long nr;

	mirror_lock();
	nr = nr_pending;
	mirror_unlock();
	return nr;
}

/*
 * Works after a grace period.
 */

static void queue_after_rcu(struct rcu_head *rcu)
{
	struct rcu_work *rw = container_of(rcu, struct rcu_work, rcu);

	mirror_lock();
	WRITE_ONCE(rw->work.pending, 0);
	queue_locked(rw->wq, &rw->work);
	mirror_unlock();
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rw)
{
	bool queued;

	if (in_nmi())
		mirror_abort("queue_rcu_work() in NMI");
	mirror_lock();
	queued = !rw->work.pending;
	if (queued) {
		/* Pending, but not listed until the grace period ends. */
		WRITE_ONCE(rw->work.pending, 1);
		INIT_LIST_HEAD(&rw->work.entry);
		rw->wq = wq;
	}
	mirror_unlock();
	if (queued)
		call_rcu(&rw->rcu, queue_after_rcu);
	return queued;
}

bool flush_rcu_work(struct rcu_work *rw)
{
	if (READ_ONCE(rw->work.pending)) {
		rcu_barrier();
		flush_work(&rw->work);
		return true;
	}
	return flush_work(&rw->work);
}
