/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
#ifndef MIRROR_LINUX_DEBUG_LOCKS_H
#define MIRROR_LINUX_DEBUG_LOCKS_H

#define debug_check_no_locks_freed(from, len) ((void)(from), (void)(len))

#endif
