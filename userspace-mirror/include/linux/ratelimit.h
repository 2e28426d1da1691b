/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* Never limited. */
#ifndef MIRROR_LINUX_RATELIMIT_H
#define MIRROR_LINUX_RATELIMIT_H

#define DEFINE_RATELIMIT_STATE(n, i, b) int n __attribute__((unused))
#define __ratelimit(s)	((void)(s), 1)

#endif
