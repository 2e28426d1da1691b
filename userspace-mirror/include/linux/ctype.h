/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* The host's. */
#ifndef MIRROR_LINUX_CTYPE_H
#define MIRROR_LINUX_CTYPE_H

#include <ctype.h>

#endif
