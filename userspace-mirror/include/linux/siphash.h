/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* A keyed hash, in the one form that is used: of two numbers. */
#ifndef MIRROR_LINUX_SIPHASH_H
#define MIRROR_LINUX_SIPHASH_H

#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

struct mirror_siphash {
	u64 v[4];
};

static inline u64 mirror_rol64(u64 x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

/* One round after Aumasson and Bernstein (2012), figure 2.1. */
static inline void mirror_sip_round(u64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = mirror_rol64(v[1], 13) ^ v[0];
	v[3] = mirror_rol64(v[3], 16) ^ v[2];
	v[0] = mirror_rol64(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = mirror_rol64(v[1], 17) ^ v[2];
	v[3] = mirror_rol64(v[3], 21) ^ v[0];
	v[2] = mirror_rol64(v[2], 32);
}

static inline void mirror_sip_word(u64 v[4], u64 word)
{
	v[3] ^= word;
	mirror_sip_round(v);
	mirror_sip_round(v);
	v[0] ^= word;
}

static inline u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key)
{
	u64 v[4] = {
		0x736f6d6570736575ULL ^ key->key[0],
		0x646f72616e646f6dULL ^ key->key[1],
		0x6c7967656e657261ULL ^ key->key[0],
		0x7465646279746573ULL ^ key->key[1],
	};
	int i;

	mirror_sip_word(v, a);
	mirror_sip_word(v, b);
	mirror_sip_word(v, 16ULL << 56);
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		mirror_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
