// SPDX-License-Identifier: GPL-2.0
/*
 * Points: the core is compiled for ThreadSanitizer, which puts a call before
 * each of its memory accesses, and linked with these calls instead of
 * ThreadSanitizer's own. Each is a place where an interrupt can come. Since
 * only memory connects an interrupt with what it interrupts, there are no
 * others.
 */
#include <mirror/ctx.h>

#define POINT(name) \
	void name(void *addr); void name(void *addr) { mirror_point(); }
#define NOTHING(name) \
	void name(void *addr); void name(void *addr) { }

NOTHING(__tsan_init)
NOTHING(__tsan_func_entry)
NOTHING(__tsan_func_exit)

#define SIZES(prefix)							\
	POINT(prefix##1) POINT(prefix##2) POINT(prefix##4)		\
	POINT(prefix##8) POINT(prefix##16)

SIZES(__tsan_read)
SIZES(__tsan_write)
SIZES(__tsan_unaligned_read)
SIZES(__tsan_unaligned_write)
POINT(__tsan_vptr_update)

void __tsan_read_range(void *addr, unsigned long size);
void __tsan_write_range(void *addr, unsigned long size);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_read_range(void *addr, unsigned long size)
{
	mirror_point();
}

void __tsan_write_range(void *addr, unsigned long size)
{
	mirror_point();
}

void __tsan_atomic_thread_fence(int order)
{
}

void __tsan_atomic_signal_fence(int order)
{
}

/* Atomic operations are one access: the point is before them. */
#define FETCH(bits, T, op)						\
	T __tsan_atomic##bits##_fetch_##op(volatile T *a, T v, int o);	\
	T __tsan_atomic##bits##_fetch_##op(volatile T *a, T v, int o)	\
	{								\
		mirror_point();						\
		return __atomic_fetch_##op(a, v, __ATOMIC_SEQ_CST);	\
	}

#define CAS(bits, T, name)						\
	int __tsan_atomic##bits##_##name(volatile T *a, T *c, T v,	\
					 int o, int f);			\
	int __tsan_atomic##bits##_##name(volatile T *a, T *c, T v,	\
					 int o, int f)			\
	{								\
		mirror_point();						\
		return __atomic_compare_exchange_n(a, c, v, 0,		\
						   __ATOMIC_SEQ_CST,	\
						   __ATOMIC_SEQ_CST);	\
	}

#define ATOMICS(bits, T)						\
	T __tsan_atomic##bits##_load(const volatile T *a, int o);	\
	T __tsan_atomic##bits##_load(const volatile T *a, int o)	\
	{								\
		mirror_point();						\
		return __atomic_load_n(a, __ATOMIC_SEQ_CST);		\
	}								\
	void __tsan_atomic##bits##_store(volatile T *a, T v, int o);	\
	void __tsan_atomic##bits##_store(volatile T *a, T v, int o)	\
	{								\
		mirror_point();						\
		__atomic_store_n(a, v, __ATOMIC_SEQ_CST);		\
	}								\
	T __tsan_atomic##bits##_exchange(volatile T *a, T v, int o);	\
	T __tsan_atomic##bits##_exchange(volatile T *a, T v, int o)	\
	{								\
		mirror_point();						\
		return __atomic_exchange_n(a, v, __ATOMIC_SEQ_CST);	\
	}								\
	FETCH(bits, T, add) FETCH(bits, T, sub) FETCH(bits, T, and)	\
	FETCH(bits, T, or) FETCH(bits, T, xor)				\
	CAS(bits, T, compare_exchange_strong)				\
	CAS(bits, T, compare_exchange_weak)

ATOMICS(8, unsigned char)
ATOMICS(16, unsigned short)
ATOMICS(32, unsigned int)
ATOMICS(64, unsigned long)
