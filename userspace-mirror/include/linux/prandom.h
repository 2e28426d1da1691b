/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* See random.h. */
#ifndef MIRROR_LINUX_PRANDOM_H
#define MIRROR_LINUX_PRANDOM_H

#include <linux/random.h>

struct rnd_state {
	u64 s;
};

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	state->s = seed | 1;
}

static inline u32 prandom_u32_state(struct rnd_state *state)
{
	state->s ^= state->s << 13;
	state->s ^= state->s >> 7;
	state->s ^= state->s << 17;
	return state->s >> 16;
}

#endif
