/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* The host's numbers, and those user space never sees. */
#ifndef MIRROR_LINUX_ERRNO_H
#define MIRROR_LINUX_ERRNO_H

#include_next <linux/errno.h>

#define ERESTARTSYS	512
#define ENOTSUPP	524
#define EPROBE_DEFER	517

#endif
