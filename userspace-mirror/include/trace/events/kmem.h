/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
#ifndef MIRROR_TRACE_EVENTS_KMEM_H
#define MIRROR_TRACE_EVENTS_KMEM_H

#include <linux/gfp.h>
#include <linux/tracepoint.h>

TRACE_EVENT(kmalloc,
	    TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_req,
		     size_t bytes_alloc, gfp_t gfp_flags, int node)
);

TRACE_EVENT(kfree, TP_PROTO(unsigned long call_site, const void *ptr));

#endif
