/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Instructions that may fault; see src/memory.c. */
#ifndef MIRROR_ASM_ASM_H
#define MIRROR_ASM_ASM_H

/* From the instruction that faults to where it goes on then. */
#define _ASM_EXTABLE(from, to)						\
	".pushsection mirror_extable, \"aw\"\n"				\
	".balign 8\n"							\
	".quad (" #from "), (" #to ")\n"				\
	".popsection\n"

struct mirror_extable {
	unsigned long from, to;
};

extern unsigned long mirror_faults;	/* that went on elsewhere */

#endif
