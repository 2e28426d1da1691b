/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* AddressSanitizer of the host looks instead. */
#ifndef MIRROR_LINUX_KASAN_H
#define MIRROR_LINUX_KASAN_H

#endif
