// SPDX-License-Identifier: GPL-2.0
/* Reads and writes where none may be. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "score.h"

/* Written through a pointer that the compiler knows nothing about. */
static noinline void poke(u8 *ptr, long offset)
{
	OPTIMIZER_HIDE_VAR(ptr);
	WRITE_ONCE(ptr[offset], READ_ONCE(ptr[offset]) ^ 1);
}

static noinline void peek(u8 *ptr, long offset)
{
	OPTIMIZER_HIDE_VAR(ptr);
	(void)READ_ONCE(ptr[offset]);
}

/* Among others that are in use, as anywhere but in a test. */
static void write_at(struct run *run)
{
	void *objs[9];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = get(run);
	poke(objs[4], run->bad ? run->arg : run->size - 1);
	put(run, objs[4]);
	done(run);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		if (i != 4)
			put(run, objs[i]);
}

static void write_left_of_first(struct run *run)
{
	void *ptr = get(run);

	poke(ptr, run->bad ? run->arg : 0);
	put(run, ptr);
	done(run);
}

/* A bug is in the code: it happens to each of several that come by. */
static void read_at(struct run *run)
{
	void *objs[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++) {
		objs[i] = get(run);
		peek(objs[i], run->bad ? run->arg : run->size - 1);
	}
	done(run);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		put(run, objs[i]);
}

/* As a length that came from outside and was believed. */
static void read_run(struct run *run)
{
	u8 *ptr = get(run);
	long i;

	for (i = 0; i < SIZE + (run->bad ? run->arg : 0); i++)
		peek(ptr, i);
	put(run, ptr);
	done(run);
}

/* A loop that does not end where it should. */
static void write_run(struct run *run)
{
	u8 *ptr = get(run), byte = 0x41;

	OPTIMIZER_HIDE_VAR(ptr);
	/* Not by chance what is there. */
	if (run->bad)
		byte = READ_ONCE(ptr[SIZE]) ^ 1;
	memset(ptr, byte, SIZE + (run->bad ? run->arg : 0));
	put(run, ptr);
	done(run);
}

/* What an attacker, or a copy of a struct, puts where a red zone is. */
static void write_forged(struct run *run)
{
	u8 *ptr = get(run), *next = get(run);

	OPTIMIZER_HIDE_VAR(ptr);
	if (run->bad && run->arg)
		memset(ptr + SIZE, run->arg, 12);
	else if (run->bad)
		memcpy(ptr + SIZE, next + SIZE, 12);
	put(run, ptr);
	put(run, next);
	done(run);
}

static void stale_write(struct run *run)
{
	void *ptr = get(run);

	if (!run->bad)
		poke(ptr, run->arg);
	put(run, ptr);
	/* Until then those who read may write, too. */
	rcu_barrier();
	if (run->bad)
		poke(ptr, run->arg);
	done(run);
}

static void stale_read(struct run *run)
{
	void *ptr = get(run);

	if (!run->bad)
		peek(ptr, run->arg);
	put(run, ptr);
	if (run->with & WITH_RCU)
		rcu_barrier();
	if (run->bad)
		peek(ptr, run->arg);
	done(run);
}

struct elsewhere {
	struct run *run;
	u8 *ptr;
	bool writes;
};

static long use_elsewhere(void *arg)
{
	struct elsewhere *e = arg;

	if (e->writes)
		poke(e->ptr, 50);
	else
		peek(e->ptr, 50);
	return 0;
}

static long put_elsewhere(void *arg)
{
	struct elsewhere *e = arg;

	put(e->run, e->ptr);
	return 0;
}

/* By another CPU than the one that freed it. */
static void stale_on_two_cpus(struct run *run)
{
	struct elsewhere e = { run, get(run) };

	/* It has been there before, and knows the page. */
	e.writes = run->arg && !run->bad;
	work_on_cpu(1, use_elsewhere, &e);
	work_on_cpu(0, put_elsewhere, &e);
	e.writes = run->arg;
	if (run->bad)
		work_on_cpu(1, use_elsewhere, &e);
	done(run);
}

