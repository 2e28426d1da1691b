// SPDX-License-Identifier: GPL-2.0
/*
 * A journal of messages of any length: each a string in a heap of its own, the
 * array of them in the same heap. The heap has a limit, so that a flood of
 * messages fails here and not in the whole machine.
 */
#include <linux/module.h>
#include <linux/sizes.h>
#include <myslab/vec.h>

static struct myslab_heap *heap;
static struct myslab_vec journal;
static char *name;

/* Whoever calls this is where debugging says that the block came from. */
static noinline void *new_block(size_t size)
{
	return myslab_heap_alloc_caller(heap, size, GFP_KERNEL, _RET_IP_);
}

static char *new_name(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = new_block(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

static int note(const char *who, const char *what)
{
	char *text = myslab_heap_strcat(heap, who, what, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	err = myslab_vec_push(&journal, &text, GFP_KERNEL);
	if (err)
		myslab_heap_free(heap, text);
	return err;
}

static void forget(void)
{
	char *text;

	while (!myslab_vec_pop(&journal, &text))
		myslab_heap_free(heap, text);
	myslab_vec_destroy(&journal);
	myslab_heap_free(heap, name);
}

static int __init example_init(void)
{
	struct myslab_heap_args args = { .limit = SZ_1M };
	struct myslab_heap_stat stat;
	int err = 0, i;

	heap = myslab_heap_create("journal", &args);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	err = myslab_vec_init(&journal, heap, sizeof(char *));
	name = new_name("fan: ");
	if (!name)
		err = -ENOMEM;
	for (i = 0; i < 1000 && !err; i++)
		err = note(name, i % 3 ? "turns" : "stands still");
	if (err) {
		forget();
		myslab_heap_destroy(heap);
		return err;
	}
	myslab_heap_stat(heap, &stat);
	pr_info("heap example: %zu messages, the last is \"%s\"\n", journal.nr,
		*(char **)myslab_vec_get(&journal, journal.nr - 1));
	pr_info("heap example: %lu bytes in %lu blocks, on %lu pages\n",
		stat.bytes_requested, stat.blocks, stat.pages);
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	forget();
	myslab_heap_destroy(heap);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of myslab: a journal in a heap");
MODULE_LICENSE("GPL");
