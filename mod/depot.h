/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The depot: the magazines of a cache that no CPU has at the moment.
 */
#ifndef MYSLAB_DEPOT_H
#define MYSLAB_DEPOT_H

#include <linux/sizes.h>

#include "types.h"

/* Objects in a magazine, in bytes; one object if it is larger. */
#define MYSLAB_MAGAZINE_BYTES	SZ_32K

/* No magazine: capacity 0, so it is empty and full. Shared, never written. */
extern struct myslab_magazine myslab_nothing;

void myslab_depot_init(struct myslab_depot *depot);
struct myslab_magazine *myslab_depot_swap_empty(struct myslab_depot *depot,
						struct myslab_magazine *empty);
struct myslab_magazine *myslab_depot_swap_full(struct myslab_depot *depot,
					       struct myslab_magazine *full,
					       unsigned int nr);
void myslab_depot_put(struct myslab_depot *depot,
		      struct myslab_magazine *mag, unsigned int nr);
bool myslab_depot_add_empty(struct myslab_depot *depot, unsigned int capacity,
			    int nid);
unsigned long myslab_depot_flush(struct myslab_cache *cache,
				 struct myslab_depot *depot,
				 unsigned long max_full);
void myslab_depot_free_empty(struct myslab_depot *depot, unsigned long max);
void myslab_depot_reap(struct myslab_cache *cache, struct myslab_depot *depot);

#endif
