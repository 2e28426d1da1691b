/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Works run when the test, or a waiter, says so. */
#ifndef MIRROR_LINUX_WORKQUEUE_H
#define MIRROR_LINUX_WORKQUEUE_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct workqueue_struct;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct list_head entry;
	work_func_t func;
	unsigned int pending;
	unsigned int running;
	struct workqueue_struct *wq;	/* of the last queueing */
};

struct delayed_work {
	struct work_struct work;
	unsigned long expires;
	unsigned int waiting;
	struct workqueue_struct *wq;
};

struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
	struct workqueue_struct *wq;
};

#define WQ_UNBOUND		(1 << 1)
#define WQ_FREEZABLE		(1 << 2)
#define WQ_MEM_RECLAIM		(1 << 3)
#define WQ_HIGHPRI		(1 << 4)
#define WQ_CPU_INTENSIVE	(1 << 5)
#define WQ_POWER_EFFICIENT	(1 << 7)

extern struct workqueue_struct *system_wq;
extern struct workqueue_struct *system_unbound_wq;
extern struct workqueue_struct *system_long_wq;
extern struct workqueue_struct *system_power_efficient_wq;

#define INIT_WORK(w, f) do {						\
	memset(w, 0, sizeof(*(w)));					\
	INIT_LIST_HEAD(&(w)->entry);					\
	(w)->func = (f);						\
} while (0)
#define INIT_DELAYED_WORK(dw, f) do {					\
	memset(dw, 0, sizeof(*(dw)));					\
	INIT_WORK(&(dw)->work, f);					\
} while (0)
#define INIT_DEFERRABLE_WORK(dw, f) INIT_DELAYED_WORK(dw, f)
#define INIT_RCU_WORK(rw, f)	INIT_WORK(&(rw)->work, f)
#define __WORK_INITIALIZER(n, f) {					\
	.entry = { &(n).entry, &(n).entry }, .func = (f) }
#define DECLARE_WORK(n, f)	struct work_struct n = __WORK_INITIALIZER(n, f)
#define DECLARE_DELAYED_WORK(n, f) \
	struct delayed_work n = { .work = __WORK_INITIALIZER((n).work, f) }
#define DECLARE_DEFERRABLE_WORK(n, f) DECLARE_DELAYED_WORK(n, f)

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
					 int max_active, ...) __printf(1, 4);
#define alloc_ordered_workqueue(fmt, flags, args...) \
	alloc_workqueue(fmt, flags, 1, ##args)
void destroy_workqueue(struct workqueue_struct *wq);
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw,
		      unsigned long delay);
bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rw);
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dw);
bool flush_rcu_work(struct rcu_work *rw);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dw);
bool cancel_delayed_work_sync(struct delayed_work *dw);
void flush_workqueue(struct workqueue_struct *wq);
void drain_workqueue(struct workqueue_struct *wq);

#define queue_work_on(cpu, wq, work) queue_work(wq, work)
#define schedule_work(work)	queue_work(system_wq, work)
#define schedule_delayed_work(dw, delay) \
	queue_delayed_work(system_wq, dw, delay)
#define work_pending(w)		(READ_ONCE((w)->pending) != 0)
#define delayed_work_pending(dw) \
	(READ_ONCE((dw)->waiting) || work_pending(&(dw)->work))
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define to_rcu_work(w)		container_of(w, struct rcu_work, work)

#endif
