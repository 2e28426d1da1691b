// SPDX-License-Identifier: GPL-2.0
/*
 * Hardened usercopy of <myslab/dropin.h>: a copy to or from user space stays
 * within the bytes of one object that its cache was created to have copied.
 */
#include <linux/export.h>
#include <linux/rcupdate.h>

#include <myslab/dropin_calls.h>

#include "cache.h"
#include "debug.h"
#include "dropin.h"
#include "owner.h"
#include "report.h"

/**
 * myslab_dropin_for_user() - Let bytes of a new cache's objects be copied.
 * @cache: The cache, or %NULL.
 * @offset: The first of them in an object.
 * @size: How many; 0: none may, as is so without this call.
 *
 * Context: Any.
 * Return: @cache.
 */
struct myslab_cache *
myslab_dropin_for_user(struct myslab_cache *cache, unsigned int offset,
		       unsigned int size)
{
	if (cache) {
		cache->user_offset = offset;
		cache->user_size = size;
	}
	return cache;
}
EXPORT_SYMBOL_GPL(myslab_dropin_for_user);

static void report_refused(struct myslab_cache *cache, const void *p, size_t n)
{
	char text[MYSLAB_DESCRIBED];

	rcu_read_lock();
	myslab_owner_describe(&cache->self, p, text, sizeof(text));
	rcu_read_unlock();
	myslab_report_cache(MYSLAB_BAD_ARGS, cache, p,
			    "not copied for user space: %zu bytes %s; of an object %u at +%u may be",
			    n, text, cache->user_size, cache->user_offset);
}

/**
 * myslab_check_usercopy() - May this be copied to or from user space?
 * @p: Where in memory of any kind.
 * @n: How many bytes; 0 always may.
 *
 * Memory that is no cache's is the core's to check.
 *
 * Context: Any context except NMI.
 * Return: false if it leaves what may be copied of an object, which is
 *	   reported as a refused call.
 */
bool myslab_check_usercopy(const void *p, size_t n)
{
	struct myslab_allocator *owner = myslab_dropin_owner(p);
	struct myslab_cache *cache;
	long in;

	if (!n || !owner || owner->type != &myslab_cache_type)
		return true;
	cache = myslab_cache_of(owner);
	in = myslab_cache_offset(owner, p) - cache->user_offset;
	if (in >= 0 && in <= cache->user_size && n <= cache->user_size - in)
		return true;
	report_refused(cache, p, n);
	return false;
}
EXPORT_SYMBOL_GPL(myslab_check_usercopy);
