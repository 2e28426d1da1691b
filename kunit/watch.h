/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every suite shares: a watch over the findings of a test, and caches
 * that the end of the test destroys.
 *
 * A test announces each finding that it provokes, by kind and object, before
 * it provokes it. Its end fails if one did not come, or if one came that was
 * not announced: so each test also proves that everything else it did stayed
 * silent. A cache that is destroyed there with objects out is a leak, which
 * nobody announced.
 *
 * Use watch_begin and watch_end as a suite's init and exit.
 */
#ifndef MYSLAB_KUNIT_WATCH_H
#define MYSLAB_KUNIT_WATCH_H

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <myslab.h>

/* 6.1 has no mark for tests that take long. */
#ifndef KUNIT_CASE_SLOW
#define KUNIT_CASE_SLOW(test_name)	KUNIT_CASE(test_name)
#endif

#define WATCH_MAX	64

/* Matches every address; for findings that are not about one object. */
#define ANY_OBJECT	((void *)-1L)

struct watch_finding {
	enum myslab_kind kind;
	const void *object;
	bool came;
};

struct watch {
	struct notifier_block nb;
	raw_spinlock_t lock;		/* findings come from any context */
	unsigned int nr_announced;
	unsigned int nr_strange;	/* came without being announced */
	struct watch_finding announced[WATCH_MAX];
	struct watch_finding strange;	/* the first of them */
	unsigned int nr_caches;
	struct myslab_cache *caches[WATCH_MAX];
};

static inline struct watch_finding *
watch_match(struct watch *watch, const struct myslab_finding *finding)
{
	unsigned int i;

	for (i = 0; i < watch->nr_announced; i++) {
		struct watch_finding *a = &watch->announced[i];

		if (!a->came && a->kind == finding->kind &&
		    (a->object == ANY_OBJECT || a->object == finding->object))
			return a;
	}
	return NULL;
}

static inline int watch_notify(struct notifier_block *nb, unsigned long kind,
			       void *data)
{
	struct watch *watch = container_of(nb, struct watch, nb);
	const struct myslab_finding *finding = data;
	struct watch_finding *announced;
	unsigned long flags;

	raw_spin_lock_irqsave(&watch->lock, flags);
	announced = watch_match(watch, finding);
	if (announced) {
		announced->came = true;
	} else if (!watch->nr_strange++) {
		watch->strange.kind = finding->kind;
		watch->strange.object = finding->object;
	}
	raw_spin_unlock_irqrestore(&watch->lock, flags);
	return NOTIFY_OK;
}

static inline int watch_begin(struct kunit *test)
{
	struct watch *watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);

	if (!watch)
		return -ENOMEM;
	raw_spin_lock_init(&watch->lock);
	watch->nb.notifier_call = watch_notify;
	test->priv = watch;
	return myslab_report_register(&watch->nb);
}

static inline void watch_end(struct kunit *test)
{
	struct watch *watch = test->priv;
	unsigned int i;

	if (!watch)
		return;
	for (i = watch->nr_caches; i--; )
		myslab_cache_destroy(watch->caches[i]);
	myslab_report_unregister(&watch->nb);

	for (i = 0; i < watch->nr_announced; i++)
		KUNIT_EXPECT_TRUE_MSG(test, watch->announced[i].came,
				      "announced finding %u of kind %d", i,
				      watch->announced[i].kind);
	KUNIT_EXPECT_EQ_MSG(test, watch->nr_strange, 0U,
			    "unannounced; first of kind %d, object %p",
			    watch->strange.kind, watch->strange.object);
}

/* From here on exactly one finding of this kind about @object must come. */
static inline void expect_report(struct kunit *test, enum myslab_kind kind,
				 const void *object)
{
	struct watch *watch = test->priv;
	unsigned long flags;

	raw_spin_lock_irqsave(&watch->lock, flags);
	if (watch->nr_announced < WATCH_MAX)
		watch->announced[watch->nr_announced++] =
			(struct watch_finding){ kind, object, false };
	raw_spin_unlock_irqrestore(&watch->lock, flags);
}

/* Whether all that was announced so far has come, and nothing else. */
static inline bool reports_came(struct kunit *test)
{
	struct watch *watch = test->priv;
	unsigned long flags;
	unsigned int i;
	bool all = true;

	raw_spin_lock_irqsave(&watch->lock, flags);
	for (i = 0; i < watch->nr_announced; i++)
		all &= watch->announced[i].came;
	all &= !watch->nr_strange;
	raw_spin_unlock_irqrestore(&watch->lock, flags);
	return all;
}

/* A cache under a name of its own, destroyed at the end; NULL: failed. */
static inline struct myslab_cache *
new_cache(struct kunit *test, size_t size,
	  const struct myslab_cache_args *args)
{
	static unsigned int serial;
	struct watch *watch = test->priv;
	struct myslab_cache *cache;
	char name[24];

	if (watch->nr_caches == WATCH_MAX)
		return NULL;
	snprintf(name, sizeof(name), "kunit-%u", serial++);
	cache = myslab_cache_create(name, size, args);
	if (IS_ERR(cache)) {
		KUNIT_FAIL(test, "creating %s: %ld", name, PTR_ERR(cache));
		return NULL;
	}
	watch->caches[watch->nr_caches++] = cache;
	return cache;
}

/* Destroy now what new_cache() made. */
static inline void destroy_cache(struct kunit *test,
				 struct myslab_cache *cache)
{
	struct watch *watch = test->priv;
	unsigned int i;

	for (i = 0; i < watch->nr_caches; i++)
		if (watch->caches[i] == cache)
			watch->caches[i] = watch->caches[--watch->nr_caches];
	myslab_cache_destroy(cache);
}

static inline struct myslab_cache_stat stat_of(struct myslab_cache *cache)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(cache, &stat);
	return stat;
}

/*
 * For what is not so while a cache is debugged: it has no magazines, its
 * objects lie further apart, and what is free is poisoned.
 */
#define skip_if_debugged(test, cache) do {				\
	if (stat_of(cache).debugged)					\
		kunit_skip(test, "the cache is debugged");		\
} while (0)

/* Allocate @nr objects into @objs; what there was to get. */
static inline unsigned int take(struct myslab_cache *cache, void **objs,
				unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
		if (!objs[i])
			break;
	}
	return i;
}

static inline void give_back(struct myslab_cache *cache, void **objs,
			     unsigned int nr)
{
	while (nr--)
		myslab_cache_free(cache, objs[nr]);
}

/* Whether every one of @size bytes is @value. */
static inline bool all_bytes(const void *p, u8 value, size_t size)
{
	const u8 *byte = p;

	while (size--)
		if (*byte++ != value)
			return false;
	return true;
}

/* Poll for what a worker or a grace period brings about; at most 30 s. */
#define wait_until(cond) ({						\
	unsigned int __left = 1500;					\
									\
	while (!(cond) && --__left)					\
		msleep(20);						\
	__left > 0;							\
})

#endif
