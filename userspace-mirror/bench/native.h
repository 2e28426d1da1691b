/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of the native benchmark: one workload, done with glibc's malloc and
 * with an allocator of ours.
 */
#ifndef MIRROR_BENCH_NATIVE_H
#define MIRROR_BENCH_NATIVE_H

/* As many rounds as asked for. */
typedef void native_work(unsigned long rounds);

struct native_row {
	const char *name;
	const char *beside;	/* NULL: malloc, of glibc or who replaces it */
	native_work *peer;
	native_work *ours;
	unsigned long rounds;	/* some milliseconds of the peer */
	unsigned int ops;	/* in a round */
	unsigned int limit;	/* hundredths of the peer's time; 0: any */
	native_work *glibc;	/* where the peer is another; NULL: not asked */
};

/* What a compiler must not see through: it would drop malloc and free. */
#define native_hide(p)	asm volatile("" : "+r" (p) : : "memory")

/* Each ends with an entry without name. */
extern const struct native_row native_cache_rows[];
extern const struct native_row native_threads_rows[];
extern const struct native_row native_arena_rows[];
extern const struct native_row native_pool_rows[];
extern const struct native_row native_arena_peers[];
extern const struct native_row native_pool_peers[];
extern const struct native_row native_cxx_arena_peers[];
extern const struct native_row native_cxx_pool_peers[];

int native_cache_begin(void);
void native_cache_end(void);
int native_threads_begin(void);
void native_threads_end(void);
int native_arena_begin(void);
void native_arena_end(void);
int native_pool_begin(void);
void native_pool_end(void);
int native_peers_begin(void);
void native_peers_end(void);

/* What peers of arena and pool do, and what ours are beside them. */
#define NATIVE_OBJECTS		200
#define NATIVE_NODES		100000
#define NATIVE_NODE_BYTES	24

extern unsigned int native_sizes[NATIVE_OBJECTS];
native_work native_requests, native_tree, native_private, native_shared;
native_work native_requests_malloc, native_tree_malloc, native_block_malloc;
native_work native_pair_glibc;

#endif
