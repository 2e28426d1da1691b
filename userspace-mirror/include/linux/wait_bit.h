/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Waiting for a variable turns round until it has come true. */
#ifndef _LINUX_WAIT_BIT_H
#define _LINUX_WAIT_BIT_H

#include <linux/sched.h>

#define wait_var_event(var, condition)					\
do {									\
	might_sleep();							\
	while (!(condition))						\
		cond_resched();						\
} while (0)

#define wake_up_var(var)	((void)(var))

#endif
