// SPDX-License-Identifier: GPL-2.0
/*
 * Canaries: how they are made and compared.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "canary.h"

/* Of a large pad, as an aligned block has, the part next to the block. */
#define MAX_FRONT	256U

/* Eight bytes for one block; those behind it are the complement. */
static u64 pattern(const siphash_key_t *secret,
		   const struct myslab_guarded *guarded)
{
	unsigned long start = (unsigned long)guarded->base + guarded->pad;

	return siphash_2u64(start, guarded->size, secret);
}

static void fill(u8 *area, size_t len, u64 pattern)
{
	size_t i;

	for (i = 0; i + 8 <= len; i += 8)
		memcpy(area + i, &pattern, 8);
	memcpy(area + i, &pattern, len - i);
}

/* Index of the first byte that differs; @len if none does. */
static size_t first_damage(const u8 *area, size_t len, u64 pattern)
{
	size_t i;
	u64 word;

	/* Eight at a time as long as all eight are intact. */
	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&word, area + i, 8);
		if (word != pattern)
			break;
	}
	while (i < len && area[i] == ((u8 *)&pattern)[i % 8])
		i++;
	return i;
}

struct side {
	u8 *area;
	size_t len;
	u64 pattern;
};

static struct side front(const struct myslab_guarded *guarded, u64 pattern)
{
	unsigned int len = min(guarded->pad, MAX_FRONT);

	return (struct side){
		.area = guarded->base + guarded->pad - len,
		.len = len,
		.pattern = pattern,
	};
}

static struct side back(const struct myslab_guarded *guarded, u64 pattern)
{
	size_t before = guarded->pad + guarded->size;

	return (struct side){
		.area = guarded->base + before,
		.len = guarded->room - before,
		.pattern = ~pattern,
	};
}

void myslab_canary_set(const siphash_key_t *secret,
		       const struct myslab_guarded *guarded)
{
	u64 bytes = pattern(secret, guarded);
	struct side a = front(guarded, bytes), b = back(guarded, bytes);

	fill(a.area, a.len, a.pattern);
	fill(b.area, b.len, b.pattern);
}

static bool is_damaged(const struct side *side,
		       const struct myslab_guarded *guarded,
		       struct myslab_damage *damage)
{
	size_t at = first_damage(side->area, side->len, side->pattern);
	size_t last = side->len - 1;
	const u8 *bytes = (const u8 *)&side->pattern;
	long start = (void *)side->area - guarded->base - guarded->pad;

	if (likely(at == side->len))
		return false;
	while (side->area[last] == bytes[last % 8])
		last--;
	*damage = (struct myslab_damage){
		.kind = start < 0 ? MYSLAB_OUT_OF_BOUNDS_LEFT :
				    MYSLAB_OUT_OF_BOUNDS_RIGHT,
		.first = start + at,
		.last = start + last,
		.expected = bytes[at % 8],
		.found = side->area[at],
	};
	return true;
}

/* Is what stands around it as it was left? */
bool myslab_zones_intact(const siphash_key_t *secret,
			 const struct myslab_guarded *guarded,
			 struct myslab_damage *damage)
{
	u64 bytes = pattern(secret, guarded);
	struct side a = front(guarded, bytes), b = back(guarded, bytes);

	return !is_damaged(&a, guarded, damage) &&
	       !is_damaged(&b, guarded, damage);
}
