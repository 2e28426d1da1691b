/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* The current task. */
#ifndef MIRROR_LINUX_SCHED_H
#define MIRROR_LINUX_SCHED_H

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/types.h>

#define TASK_COMM_LEN	16
#define PF_MEMALLOC	0x00000800
#define PF_KTHREAD	0x00200000
#define TASK_RUNNING	0
#define TASK_INTERRUPTIBLE 1
#define TASK_UNINTERRUPTIBLE 2

struct reclaim_state;

struct task_struct {
	char comm[TASK_COMM_LEN];
	pid_t pid, tgid;
	unsigned int flags;
	unsigned int state;
	bool unstarted;		/* a kthread's handle: waking starts it */
	bool signalled;
	struct reclaim_state *reclaim_state;
};

struct task_struct *mirror_current(void);
#define current		mirror_current()
#define get_current()	mirror_current()

void schedule(void);
long schedule_timeout(long timeout);
#define set_current_state(s) \
	__atomic_store_n(&current->state, s, __ATOMIC_SEQ_CST)
#define __set_current_state(s)	set_current_state(s)
#define schedule_timeout_uninterruptible(t) \
	(set_current_state(TASK_UNINTERRUPTIBLE), schedule_timeout(t))
#define schedule_timeout_interruptible(t) \
	(set_current_state(TASK_INTERRUPTIBLE), schedule_timeout(t))
#define schedule_timeout_idle(t) schedule_timeout_uninterruptible(t)
/* Threads: by anybody; on one thread, by what runs while the task sleeps. */
int wake_up_process(struct task_struct *task);
#define task_pid_nr(t)		((t)->pid)
#define signal_pending(t)	READ_ONCE((t)->signalled)
#define fatal_signal_pending(t)	signal_pending(t)
int mirror_cond_resched(void);
#define cond_resched()		mirror_cond_resched()
#define need_resched()		(false)
#define yield()			((void)cond_resched())
int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *mask);

#include <linux/processor.h>

#endif
