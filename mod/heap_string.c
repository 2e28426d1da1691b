// SPDX-License-Identifier: GPL-2.0
/*
 * Strings in blocks of a heap.
 */
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include <myslab/heap.h>

/**
 * myslab_heap_strcat() - Join two strings in a new block.
 * @heap: Heap to allocate from.
 * @a: The first; %NULL is empty.
 * @b: The second; %NULL is empty.
 * @gfp: As for myslab_heap_alloc().
 *
 * Context: As myslab_heap_alloc().
 * Return: A string of its own, to be freed to @heap, or %NULL.
 */
char *myslab_heap_strcat(struct myslab_heap *heap, const char *a,
			 const char *b, gfp_t gfp)
{
	size_t len_a = a ? strlen(a) : 0, len_b = b ? strlen(b) : 0;
	char *joined;

	joined = myslab_heap_alloc(heap, size_add(size_add(len_a, len_b), 1),
				   gfp);
	if (!joined)
		return NULL;
	if (len_a)
		memcpy(joined, a, len_a);
	if (len_b)
		memcpy(joined + len_a, b, len_b);
	joined[len_a + len_b] = 0;
	return joined;
}
EXPORT_SYMBOL_GPL(myslab_heap_strcat);
