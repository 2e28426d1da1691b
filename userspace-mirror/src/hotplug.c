// SPDX-License-Identifier: GPL-2.0
/*
 * CPU hotplug: CPUs go and come when the test says so, and the callbacks run
 * in the kernel's order.
 */
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <mirror/control.h>
#include <mirror/host.h>

static struct {
	bool used;
	int (*startup)(unsigned int cpu);
	int (*teardown)(unsigned int cpu);
} hp[CPUHP_AP_ONLINE_DYN_END + 1];

int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu),
			int (*teardown)(unsigned int cpu))
{
	bool dynamic = state == CPUHP_BP_PREPARE_DYN ||
		       state == CPUHP_AP_ONLINE_DYN;
	unsigned int s = state, cpu;

	cpus_read_lock();
	while (dynamic && hp[s].used)
		s++;
	hp[s].used = true;
	hp[s].startup = startup;
	hp[s].teardown = teardown;
	if (invoke && startup)
		for_each_online_cpu(cpu)
			startup(cpu);
	cpus_read_unlock();
	return dynamic ? s : 0;
}

void __cpuhp_remove_state(enum cpuhp_state state, bool invoke)
{
	unsigned int cpu;

	cpus_read_lock();
	if (invoke && hp[state].teardown)
		for_each_online_cpu(cpu)
			hp[state].teardown(cpu);
	hp[state].used = false;
	hp[state].startup = NULL;
	hp[state].teardown = NULL;
	cpus_read_unlock();
}

static void call_states(unsigned int cpu, bool up, int from, int to)
{
	int s, step = up ? 1 : -1;

	for (s = up ? from : to; s >= from && s <= to; s += step) {
		if (up && hp[s].startup)
			hp[s].startup(cpu);
		else if (!up && hp[s].teardown)
			hp[s].teardown(cpu);
	}
}

/*
 * Online states are left on the CPU itself, while it is still there; those of
 * the preparation after its death, from another.
 */
int remove_cpu(unsigned int cpu)
{
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return 0;
	if (num_online_cpus() == 1)
		return -EBUSY;
	mirror_cpus_write_lock();
	call_states(cpu, false, CPUHP_AP_ONLINE_DYN, CPUHP_AP_ONLINE_DYN_END);
	mirror_cpu_evacuate(cpu);
	WRITE_ONCE(mirror_cpus[cpu].online, false);
	call_states(cpu, false, CPUHP_BP_PREPARE_DYN, CPUHP_BP_PREPARE_DYN_END);
	mirror_cpus_write_unlock();
	return 0;
}

int add_cpu(unsigned int cpu)
{
	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	if (cpu_online(cpu))
		return 0;
	mirror_cpus_write_lock();
	call_states(cpu, true, CPUHP_BP_PREPARE_DYN, CPUHP_BP_PREPARE_DYN_END);
	WRITE_ONCE(mirror_cpus[cpu].online, true);
	mirror_cpu_revive(cpu);
	call_states(cpu, true, CPUHP_AP_ONLINE_DYN, CPUHP_AP_ONLINE_DYN_END);
	mirror_cpus_write_unlock();
	return 0;
}
