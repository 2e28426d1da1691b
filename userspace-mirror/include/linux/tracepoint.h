/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Nobody listens, until a test does: mirror_traced is told of each event. */
#ifndef MIRROR_LINUX_TRACEPOINT_H
#define MIRROR_LINUX_TRACEPOINT_H

#include <linux/types.h>
#include <mirror/control.h>

#define TP_PROTO(...)	__VA_ARGS__
#define TP_ARGS(...)	__VA_ARGS__
#define DECLARE_EVENT_CLASS(...)

/* All of them are about one address, which they call ptr. */
#define TRACE_EVENT(event, proto, ...)					\
static inline bool trace_##event##_enabled(void)			\
{									\
	return mirror_traced;						\
}									\
									\
static inline void trace_##event(proto)					\
{									\
	if (mirror_traced)						\
		mirror_traced(#event, ptr);				\
}									\
struct mirror_semicolon

#define DEFINE_EVENT(class, event, proto, args)				\
	TRACE_EVENT(event, TP_PROTO(proto))

#endif
