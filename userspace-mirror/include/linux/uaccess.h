/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Reads that may fault. */
#ifndef MIRROR_LINUX_UACCESS_H
#define MIRROR_LINUX_UACCESS_H

#include <linux/mm_types.h>

bool mirror_readable(const void *src, size_t size);
extern struct page *mem_map;
extern unsigned long mirror_nr_low_pages;	/* below the hole */

#define __get_kernel_nofault(dst, src, type, err_label)			\
do {									\
	const type *__src = (const type *)(src);			\
	if (unlikely((unsigned long)__src - (unsigned long)mem_map >=	\
		     mirror_nr_low_pages * sizeof(struct page)) &&	\
	    !mirror_readable(__src, sizeof(type)))			\
		goto err_label;						\
	*(type *)(dst) = READ_ONCE(*__src);				\
} while (0)

#define get_kernel_nofault(val, ptr) ({					\
	const typeof(val) *__p = (ptr);					\
	mirror_readable(__p, sizeof(val)) ?				\
		(mirror_peek(&(val), __p, sizeof(val)), 0) : -EFAULT; })

void mirror_peek(void *dst, const void *src, size_t size);
long copy_from_kernel_nofault(void *dst, const void *src, size_t size);

unsigned long copy_from_user(void *to, const void __user *from,
			     unsigned long n);
unsigned long copy_to_user(void __user *to, const void *from, unsigned long n);

#endif
