// SPDX-License-Identifier: GPL-2.0
/*
 * Allocators that end with a device.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>

#include <myslab.h>

/* Have the device destroy what was made for it; at once if that fails. */
static void *owned_by(struct device *dev, void *made, void (*destroy)(void *))
{
	int err;

	if (IS_ERR(made))
		return made;
	err = devm_add_action_or_reset(dev, destroy, made);
	return err ? ERR_PTR(err) : made;
}

static void destroy_cache(void *cache)
{
	myslab_cache_destroy(cache);
}

static void destroy_arena(void *arena)
{
	myslab_arena_destroy(arena);
}

static void destroy_pool(void *pool)
{
	myslab_pool_destroy(pool);
}

static void destroy_heap(void *heap)
{
	myslab_heap_destroy(heap);
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
	return owned_by(dev, myslab_cache_create_for(owner, name, size, args),
			destroy_cache);
}
EXPORT_SYMBOL_GPL(devm_myslab_cache_create_for);

/**
 * devm_myslab_arena_create_for() - devm_myslab_arena_create() for wrappers.
 * @dev: Device whose driver detaching destroys the arena.
 * @owner: As for myslab_arena_create_for().
 * @name: As for myslab_arena_create().
 * @args: As for myslab_arena_create().
 *
 * Context: Process context, may sleep.
 * Return: The arena, or an ERR_PTR.
 */
struct myslab_arena *
devm_myslab_arena_create_for(struct device *dev, struct module *owner,
			     const char *name,
			     const struct myslab_arena_args *args)
{
	return owned_by(dev, myslab_arena_create_for(owner, name, args),
			destroy_arena);
}
EXPORT_SYMBOL_GPL(devm_myslab_arena_create_for);

/**
 * devm_myslab_pool_create_for() - devm_myslab_pool_create() for wrappers.
 * @dev: Device whose driver detaching destroys the pool.
 * @owner: As for myslab_pool_create_for().
 * @name: As for myslab_pool_create().
 * @block_size: As for myslab_pool_create().
 * @nr_blocks: As for myslab_pool_create().
 * @args: As for myslab_pool_create().
 *
 * Context: Process context, may sleep.
 * Return: The pool, or an ERR_PTR.
 */
struct myslab_pool *
devm_myslab_pool_create_for(struct device *dev, struct module *owner,
			    const char *name, size_t block_size,
			    unsigned int nr_blocks,
			    const struct myslab_pool_args *args)
{
	return owned_by(dev, myslab_pool_create_for(owner, name, block_size,
						    nr_blocks, args),
			destroy_pool);
}
EXPORT_SYMBOL_GPL(devm_myslab_pool_create_for);

/**
 * devm_myslab_heap_create_for() - devm_myslab_heap_create() for wrappers.
 * @dev: Device whose driver detaching destroys the heap.
 * @owner: As for myslab_heap_create_for().
 * @name: As for myslab_heap_create().
 * @args: As for myslab_heap_create().
 *
 * Context: Process context, may sleep.
 * Return: The heap, or an ERR_PTR.
 */
struct myslab_heap *
devm_myslab_heap_create_for(struct device *dev, struct module *owner,
			    const char *name,
			    const struct myslab_heap_args *args)
{
	return owned_by(dev, myslab_heap_create_for(owner, name, args),
			destroy_heap);
}
EXPORT_SYMBOL_GPL(devm_myslab_heap_create_for);
