/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Names of functions. */
#ifndef MIRROR_LINUX_KALLSYMS_H
#define MIRROR_LINUX_KALLSYMS_H

#define KSYM_SYMBOL_LEN	128

#endif
