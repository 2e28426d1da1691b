/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Constants. */
#ifndef MIRROR_LINUX_CONST_H
#define MIRROR_LINUX_CONST_H

#define UL(x)	(x##UL)
#define ULL(x)	(x##ULL)
#define _UL(x)	(x##UL)
#define _AC(X, Y) (X##Y)

#endif
