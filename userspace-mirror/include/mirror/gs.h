/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Release builds: what %gs leads to on this CPU, by one instruction each. */
#ifndef MIRROR_MIRROR_GS_H
#define MIRROR_MIRROR_GS_H

/*
 * As in the kernel, %gs is where this CPU's copies of per-CPU variables are,
 * less where their image is: what those cost there, they cost here.
 */
struct mirror_this {
	unsigned long offset;	/* what %gs is */
	unsigned int depth;	/* of sections, and MIRROR_CALLED */
};

/*
 * Another CPU waits for this one to take a call, as the kernel folds into
 * preempt_count that one is to be rescheduled. This CPU does not lock what it
 * stores into depth: the bit may be lost, so who waits sets it again.
 */
#define MIRROR_CALLED	0x80000000U

extern struct mirror_this mirror_this;	/* a per-CPU variable */

/* This CPU's copy of a variable, which may be named through a pointer. */
#define mirror_gs(var)	(*(__seg_gs typeof(var) *)(unsigned long)&(var))

/* As preempt_schedule(), it is called from where all registers are in use. */
#define mirror_called()							\
	asm volatile("call mirror_called_thunk" : : : "memory", "cc",	\
		     "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",	\
		     "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",	\
		     "xmm12", "xmm13", "xmm14", "xmm15")

#endif
