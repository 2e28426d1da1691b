/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* The mirror counts leaks itself. */
#ifndef MIRROR_LINUX_KMEMLEAK_H
#define MIRROR_LINUX_KMEMLEAK_H

#include <linux/types.h>

#define kmemleak_alloc(ptr, size, min_count, gfp) \
	((void)(ptr), (void)(size), (void)(min_count), (void)(gfp))
#define kmemleak_free(ptr)	((void)(ptr))
#define kmemleak_free_part(ptr, size) ((void)(ptr), (void)(size))
#define kmemleak_not_leak(ptr)	((void)(ptr))
#define kmemleak_ignore(ptr)	((void)(ptr))
#define kmemleak_scan_area(ptr, size, gfp) \
	((void)(ptr), (void)(size), (void)(gfp))
#define kmemleak_no_scan(ptr)	((void)(ptr))
#define kmemleak_update_trace(ptr) ((void)(ptr))

#endif
