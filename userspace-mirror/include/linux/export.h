/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* Everything is visible to everyone. */
#ifndef MIRROR_LINUX_EXPORT_H
#define MIRROR_LINUX_EXPORT_H

#include <linux/compiler.h>

#define EXPORT_SYMBOL(sym)		extern typeof(sym) sym
#define EXPORT_SYMBOL_GPL(sym)		extern typeof(sym) sym
#define EXPORT_SYMBOL_NS_GPL(sym, ns)	extern typeof(sym) sym
#define EXPORT_PER_CPU_SYMBOL_GPL(sym)	extern typeof(sym) sym

#endif
