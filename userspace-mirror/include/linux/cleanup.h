/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Destructors of variables. */
#ifndef MIRROR_LINUX_CLEANUP_H
#define MIRROR_LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/err.h>

#define __cleanup(func)	__attribute__((__cleanup__(func)))
#define DEFINE_FREE(_name, _type, _free)				\
	static __always_inline __maybe_unused void __free_##_name(void *p) \
	{ _type _T = *(_type *)p; _free; }
#define __free(_name)	__cleanup(__free_##_name)
#define no_free_ptr(p)	\
	({ typeof(p) __val = (p); (p) = NULL; __val; })
#define return_ptr(p)	return no_free_ptr(p)

#endif
