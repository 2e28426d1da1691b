// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls on heaps, beside a model that knows for each block its size and
 * what its bytes are: from any context, with canaries switched on and off, at
 * a limit, with allocations that fail, sizes from a byte to megabytes.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

#define STEPS		100000
#define MAX_BLOCKS	600
#define EDGE		64	/* bytes that are filled at both ends */

struct model_block {
	u8 *p;
	size_t size;		/* asked for */
	u8 tag;
};

static struct {
	struct myslab_heap *heap;
	struct model_block blocks[MAX_BLOCKS];
	unsigned int nr;
	unsigned long requested;
	unsigned int max;
	unsigned int reports;
	const char *wrong;	/* the first thing that was */
	u8 next_tag;
} model;

static u32 any(u32 below)
{
	return mirror_random() % below;
}

static size_t any_size(void)
{
	static const u32 limits[] = {
		16, 64, 64, 512, 512, 4096, 16384, 70000, SZ_256K,
	};

	if (any(400) == 0)
		return 1 + any(SZ_1M * 5);
	if (any(8) == 0)
		return 1UL << any(17);
	return 1 + any(limits[any(ARRAY_SIZE(limits))]);
}

static gfp_t any_gfp(void)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC, GFP_NOFS,
	};

	return in_interrupt() ? GFP_ATOMIC : gfps[any(ARRAY_SIZE(gfps))];
}

static void fill(struct model_block *b)
{
	size_t edge = min_t(size_t, b->size, EDGE);

	memset(b->p, b->tag, edge);
	memset(b->p + b->size - edge, b->tag, edge);
}

static bool intact(const struct model_block *b, size_t size)
{
	size_t edge = min_t(size_t, b->size, EDGE);

	if (size < b->size)
		return !memchr_inv(b->p, b->tag, min(edge, size));
	return !memchr_inv(b->p, b->tag, edge) &&
	       !memchr_inv(b->p + b->size - edge, b->tag, edge);
}

static void check_place(const struct model_block *b, size_t align)
{
	size_t usable = myslab_heap_size(model.heap, b->p);

	/* What was resized may stay where it is. */
	if (align && is_power_of_2(b->size))
		align = max(align, min(b->size, PAGE_SIZE));
	if (!IS_ALIGNED((unsigned long)b->p, max(align, 8UL)))
		model.wrong = "a block is not aligned";
	if (usable < b->size)
		model.wrong = "a block is smaller than asked for";
}

static void got(void *p, size_t size, size_t align, bool zero)
{
	struct model_block *b = &model.blocks[model.nr];

	if (!p)
		return;
	*b = (struct model_block){ p, size, ++model.next_tag };
	check_place(b, align);
	if (zero && memchr_inv(p, 0, myslab_heap_size(model.heap, p)))
		model.wrong = "what was to be zero is not";
	fill(b);
	model.nr++;
	model.requested += size;
}

static struct model_block *pick(void)
{
	struct model_block *b = &model.blocks[any(model.nr)];

	if (!intact(b, b->size))
		model.wrong = "a block that a client had was written to";
	return b;
}

static void drop(struct model_block *b)
{
	model.requested -= b->size;
	*b = model.blocks[--model.nr];
}

static void step_alloc(void *unused)
{
	size_t size = any_size();

	got(myslab_heap_alloc(model.heap, size, any_gfp()), size, 8, false);
}

static void step_zalloc(void *unused)
{
	size_t size = any_size();

	got(myslab_heap_zalloc(model.heap, size, any_gfp()), size, 8, true);
}

static void step_calloc(void *unused)
{
	size_t n = 1 + any(100), size = 1 + any(100);

	got(myslab_heap_calloc(model.heap, n, size, any_gfp()), n * size, 8,
	    true);
}

static void step_aligned(void *unused)
{
	size_t size = any_size(), align = 1UL << any(15);

	if (any(100) == 0)
		align = 1UL << any(21);
	got(myslab_heap_alloc_aligned(model.heap, size, align, any_gfp()),
	    size, align, false);
}

static void step_strcat(void *unused)
{
	char *s = myslab_heap_strcat(model.heap, "left, ", "right", any_gfp());

	if (s && strcmp(s, "left, right"))
		model.wrong = "strcat joined badly";
	got(s, sizeof("left, right"), 8, false);
}

static void step_free(void *unused)
{
	struct model_block *b;

	if (!model.nr)
		return;
	b = pick();
	myslab_heap_free(model.heap, b->p);
	drop(b);
}

