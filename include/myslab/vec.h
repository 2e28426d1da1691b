/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Growing arrays over a heap: elements of one size, added and taken at the
 * end, read and written by index. Room doubles when it is used up, so that a
 * push costs the same on average however long the array is.
 *
 * An array has one user at a time; a pointer to an element holds until the
 * next push or destroy.
 */
#ifndef MYSLAB_VEC_H
#define MYSLAB_VEC_H

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/string.h>
#include <linux/types.h>

#include <myslab/heap.h>

/**
 * struct myslab_vec - One growing array.
 * @heap: Where its memory comes from; never %NULL once initialised.
 * @data: @capacity elements, of which @nr are there; %NULL: no room yet.
 * @nr: Elements in it, at most @capacity.
 * @capacity: Elements there is room for.
 * @elem_size: Bytes of one.
 */
struct myslab_vec {
	struct myslab_heap *heap;
	void *data;
	size_t nr;
	size_t capacity;
	size_t elem_size;
};

int myslab_vec_init(struct myslab_vec *vec, struct myslab_heap *heap,
		    size_t elem_size);
int myslab_vec_reserve(struct myslab_vec *vec, size_t capacity, gfp_t gfp);
int myslab_vec_push(struct myslab_vec *vec, const void *elem, gfp_t gfp);
int myslab_vec_pop(struct myslab_vec *vec, void *elem);
void myslab_vec_destroy(struct myslab_vec *vec);

/**
 * myslab_vec_get() - Find an element.
 * @vec: The array.
 * @i: Its index, from 0.
 *
 * Context: Any.
 * Return: The element, until the next push or destroy; %NULL: there is none.
 */
static inline void *myslab_vec_get(const struct myslab_vec *vec, size_t i)
{
	return i < vec->nr ? vec->data + i * vec->elem_size : NULL;
}

/**
 * myslab_vec_set() - Overwrite an element.
 * @vec: The array.
 * @i: Its index, from 0.
 * @elem: What to copy there.
 *
 * Context: Any.
 * Return: 0, or -ERANGE: there is none of that index.
 */
static inline int myslab_vec_set(struct myslab_vec *vec, size_t i,
				 const void *elem)
{
	void *place = myslab_vec_get(vec, i);

	if (!place)
		return -ERANGE;
	memcpy(place, elem, vec->elem_size);
	return 0;
}

#endif
