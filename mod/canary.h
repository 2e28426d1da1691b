/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands before and behind a guarded block, and whether it still does.
 * Pure: no lock, no allocation, no printing.
 *
 *   base          start             start + size        base + room
 *   | front: pad bytes | the block  | back: at least 8 bytes |
 *
 * Front and back are filled with a pattern of 8 bytes each, which depends on
 * the heap's secret, on the address and on the size of the block: what a
 * writer knows of one block is of no use at another, or at another time.
 */
#ifndef MYSLAB_CANARY_H
#define MYSLAB_CANARY_H

#include <linux/siphash.h>
#include <linux/types.h>

#include <myslab/report.h>

/* Least bytes in front, and behind. */
#define MYSLAB_CANARY_FRONT	16
#define MYSLAB_CANARY_BACK	8

struct myslab_guarded {
	void *base;
	size_t room;
	size_t size;
	unsigned int pad;
};

/* What a check found. */
struct myslab_damage {
	enum myslab_kind kind;
	long first;			/* byte of the object */
	long last;
	u8 expected;			/* in the first */
	u8 found;
	bool summed;			/* only that, not where */
};

void myslab_canary_set(const siphash_key_t *secret,
		       const struct myslab_guarded *guarded);
bool myslab_zones_intact(const siphash_key_t *secret,
			 const struct myslab_guarded *guarded,
			 struct myslab_damage *damage);

#endif
