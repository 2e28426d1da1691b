/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* ThreadSanitizer of the host looks instead. */
#ifndef MIRROR_LINUX_KCSAN_CHECKS_H
#define MIRROR_LINUX_KCSAN_CHECKS_H

#define KCSAN_ACCESS_WRITE	1
#define KCSAN_ACCESS_ASSERT	8
#define __kcsan_check_access(ptr, size, type) \
	((void)(ptr), (void)(size), (void)(type))

#endif