/* Blocks that moved, or became smaller, and somebody has not noticed. */
static void after_realloc(struct run *run, bool writes)
{
	size_t size = run->arg;
	u8 *old, *new[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(new); i++) {
		old = get(run);
		new[i] = run->ops->realloc(run->where, old, size);
		if (size < SIZE || !run->bad)
			old = new[i];
		if (writes)
			poke(old, run->bad ? SIZE - 1 : size - 1);
		else
			peek(old, run->bad ? SIZE - 1 : size - 1);
	}
	for (i = 0; i < ARRAY_SIZE(new); i++)
		put(run, new[i]);
	done(run);
}

static void write_after_realloc(struct run *run)
{
	after_realloc(run, true);
}

static void read_after_realloc(struct run *run)
{
	after_realloc(run, false);
}

static void free_dirty(struct run *run)
{
	u8 *ptr = get(run);

	poke(ptr, 50);
	if (!run->bad)
		poke(ptr, 50);
	put(run, ptr);
	done(run);
}

const struct a_case memory_cases[] = {
	{ "write-in-gap", write_at, SIZE, THREE | ARENA },
	{ "write-end-of-gap", write_at, SIZE + 3, THREE },
	{ "write-right", write_at, SIZE + 4, THREE },
	{ "write-right-8", write_at, SIZE + 12, THREE | ARENA },
	{ "write-left", write_at, -1, THREE },
	{ "write-left-16", write_at, -16, THREE },
	{ "write-left-of-first", write_left_of_first, -1, THREE },
	{ "write-far", write_at, 1000, THREE },
	{ "write-run-1", write_run, 1, THREE },
	{ "write-run-40", write_run, 40, THREE | ARENA },
	{ "write-forged-copy", write_forged, 0, THREE },
	{ "write-forged-cc", write_forged, 0xcc, THREE },
	{ "write-right-large", write_at, LARGE + 8, THREE, WITH_LARGE },
	{ "read-in-gap", read_at, SIZE, THREE | ARENA },
	{ "read-right", read_at, SIZE + 4, THREE },
	{ "read-right-8", read_at, SIZE + 12, THREE | ARENA },
	{ "read-right-large", read_at, LARGE, THREE, WITH_LARGE },
	{ "read-left", read_at, -1, THREE | ARENA },
	{ "read-run-40", read_run, 40, THREE | ARENA },
	{ "stale-write-first", stale_write, 0, THREE },
	{ "stale-write-middle", stale_write, 50, THREE },
	{ "stale-write-last", stale_write, SIZE - 1, THREE },
	{ "stale-write-ctor", stale_write, 50, CACHE, WITH_CTOR },
	{ "stale-write-rcu", stale_write, 50, CACHE, WITH_RCU },
	{ "stale-write-large", stale_write, 4200, THREE, WITH_LARGE },
	{ "stale-write-two-cpus", stale_on_two_cpus, 1, THREE },
	{ "stale-write-realloc", write_after_realloc, 3 * SIZE, HEAP },
	{ "write-shrunk", write_after_realloc, SIZE - 16, HEAP },
	{ "stale-read", stale_read, 50, THREE },
	{ "stale-read-ctor", stale_read, 50, CACHE, WITH_CTOR },
	{ "stale-read-rcu", stale_read, 50, CACHE, WITH_RCU },
	{ "stale-read-large", stale_read, 4200, THREE, WITH_LARGE },
	{ "stale-read-two-cpus", stale_on_two_cpus, 0, THREE },
	{ "stale-read-realloc", read_after_realloc, 3 * SIZE, HEAP },
	{ "read-shrunk", read_after_realloc, SIZE - 16, HEAP },
	{ "free-dirty", free_dirty, 0, CACHE, WITH_CTOR | WITH_STATE },
	{}
};
