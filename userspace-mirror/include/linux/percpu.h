/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* One copy a CPU; this_cpu_ptr() needs a pinned context. */
#ifndef MIRROR_LINUX_PERCPU_H
#define MIRROR_LINUX_PERCPU_H

/*
 * A per-CPU pointer is an address in the first copy's image, which nothing may
 * be read through; each CPU's copy lies at a constant offset from it.
 */
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/gfp_types.h>
#include <asm/percpu.h>

#define PCPU_MIN_UNIT_SIZE	(32 << 10)

#define DECLARE_PER_CPU(type, name)	extern typeof(type) name
#define DEFINE_PER_CPU(type, name) \
	__section("mirror_percpu") typeof(type) name
#define DECLARE_PER_CPU_ALIGNED(type, name) DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_ALIGNED(type, name) \
	DEFINE_PER_CPU(type, name) __aligned(64)

extern unsigned long mirror_percpu_offset[MIRROR_MAX_CPUS];
void mirror_check_pinned(const char *what, const char *file, int line);

#define __mirror_pcpu(ptr, cpu) \
	((typeof(*(ptr)) *)((char *)(ptr) + mirror_percpu_offset[cpu]))

#define per_cpu_ptr(ptr, cpu)	__mirror_pcpu(ptr, cpu)
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))
#ifdef MIRROR_RELEASE
#define raw_cpu_ptr(ptr) \
	((typeof(*(ptr)) *)((char *)(ptr) + mirror_gs(mirror_this.offset)))
#define this_cpu_ptr(ptr)	raw_cpu_ptr(ptr)
#else
#define raw_cpu_ptr(ptr)	__mirror_pcpu(ptr, mirror_ctx.cpu)
#define this_cpu_ptr(ptr) ({						\
	mirror_check_pinned("this_cpu_ptr(" #ptr ")", __FILE__, __LINE__); \
	raw_cpu_ptr(ptr); })
#endif
#define get_cpu_ptr(ptr)	({ preempt_disable(); this_cpu_ptr(ptr); })
#define put_cpu_ptr(ptr)	preempt_enable()
#define get_cpu_var(var)	(*get_cpu_ptr(&(var)))
#define put_cpu_var(var)	preempt_enable()

#ifdef MIRROR_RELEASE
#define this_cpu_read(var)	mirror_gs(var)
#define this_cpu_write(var, v)	(mirror_gs(var) = (v))
#define this_cpu_add(var, v)	((void)(mirror_gs(var) += (v)))
#define this_cpu_add_return(var, v) (mirror_gs(var) += (v))
#else
/* One instruction each on x86: not divisible by an interrupt here either. */
#define __mirror_this_cpu(stmt) ({					\
	unsigned long __flags = mirror_irq_save();			\
	typeof(({ stmt; })) __ret = ({ stmt; });			\
	local_irq_restore(__flags);					\
	__ret; })
#define __mirror_this_cpu_do(stmt) do {					\
	unsigned long __flags = mirror_irq_save();			\
	stmt;								\
	local_irq_restore(__flags);					\
} while (0)
#define this_cpu_read(var) \
	__mirror_this_cpu(READ_ONCE(*raw_cpu_ptr(&(var))))
#define this_cpu_write(var, v) \
	__mirror_this_cpu_do(WRITE_ONCE(*raw_cpu_ptr(&(var)), v))
#define this_cpu_add(var, v)	((void)this_cpu_add_return(var, v))
#define this_cpu_add_return(var, v) __mirror_this_cpu(({		\
	typeof(var) *__p = raw_cpu_ptr(&(var));				\
	WRITE_ONCE(*__p, *__p + (v));					\
	*__p; }))
#endif
#define this_cpu_sub(var, v)	this_cpu_add(var, -(v))
#define this_cpu_inc(var)	this_cpu_add(var, 1)
#define this_cpu_dec(var)	this_cpu_sub(var, 1)
#define this_cpu_inc_return(var) this_cpu_add_return(var, 1)
#define __this_cpu_read(var)	(*this_cpu_ptr(&(var)))
#define __this_cpu_write(var, v) (*this_cpu_ptr(&(var)) = (v))
#define __this_cpu_add(var, v)	(*this_cpu_ptr(&(var)) += (v))
#define __this_cpu_inc(var)	__this_cpu_add(var, 1)
#define __this_cpu_dec(var)	__this_cpu_add(var, -1)

void *mirror_percpu_alloc(size_t size, size_t align, gfp_t gfp);
void free_percpu(void *ptr);

#define __alloc_percpu(size, align) mirror_percpu_alloc(size, align, GFP_KERNEL)
#define __alloc_percpu_gfp(size, align, gfp) \
	mirror_percpu_alloc(size, align, gfp)
#define alloc_percpu_gfp(type, gfp) \
	((typeof(type) *)mirror_percpu_alloc(sizeof(type), \
					     __alignof__(type), gfp))
#define alloc_percpu(type)	alloc_percpu_gfp(type, GFP_KERNEL)

#endif
