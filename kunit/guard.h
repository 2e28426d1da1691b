/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites about guard pages share: a cache whose objects are guarded.
 */
#ifndef MYSLAB_KUNIT_GUARD_H
#define MYSLAB_KUNIT_GUARD_H

#include <linux/mm.h>

#include "debug.h"

#define SIZE	104

/* A cache whose objects are all guarded. */
#define new_guarded(test, args) ({					\
	struct kunit *__test = (test);					\
	struct myslab_cache *__cache;					\
									\
	if (!has_guard_pages())						\
		kunit_skip(__test, "no guard pages on this kernel");	\
	__cache = new_debugged(__test, "G", SIZE, args);		\
	KUNIT_ASSERT_NOT_NULL(__test, __cache);				\
	__cache;							\
})

/* At the end of its page, or at its start: no three are alike in a row. */
static inline u8 *find_object(struct myslab_cache *cache, bool at_end)
{
	unsigned int i;
	u8 *obj;

	for (i = 0; i < 3; i++) {
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		if (!is_vmalloc_addr(obj) || !!offset_in_page(obj) == at_end)
			break;
		myslab_cache_free(cache, obj);
	}
	return obj;
}

#define new_object(test, cache, at_end) ({				\
	u8 *__obj = find_object(cache, at_end);				\
	struct kunit *__test = (test);					\
									\
	KUNIT_ASSERT_NOT_NULL(__test, __obj);				\
	KUNIT_ASSERT_TRUE(__test, is_vmalloc_addr(__obj));		\
	__obj;								\
})

static inline bool gets_guarded(struct myslab_cache *cache)
{
	void *obj = myslab_cache_alloc(cache, GFP_KERNEL);
	bool guarded = is_vmalloc_addr(obj);

	myslab_cache_free(cache, obj);
	return guarded;
}

#endif
