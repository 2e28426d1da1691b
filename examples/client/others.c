// SPDX-License-Identifier: GPL-2.0
/*
 * What a driver has beside its caches:
 *
 *   descriptors  a pool: the timer interrupt takes blocks, workers return them
 *   scratch      an arena a worker: all memory of one request, reset at its end
 *   blobs        a heap: messages of any size that grow while they are written
 */
#include <linux/cpumask.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "client.h"

#define NR_DESCRIPTORS	64
#define NR_BLOBS	64
#define MAX_BLOB	20000

struct descriptor {
	u64 address;
	u32 length;
	u32 flags;
};

static struct myslab_pool *descriptors;
static struct myslab_heap *blobs;
static struct myslab_arena **scratch;	/* nr_cpu_ids; NULL: no worker */

static struct descriptor *ring[NR_DESCRIPTORS];
static char *blob[NR_BLOBS];

/* Interrupt: whatever is in the ring already is lost, as on a full one. */
void descriptors_arrive(void)
{
	struct descriptor *d = myslab_pool_alloc(descriptors);

	if (!d)
		return;
	d->address = get_random_u32();
	d->length = 64;
	d = xchg(&ring[get_random_u32() % NR_DESCRIPTORS], d);
	if (d)
		myslab_pool_free(descriptors, d);
}

static void consume_descriptor(unsigned int slot)
{
	struct descriptor *d = xchg(&ring[slot], NULL);

	if (d)
		myslab_pool_free(descriptors, d);
}

/* A request: some fields of it are copied, a line is put together, all go. */
static void handle_request(struct myslab_arena *arena, unsigned long serial)
{
	char *line;
	u64 *field;
	int i;

	for (i = 0; i < 8; i++) {
		field = myslab_arena_zalloc(arena, 16 + i * 24, GFP_KERNEL);
		if (field)
			*field = serial;
	}
	line = myslab_arena_printf(arena, GFP_KERNEL, "request %lu", serial);
	if (line)
		line[0] = 'R';
	myslab_arena_reset(arena);
}

/* Taken out of its place, grown, put back; a rival's is freed. */
static void write_blob(unsigned int slot)
{
	size_t size = 1 + get_random_u32() % MAX_BLOB;
	char *old = xchg(&blob[slot], NULL);
	char *new = myslab_heap_realloc(blobs, old, size, GFP_KERNEL);

	if (!new) {
		myslab_heap_free(blobs, old);
		return;
	}
	new[size - 1] = 'x';
	myslab_heap_free(blobs, xchg(&blob[slot], new));
}

void work_on_others(unsigned int cpu, unsigned long serial)
{
	consume_descriptor(get_random_u32() % NR_DESCRIPTORS);
	if (scratch[cpu])
		handle_request(scratch[cpu], serial);
	write_blob(get_random_u32() % NR_BLOBS);
}

static int create_scratch(void)
{
	struct myslab_arena *arena;
	unsigned int cpu;
	char name[32];

	scratch = kcalloc(nr_cpu_ids, sizeof(*scratch), GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		snprintf(name, sizeof(name), "client-scratch-%u", cpu);
		arena = myslab_arena_create(name, NULL);
		if (IS_ERR(arena))
			return PTR_ERR(arena);
		scratch[cpu] = arena;
	}
	return 0;
}

/* What has not been made is NULL: also after create_others() failed. */
void destroy_others(void)
{
	unsigned int i;

	for (i = 0; i < NR_DESCRIPTORS; i++)
		if (ring[i])
			myslab_pool_free(descriptors, ring[i]);
	for (i = 0; i < NR_BLOBS; i++)
		if (blob[i])
			myslab_heap_free(blobs, blob[i]);
	for (i = 0; scratch && i < nr_cpu_ids; i++)
		myslab_arena_destroy(scratch[i]);
	kfree(scratch);
	myslab_heap_destroy(blobs);
	myslab_pool_destroy(descriptors);
}

int create_others(void)
{
	int err;

	descriptors = myslab_pool_create("client-descriptors",
					 sizeof(struct descriptor),
					 NR_DESCRIPTORS, NULL);
	if (IS_ERR(descriptors))
		return PTR_ERR(descriptors);
	blobs = myslab_heap_create("client-blobs", NULL);
	err = IS_ERR(blobs) ? PTR_ERR(blobs) : create_scratch();
	if (err)
		destroy_others();
	return err;
}
