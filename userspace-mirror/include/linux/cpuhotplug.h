/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Callbacks of CPUs coming and going. */
#ifndef MIRROR_LINUX_CPUHOTPLUG_H
#define MIRROR_LINUX_CPUHOTPLUG_H

#include <linux/types.h>

enum cpuhp_state {
	CPUHP_INVALID = -1,
	CPUHP_OFFLINE = 0,
	CPUHP_BP_PREPARE_DYN,
	CPUHP_BP_PREPARE_DYN_END = CPUHP_BP_PREPARE_DYN + 20,
	CPUHP_AP_ONLINE_DYN,
	CPUHP_AP_ONLINE_DYN_END = CPUHP_AP_ONLINE_DYN + 40,
};

int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu),
			int (*teardown)(unsigned int cpu));
void __cpuhp_remove_state(enum cpuhp_state state, bool invoke);

#define cpuhp_setup_state(state, name, startup, teardown) \
	__cpuhp_setup_state(state, name, true, startup, teardown)
#define cpuhp_setup_state_nocalls(state, name, startup, teardown) \
	__cpuhp_setup_state(state, name, false, startup, teardown)
#define cpuhp_remove_state(state) __cpuhp_remove_state(state, true)
#define cpuhp_remove_state_nocalls(state) __cpuhp_remove_state(state, false)

#endif
