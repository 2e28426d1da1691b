/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model test's caches, and one random operation on one of them.
 */
#ifndef MIRROR_TESTS_MODEL_H
#define MIRROR_TESTS_MODEL_H

#include <mirror/control.h>
#include <myslab.h>

#include "owned.h"

#define MODEL_COOKIE	0x600dca7eU	/* what the constructor writes */

struct subject {
	struct myslab_cache *cache;
	struct owned owned;
	unsigned int max;	/* objects to keep at most */
	long built;		/* constructed and not destructed */
	unsigned int serial;
	bool fails;		/* its constructor does, sometimes */
};

extern struct subject *model_now;	/* that operations are on */
extern const char *model_wrong;		/* the first thing that was */

u32 model_any(u32 below);
int model_build(void *obj, void *private, gfp_t gfp);
void model_unbuild(void *obj, void *private);
void model_free_one(void);
void model_step(bool nmi);

#endif
