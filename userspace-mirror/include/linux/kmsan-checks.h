/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
#ifndef MIRROR_LINUX_KMSAN_CHECKS_H
#define MIRROR_LINUX_KMSAN_CHECKS_H

#define kmsan_poison_memory(ptr, size, gfp) \
	((void)(ptr), (void)(size), (void)(gfp))

#endif
