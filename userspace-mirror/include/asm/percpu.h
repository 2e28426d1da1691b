/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See linux/percpu.h. */
#ifndef MIRROR_ASM_PERCPU_H
#define MIRROR_ASM_PERCPU_H

#include <mirror/ctx.h>

#endif
