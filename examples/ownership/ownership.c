// SPDX-License-Identifier: GPL-2.0
/*
 * Who destroys what: allocators that end with their device, or with the scope
 * they were made in. Both ways fail half-way here, on purpose, and leave
 * nothing behind; the third device lives until the module goes.
 */
#include <linux/device.h>
#include <linux/module.h>

#include <myslab.h>

static struct device *device;

/* A probe as a driver has it: not a word about what an error must undo. */
static int probe(struct device *dev, bool fails)
{
	struct myslab_cache *cache;
	struct myslab_arena *arena;
	struct myslab_pool *pool;
	struct myslab_heap *heap;

	cache = devm_myslab_cache_create(dev, "owned", 100, NULL);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	arena = devm_myslab_arena_create(dev, "owned", NULL);
	if (IS_ERR(arena))
		return PTR_ERR(arena);
	pool = devm_myslab_pool_create(dev, "owned", 64, 16, NULL);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	if (fails)
		return -EIO;
	heap = devm_myslab_heap_create(dev, "owned", NULL);
	return PTR_ERR_OR_ZERO(heap);
}

/* Attach and detach as the driver core does around probe. */
static struct device *attach(const char *name, bool fails)
{
	struct device *dev = root_device_register(name);
	int err;

	if (IS_ERR(dev))
		return dev;
	err = probe(dev, fails);
	if (!err)
		return dev;
	pr_info("ownership: probe of %s failed: %d\n", name, err);
	root_device_unregister(dev);
	return ERR_PTR(err);
}

/* Whatever way this function is left, its allocators are destroyed. */
static int in_a_scope(bool fails)
{
	struct myslab_cache *cache __free(myslab_cache) =
		myslab_cache_create("scoped", 100, NULL);
	struct myslab_arena *arena __free(myslab_arena) =
		myslab_arena_create("scoped", NULL);
	struct myslab_pool *pool __free(myslab_pool) =
		myslab_pool_create("scoped", 64, 16, NULL);
	struct myslab_heap *heap __free(myslab_heap) =
		myslab_heap_create("scoped", NULL);

	if (IS_ERR(cache) || IS_ERR(arena) || IS_ERR(pool) || IS_ERR(heap))
		return -ENOMEM;
	return fails ? -EIO : 0;
}

static int __init ownership_init(void)
{
	pr_info("ownership: a scope left with %d, then with %d\n",
		in_a_scope(true), in_a_scope(false));

	if (!IS_ERR(attach("ownership-fails", true)))
		return -EINVAL;
	device = attach("ownership", false);
	if (IS_ERR(device))
		return PTR_ERR(device);
	pr_info("ownership: probe of ownership succeeded\n");
	return 0;
}
module_init(ownership_init);

static void __exit ownership_exit(void)
{
	root_device_unregister(device);
	pr_info("ownership: the device is gone, and what it owned\n");
}
module_exit(ownership_exit);

MODULE_DESCRIPTION("Allocators of myslab that end with a device or a scope");
MODULE_LICENSE("GPL");
