/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Ordering between CPUs. */
#ifndef MIRROR_ASM_BARRIER_H
#define MIRROR_ASM_BARRIER_H

/*
 * ThreadSanitizer does not know fences: an atomic exchange on a variable that
 * all threads share tells it the same.
 */
extern unsigned long mirror_fence;

#define smp_mb() \
	((void)__atomic_fetch_add(&mirror_fence, 1, __ATOMIC_SEQ_CST))
#define smp_rmb()	smp_mb()
#define smp_wmb()	smp_mb()
#define mb()		smp_mb()
#define rmb()		smp_mb()
#define wmb()		smp_mb()
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_mb(var, value) \
	do { WRITE_ONCE(var, value); smp_mb(); } while (0)

#endif
