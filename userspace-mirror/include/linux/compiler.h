/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Attributes, and memory accesses that the compiler leaves alone. */
#ifndef MIRROR_LINUX_COMPILER_H
#define MIRROR_LINUX_COMPILER_H

/*
 * With real threads READ_ONCE() and WRITE_ONCE() are relaxed atomics, so that
 * ThreadSanitizer tells them from the plain accesses that race.
 */
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#undef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#define noinline	__attribute__((__noinline__))
#define __noreturn	__attribute__((__noreturn__))
#define __must_check	__attribute__((__warn_unused_result__))
#define __maybe_unused	__attribute__((__unused__))
#define __always_unused	__attribute__((__unused__))
#define __cold		__attribute__((__cold__))
#define __packed	__attribute__((__packed__))
#define __aligned(x)	__attribute__((__aligned__(x)))
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#define __malloc	__attribute__((__malloc__))
#define __alloc_size(...)
#define __visible
#define __section(s)	__attribute__((__section__(s)))
#define __weak		__attribute__((__weak__))
#define __used		__attribute__((__used__))
#define __assume_aligned(...)
#define __counted_by(m)
#define __no_sanitize_address
#define noinline_for_stack noinline
#define notrace
#define fallthrough	__attribute__((__fallthrough__))

#define __user
#define __kernel
#define __iomem
#define __rcu
#define __percpu
#define __force
#define __bitwise
#define __private
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __acquire(x)	((void)0)
#define __cond_lock(x, c) (c)
#define __release(x)	((void)0)

#define barrier()	__asm__ __volatile__("" : : : "memory")
#define barrier_data(p)	__asm__ __volatile__("" : : "r"(p) : "memory")
#define unreachable()	__builtin_unreachable()

#define __same_type(a, b) __builtin_types_compatible_p(typeof(a), typeof(b))
#define __must_be_array(a) BUILD_BUG_ON_ZERO(__same_type((a), &(a)[0]))
#define __UNIQUE_ID(prefix) __PASTE(__PASTE(prefix, _u), __COUNTER__)
#define ___PASTE(a, b)	a##b
#define __PASTE(a, b)	___PASTE(a, b)
#define OPTIMIZER_HIDE_VAR(var) __asm__("" : "=r"(var) : "0"(var))

#ifdef MIRROR_TSAN
/* What is reached through a pointer is read after it, which the CPU sees to. */
#define __READ_ORDER(x) \
	(__builtin_classify_type(x) == 5 ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED)
#else
#define __READ_ORDER(x)	__ATOMIC_RELAXED
#endif
#ifdef MIRROR_THREADS
#define READ_ONCE(x)	__atomic_load_n(&(x), __READ_ORDER(x))
#define WRITE_ONCE(x, val) __atomic_store_n(&(x), (val), __ATOMIC_RELAXED)
#else
#define READ_ONCE(x)	(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, val) do { *(volatile typeof(x) *)&(x) = (val); } while (0)
#endif
/* Where x is read while others write it, and that is meant. */
#ifdef MIRROR_TSAN
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

#define data_race(x) ({							\
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);			\
	__auto_type __racy = (x);					\
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);			\
	__racy;								\
})
#else
#define data_race(x)	(x)
#endif
#define ASSERT_EXCLUSIVE_WRITER(x) ((void)0)
#define ASSERT_EXCLUSIVE_ACCESS(x) ((void)0)

#endif
