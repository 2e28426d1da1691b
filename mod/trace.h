/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Our tracepoints. Objects are named as reports name them, cache#slab.index.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM myslab

#if !defined(MYSLAB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MYSLAB_TRACE_H

#include <linux/tracepoint.h>

#include "compat.h"

DECLARE_EVENT_CLASS(myslab_object,
		    TP_PROTO(const char *cache, u32 slab, unsigned int idx,
			     const void *ptr, unsigned int bytes,
			     unsigned long site),
		    TP_ARGS(cache, slab, idx, ptr, bytes, site),
		    TP_STRUCT__entry(__string(cache, cache)
				     __field(u32, slab)
				     __field(unsigned int, idx)
				     __field(const void *, ptr)
				     __field(unsigned int, bytes)
				     __field(unsigned long, site)),
		    TP_fast_assign(myslab_assign_str(cache, cache);
				   __entry->slab = slab;
				   __entry->idx = idx;
				   __entry->ptr = ptr;
				   __entry->bytes = bytes;
				   __entry->site = site;),
		    TP_printk("%s#%u.%u ptr=%p bytes=%u call_site=%pS",
			      __get_str(cache), __entry->slab, __entry->idx,
			      __entry->ptr, __entry->bytes,
			      (void *)__entry->site)
);

DEFINE_EVENT(myslab_object, myslab_alloc,
	     TP_PROTO(const char *cache, u32 slab, unsigned int idx,
		      const void *ptr, unsigned int bytes, unsigned long site),
	     TP_ARGS(cache, slab, idx, ptr, bytes, site)
);

DEFINE_EVENT(myslab_object, myslab_free,
	     TP_PROTO(const char *cache, u32 slab, unsigned int idx,
		      const void *ptr, unsigned int bytes, unsigned long site),
	     TP_ARGS(cache, slab, idx, ptr, bytes, site)
);

/* Each of them, whatever is printed. */
TRACE_EVENT(myslab_finding,
	    TP_PROTO(const char *kind, const char *allocator, const char *name,
		     const void *ptr),
	    TP_ARGS(kind, allocator, name, ptr),
	    TP_STRUCT__entry(__string(kind, kind)
			     __string(allocator, allocator)
			     __string(name, name)
			     __field(const void *, ptr)),
	    TP_fast_assign(myslab_assign_str(kind, kind);
			   myslab_assign_str(allocator, allocator);
			   myslab_assign_str(name, name);
			   __entry->ptr = ptr;),
	    TP_printk("%s: %s %s: object %p", __get_str(kind),
		      __get_str(allocator), __get_str(name), __entry->ptr)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
