// SPDX-License-Identifier: GPL-2.0
/*
 * All calls from all CPUs at once, on real threads, under ThreadSanitizer:
 * objects go from one CPU to another, interrupts and NMI come in between,
 * while the caches are shrunk, read and counted, others are created and
 * destroyed, CPUs come and go, and debugging is switched.
 */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

#include "stress.h"

#define WORKERS		4
#define CACHES		4
#define OWN		64
#define SHARED		32
#define MILLISECONDS	3000

struct worker {
	struct task_struct *task;
	struct rnd_state random;
	u32 id;
	unsigned long ops;
	void *own[CACHES][OWN];
	unsigned int nr[CACHES];
	struct myslab_cache *cache;	/* that the interrupt uses */
};

static struct myslab_cache *caches[CACHES];
static struct worker workers[WORKERS];
static void *shared[CACHES][SHARED];	/* on their way to another CPU */
static atomic_t built, wrong;

static int build(void *obj, void *private, gfp_t gfp)
{
	((u32 *)obj)[1] = 0xc0de;
	atomic_inc(&built);
	return 0;
}

static void unbuild(void *obj, void *private)
{
	if (((u32 *)obj)[1] != 0xc0de)
		atomic_inc(&wrong);
	atomic_dec(&built);
}

static const struct {
	size_t size;
	struct myslab_cache_args args;
} kinds[CACHES] = {
	{ 64, { } },
	{ 200, { .ctor = build, .dtor = unbuild } },
	{ 3000, { .flags = MYSLAB_TYPESAFE_BY_RCU } },
	{ 512, { .ctor = build, .dtor = unbuild,
		 .flags = MYSLAB_DTOR_SLEEPS } },
};

/* An object is its owner's: whoever writes it too is wrong, or a race. */
static void keep(struct worker *w, unsigned int c, void *obj)
{
	if (!obj)
		return;
	if (kinds[c].args.ctor && ((u32 *)obj)[1] != 0xc0de)
		atomic_inc(&wrong);
	*(u32 *)obj = w->id;
	w->own[c][w->nr[c]++] = obj;
}

static void *lose(struct worker *w, unsigned int c)
{
	unsigned int i = any(w, w->nr[c]);
	void *obj = w->own[c][i];

	if (*(u32 *)obj != w->id)
		atomic_inc(&wrong);
	w->own[c][i] = w->own[c][--w->nr[c]];
	return obj;
}

static void free_to(struct worker *w, unsigned int c)
{
	void *obj = lose(w, c);

	switch (any(w, 8)) {
	case 0:
		myslab_cache_free_rcu(caches[c], obj);
		break;
	case 1:
		if (!myslab_cache_try_free(caches[c], obj))
			myslab_cache_free(caches[c], obj);
		break;
	case 2:
		obj = xchg(&shared[c][any(w, SHARED)], obj);
		myslab_cache_free(caches[c], obj);
		break;
	default:
		myslab_cache_free(caches[c], obj);
	}
}

static void bulk(struct worker *w, unsigned int c)
{
	unsigned int want = any(w, 24);
	void *objs[24];
	int nr, i;

	nr = myslab_cache_alloc_bulk(caches[c], GFP_KERNEL, want, objs);
	for (i = 0; i < nr; i++)
		*(u32 *)objs[i] = w->id;
	myslab_cache_free_bulk(caches[c], nr, objs);
}

static void in_hardirq_context(void *arg)
{
	struct worker *w = arg;
	void *obj = myslab_cache_alloc(w->cache, GFP_ATOMIC);

	if (obj)
		*(u32 *)obj = w->id;
	myslab_cache_free(w->cache, obj);
}

static void in_nmi_context(void *arg)
{
	struct worker *w = arg;
	void *obj = myslab_cache_try_alloc(w->cache);

	if (!obj)
		return;
	*(u32 *)obj = w->id;
	if (!myslab_cache_try_free(w->cache, obj))
		shared[0][0] = NULL;	/* never: nobody holds what it needs */
}

static void one_op(struct worker *w)
{
	unsigned int c = any(w, CACHES);

	w->cache = caches[c];
	switch (any(w, 32)) {
	case 0:
		bulk(w, c);
		break;
	case 1:
		mirror_interrupt(MIRROR_HARDIRQ, in_hardirq_context, w);
		break;
	case 2:
		mirror_idle();
		break;
	case 3:
		if (any(w, 64) == 0)
			myslab_cache_shrink(caches[c]);
		break;
	default:
		if (any(w, OWN) >= w->nr[c])
			keep(w, c, myslab_cache_alloc(caches[c], any(w, 2) ?
						      GFP_KERNEL : GFP_ATOMIC));
		else
			free_to(w, c);
	}
	w->ops++;
}

static int work_hard(void *data)
{
	struct worker *w = data;
	unsigned int c, i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 500; i++)
			one_op(w);
		usleep_range(1, 2);	/* others may be this CPU */
	}
	for (c = 0; c < CACHES; c++)
		while (w->nr[c])
			myslab_cache_free(caches[c], lose(w, c));
	return 0;
}

static void read_info(void)
{
	static char buf[4096];
	struct file *file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	loff_t pos = 0;

	while (kernel_read(file, buf, sizeof(buf), &pos) > 0)
		;
	filp_close(file, NULL);
}

static void come_and_go(unsigned int turn)
{
	struct myslab_cache *cache;
	void *objs[40];
	int nr;

	cache = myslab_cache_create("passing", 100 + turn % 1000, NULL);
	nr = myslab_cache_alloc_bulk(cache, GFP_KERNEL, 40, objs);
	myslab_cache_free_bulk(cache, nr, objs);
	myslab_cache_destroy(cache);
}

