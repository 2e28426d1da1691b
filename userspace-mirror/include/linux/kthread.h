/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* A function of its own: run where it is waited for. */
#ifndef MIRROR_LINUX_KTHREAD_H
#define MIRROR_LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/sched.h>

struct task_struct *mirror_kthread(int (*fn)(void *data), void *data, int cpu,
				   const char *fmt, ...);
#define kthread_create(fn, data, fmt, ...) \
	mirror_kthread(fn, data, -1, fmt, ##__VA_ARGS__)
#define kthread_run(fn, data, fmt, ...) ({				\
	struct task_struct *__t;					\
	__t = kthread_create(fn, data, fmt, ##__VA_ARGS__);		\
	if (!IS_ERR(__t))						\
		wake_up_process(__t);					\
	__t; })
void kthread_bind(struct task_struct *task, unsigned int cpu);
int kthread_stop(struct task_struct *task);
bool kthread_should_stop(void);

#endif
