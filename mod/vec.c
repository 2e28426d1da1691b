// SPDX-License-Identifier: GPL-2.0
/*
 * Growing arrays: what moves memory. Reading and writing is in the header.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include <myslab/vec.h>

/* Elements of the first room that is made: a line's worth, but one at least. */
#define FIRST_BYTES	64

/**
 * myslab_vec_init() - Make an empty array, which takes no memory yet.
 * @vec: The array; whatever is in it is overwritten.
 * @heap: Where its memory will come from.
 * @elem_size: Bytes of an element, at least 1.
 *
 * Context: Any.
 * Return: 0, or -EINVAL.
 */
int myslab_vec_init(struct myslab_vec *vec, struct myslab_heap *heap,
		    size_t elem_size)
{
	if (!heap || !elem_size || elem_size > MYSLAB_HEAP_MAX)
		return -EINVAL;
	*vec = (struct myslab_vec){ .heap = heap, .elem_size = elem_size };
	return 0;
}
EXPORT_SYMBOL_GPL(myslab_vec_init);

/**
 * myslab_vec_reserve() - Make room, so that pushes up to there cannot fail.
 * @vec: The array.
 * @capacity: Elements there has to be room for.
 * @gfp: As for myslab_heap_alloc().
 *
 * Context: As myslab_heap_alloc().
 * Return: 0, or -ENOMEM, and nothing has changed.
 */
int myslab_vec_reserve(struct myslab_vec *vec, size_t capacity, gfp_t gfp)
{
	size_t bytes;
	void *data;

	if (capacity <= vec->capacity)
		return 0;
	if (check_mul_overflow(capacity, vec->elem_size, &bytes))
		return -ENOMEM;
	data = myslab_heap_realloc(vec->heap, vec->data, bytes, gfp);
	if (!data)
		return -ENOMEM;
	vec->data = data;
	vec->capacity = capacity;
	return 0;
}
EXPORT_SYMBOL_GPL(myslab_vec_reserve);

static int grow(struct myslab_vec *vec, gfp_t gfp)
{
	size_t capacity;

	if (!vec->capacity)
		capacity = max_t(size_t, FIRST_BYTES / vec->elem_size, 1);
	else if (check_mul_overflow(vec->capacity, (size_t)2, &capacity))
		return -ENOMEM;
	return myslab_vec_reserve(vec, capacity, gfp);
}

/**
 * myslab_vec_push() - Add an element at the end.
 * @vec: The array.
 * @elem: What to copy there; not an element of @vec itself.
 * @gfp: As for myslab_heap_alloc(), if room has to be made.
 *
 * Context: As myslab_heap_alloc().
 * Return: 0, or -ENOMEM, and the array is as it was.
 */
int myslab_vec_push(struct myslab_vec *vec, const void *elem, gfp_t gfp)
{
	int err;

	if (vec->nr == vec->capacity) {
		err = grow(vec, gfp);
		if (err)
			return err;
	}
	memcpy(vec->data + vec->nr * vec->elem_size, elem, vec->elem_size);
	vec->nr++;
	return 0;
}
EXPORT_SYMBOL_GPL(myslab_vec_push);

/**
 * myslab_vec_pop() - Take the last element off. Its room stays.
 * @vec: The array.
 * @elem: Where to copy it, or %NULL.
 *
 * Context: Any.
 * Return: 0, or -ENOENT: the array is empty.
 */
int myslab_vec_pop(struct myslab_vec *vec, void *elem)
{
	if (!vec->nr)
		return -ENOENT;
	vec->nr--;
	if (elem)
		memcpy(elem, vec->data + vec->nr * vec->elem_size,
		       vec->elem_size);
	return 0;
}
EXPORT_SYMBOL_GPL(myslab_vec_pop);

/**
 * myslab_vec_destroy() - Give the memory of an array back.
 * @vec: The array. It is empty afterwards, and may be used again.
 *
 * Context: As myslab_heap_free().
 */
void myslab_vec_destroy(struct myslab_vec *vec)
{
	myslab_heap_free(vec->heap, vec->data);
	vec->data = NULL;
	vec->nr = 0;
	vec->capacity = 0;
}
EXPORT_SYMBOL_GPL(myslab_vec_destroy);
