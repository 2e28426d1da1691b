// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on arenas of all kinds against a model that is trivially
 * right: a stack of objects, each filled with a pattern of its own, a stack of
 * marks, each with the height that the other one had. Allocations fail now and
 * then. SEED=n repeats a run.
 */
#include <kunit/test.h>
#include <linux/notifier.h>
#include <mirror/control.h>
#include <myslab.h>

#define NR_OPS		400000
#define NR_ARENAS	5
#define MAX_OBJECTS	4000
#define MAX_MARKS	40

struct object {
	u8 *at;
	unsigned int size;
	u8 tag;
};

struct mark {
	struct myslab_arena_mark mark;
	unsigned int height;	/* objects below it */
	bool stale;
};

static struct subject {
	struct myslab_arena *arena;
	struct object objects[MAX_OBJECTS];
	unsigned int nr;
	unsigned long allocs, failures;
	struct mark marks[MAX_MARKS];
	unsigned int nr_marks;
	unsigned long reports;	/* that must have come */
} subjects[NR_ARENAS], *now;

static const struct myslab_arena_args kinds[NR_ARENAS] = {
	{ },
	{ .flags = MYSLAB_ARENA_SHARED },
	{ .chunk_size = 4096, .limit = 300000 },
	{ .flags = MYSLAB_ARENA_MAPPABLE, .limit = 800000 },
	{ .flags = MYSLAB_ARENA_SHARED | MYSLAB_ARENA_MAPPABLE,
	  .chunk_size = 20000 },
};

static const char *wrong;
static u8 next_tag;

static u32 any(u32 below)
{
	return mirror_random() % below;
}

static unsigned int some_size(void)
{
	switch (any(100)) {
	case 0:
		return 1 + any(200000);
	case 1 ... 5:
		return 1 + any(20000);
	default:
		return 1 + any(600);
	}
}

static bool all_are(const u8 *p, u8 value, unsigned int size)
{
	while (size--)
		if (*p++ != value)
			return false;
	return true;
}

/* Objects overlap nowhere if each still has its pattern when it goes. */
static void drop_to(unsigned int height)
{
	while (now->nr > height) {
		struct object *o = &now->objects[--now->nr];

		if (!all_are(o->at, o->tag, o->size))
			wrong = "an object was written by another";
	}
}

static void keep(u8 *at, unsigned int size)
{
	struct object *o = &now->objects[now->nr++];

	*o = (struct object){ at, size, ++next_tag };
	memset(at, o->tag, size);
	now->allocs++;
}

static void alloc_one(void)
{
	unsigned int size = some_size(), align = 16;
	gfp_t gfp = any(2) ? GFP_KERNEL : GFP_ATOMIC;
	u8 *p;

	if (now->nr == MAX_OBJECTS)
		return;
	switch (any(8)) {
	case 0:
		p = myslab_arena_zalloc(now->arena, size, gfp);
		if (p && !all_are(p, 0, size))
			wrong = "zeroed memory is not zero";
		break;
	case 1:
		align = 1U << any(13);
		p = myslab_arena_alloc_aligned(now->arena, size, align, gfp);
		break;
	default:
		p = myslab_arena_alloc(now->arena, size, gfp);
	}
	if (!p)
		now->failures++;
	else if ((unsigned long)p & (max(align, 16U) - 1))
		wrong = "an object is not aligned";
	else
		keep(p, size);
}

static void print_one(void)
{
	unsigned int len = any(300);
	char *p;

	if (now->nr == MAX_OBJECTS)
		return;
	p = myslab_arena_printf(now->arena, GFP_KERNEL, "%*d", len, 7);
	if (!p)
		now->failures++;
	else if (strlen(p) != max(len, 1U) || p[strlen(p) - 1] != '7')
		wrong = "a text is not what was printed";
	else
		keep((u8 *)p, strlen(p) + 1);
}

/*
 * The arena knows of MYSLAB_STALE_MAX intervals of stale marks, one between
 * any two that are valid: with fewer valid ones it has to know them all.
 */
static void mark_one(void)
{
	unsigned int i, valid = 0;

	for (i = 0; i < now->nr_marks; i++)
		valid += !now->marks[i].stale;
	if (valid < 7 && now->nr_marks < MAX_MARKS)
		now->marks[now->nr_marks++] = (struct mark){
			myslab_arena_mark(now->arena), now->nr };
}

