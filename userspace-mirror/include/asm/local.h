/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Counters of a CPU: one instruction, so no interrupt comes between. */
#ifndef MIRROR_ASM_LOCAL_H
#define MIRROR_ASM_LOCAL_H

#include <linux/atomic.h>

typedef struct {
	atomic_long_t a;
} local_t;

#define LOCAL_INIT(i)	{ ATOMIC_LONG_INIT(i) }
#define local_read(l)	atomic_long_read(&(l)->a)
#define local_set(l, i)	atomic_long_set(&(l)->a, i)
#ifdef MIRROR_RELEASE
/* Nothing interrupts a thread in the middle, and nobody else writes. */
#define local_add(i, l)	((void)((l)->a.counter += (i)))
#else
#define local_add(i, l)	atomic_long_add(i, &(l)->a)
#endif
#define local_sub(i, l)	local_add(-(long)(i), l)
#define local_inc(l)	local_add(1, l)
#define local_dec(l)	local_add(-1, l)
#define local_add_return(i, l) atomic_long_add_return(i, &(l)->a)

#endif
