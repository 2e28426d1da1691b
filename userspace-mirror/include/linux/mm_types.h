/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* struct page, with the words that share their place. */
#ifndef MIRROR_LINUX_MM_TYPES_H
#define MIRROR_LINUX_MM_TYPES_H

#include <linux/types.h>

struct page {
	unsigned long flags;
	union {
		struct {
			union {
				struct list_head lru;
				struct list_head buddy_list;
			};
			void *mapping;
			pgoff_t index;
			unsigned long private;
		};
		struct {	/* tail pages; bit 0 is set */
			unsigned long compound_head;
		};
		struct rcu_head rcu_head;
	};
	union {
		unsigned int page_type;
		atomic_t _mapcount;
	};
	atomic_t _refcount;
	unsigned long memcg_data;
} __aligned(16);

struct folio {
	struct page page;
};

struct vm_area_struct;
struct mm_struct;

#endif
