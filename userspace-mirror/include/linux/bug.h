/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* BUG aborts, and so does a warning. */
#ifndef MIRROR_LINUX_BUG_H
#define MIRROR_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <mirror/ctx.h>

#define BUG()		mirror_abort("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(c)	do { if (unlikely(c)) BUG(); } while (0)
#define WARN(c, fmt, ...) ({						\
	bool __c = (c);							\
	if (unlikely(__c))						\
		mirror_abort("WARN at %s:%d: " fmt, __FILE__, __LINE__,	\
			     ##__VA_ARGS__);				\
	unlikely(__c); })
#define WARN_ON(c)	WARN(c, "%s", #c)
#define WARN_ON_ONCE(c)	WARN_ON(c)
#define WARN_ONCE(c, fmt, ...) WARN(c, fmt, ##__VA_ARGS__)
#define VM_BUG_ON_PAGE(c, p) BUG_ON(c)
#define VM_WARN_ON_ONCE(c) WARN_ON(c)

#endif
