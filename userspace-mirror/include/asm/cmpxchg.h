/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* See linux/atomic.h. */
#ifndef MIRROR_ASM_CMPXCHG_H
#define MIRROR_ASM_CMPXCHG_H

#include <linux/atomic.h>

#endif