/* Stale ones, too: those are refused. */
static void rewind_one(void)
{
	unsigned int i;
	struct mark *m;

	if (!now->nr_marks)
		return;
	m = &now->marks[any(now->nr_marks)];
	if (m->stale) {
		now->reports++;
		myslab_arena_rewind(now->arena, m->mark);
		if (now->nr_marks == MAX_MARKS)
			*m = now->marks[--now->nr_marks];
		return;
	}
	drop_to(m->height);
	myslab_arena_rewind(now->arena, m->mark);
	for (i = 0; i < now->nr_marks; i++)
		if (now->marks[i].height > m->height)
			now->marks[i].stale = true;
}

static void reset(void)
{
	drop_to(0);
	myslab_arena_reset(now->arena);
	now->nr_marks = 0;
}

static void check_stat(void)
{
	struct myslab_arena_stat stat;
	unsigned long bytes = 0;
	unsigned int i;

	myslab_arena_stat(now->arena, &stat);
	for (i = 0; i < now->nr; i++)
		bytes += ALIGN(now->objects[i].size, 16);
	if (stat.allocs != now->allocs || stat.failures != now->failures ||
	    stat.allocs - stat.frees != now->nr)
		wrong = "the counts are not what was done";
	if (stat.bytes_used < bytes || stat.bytes_used > stat.bytes_total ||
	    stat.bytes_total != stat.pages * PAGE_SIZE)
		wrong = "the bytes do not add up";
	if (stat.reports != now->reports)
		wrong = "there are too many or too few reports";
}

/* With nothing in use all goes. */
static void trim(void)
{
	struct myslab_arena_stat before, after;
	unsigned long pages;

	myslab_arena_stat(now->arena, &before);
	pages = myslab_arena_trim(now->arena);
	myslab_arena_stat(now->arena, &after);
	if (before.pages - after.pages != pages)
		wrong = "trim gave back other than it said";
	if (after.bytes_used != before.bytes_used)
		wrong = "trim took what was in use";
	if (!after.bytes_used && after.pages)
		wrong = "an empty arena keeps pages after trim";
}

static void create(unsigned int i)
{
	static unsigned int serial;
	char name[24];

	now = &subjects[i];
	memset(now, 0, sizeof(*now));
	scnprintf(name, sizeof(name), "model-%u", serial++);
	now->arena = myslab_arena_create(name, &kinds[i]);
	if (IS_ERR(now->arena))
		wrong = "an arena could not be created";
}

static void destroy(void)
{
	check_stat();
	drop_to(0);
	myslab_arena_destroy(now->arena);
}

static void rare_event(void)
{
	switch (any(8)) {
	case 0:
		mirror_fail_one_in(any(2) ? 0 : 1 + any(10));
		break;
	case 1:
	case 2:
		reset();
		break;
	case 3:
		trim();
		break;
	case 4:
		if (any(16) == 0) {
			mirror_fail_one_in(0);
			destroy();
			create(now - subjects);
		}
		break;
	default:
		check_stat();
	}
}

static void one_op(void)
{
	switch (any(32)) {
	case 0:
		mark_one();
		break;
	case 1:
		if (any(2))
			rewind_one();
		break;
	case 2:
		print_one();
		break;
	default:
		alloc_one();
	}
	if (any(200) == 0)
		rare_event();
	mirror_check_balanced("an operation");
}

static void random_operations_match_the_model(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < NR_ARENAS; i++)
		create(i);
	for (i = 0; i < NR_OPS && !wrong; i++) {
		if (i % 64 == 0)
			now = &subjects[any(NR_ARENAS)];
		one_op();
	}
	mirror_fail_one_in(0);
	if (wrong)
		KUNIT_FAIL(test, "operation %u on arena %d: %s", i,
			   (int)(now - subjects), wrong);
	for (i = 0; i < NR_ARENAS; i++) {
		now = &subjects[i];
		kunit_info(test, "arena %u: %lu allocations, %lu failed, %lu refused",
			   i, now->allocs, now->failures, now->reports);
		destroy();
	}
	KUNIT_EXPECT_NULL(test, (void *)wrong);
}

static int note_report(struct notifier_block *nb, unsigned long kind,
		       void *data)
{
	if (kind != MYSLAB_USE_AFTER_FREE)
		wrong = "there was a report of another kind";
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = note_report };

static int arena_model_init(struct kunit *test)
{
	wrong = NULL;
	return myslab_report_register(&nb);
}

static void arena_model_exit(struct kunit *test)
{
	mirror_fail_at(0);
	mirror_fail_one_in(0);
	myslab_report_unregister(&nb);
}

static struct kunit_case arena_model_cases[] = {
	KUNIT_CASE(random_operations_match_the_model),
	{}
};

static struct kunit_suite arena_model_suite = {
	.name = "mirror_arena_model",
	.init = arena_model_init,
	.exit = arena_model_exit,
	.test_cases = arena_model_cases,
};

kunit_test_suite(arena_model_suite);

MODULE_LICENSE("GPL");
