/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Atomic counters; read, set, add and inc are relaxed. */
#ifndef MIRROR_LINUX_ATOMIC_H
#define MIRROR_LINUX_ATOMIC_H

#include <linux/types.h>

#define ATOMIC_INIT(i)	{ (i) }
#define ATOMIC_LONG_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }

#define MIRROR_ATOMIC(pfx, T, I)					\
static __always_inline I pfx##_read(const T *v)				\
{ return __atomic_load_n(&v->counter, __ATOMIC_RELAXED); }		\
static __always_inline I pfx##_read_acquire(const T *v)			\
{ return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE); }		\
static __always_inline void pfx##_set(T *v, I i)			\
{ __atomic_store_n(&v->counter, i, __ATOMIC_RELAXED); }			\
static __always_inline void pfx##_set_release(T *v, I i)		\
{ __atomic_store_n(&v->counter, i, __ATOMIC_RELEASE); }			\
static __always_inline void pfx##_add(I i, T *v)			\
{ __atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED); }		\
static __always_inline void pfx##_sub(I i, T *v)			\
{ __atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED); }		\
static __always_inline void pfx##_inc(T *v) { pfx##_add(1, v); }	\
static __always_inline void pfx##_dec(T *v) { pfx##_sub(1, v); }	\
static __always_inline void pfx##_or(I i, T *v)				\
{ __atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED); }		\
static __always_inline I pfx##_fetch_or(I i, T *v)			\
{ return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST); }		\
static __always_inline I pfx##_add_return(I i, T *v)			\
{ return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST); }	\
static __always_inline I pfx##_sub_return(I i, T *v)			\
{ return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST); }	\
static __always_inline I pfx##_fetch_add(I i, T *v)			\
{ return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST); }	\
static __always_inline I pfx##_inc_return(T *v)				\
{ return pfx##_add_return(1, v); }					\
static __always_inline I pfx##_dec_return(T *v)				\
{ return pfx##_sub_return(1, v); }					\
static __always_inline bool pfx##_dec_and_test(T *v)			\
{ return pfx##_sub_return(1, v) == 0; }					\
static __always_inline bool pfx##_inc_and_test(T *v)			\
{ return pfx##_add_return(1, v) == 0; }					\
static __always_inline bool pfx##_sub_and_test(I i, T *v)		\
{ return pfx##_sub_return(i, v) == 0; }					\
static __always_inline bool pfx##_add_negative(I i, T *v)		\
{ return pfx##_add_return(i, v) < 0; }					\
static __always_inline I pfx##_xchg(T *v, I i)				\
{ return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST); }	\
static __always_inline bool pfx##_try_cmpxchg(T *v, I *old, I i)	\
{									\
	typeof(v->counter) o = *old;					\
	bool ok = __atomic_compare_exchange_n(&v->counter, &o, i, false, \
		__ATOMIC_SEQ_CST, __ATOMIC_RELAXED);			\
	*old = o;							\
	return ok;							\
}									\
static __always_inline I pfx##_cmpxchg(T *v, I old, I i)		\
{ pfx##_try_cmpxchg(v, &old, i); return old; }				\
static __always_inline bool pfx##_add_unless(T *v, I a, I u)		\
{									\
	I c = pfx##_read(v);						\
	do {								\
		if (c == u)						\
			return false;					\
	} while (!pfx##_try_cmpxchg(v, &c, c + a));			\
	return true;							\
}									\
static __always_inline bool pfx##_inc_not_zero(T *v)			\
{ return pfx##_add_unless(v, 1, 0); }					\
static __always_inline I pfx##_dec_if_positive(T *v)			\
{									\
	I c = pfx##_read(v);						\
	while (c > 0 && !pfx##_try_cmpxchg(v, &c, c - 1))		\
		;							\
	return c - 1;							\
}

MIRROR_ATOMIC(atomic, atomic_t, int)
MIRROR_ATOMIC(atomic64, atomic64_t, s64)
MIRROR_ATOMIC(atomic_long, atomic_long_t, long)

#define xchg(ptr, v)	__atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
#define try_cmpxchg(ptr, old, v)					\
	__atomic_compare_exchange_n(ptr, old, v, false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_RELAXED)
#define cmpxchg(ptr, old, v) ({						\
	typeof(*(ptr)) __o = (old);					\
	__atomic_compare_exchange_n(ptr, &__o, v, false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_RELAXED);			\
	__o; })
#define cmpxchg_release(ptr, old, v) cmpxchg(ptr, old, v)
#define cmpxchg_acquire(ptr, old, v) cmpxchg(ptr, old, v)
#define cmpxchg_relaxed(ptr, old, v) cmpxchg(ptr, old, v)

#include <asm/barrier.h>

#endif
