/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* What an allocation may do. */
#ifndef MIRROR_LINUX_SCHED_MM_H
#define MIRROR_LINUX_SCHED_MM_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/sched.h>

static inline void might_alloc(gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		mirror_might_sleep("an allocation that may");
}

#define PF_MEMALLOC_NOFS	0x00040000
#define PF_MEMALLOC_NOIO	0x00080000

static inline unsigned int mirror_memalloc_save(unsigned int flag)
{
	unsigned int old = current->flags & flag;

	current->flags |= flag;
	return old;
}

static inline void mirror_memalloc_restore(unsigned int flag, unsigned int old)
{
	current->flags = (current->flags & ~flag) | old;
}

#define memalloc_nofs_save()	mirror_memalloc_save(PF_MEMALLOC_NOFS)
#define memalloc_nofs_restore(f) mirror_memalloc_restore(PF_MEMALLOC_NOFS, f)
#define memalloc_noio_save()	mirror_memalloc_save(PF_MEMALLOC_NOIO)
#define memalloc_noio_restore(f) mirror_memalloc_restore(PF_MEMALLOC_NOIO, f)
#define memalloc_noreclaim_save() mirror_memalloc_save(PF_MEMALLOC)
#define memalloc_noreclaim_restore(f) mirror_memalloc_restore(PF_MEMALLOC, f)

static inline gfp_t current_gfp_context(gfp_t gfp)
{
	if (current->flags & PF_MEMALLOC_NOIO)
		gfp &= ~(__GFP_IO | __GFP_FS);
	else if (current->flags & PF_MEMALLOC_NOFS)
		gfp &= ~__GFP_FS;
	return gfp;
}

#endif
