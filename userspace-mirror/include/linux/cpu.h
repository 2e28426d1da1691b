/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Bringing CPUs up and down. */
#ifndef MIRROR_LINUX_CPU_H
#define MIRROR_LINUX_CPU_H

#include <linux/cpumask.h>
#include <linux/cpuhotplug.h>

void cpus_read_lock(void);
void cpus_read_unlock(void);
int cpus_read_trylock(void);
void lockdep_assert_cpus_held(void);
int remove_cpu(unsigned int cpu);
int add_cpu(unsigned int cpu);

#endif
