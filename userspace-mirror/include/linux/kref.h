/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Reference counts; stricter: one that is 0 is not taken again. */
#ifndef MIRROR_LINUX_KREF_H
#define MIRROR_LINUX_KREF_H

#include <linux/atomic.h>
#include <linux/bug.h>

struct kref {
	atomic_t refcount;
};

static inline void kref_init(struct kref *kref)
{
	atomic_set(&kref->refcount, 1);
}

static inline void kref_get(struct kref *kref)
{
	if (!atomic_inc_not_zero(&kref->refcount))
		mirror_abort("kref_get() of what has no reference");
}

static inline int kref_put(struct kref *kref,
			   void (*release)(struct kref *kref))
{
	if (atomic_read(&kref->refcount) <= 0)
		mirror_abort("kref_put() of what has no reference");
	if (!atomic_dec_and_test(&kref->refcount))
		return 0;
	release(kref);
	return 1;
}

#endif
