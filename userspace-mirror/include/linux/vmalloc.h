/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Memory outside the direct map. */
#ifndef MIRROR_LINUX_VMALLOC_H
#define MIRROR_LINUX_VMALLOC_H

#include <linux/types.h>

void *vmalloc(unsigned long size);
void *__vmalloc(unsigned long size, gfp_t gfp);
void *vzalloc(unsigned long size);
void vfree(const void *addr);
bool is_vmalloc_addr(const void *x);
bool is_vmalloc_or_module_addr(const void *x);

#endif
