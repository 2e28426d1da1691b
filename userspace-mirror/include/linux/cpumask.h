/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Sets of CPUs; some may be offline. */
#ifndef MIRROR_LINUX_CPUMASK_H
#define MIRROR_LINUX_CPUMASK_H

#include <linux/bitmap.h>
#include <mirror/ctx.h>

#define NR_CPUS		MIRROR_MAX_CPUS
extern unsigned int nr_cpu_ids;

typedef struct cpumask {
	DECLARE_BITMAP(bits, NR_CPUS);
} cpumask_t;
typedef struct cpumask cpumask_var_t[1];

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_online_cpu(cpu)					\
	for ((cpu) = mirror_next_online(0); (cpu) < nr_cpu_ids;		\
	     (cpu) = mirror_next_online((cpu) + 1))
#define num_possible_cpus()	nr_cpu_ids
#define num_present_cpus()	nr_cpu_ids

unsigned int num_online_cpus(void);
const struct cpumask *mirror_online_mask(void);

static inline bool cpu_online(unsigned int cpu)
{
	return __atomic_load_n(&mirror_cpus[cpu].online, __ATOMIC_RELAXED);
}

static inline unsigned int mirror_next_online(unsigned int cpu)
{
	while (cpu < nr_cpu_ids && !cpu_online(cpu))
		cpu++;
	return cpu;
}

#define cpu_possible(cpu)	((cpu) < nr_cpu_ids)
#define cpu_online_mask		mirror_online_mask()

#define cpumask_bits(m)		((m)->bits)
#define alloc_cpumask_var(m, gfp) ((void)(m), true)
#define zalloc_cpumask_var(m, gfp) (cpumask_clear(*(m)), true)
#define free_cpumask_var(m)	((void)(m))
#define cpumask_of(cpu) \
	((const struct cpumask *)&(struct cpumask){ .bits = { BIT(cpu) } })

static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *m)
{
	set_bit(cpu, m->bits);
}

static inline void cpumask_clear_cpu(unsigned int cpu, struct cpumask *m)
{
	clear_bit(cpu, m->bits);
}

static inline bool cpumask_test_cpu(unsigned int cpu, const struct cpumask *m)
{
	return test_bit(cpu, m->bits);
}

static inline void cpumask_clear(struct cpumask *m)
{
	bitmap_zero(m->bits, NR_CPUS);
}

static inline unsigned int cpumask_first(const struct cpumask *m)
{
	return find_first_bit(m->bits, nr_cpu_ids);
}

static inline unsigned int cpumask_next(int n, const struct cpumask *m)
{
	return find_next_bit(m->bits, nr_cpu_ids, n + 1);
}

static inline bool cpumask_empty(const struct cpumask *m)
{
	return bitmap_empty(m->bits, nr_cpu_ids);
}

static inline unsigned int cpumask_weight(const struct cpumask *m)
{
	return bitmap_weight(m->bits, nr_cpu_ids);
}

#define for_each_cpu(cpu, mask)						\
	for ((cpu) = cpumask_first(mask); (cpu) < nr_cpu_ids;		\
	     (cpu) = cpumask_next(cpu, mask))

#endif
