// SPDX-License-Identifier: GPL-2.0
/*
 * What lies around an object, and in it while it is free: put there, and
 * looked at again. Takes no lock and prints nothing; the caller has the object.
 *
 * Red zones are canaries as heaps have them: keyed by a secret, the object's
 * address and its size, so that one that was copied or made up is none.
 */
#include <linux/poison.h>
#include <linux/random.h>
#include <linux/string.h>

#include "canary.h"
#include "debug.h"

static siphash_key_t secret __read_mostly;

void myslab_dress_init(void)
{
	get_random_bytes(&secret, sizeof(secret));
}

static struct myslab_guarded guarded(const struct myslab_object *o)
{
	const struct myslab_cache *cache = &o->side->cache;

	return (struct myslab_guarded){
		.base = o->start - cache->layout.left,
		.room = cache->layout.stride,
		.size = cache->size,
		.pad = cache->layout.left,
	};
}

/* Once: nobody may write there ever. */
void myslab_dress_zones(const struct myslab_object *o)
{
	struct myslab_guarded g = guarded(o);

	if (myslab_side_has(o->side, MYSLAB_DEBUG_Z))
		myslab_canary_set(&secret, &g);
}

bool myslab_dress_zones_intact(const struct myslab_object *o,
			       struct myslab_damage *damage)
{
	struct myslab_guarded g = guarded(o);

	return !myslab_side_has(o->side, MYSLAB_DEBUG_Z) ||
	       myslab_zones_intact(&secret, &g, damage);
}

void myslab_dress_poison(const struct myslab_object *o)
{
	memset(o->start, POISON_FREE, o->side->cache.size);
	o->record->kept = MYSLAB_KEPT_POISON;
}

/* Which bytes changed it does not tell, only that some did. */
static u64 sum_of(const struct myslab_object *o)
{
	size_t size = o->side->cache.size, i;
	const u8 *byte = o->start;
	u64 sum = size;

	for (i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * 0x100000001b3ULL;	/* FNV-1a */
	return sum;
}

void myslab_dress_sum(const struct myslab_object *o)
{
	o->record->sum = sum_of(o);
	o->record->kept = MYSLAB_KEPT_SUM;
}

/* Is an object that is free as it was left? */
bool myslab_dress_kept_intact(const struct myslab_object *o,
			      struct myslab_damage *damage)
{
	if (o->record->kept == MYSLAB_KEPT_POISON)
		return myslab_poison_intact(o->start, o->side->cache.size,
					    POISON_FREE, damage);
	if (o->record->kept != MYSLAB_KEPT_SUM || o->record->sum == sum_of(o))
		return true;
	*damage = (struct myslab_damage){
		.kind = MYSLAB_USE_AFTER_FREE,
		.last = o->side->cache.size - 1,
		.summed = true,
	};
	return false;
}

static u8 *snapshot_of(const struct myslab_object *o)
{
	return (u8 *)o->record + o->side->snapshot;
}

/* The constructor has just run. */
void myslab_dress_state(const struct myslab_object *o)
{
	const struct myslab_range *range = o->side->parent->state;
	u8 *copy = snapshot_of(o);

	if (!myslab_side_has(o->side, MYSLAB_DEBUG_C))
		return;
	for (; range->size; copy += range->size, range++)
		memcpy(copy, o->start + range->offset, range->size);
}

/* Bytes of a range, and as they were; behind other ranges of the object. */
static void compare(const u8 *start, const struct myslab_range *range,
		    const u8 *copy, struct myslab_damage *damage)
{
	const u8 *bytes = start + range->offset;
	unsigned int i;

	if (likely(!memcmp(bytes, copy, range->size)))
		return;
	for (i = 0; i < range->size; i++) {
		if (bytes[i] == copy[i])
			continue;
		damage->last = range->offset + i;
		if (damage->first >= 0)
			continue;
		damage->first = damage->last;
		damage->expected = copy[i];
		damage->found = bytes[i];
	}
}

/* Is one that comes back, and that nobody else may write to, as constructed? */
bool myslab_dress_state_intact(const struct myslab_object *o,
			       struct myslab_damage *damage)
{
	const struct myslab_range *range = o->side->parent->state;
	const u8 *copy = snapshot_of(o);

	if (!myslab_side_has(o->side, MYSLAB_DEBUG_C))
		return true;
	*damage = (struct myslab_damage){
		.kind = MYSLAB_INVALID_FREE,
		.first = -1,
	};
	for (; range->size; copy += range->size, range++)
		compare(o->start, range, copy, damage);
	return damage->first < 0;
}
