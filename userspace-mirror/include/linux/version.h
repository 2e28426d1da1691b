/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* The mirror says it is 6.12. */
#ifndef MIRROR_LINUX_VERSION_H
#define MIRROR_LINUX_VERSION_H

#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 12, 0)

#endif
