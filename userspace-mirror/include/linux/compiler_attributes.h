/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* See compiler.h. */
#ifndef MIRROR_LINUX_COMPILER_ATTRIBUTES_H
#define MIRROR_LINUX_COMPILER_ATTRIBUTES_H

#include <linux/compiler.h>

#endif
