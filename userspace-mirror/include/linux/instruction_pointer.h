/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Where a function returns to. */
#ifndef MIRROR_LINUX_INSTRUCTION_POINTER_H
#define MIRROR_LINUX_INSTRUCTION_POINTER_H

#define _RET_IP_	((unsigned long)__builtin_return_address(0))

#endif
