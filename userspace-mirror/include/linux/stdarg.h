/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
#ifndef MIRROR_LINUX_STDARG_H
#define MIRROR_LINUX_STDARG_H

#include <stdarg.h>

#endif
