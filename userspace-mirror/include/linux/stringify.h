/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Text of tokens. */
#ifndef MIRROR_LINUX_STRINGIFY_H
#define MIRROR_LINUX_STRINGIFY_H

#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)

#endif
