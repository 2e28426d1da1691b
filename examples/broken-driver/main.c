// SPDX-License-Identifier: GPL-2.0
/*
 * A driver with five bugs, each of which runs when its name is written to the
 * parameter bug:
 *
 *   overrun   writes one byte behind a frame
 *   underrun  writes one byte before a frame
 *   stale     writes to a frame that it has freed
 *   twice     frees a frame a second time, with another free in between
 *   forget    loses a frame
 *
 * Nobody says a word about the first three on a stock kernel, until the driver
 * is debugged while it runs:
 *
 *   echo 'full,@myslab_broken' >/proc/myslab/debug
 *
 * What they hit before that are other frames of the driver: their contents do
 * not matter to it.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

#include <myslab/cache.h>

#define FRAME_BYTES	200

static struct myslab_cache *frames;

static u8 *new_frame(void)
{
	u8 *frame = myslab_cache_alloc(frames, GFP_KERNEL);

	if (frame)
		memset(frame, 0x11, FRAME_BYTES);
	return frame;
}

/* What was there is not there any more, whatever it was. */
static void scribble(u8 *byte)
{
	*byte ^= 0x55;
}

static void overrun(u8 *frame, u8 *other)
{
	scribble(frame + FRAME_BYTES);
	myslab_cache_free(frames, frame);
	myslab_cache_free(frames, other);
}

static void underrun(u8 *frame, u8 *other)
{
	/* Before the first frame of a page lies what is not the driver's. */
	if (!offset_in_page(frame))
		swap(frame, other);
	scribble(frame - 1);
	myslab_cache_free(frames, frame);
	myslab_cache_free(frames, other);
}

static void stale(u8 *frame, u8 *other)
{
	myslab_cache_free(frames, frame);
	myslab_cache_free(frames, other);
	scribble(frame + 100);
}

static void twice(u8 *frame, u8 *other)
{
	myslab_cache_free(frames, frame);
	myslab_cache_free(frames, other);
	myslab_cache_free(frames, frame);
}

static void forget(u8 *frame, u8 *other)
{
	myslab_cache_free(frames, other);
}

static const struct {
	const char *name;
	void (*run)(u8 *frame, u8 *other);
} bugs[] = {
	{ "overrun", overrun },
	{ "underrun", underrun },
	{ "stale", stale },
	{ "twice", twice },
	{ "forget", forget },
};

static int run(void (*bug)(u8 *frame, u8 *other))
{
	u8 *frame = new_frame(), *other = new_frame();

	if (frame && other) {
		bug(frame, other);
		return 0;
	}
	myslab_cache_free(frames, frame);
	myslab_cache_free(frames, other);
	return -ENOMEM;
}

static int set_bug(const char *value, const struct kernel_param *kp)
{
	unsigned int i;

	if (!frames)
		return -EAGAIN;
	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		if (sysfs_streq(value, bugs[i].name))
			return run(bugs[i].run);
	return -EINVAL;
}

static const struct kernel_param_ops bug_ops = {
	.set = set_bug,
};
module_param_cb(bug, &bug_ops, NULL, 0200);
MODULE_PARM_DESC(bug, "Run one: overrun, underrun, stale, twice or forget");

static int __init broken_init(void)
{
	struct myslab_cache *cache;

	cache = myslab_cache_create("broken-frames", FRAME_BYTES, NULL);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	frames = cache;
	return 0;
}
module_init(broken_init);

/* Parameters are gone by now, so nobody runs a bug. */
static void __exit broken_exit(void)
{
	myslab_cache_destroy(frames);
}
module_exit(broken_exit);

MODULE_DESCRIPTION("A driver with bugs that myslab finds");
MODULE_LICENSE("GPL");
