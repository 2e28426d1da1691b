// SPDX-License-Identifier: GPL-2.0
/* The smallest complete client of myslab: one cache, one object. */
#include <linux/module.h>
#include <myslab/cache.h>

static struct myslab_cache *cache;

static int __init minimal_init(void)
{
	u64 *counter;

	cache = myslab_cache_create("minimal", sizeof(*counter), NULL);
	if (IS_ERR(cache))
		return PTR_ERR(cache);

	counter = myslab_cache_zalloc(cache, GFP_KERNEL);
	pr_info("minimal: one object at %p\n", counter);
	myslab_cache_free(cache, counter);
	return 0;
}
module_init(minimal_init);

static void __exit minimal_exit(void)
{
	myslab_cache_destroy(cache);
}
module_exit(minimal_exit);

MODULE_DESCRIPTION("The smallest client of myslab");
MODULE_LICENSE("GPL");
