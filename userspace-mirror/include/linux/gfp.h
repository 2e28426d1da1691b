/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Pages from the simulated physical memory. */
#ifndef MIRROR_LINUX_GFP_H
#define MIRROR_LINUX_GFP_H

#include <linux/gfp_types.h>
#include <linux/mmzone.h>
#include <linux/topology.h>

struct page;

static inline bool gfpflags_allow_blocking(const gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

static inline bool gfpflags_normal_context(const gfp_t gfp)
{
	return (gfp & (__GFP_DIRECT_RECLAIM | __GFP_MEMALLOC)) ==
	       __GFP_DIRECT_RECLAIM;
}

struct page *mirror_alloc_pages(gfp_t gfp, unsigned int order, int nid);
void __free_pages(struct page *page, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);

#define alloc_pages_node(nid, gfp, order) mirror_alloc_pages(gfp, order, nid)
#define __alloc_pages_node(nid, gfp, order) mirror_alloc_pages(gfp, order, nid)
#define alloc_pages(gfp, order)	mirror_alloc_pages(gfp, order, NUMA_NO_NODE)
#define alloc_page(gfp)		alloc_pages(gfp, 0)
#define __free_page(page)	__free_pages(page, 0)
#define free_page(addr)		free_pages(addr, 0)
#define __get_free_page(gfp)	__get_free_pages(gfp, 0)

#endif