/* What was there stays, what is added is zero if that was asked for. */
static void step_realloc(void *unused)
{
	gfp_t gfp = any_gfp() | (any(2) ? __GFP_ZERO : 0);
	struct model_block *b, old;
	size_t size = any_size();
	void *p;

	if (!model.nr)
		return;
	b = pick();
	old = *b;
	if (any(2))
		size = 1 + any(old.size * 2);
	p = myslab_heap_realloc(model.heap, old.p, size, gfp);
	if (!p) {
		if (size < old.size || !intact(b, b->size))
			model.wrong = "a failed realloc changed the block";
		return;
	}
	old.p = p;
	if (!intact(&old, size))
		model.wrong = "realloc lost what was in the block";
	if ((gfp & __GFP_ZERO) && size > old.size &&
	    memchr_inv(p + old.size, 0, size - old.size))
		model.wrong = "realloc added what is not zero";
	drop(b);
	got(p, size, 0, false);
}

static void (*const steps[])(void *) = {
	step_alloc, step_free, step_alloc, step_free, step_realloc,
	step_free, step_zalloc, step_free, step_calloc, step_aligned,
	step_free, step_strcat, step_realloc,
};

static void check_stat(void)
{
	struct myslab_heap_stat stat;

	myslab_heap_stat(model.heap, &stat);
	if (stat.blocks != model.nr || stat.bytes_requested != model.requested)
		model.wrong = "the counts of blocks or bytes are not exact";
	if (stat.bytes_used < stat.bytes_requested ||
	    stat.bytes_used + stat.bytes_free > stat.pages * PAGE_SIZE)
		model.wrong = "the counts contradict each other";
	if (model.max && stat.pages > model.max)
		model.wrong = "the limit was exceeded";
}

static void seldom(void)
{
	if (any(50) == 0)
		myslab_heap_set_canaries(model.heap, any(2));
	if (any(200) == 0)
		myslab_heap_trim(model.heap);
	if (any(200) == 0)
		mirror_shrink(GFP_KERNEL, 1 + any(100));
	if (any(500) == 0)
		mirror_advance(HZ);
	if (any(100) == 0)
		check_stat();
	mirror_fail_one_in(any(20) ? 0 : 1 + any(5));
}

static void step(void)
{
	void (*fn)(void *) = steps[any(ARRAY_SIZE(steps))];

	if (model.nr >= MAX_BLOCKS - 1)
		fn = step_free;
	if (any(8) == 0)
		mirror_interrupt(any(2) ? MIRROR_HARDIRQ : MIRROR_SOFTIRQ, fn,
				 NULL);
	else
		fn(NULL);
	if (any(30) == 0)
		mirror_set_cpu(any(4));
	seldom();
}

static void run(struct kunit *test, const struct myslab_heap_args *args)
{
	struct myslab_heap_stat stat;
	unsigned int i;

	model.heap = myslab_heap_create("model", args);
	KUNIT_ASSERT_FALSE(test, IS_ERR(model.heap));
	model.max = args->limit >> PAGE_SHIFT;
	for (i = 0; i < STEPS && !model.wrong; i++)
		step();
	mirror_fail_one_in(0);
	check_stat();
	KUNIT_EXPECT_TRUE_MSG(test, !model.wrong, "step %u: %s", i,
			      model.wrong ? : "");
	while (model.nr)
		step_free(NULL);
	myslab_heap_trim(model.heap);
	myslab_heap_stat(model.heap, &stat);
	KUNIT_EXPECT_EQ(test, stat.pages, 0UL);
	KUNIT_EXPECT_EQ(test, stat.bytes_requested, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, stat.frees);
	kunit_info(test, "%lu blocks, %lu calls failed", stat.allocs,
		   stat.failures);
	myslab_heap_destroy(model.heap);
	KUNIT_EXPECT_EQ(test, model.reports, 0U);
}

static void a_heap_does_what_a_model_does(struct kunit *test)
{
	run(test, &(struct myslab_heap_args){ });
}

static void a_guarded_heap_does_what_a_model_does(struct kunit *test)
{
	run(test, &(struct myslab_heap_args){ .flags = MYSLAB_HEAP_CANARY });
}

static void a_limited_heap_does_what_a_model_does(struct kunit *test)
{
	run(test, &(struct myslab_heap_args){ .limit = SZ_1M });
}

static int count_report(struct notifier_block *nb, unsigned long kind,
			void *data)
{
	model.reports++;
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = count_report };

static int model_init(struct kunit *test)
{
	memset(&model, 0, sizeof(model));
	return myslab_report_register(&nb);
}

static void model_exit(struct kunit *test)
{
	mirror_fail_one_in(0);
	myslab_report_unregister(&nb);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(a_heap_does_what_a_model_does),
	KUNIT_CASE(a_guarded_heap_does_what_a_model_does),
	KUNIT_CASE(a_limited_heap_does_what_a_model_does),
	{}
};

static struct kunit_suite model_suite = {
	.name = "mirror_heap_model",
	.init = model_init,
	.exit = model_exit,
	.test_cases = model_cases,
};

kunit_test_suite(model_suite);

MODULE_LICENSE("GPL");
