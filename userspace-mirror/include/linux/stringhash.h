/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Any hash of a name will do: FNV-1a. */
#ifndef MIRROR_LINUX_STRINGHASH_H
#define MIRROR_LINUX_STRINGHASH_H

#include <linux/types.h>

static inline unsigned int full_name_hash(const void *salt, const char *name,
					  unsigned int len)
{
	unsigned int hash = 2166136261u;

	while (len--)
		hash = (hash ^ (unsigned char)*name++) * 16777619u;
	return hash;
}

#endif
