/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See completion.h. */
#ifndef MIRROR_LINUX_WAIT_H
#define MIRROR_LINUX_WAIT_H

#include <linux/spinlock.h>

#endif
