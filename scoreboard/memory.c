// SPDX-License-Identifier: GPL-2.0
/* Reads and writes where none may be. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

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
	poke(objs[4], run->bad ? run->arg : SIZE - 1);
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

static void read_at(struct run *run)
{
	void *ptr = get(run);

	peek(ptr, run->bad ? run->arg : SIZE - 1);
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
	if (run->bad)
		peek(ptr, run->arg);
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
	{ "read-in-gap", read_at, SIZE, THREE },
	{ "read-right", read_at, SIZE + 4, THREE },
	{ "read-left", read_at, -1, THREE },
	{ "stale-write-first", stale_write, 0, THREE },
	{ "stale-write-middle", stale_write, 50, THREE },
	{ "stale-write-last", stale_write, SIZE - 1, THREE },
	{ "stale-write-ctor", stale_write, 50, CACHE, WITH_CTOR },
	{ "stale-write-rcu", stale_write, 50, CACHE, WITH_RCU },
	{ "stale-read", stale_read, 50, THREE },
	{}
};
