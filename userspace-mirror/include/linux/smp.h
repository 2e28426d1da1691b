/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Calls to other CPUs. */
#ifndef MIRROR_LINUX_SMP_H
#define MIRROR_LINUX_SMP_H

/*
 * check and points: the function runs at once, on the other CPU, as a hard
 * interrupt; a CPU whose context was paused with interrupts off cannot take
 * it, which a real one would wait for: abort. Threads: it runs on the other
 * thread at its next point, or here if nobody is on that CPU.
 */
#include <linux/cpumask.h>
#include <linux/preempt.h>

typedef void (*smp_call_func_t)(void *info);
typedef bool (*smp_cond_func_t)(int cpu, void *info);

int smp_call_function_single(int cpu, smp_call_func_t func, void *info,
			     int wait);
void on_each_cpu(smp_call_func_t func, void *info, int wait);
void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func,
		      void *info, bool wait);
void on_each_cpu_cond_mask(smp_cond_func_t cond, smp_call_func_t func,
			   void *info, bool wait, const struct cpumask *mask);
#define on_each_cpu_cond(cond, func, info, wait) \
	on_each_cpu_cond_mask(cond, func, info, wait, cpu_online_mask)
#define smp_call_function_many(mask, func, info, wait) \
	on_each_cpu_mask(mask, func, info, wait)

#define raw_smp_processor_id()	(mirror_ctx.cpu)
unsigned int mirror_processor_id(const char *file, int line);
#define smp_processor_id()	mirror_processor_id(__FILE__, __LINE__)
#define get_cpu()		({ preempt_disable(); smp_processor_id(); })
#define put_cpu()		preempt_enable()

#endif
