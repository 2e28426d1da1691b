/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Chains; an atomic one is called under RCU. */
#ifndef MIRROR_LINUX_NOTIFIER_H
#define MIRROR_LINUX_NOTIFIER_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct notifier_block;
typedef int (*notifier_fn_t)(struct notifier_block *nb, unsigned long action,
			     void *data);

struct notifier_block {
	notifier_fn_t notifier_call;
	struct notifier_block *next;
	int priority;
};

struct atomic_notifier_head {
	spinlock_t lock;	/* changes of head */
	struct notifier_block *head;
};

struct blocking_notifier_head {
	struct mutex rwsem;	/* head; held during calls */
	struct notifier_block *head;
};

#define ATOMIC_NOTIFIER_INIT(n)	{ .lock = __SPIN_LOCK_UNLOCKED((n).lock) }
#define ATOMIC_NOTIFIER_HEAD(n) \
	struct atomic_notifier_head n = ATOMIC_NOTIFIER_INIT(n)
#define ATOMIC_INIT_NOTIFIER_HEAD(n) \
	do { spin_lock_init(&(n)->lock); (n)->head = NULL; } while (0)
#define BLOCKING_NOTIFIER_HEAD(n) \
	struct blocking_notifier_head n = \
	{ .rwsem = __MUTEX_INITIALIZER((n).rwsem) }

#define NOTIFY_DONE	0x0000
#define NOTIFY_OK	0x0001
#define NOTIFY_STOP_MASK 0x8000
#define NOTIFY_BAD	(NOTIFY_STOP_MASK | 0x0002)
#define NOTIFY_STOP	(NOTIFY_OK | NOTIFY_STOP_MASK)

int atomic_notifier_chain_register(struct atomic_notifier_head *nh,
				   struct notifier_block *nb);
int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh,
				     struct notifier_block *nb);
int atomic_notifier_call_chain(struct atomic_notifier_head *nh,
			       unsigned long action, void *data);
int blocking_notifier_chain_register(struct blocking_notifier_head *nh,
				     struct notifier_block *nb);
int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
				       struct notifier_block *nb);
int blocking_notifier_call_chain(struct blocking_notifier_head *nh,
				 unsigned long action, void *data);

#endif
