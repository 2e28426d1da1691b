// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that is right as long as it gets all memory that it asks for: what
 * tools/fail-each is for. A path runs when its name is written to the parameter
 * path; each allocates two frames, and if there is no second one
 *
 *   tidy    frees the first one, and fails, as it should
 *   lose    forgets the first one
 *   twice   frees the first one twice
 *   ignore  uses the second one all the same, in a thread
 *   wait    waits for somebody to free memory
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait.h>

#include <myslab/cache.h>

#define FRAME_BYTES	200

static struct myslab_cache *frames;

static int tidy(u8 *frame)
{
	myslab_cache_free(frames, frame);
	return -ENOMEM;
}

static int lose(u8 *frame)
{
	return -ENOMEM;
}

static int twice(u8 *frame)
{
	myslab_cache_free(frames, frame);
	return tidy(frame);
}

static int use_none(void *ready)
{
	u8 *none = NULL;

	OPTIMIZER_HIDE_VAR(none);
	none[FRAME_BYTES - 1] = 0;
	complete(ready);
	return 0;
}

/* The thread dies of it; whoever writes the parameter does not. */
static int ignore(u8 *frame)
{
	static DECLARE_COMPLETION(ready);
	struct task_struct *thread = kthread_run(use_none, &ready, "careless");

	if (!IS_ERR(thread))
		wait_for_completion_timeout(&ready, HZ / 4);
	return tidy(frame);
}

static int wait(u8 *frame)
{
	static DECLARE_WAIT_QUEUE_HEAD(freed);
	static bool never;

	wait_event_killable(freed, READ_ONCE(never));
	return tidy(frame);
}

static const struct {
	const char *name;
	int (*without)(u8 *frame);
} paths[] = {
	{ "tidy", tidy },
	{ "lose", lose },
	{ "twice", twice },
	{ "ignore", ignore },
	{ "wait", wait },
};

static int run(int (*without)(u8 *frame))
{
	u8 *frame, *other;

	frame = myslab_cache_alloc(frames, GFP_KERNEL);
	if (!frame)
		return -ENOMEM;
	other = myslab_cache_alloc(frames, GFP_KERNEL);
	if (!other)
		return without(frame);
	myslab_cache_free(frames, other);
	myslab_cache_free(frames, frame);
	return 0;
}

static int set_path(const char *value, const struct kernel_param *kp)
{
	unsigned int i;

	if (!frames)
		return -EAGAIN;
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		if (sysfs_streq(value, paths[i].name))
			return run(paths[i].without);
	return -EINVAL;
}

static const struct kernel_param_ops path_ops = {
	.set = set_path,
};
module_param_cb(path, &path_ops, NULL, 0200);
MODULE_PARM_DESC(path, "Run one: tidy, lose, twice, ignore or wait");

static int __init careless_init(void)
{
	struct myslab_cache *cache;

	cache = myslab_cache_create("careless-frames", FRAME_BYTES, NULL);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	frames = cache;
	return 0;
}

static void __exit careless_exit(void)
{
	myslab_cache_destroy(frames);
}

module_init(careless_init);
module_exit(careless_exit);

MODULE_DESCRIPTION("A driver with bugs where memory is short, for myslab to find");
MODULE_LICENSE("GPL");
