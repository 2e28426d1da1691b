// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU memory: for each CPU one unit, which begins with its copy of the
 * static variables and goes on with what is allocated.
 */
#include <string.h>

#include <linux/mm.h>
#include <linux/percpu.h>
#include <mirror/control.h>
#include <mirror/host.h>

#define GRAIN		64
#define DYNAMIC		(4UL << 20)
#define NR_GRAINS	(DYNAMIC / GRAIN)

extern char __start_mirror_percpu[], __stop_mirror_percpu[];
/* At least one variable, or the linker makes no section. */
DEFINE_PER_CPU(unsigned long, mirror_percpu_dummy);

unsigned long mirror_percpu_offset[MIRROR_MAX_CPUS];

static unsigned short taken[NR_GRAINS];	/* grains, at the first of each */
static unsigned long next_grain;
static unsigned long percpu_out;
static size_t static_size;

void mirror_percpu_init(void)
{
	size_t unit, in_use = __stop_mirror_percpu - __start_mirror_percpu;
	unsigned int cpu;
	char *units;

	static_size = ALIGN(in_use, 4096);
	unit = static_size + DYNAMIC;
	units = mirror_map_pages(unit * nr_cpu_ids, PAGE_SIZE);
	/* Alignment within a unit is that of the image. */
	units += (unsigned long)__start_mirror_percpu & (PAGE_SIZE - 1);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++, units += unit) {
		memcpy(units, __start_mirror_percpu, in_use);
		mirror_percpu_offset[cpu] = units - __start_mirror_percpu;
	}
}

static char *cookie_of(unsigned long grain)
{
	char *start = PTR_ALIGN(&__start_mirror_percpu[0], GRAIN);

	return start + static_size + grain * GRAIN;
}

/* Next fit, so that what was freed is reused late. */
static long find_grains(unsigned long nr, unsigned long align)
{
	unsigned long tried, i, run;

	for (tried = 0; tried < 2 * NR_GRAINS; tried += max(i, 1UL)) {
		if (next_grain + nr > NR_GRAINS - GRAIN)
			next_grain = 0;
		i = 0;
		if ((unsigned long)cookie_of(next_grain) % align) {
			next_grain++;
			continue;
		}
		for (run = 0; run < nr && !taken[next_grain + run]; run++)
			;
		if (run == nr)
			return next_grain;
		i = run + 1;
		next_grain += i;
	}
	return -1;
}

void *mirror_percpu_alloc(size_t size, size_t align, gfp_t gfp)
{
	unsigned long nr = DIV_ROUND_UP(size, GRAIN), i;
	unsigned int cpu;
	char *ptr;
	long grain;

	if (gfpflags_allow_blocking(gfp))
		mirror_might_sleep("a per-CPU allocation that may");
	if (in_nmi() || in_hardirq())
		mirror_abort("a per-CPU allocation in an interrupt");
	if (!size || size > PCPU_MIN_UNIT_SIZE || align > PAGE_SIZE ||
	    mirror_should_fail(gfp))
		return NULL;
	mirror_lock();
	grain = find_grains(nr, align);
	if (grain >= 0) {
		for (i = 0; i < nr; i++)
			taken[grain + i] = i ? 0xffff : nr;
		next_grain = grain + nr;
		percpu_out++;
	}
	mirror_unlock();
	if (grain < 0)
		return NULL;
	ptr = cookie_of(grain);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		mirror_unpoison(per_cpu_ptr(ptr, cpu), nr * GRAIN);
		memset(per_cpu_ptr(ptr, cpu), 0, size);
	}
	return ptr;
}

void free_percpu(void *ptr)
{
	unsigned long grain, nr, i;
	unsigned int cpu;

	if (!ptr)
		return;
	grain = ((char *)ptr - cookie_of(0)) / GRAIN;
	if ((char *)ptr < cookie_of(0) || grain >= NR_GRAINS)
		mirror_abort("free_percpu() of what is no per-CPU memory");
	mirror_lock();
	nr = taken[grain];
	if (!nr || nr == 0xffff || cookie_of(grain) != ptr)
		mirror_abort("free_percpu() of what is not allocated");
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		mirror_poison(per_cpu_ptr((char *)ptr, cpu), nr * GRAIN);
	for (i = 0; i < nr; i++)
		taken[grain + i] = 0;
	percpu_out--;
	mirror_unlock();
}

unsigned long mirror_percpu_out(void)
{
	unsigned long nr;

	mirror_lock();
	nr = percpu_out;
	mirror_unlock();
	return nr;
}
