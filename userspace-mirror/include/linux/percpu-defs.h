/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See percpu.h. */
#ifndef MIRROR_LINUX_PERCPU_DEFS_H
#define MIRROR_LINUX_PERCPU_DEFS_H

#include <linux/percpu.h>

#endif
