// SPDX-License-Identifier: GPL-2.0
/*
 * Caches that end with a device.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>

#include <myslab/cache.h>

static void destroy_cache(void *cache)
{
	myslab_cache_destroy(cache);
}

/**
 * devm_myslab_cache_create_for() - devm_myslab_cache_create() for wrappers.
 * @dev: Device whose driver detaching destroys the cache.
 * @owner: As for myslab_cache_create_for().
 * @name: As for myslab_cache_create().
 * @size: As for myslab_cache_create().
 * @args: As for myslab_cache_create().
 *
 * Context: Process context, may sleep.
 * Return: The cache, or an ERR_PTR.
 */
struct myslab_cache *
devm_myslab_cache_create_for(struct device *dev, struct module *owner,
			     const char *name, size_t size,
			     const struct myslab_cache_args *args)
{
	struct myslab_cache *cache;
	int err;

	cache = myslab_cache_create_for(owner, name, size, args);
	if (IS_ERR(cache))
		return cache;
	err = devm_add_action_or_reset(dev, destroy_cache, cache);
	return err ? ERR_PTR(err) : cache;
}
EXPORT_SYMBOL_GPL(devm_myslab_cache_create_for);
