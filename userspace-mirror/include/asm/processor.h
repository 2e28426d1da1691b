/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See linux/processor.h. */
#ifndef MIRROR_ASM_PROCESSOR_H
#define MIRROR_ASM_PROCESSOR_H

#include <linux/processor.h>

#endif
