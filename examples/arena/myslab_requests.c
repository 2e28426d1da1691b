// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that need memory of many sizes, all of it until they are done: each
 * takes an arena, allocates as it likes, and gives the arena back with nothing
 * to free.
 *
 * The arenas are themselves objects of a cache. The constructor makes one, and
 * an object stays constructed when it is freed: so whoever takes it finds an
 * arena with chunks, and a request in steady state needs no page at all. The
 * destructor, from a worker since it sleeps, runs when the cache gives memory
 * back.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <myslab.h>

#define say(fmt, ...)	pr_info("myslab_requests: " fmt "\n", ##__VA_ARGS__)

#define NR_REQUESTS	1000

struct scratch {
	struct myslab_arena *arena;
};

struct header {
	struct header *next;
	char *name;
	char *value;
};

static struct myslab_cache *scratches;
static atomic_t arenas_made, arenas_gone;

static int scratch_ctor(void *obj, void *private, gfp_t gfp)
{
	struct scratch *scratch = obj;
	char name[32];

	/* Creating an arena may sleep. */
	if (!gfpflags_allow_blocking(gfp))
		return -EWOULDBLOCK;
	snprintf(name, sizeof(name), "request-%d",
		 atomic_inc_return(&arenas_made));
	scratch->arena = myslab_arena_create(name, NULL);
	return PTR_ERR_OR_ZERO(scratch->arena);
}

static void scratch_dtor(void *obj, void *private)
{
	struct scratch *scratch = obj;

	myslab_arena_destroy(scratch->arena);
	atomic_inc(&arenas_gone);
}

/* A request as a server would take it apart: a list of names and values. */
static struct header *parse(struct myslab_arena *arena, unsigned int serial)
{
	struct header *first = NULL, *header;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		header = myslab_arena_alloc(arena, sizeof(*header), GFP_KERNEL);
		if (!header)
			return NULL;
		header->name = myslab_arena_printf(arena, GFP_KERNEL,
						   "header-%u", i);
		header->value = myslab_arena_printf(arena, GFP_KERNEL,
						    "%u of request %u", i,
						    serial);
		if (!header->name || !header->value)
			return NULL;
		header->next = first;
		first = header;
	}
	return first;
}

/* Something that needs memory for a while only: back to where it was. */
static size_t answer(struct myslab_arena *arena, const struct header *header)
{
	struct myslab_arena_mark mark = myslab_arena_mark(arena);
	size_t len = 0;
	char *line;

	for (; header; header = header->next) {
		line = myslab_arena_printf(arena, GFP_KERNEL, "%s: %s\n",
					   header->name, header->value);
		len += line ? strlen(line) : 0;
		myslab_arena_rewind(arena, mark);
	}
	return len;
}

static int serve(unsigned int serial)
{
	struct scratch *scratch = myslab_cache_alloc(scratches, GFP_KERNEL);
	struct header *headers;
	size_t len = 0;

	if (!scratch)
		return -ENOMEM;
	headers = parse(scratch->arena, serial);
	if (headers)
		len = answer(scratch->arena, headers);
	/* All at once, the chunks stay; then the arena is the next one's. */
	myslab_arena_reset(scratch->arena);
	myslab_cache_free(scratches, scratch);
	return len ? 0 : -ENOMEM;
}

static int __init requests_init(void)
{
	static const struct myslab_cache_args args = {
		.flags = MYSLAB_DTOR_SLEEPS,
		.ctor = scratch_ctor,
		.dtor = scratch_dtor,
	};
	struct myslab_arena_stat stat;
	struct scratch *scratch;
	unsigned int i;
	int err = 0;

	scratches = myslab_cache_create("requests", sizeof(*scratch), &args);
	if (IS_ERR(scratches))
		return PTR_ERR(scratches);
	for (i = 0; i < NR_REQUESTS && !err; i++) {
		err = serve(i);
		cond_resched();
	}
	scratch = myslab_cache_alloc(scratches, GFP_KERNEL);
	if (scratch) {
		myslab_arena_stat(scratch->arena, &stat);
		say("%u requests with %d arenas, the last used one: %lu allocations, %lu pages",
		    i, atomic_read(&arenas_made), stat.allocs, stat.pages);
	}
	myslab_cache_free(scratches, scratch);
	if (err)
		myslab_cache_destroy(scratches);
	return err;
}
module_init(requests_init);

static void __exit requests_exit(void)
{
	/* Destructs what is constructed: the arenas go with their cache. */
	myslab_cache_destroy(scratches);
	say("%d arenas made, %d destroyed", atomic_read(&arenas_made),
	    atomic_read(&arenas_gone));
}
module_exit(requests_exit);

MODULE_DESCRIPTION("An example: requests with an arena each, out of a cache");
MODULE_LICENSE("GPL");
