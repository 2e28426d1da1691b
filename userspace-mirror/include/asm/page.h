/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Pages of 4 KiB and where the direct map starts. */
#ifndef MIRROR_ASM_PAGE_H
#define MIRROR_ASM_PAGE_H

#include <linux/const.h>

#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

extern unsigned long mirror_page_offset;
#define PAGE_OFFSET	mirror_page_offset
#define TASK_SIZE_MAX	0x10000UL
#define TASK_SIZE	TASK_SIZE_MAX

#endif
