// SPDX-License-Identifier: GPL-2.0
/*
 * Copies and text in an arena.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "arena.h"

/**
 * myslab_arena_memdup() - Copy memory into an arena.
 * @arena: Arena to allocate from.
 * @src: What is copied.
 * @len: Bytes, as the size for myslab_arena_alloc().
 * @gfp: As for myslab_arena_alloc().
 *
 * Context: As myslab_arena_alloc().
 * Return: The copy, or %NULL.
 */
void *myslab_arena_memdup(struct myslab_arena *arena, const void *src,
			  size_t len, gfp_t gfp)
{
	void *copy = myslab_arena_alloc(arena, len, gfp & ~__GFP_ZERO);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}
EXPORT_SYMBOL_GPL(myslab_arena_memdup);

/**
 * myslab_arena_strdup() - Copy a string into an arena.
 * @arena: Arena to allocate from.
 * @s: The string; %NULL gives %NULL.
 * @gfp: As for myslab_arena_alloc().
 *
 * Context: As myslab_arena_alloc().
 * Return: The copy, or %NULL.
 */
char *myslab_arena_strdup(struct myslab_arena *arena, const char *s,
			  gfp_t gfp)
{
	size_t len;
	char *copy;

	if (!s)
		return NULL;
	len = strlen(s);
	copy = myslab_arena_memdup(arena, s, len + 1, gfp);
	/* Whoever changes it meanwhile: the copy ends all the same. */
	if (copy)
		copy[len] = '\0';
	return copy;
}
EXPORT_SYMBOL_GPL(myslab_arena_strdup);

/*
 * Where the writer sees room, print into it first: mostly it is enough, and
 * then the text is there already when its memory is taken. Not where user space
 * would see what did not fit.
 */
static __printf(3, 0) char *
print(struct myslab_arena *arena, gfp_t gfp, const char *fmt, va_list args)
{
	bool mappable = myslab_arena_body(arena)->table;
	size_t room = mappable ? 0 : arena->end - arena->next;
	char *start = (char *)arena->next, *text;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(room ? start : NULL, room, fmt, again);
	va_end(again);
	/* What the inline path shows as room of such arenas is zero. */
	if (room && len >= room && myslab_arena_body(arena)->zeroes)
		memset(start, 0, room);
	text = myslab_arena_alloc(arena, len + 1UL, gfp);
	if (text && (text != start || len >= room))
		vsnprintf(text, len + 1UL, fmt, args);
	return text;
}

/**
 * myslab_arena_printf() - Print a text of the length it needs into an arena.
 * @arena: Arena to allocate from.
 * @gfp: As for myslab_arena_alloc().
 * @fmt: As for printk().
 *
 * What is printed may lie in the arena itself.
 *
 * Context: As myslab_arena_alloc().
 * Return: The text, or %NULL.
 */
char *myslab_arena_printf(struct myslab_arena *arena, gfp_t gfp,
			  const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = print(arena, gfp & ~__GFP_ZERO, fmt, args);
	va_end(args);
	return text;
}
EXPORT_SYMBOL_GPL(myslab_arena_printf);
