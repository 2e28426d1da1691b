// SPDX-License-Identifier: GPL-2.0
/*
 * The machine: caches that never run full, and a clock for each CPU.
 *
 * A line is in the caches of the CPUs that touched it since it was last
 * written, and of the one that wrote it. An access that needs it from
 * elsewhere, or has to take it away from others, is a transfer.
 *
 * The CPU whose clock is lowest goes on, by one call of the allocator. An
 * access takes it a unit, a transfer TRANSFER more. Who comes to a lock before
 * the clock at which its last holder left waits until then: since calls are
 * simulated whole, also for one who will only have come later. So there is
 * rather more waiting here than in truth; but none of it costs transfers.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <mirror/control.h>

#include "../../mod/types.h"
#include "scaling.h"

#define LINE		64
#define TRANSFER	100
#define NR_LINES	(1UL << 19)
#define STACK		(1UL << 20)

struct line {
	unsigned long nr;		/* address / LINE; 0: none yet */
	DECLARE_BITMAP(have, MIRROR_MAX_CPUS);
};

struct machine_counts machine;

static struct line lines[NR_LINES];
static unsigned long clocks[MIRROR_MAX_CPUS];
static unsigned int nr_cpus;
static char *stack_top;		/* of the host's thread, in place of many */
static struct {
	const raw_spinlock_t *lock;
	unsigned long *acquired;
	unsigned long left;	/* when its last holder did */
} locks[2];

static struct line *line_of(unsigned long nr)
{
	unsigned long i = nr * 0x9e3779b97f4a7c15UL >> (64 - 19), tried;

	for (tried = 0; tried < NR_LINES; tried++, i++) {
		struct line *line = &lines[i % NR_LINES];

		if (!line->nr)
			line->nr = nr;
		if (line->nr == nr)
			return line;
	}
	mirror_abort("more than %lu cache lines", NR_LINES);
}

static void touch(const volatile void *addr, bool write)
{
	struct line *line = line_of((unsigned long)addr / LINE);
	unsigned int cpu = mirror_ctx.cpu, others;
	bool mine = test_bit(cpu, line->have);

	machine.accesses++;
	clocks[cpu]++;
	if (mine && !write)
		return;
	others = bitmap_weight(line->have, nr_cpus) - mine;
	if (others) {
		machine.transfers++;
		clocks[cpu] += TRANSFER;
	}
	if (write)
		bitmap_zero(line->have, MIRROR_MAX_CPUS);
	set_bit(cpu, line->have);
}

static void access(const volatile void *addr, bool write)
{
	unsigned long depth = stack_top - (const volatile char *)addr;

	if (depth > STACK)
		touch(addr, write);
}

static bool busy(const raw_spinlock_t *lock)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(locks); i++)
		if (locks[i].lock == lock)
			return clocks[mirror_ctx.cpu] < locks[i].left;
	return false;
}

static void locked(const raw_spinlock_t *lock)
{
	unsigned long *clock = &clocks[mirror_ctx.cpu];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		if (locks[i].lock != lock)
			continue;
		++*locks[i].acquired;
		if (*clock < locks[i].left) {
			machine.waiting += locks[i].left - *clock;
			*clock = locks[i].left;
		}
	}
	touch(lock, true);
}

static void unlocked(const raw_spinlock_t *lock)
{
	unsigned int i;

	touch(lock, true);
	for (i = 0; i < ARRAY_SIZE(locks); i++)
		if (locks[i].lock == lock)
			locks[i].left = clocks[mirror_ctx.cpu];
}

static const struct mirror_watch watch = {
	.access = access, .busy = busy, .locked = locked, .unlocked = unlocked,
};

/* Called from the frame below which everything on the stack is private. */
void machine_start(unsigned int cpus, struct myslab_cache *cache)
{
	nr_cpus = cpus;
	stack_top = __builtin_frame_address(0);
	stack_top += PAGE_SIZE;
	locks[0].lock = &cache->node[0]->depot.lock;
	locks[0].acquired = &machine.depot;
	locks[1].lock = &cache->node[0]->lists.lock;
	locks[1].acquired = &machine.slabs;
	mirror_watch = &watch;
}

void machine_stop(void)
{
	mirror_watch = NULL;
}

unsigned int machine_next_cpu(void)
{
	unsigned int cpu, next = 0;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		if (clocks[cpu] < clocks[next])
			next = cpu;
	mirror_set_cpu(next);
	return next;
}

/* This CPU has nothing to do until then. */
void machine_wait(unsigned long until)
{
	unsigned long *clock = &clocks[mirror_ctx.cpu];

	*clock = max(*clock + 1, until);
}

unsigned long machine_clock(unsigned int cpu)
{
	return clocks[cpu];
}

unsigned long machine_now(void)
{
	unsigned long now = clocks[0];
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus; cpu++)
		now = max(now, clocks[cpu]);
	return now;
}

/* All CPUs go on from the same moment. */
void machine_sync(void)
{
	unsigned long now = machine_now();
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++)
		clocks[cpu] = now;
	memset(&machine, 0, sizeof(machine));
}
