/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* The options of Debian's kernel that the core looks at. */
#ifndef MIRROR_LINUX_KCONFIG_H
#define MIRROR_LINUX_KCONFIG_H

/* Force-included before every file, as Kbuild does. */
#define CONFIG_64BIT 1
#define CONFIG_X86 1
#define CONFIG_X86_64 1
#define CONFIG_SMP 1
#define CONFIG_NUMA 1
#define CONFIG_MMU 1
#define CONFIG_PREEMPT_COUNT 1
#define CONFIG_HOTPLUG_CPU 1
#define CONFIG_SPARSEMEM_VMEMMAP 1
#define CONFIG_MODULES 1
#define CONFIG_MODULE_UNLOAD 1
#define CONFIG_PROC_FS 1
#define CONFIG_SYSFS 1
#define CONFIG_STACKTRACE 1
#define CONFIG_ZONE_DMA 1
#define CONFIG_ZONE_DMA32 1
#define CONFIG_HZ 250

#define __ARG_PLACEHOLDER_1 0,
#define __take_second_arg(__ignored, val, ...) val
#define __is_defined(x) ___is_defined(x)
#define ___is_defined(val) ____is_defined(__ARG_PLACEHOLDER_##val)
#define ____is_defined(junk) __take_second_arg(junk 1, 0)
#define IS_BUILTIN(option) __is_defined(option)
#define IS_MODULE(option) __is_defined(option##_MODULE)
#define IS_REACHABLE(option) IS_BUILTIN(option)
#define IS_ENABLED(option) __is_defined(option)

#endif
