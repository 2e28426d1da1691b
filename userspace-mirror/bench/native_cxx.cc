// SPDX-License-Identifier: GPL-2.0
/*
 * The same workloads with what C++ has for them: the standard library's
 * monotonic resource, which gives its memory back at each end or keeps a
 * buffer that was given to it, and Boost's pool, which checks nothing.
 */
#include <boost/pool/pool.hpp>
#include <memory_resource>

extern "C" {
#include "native.h"
}

#define BLOCK	64

/* Room for all that a round allocates. */
static char room[NATIVE_OBJECTS * 512];

static std::pmr::monotonic_buffer_resource fresh;
static std::pmr::monotonic_buffer_resource kept(room, sizeof(room));
static boost::pool<> blocks(BLOCK);

static inline void requests(std::pmr::monotonic_buffer_resource &from,
			    unsigned long rounds)
{
	int i;

	while (rounds--) {
		for (i = 0; i < NATIVE_OBJECTS; i++) {
			void *p = from.allocate(native_sizes[i]);

			native_hide(p);
		}
		from.release();
	}
}

static void requests_fresh(unsigned long rounds)
{
	requests(fresh, rounds);
}

static void requests_kept(unsigned long rounds)
{
	requests(kept, rounds);
}

static void block_boost(unsigned long rounds)
{
	while (rounds--) {
		void *p = blocks.malloc();

		native_hide(p);
		blocks.free(p);
	}
}

const struct native_row native_cxx_arena_peers[] = {
	{ "arena, requests", "pmr", requests_fresh, native_requests, 2000,
	  NATIVE_OBJECTS, 0, native_requests_malloc },
	{ "arena, requests", "pmr+room", requests_kept, native_requests, 2000,
	  NATIVE_OBJECTS, 0, native_requests_malloc },
	{ }
};

const struct native_row native_cxx_pool_peers[] = {
	{ "private pool pair", "boost", block_boost, native_private, 200000,
	  1, 0, native_block_malloc },
	{ }
};