/* Of stress-2 always sites, which so count across all switches. */
#define SITES_ONLY	"off;L,stress-2"

/* Debugging comes, changes and goes, for one cache or all of them. */
static void switch_debugging(struct kunit *test, unsigned int turn)
{
	static const char * const texts[] = {
		"full", SITES_ONLY, "ZP,stress-1;UL,stress-2", "off,stress-1",
		"LQ:9999,stress-*", "FLZ;off,stress-0", "LP",
		"ZPUQ:100,stress-3",
	};
	int err = myslab_debug_set(texts[turn % ARRAY_SIZE(texts)]);

	KUNIT_EXPECT_EQ(test, err, 0);
}

/* What goes on around the workers; on a thread of its own. */
static void disturb(struct kunit *test)
{
	struct myslab_cache_stat stat;
	unsigned int turn = 0;
	u64 end = ktime_get_ns() + MILLISECONDS * NSEC_PER_MSEC;

	while (ktime_get_ns() < end) {
		myslab_cache_stat(caches[turn % CACHES], &stat);
		if (stat.objects_used > stat.objects_total)
			KUNIT_FAIL(test, "more objects used than there are");
		read_info();
		come_and_go(turn);
		if (turn % 4 == 0)
			myslab_cache_shrink(caches[turn / 4 % CACHES]);
		if (turn % 8 == 1)
			mirror_shrink(GFP_KERNEL, 100);
		if (turn % 16 == 2)
			KUNIT_EXPECT_EQ(test, remove_cpu(turn / 16 % 5), 0);
		if (turn % 16 == 10)
			KUNIT_EXPECT_EQ(test, add_cpu(turn / 16 % 5), 0);
		if (turn % 32 == 5)
			mirror_advance(5 * HZ);
		if (turn % 4 == 3)
			switch_debugging(test, turn / 4);
		if (turn % 8 == 6)
			KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 0UL);
		turn++;
	}
	for (turn = 0; turn < nr_cpu_ids; turn++)
		add_cpu(turn);
	KUNIT_EXPECT_EQ(test, myslab_debug_set(SITES_ONLY), 0);
}

static void expect_empty(struct kunit *test, unsigned int c)
{
	struct myslab_cache_stat stat;

	myslab_cache_shrink(caches[c]);
	rcu_barrier();
	mirror_advance(1);
	myslab_cache_stat(caches[c], &stat);
	KUNIT_EXPECT_EQ(test, stat.objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, stat.allocs, stat.frees);
	KUNIT_EXPECT_EQ(test, stat.pages, 0UL);
}

/* Those that have objects; of tables that are still there. */
static unsigned int busy_sites(void)
{
	static char text[SZ_64K];
	struct file *file = filp_open("/proc/myslab/sites", O_RDONLY, 0);
	char *row, *rest = text;
	unsigned int nr = 0;
	loff_t pos = 0;
	ssize_t n;

	n = kernel_read(file, text, sizeof(text) - 1, &pos);
	filp_close(file, NULL);
	text[max_t(ssize_t, n, 0)] = 0;
	while ((row = strsep(&rest, "\n")))
		nr += strstr(row, " cache ") && row[0] != '#' &&
		      !strstr(row, "           0        0 ");
	return nr;
}

static void all_calls_from_all_cpus_at_once(struct kunit *test)
{
	unsigned long ops = 0;
	unsigned int i, j;

	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[i];

		w->id = i + 1;
		prandom_seed_state(&w->random, mirror_random());
		w->task = kthread_create(work_hard, w, "worker-%u", i);
		kthread_bind(w->task, i);
		wake_up_process(w->task);
	}
	disturb(test);
	for (i = 0; i < WORKERS; i++) {
		kthread_stop(workers[i].task);
		ops += workers[i].ops;
	}
	for (i = 0; i < CACHES; i++)
		for (j = 0; j < SHARED; j++)
			myslab_cache_free(caches[i], shared[i][j]);
	mirror_idle();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, busy_sites(), 0U);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
	for (i = 0; i < CACHES; i++)
		expect_empty(test, i);
	kunit_info(test, "%lu operations", ops);
	KUNIT_EXPECT_EQ(test, atomic_read(&wrong), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&built), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), 0);
	KUNIT_EXPECT_GT(test, ops, 10000UL);
}

static void nmi_calls_from_all_cpus(struct kunit *test)
{
	struct worker w = { .id = 9, .cache = caches[0] };
	unsigned int i;

	for (i = 0; i < 1000; i++)
		mirror_interrupt(MIRROR_NMI, in_nmi_context, &w);
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), 0);
}

static int stress_init(struct kunit *test)
{
	unsigned int i;
	char name[16];

	for (i = 0; i < CACHES; i++) {
		scnprintf(name, sizeof(name), "stress-%u", i);
		caches[i] = myslab_cache_create(name, kinds[i].size,
						&kinds[i].args);
	}
	return reports_begin(test);
}

static void stress_exit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < CACHES; i++)
		myslab_cache_destroy(caches[i]);
	reports_end(test);
}

static struct kunit_case stress_cases[] = {
	KUNIT_CASE(all_calls_from_all_cpus_at_once),
	KUNIT_CASE(nmi_calls_from_all_cpus),
	{}
};

static struct kunit_suite stress_suite = {
	.name = "mirror_stress",
	.init = stress_init,
	.exit = stress_exit,
	.test_cases = stress_cases,
};

kunit_test_suite(stress_suite);

MODULE_LICENSE("GPL");
