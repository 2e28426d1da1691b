// SPDX-License-Identifier: GPL-2.0
/*
 * Points: the core is compiled for ThreadSanitizer, which puts a call before
 * each of its memory accesses, and linked with these calls instead of
 * ThreadSanitizer's own. Each is a place where an interrupt can come. Since
 * only memory connects an interrupt with what it interrupts, there are no
 * others.
 */
#include <mirror/control.h>

static void point(const volatile void *addr, bool write)
{
	if (mirror_watch)
		mirror_watch->access(addr, write);
	mirror_point();
}

#define POINT(name, write) \
	void name(void *addr); void name(void *addr) { point(addr, write); }
#define NOTHING(name) \
	void name(void *addr); void name(void *addr) { }

NOTHING(__tsan_init)
NOTHING(__tsan_func_entry)
NOTHING(__tsan_func_exit)

#define SIZES(prefix, write)						\
	POINT(prefix##1, write) POINT(prefix##2, write)			\
	POINT(prefix##4, write) POINT(prefix##8, write)			\
	POINT(prefix##16, write)

SIZES(__tsan_read, false)
SIZES(__tsan_write, true)
SIZES(__tsan_unaligned_read, false)
SIZES(__tsan_unaligned_write, true)
POINT(__tsan_vptr_update, true)

void __tsan_read_range(void *addr, unsigned long size);
void __tsan_write_range(void *addr, unsigned long size);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_read_range(void *addr, unsigned long size)
{
	point(addr, false);
}

void __tsan_write_range(void *addr, unsigned long size)
{
	point(addr, true);
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
		point(a, true);						\
		return __atomic_fetch_##op(a, v, __ATOMIC_SEQ_CST);	\
	}

#define CAS(bits, T, name)						\
	int __tsan_atomic##bits##_##name(volatile T *a, T *c, T v,	\
					 int o, int f);			\
	int __tsan_atomic##bits##_##name(volatile T *a, T *c, T v,	\
					 int o, int f)			\
	{								\
		point(a, true);						\
		return __atomic_compare_exchange_n(a, c, v, 0,		\
						   __ATOMIC_SEQ_CST,	\
						   __ATOMIC_SEQ_CST);	\
	}

#define ATOMICS(bits, T)						\
	T __tsan_atomic##bits##_load(const volatile T *a, int o);	\
	T __tsan_atomic##bits##_load(const volatile T *a, int o)	\
	{								\
		point(a, false);					\
		return __atomic_load_n(a, __ATOMIC_SEQ_CST);		\
	}								\
	void __tsan_atomic##bits##_store(volatile T *a, T v, int o);	\
	void __tsan_atomic##bits##_store(volatile T *a, T v, int o)	\
	{								\
		point(a, true);						\
		__atomic_store_n(a, v, __ATOMIC_SEQ_CST);		\
	}								\
	T __tsan_atomic##bits##_exchange(volatile T *a, T v, int o);	\
	T __tsan_atomic##bits##_exchange(volatile T *a, T v, int o)	\
	{								\
		point(a, true);						\
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
