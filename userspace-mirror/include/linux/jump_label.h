/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See static_key.h. */
#ifndef MIRROR_LINUX_JUMP_LABEL_H
#define MIRROR_LINUX_JUMP_LABEL_H

#include <linux/static_key.h>

#endif
