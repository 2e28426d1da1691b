/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* NULL, offsets, sizes of fields. */
#ifndef MIRROR_LINUX_STDDEF_H
#define MIRROR_LINUX_STDDEF_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/compiler.h>

#define sizeof_field(TYPE, MEMBER) sizeof((((TYPE *)0)->MEMBER))
#define offsetofend(TYPE, MEMBER) \
	(offsetof(TYPE, MEMBER) + sizeof_field(TYPE, MEMBER))
#define struct_group(NAME, MEMBERS...) \
	union { struct { MEMBERS }; struct { MEMBERS } NAME; }
#define DECLARE_FLEX_ARRAY(TYPE, NAME) \
	struct { struct { } __empty_##NAME; TYPE NAME[]; }

#endif
