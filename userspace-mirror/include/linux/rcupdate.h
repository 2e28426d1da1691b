/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Grace periods end when the test, or a waiter, says so. */
#ifndef MIRROR_LINUX_RCUPDATE_H
#define MIRROR_LINUX_RCUPDATE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
bool rcu_read_lock_held(void);
#define rcu_preempt_depth()	((int)mirror_ctx.rcu)
void synchronize_rcu(void);
void call_rcu(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);
unsigned long get_state_synchronize_rcu(void);
unsigned long start_poll_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long oldstate);
void cond_synchronize_rcu(unsigned long oldstate);
void mirror_kfree_rcu(const void *ptr);

#define call_rcu_hurry(head, func) call_rcu(head, func)
#define synchronize_rcu_expedited() synchronize_rcu()
#define rcu_read_lock_sched()	preempt_disable()
#define rcu_read_unlock_sched()	preempt_enable()
#define rcu_read_lock_any_held() \
	(rcu_read_lock_held() || preempt_count() || irqs_disabled())
#define rcu_is_watching()	(true)
#define kfree_rcu(ptr, rhf...)	mirror_kfree_rcu(ptr)
#define kfree_rcu_mightsleep(ptr) mirror_kfree_rcu(ptr)
#define init_rcu_head(head)	((void)(head))
#define destroy_rcu_head(head)	((void)(head))

#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, v)
#define RCU_LOCKDEP_WARN(c, s)	((void)(c))
#define rcu_assign_pointer(p, v) smp_store_release(&(p), (typeof(p))(v))
/* Readers of what rcu_assign_pointer() published must be in a section. */
void mirror_check_rcu(const char *file, int line);
#define rcu_dereference(p) ({						\
	mirror_check_rcu(__FILE__, __LINE__);				\
	smp_load_acquire(&(p)); })
#define rcu_dereference_check(p, c) ({					\
	if (!(c))							\
		mirror_check_rcu(__FILE__, __LINE__);			\
	smp_load_acquire(&(p)); })
#define rcu_dereference_sched(p) rcu_dereference(p)
#define rcu_dereference_raw(p)	smp_load_acquire(&(p))
#define rcu_dereference_protected(p, c) (p)
#define rcu_access_pointer(p)	READ_ONCE(p)
#define rcu_replace_pointer(p, n, c) \
	({ typeof(p) __old = (p); rcu_assign_pointer(p, n); __old; })

#endif
