// SPDX-License-Identifier: GPL-2.0
/*
 * Letter T: objects of a side in traces, through tracepoints of ours and
 * through the kernel's for kmalloc() and kfree(), so that tools which know only
 * those see them: perf kmem, trace-cmd, memleak of bcc. Where nobody listens
 * not even the caller is looked for.
 */
#include <linux/slab.h>

#include <trace/events/kmem.h>

#include "debug.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define emit(event, object, site)					\
do {									\
	const struct myslab_object *__o = (object);			\
									\
	trace_myslab_##event(__o->side->parent->self.name,		\
			     __o->slab->serial, __o->idx, __o->start,	\
			     __o->side->cache.size, site);		\
} while (0)

/* Context: Any, NMI too. */
void myslab_trace_out(const struct myslab_object *o, gfp_t gfp,
		      unsigned long caller)
{
	const struct myslab_cache *cache = &o->side->cache;
	unsigned long site;

	if (!trace_kmalloc_enabled() && !trace_myslab_alloc_enabled())
		return;
	site = caller ? : myslab_track_caller();
	trace_kmalloc(site, o->start, cache->size, cache->layout.stride, gfp,
		      NUMA_NO_NODE);
	emit(alloc, o, site);
}

/* The same, and under a lock of ours. */
void myslab_trace_back(const struct myslab_object *o)
{
	unsigned long site;

	if (!trace_kfree_enabled() && !trace_myslab_free_enabled())
		return;
	site = myslab_track_caller();
	trace_kfree(site, o->start);
	emit(free, o, site);
}
