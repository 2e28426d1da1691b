// SPDX-License-Identifier: GPL-2.0
/*
 * What is debugged: rules, and switching caches to them while they are used.
 *
 * A switch first makes all that it will need, and only then changes anything,
 * so that it fails without a trace. Then, for all caches at once:
 *
 *   1. cache->debug leads to the new side, or to none; cache->cpu to
 *	myslab_off, or to fresh magazines.
 *   2. A grace period. Whoever entered the magazines that were replaced has
 *	left them, since he did so with preemption off; whoever took the old
 *	side out of cache->debug has counted himself in side->users.
 *   3. The old magazines are private: their objects return to the slabs. The
 *	old side is retired, and freed when it has no users and no objects:
 *	now, or at a later switch, shrink or interval.
 *
 * Between 1 and 3 a call may find any mix of old and new, each of which is
 * sound by itself: an allocation gets an object of the cache or of a side
 * that is listed; a free goes by the owner word in the object's pages, which
 * nobody changes, and a side is listed before it hands out its first object
 * and until its last one is back. A call that is in alloc_slow() with fresh
 * magazines of before step 1, or none, only ever takes from the slabs.
 *
 * myslab_debug_lock covers the rules and orders switches. A cache that is being
 * created is listed with the rules applied under it, so that a switch finds
 * either the cache or its rules found the switch. Order: types.h.
 */
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <myslab/debug.h>

#include "cache.h"
#include "cpu_cache.h"
#include "debug.h"
#include "registry.h"

static DEFINE_MUTEX(myslab_debug_lock);
static struct myslab_rules rules;

static const struct myslab_letters off;

/* What becomes of one cache, which is pinned meanwhile. */
struct change {
	struct list_head link;
	struct myslab_cache *cache;
	struct myslab_side *side;		/* NULL: off */
	struct myslab_cpu __percpu *cpus;	/* if off */
};

static struct myslab_letters wanted(const struct myslab_rules *by,
				    const struct myslab_cache *cache)
{
	const struct myslab_rule *rule;

	rule = myslab_rules_find(by, cache->self.name, cache->self.owner_name);
	return rule ? rule->letters : off;
}

static bool is_so_already(const struct myslab_cache *cache,
			  const struct myslab_letters *letters)
{
	return myslab_letters_equal(cache->debug ? &cache->debug->letters :
				    &off, letters);
}

static void drop(struct change *change)
{
	if (change->side)
		myslab_side_free(change->side);
	free_percpu(change->cpus);
	myslab_registry_unpin(&change->cache->self);
	kfree(change);
}

static bool prepare(struct change *change, const struct myslab_letters *letters)
{
	if (letters->mask)
		change->side = myslab_side_new(change->cache, letters);
	else
		change->cpus = myslab_cpu_new();
	return change->side || change->cpus;
}

/* A pin of the cache becomes the change's. */
static int add_change(struct list_head *changes, struct myslab_cache *cache,
		      const struct myslab_letters *letters)
{
	struct change *change = kzalloc(sizeof(*change), GFP_KERNEL);

	if (!change) {
		myslab_registry_unpin(&cache->self);
		return -ENOMEM;
	}
	change->cache = cache;
	if (!prepare(change, letters)) {
		drop(change);
		return -ENOMEM;
	}
	list_add_tail(&change->link, changes);
	return 0;
}

/* The next cache behind @prev, pinned; @prev stays so. */
static struct myslab_cache *next_cache(struct myslab_cache *prev)
{
	struct myslab_allocator *first = prev ? &prev->self : NULL;
	struct myslab_allocator *allocator = first, *next;

	mutex_lock(&myslab_registry_lock);
	for (;;) {
		next = myslab_registry_pin_next(allocator);
		if (allocator != first)
			myslab_registry_unpin(allocator);
		if (!next || next->type == &myslab_cache_type)
			break;
		allocator = next;
	}
	mutex_unlock(&myslab_registry_lock);
	return next ? myslab_cache_of(next) : NULL;
}

/* All that the switch will need; -ENOMEM: the caller drops what there is. */
static int collect(struct list_head *changes, const struct myslab_rules *by)
{
	struct myslab_cache *cache = NULL, *next;
	struct myslab_letters letters;
	int err;

	while ((next = next_cache(cache))) {
		if (cache)
			myslab_registry_unpin(&cache->self);
		cache = next;
		letters = wanted(by, cache);
		if (is_so_already(cache, &letters))
			continue;
		atomic_inc(&cache->self.pins);
		err = add_change(changes, cache, &letters);
		if (err) {
			myslab_registry_unpin(&cache->self);
			return err;
		}
	}
	if (cache)
		myslab_registry_unpin(&cache->self);
	return 0;
}

/* Step 1. */
static void publish(struct change *change)
{
	struct myslab_cache *cache = change->cache;

	if (change->side)
		myslab_side_list(change->side);
	/* Whole before it is seen. */
	smp_store_release(&cache->debug, change->side);
	if (!change->side)
		myslab_cpu_replace(cache, change->cpus);
	else if (cache->cpu != &myslab_off)
		myslab_cpu_replace(cache, &myslab_off);
	change->side = NULL;
	change->cpus = NULL;
}

static void commit(struct list_head *changes)
{
	struct change *change, *next;

	if (list_empty(changes))
		return;
	cpus_read_lock();
	list_for_each_entry(change, changes, link)
		publish(change);
	synchronize_rcu();
	list_for_each_entry(change, changes, link)
		myslab_cpu_left(change->cache);
	cpus_read_unlock();

	list_for_each_entry_safe(change, next, changes, link) {
		myslab_cache_give_back(change->cache);
		myslab_sides_retire(change->cache);
		myslab_sides_reap(change->cache);
		drop(change);
	}
}

/* Caches that one of the rules from @from to below @to matches. */
static unsigned int count_matches(const struct myslab_rules *by,
				  unsigned int from, unsigned int to)
{
	struct myslab_cache *cache = NULL, *next;
	unsigned int nr = 0, i;

	while ((next = next_cache(cache))) {
		if (cache)
			myslab_registry_unpin(&cache->self);
		cache = next;
		for (i = from; i < to; i++)
			if (myslab_rule_matches(&by->rule[i], cache->self.name,
						cache->self.owner_name))
				break;
		nr += i < to;
	}
	if (cache)
		myslab_registry_unpin(&cache->self);
	return nr;
}

/* A selector that names something must match something. */
static bool all_match(const struct myslab_rules *more)
{
	char text[MYSLAB_RULE_TEXT];
	unsigned int i;

	for (i = 0; i < more->nr; i++) {
		if (myslab_rule_is_everything(&more->rule[i]) ||
		    count_matches(more, i, i + 1))
			continue;
		myslab_rule_print(&more->rule[i], text, sizeof(text));
		pr_err("myslab: debug: \"%s\" matches no cache; pools, arenas and heaps cannot be debugged yet\n",
		       text);
		return false;
	}
	return true;
}

/* Both in one piece of memory: they are too large for a stack. */
struct work {
	struct myslab_rules more, all;
};

static bool wants_guards(const struct myslab_rules *more)
{
	unsigned int i;

	for (i = 0; i < more->nr; i++)
		if (more->rule[i].letters.mask & MYSLAB_DEBUG_G)
			return true;
	return false;
}

static int parse(struct work *work, const char *text)
{
	struct myslab_select_error error;

	if (!myslab_rules_parse(&work->more, text, &error)) {
		pr_err("myslab: debug: %s, at character %u of \"%.*s\"\n",
		       error.what, error.at + 1,
		       (int)strcspn(text, "\n"), text);
		return -EINVAL;
	}
	work->all = rules;
	if (!myslab_rules_merge(&work->all, &work->more)) {
		pr_err("myslab: debug: more than %u selectors\n",
		       MYSLAB_MAX_RULES);
		return -ENOSPC;
	}
	return wants_guards(&work->more) ? myslab_guard_begin() : 0;
}

static int switch_to(struct work *work)
{
	struct change *change, *next;
	LIST_HEAD(changes);
	int err;

	if (!all_match(&work->more))
		return -EINVAL;
	err = collect(&changes, &work->all);
	if (err) {
		list_for_each_entry_safe(change, next, &changes, link)
			drop(change);
		pr_err("myslab: debug: out of memory, nothing is changed\n");
		return err;
	}
	commit(&changes);
	rules = work->all;
	pr_info("myslab: debug: %u caches match\n",
		count_matches(&work->more, 0, work->more.nr));
	return 0;
}

int myslab_debug_set(const char *text)
{
	struct work *work;
	int err;

	might_sleep();
	work = kmalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return -ENOMEM;
	mutex_lock(&myslab_debug_lock);
	err = parse(work, text);
	if (!err)
		err = switch_to(work);
	mutex_unlock(&myslab_debug_lock);
	kfree(work);
	return err;
}
EXPORT_SYMBOL_GPL(myslab_debug_set);

/* A copy of what holds now. */
void myslab_debug_rules(struct myslab_rules *copy)
{
	mutex_lock(&myslab_debug_lock);
	*copy = rules;
	mutex_unlock(&myslab_debug_lock);
}

/*
 * A new cache, whole but for its magazines: gets them, or a side, and is
 * listed.
 *
 * Return: 0, or -errno and the caller frees it.
 */
int myslab_debug_begin(struct myslab_cache *cache)
{
	struct myslab_letters letters;
	int err = -ENOMEM;

	mutex_lock(&myslab_debug_lock);
	letters = wanted(&rules, cache);
	if (letters.mask) {
		cache->cpu = &myslab_off;
		cache->debug = myslab_side_new(cache, &letters);
		if (!cache->debug)
			goto out;
		myslab_side_list(cache->debug);
	} else {
		cache->cpu = myslab_cpu_new();
		if (!cache->cpu)
			goto out;
	}
	err = myslab_registry_add(&cache->self);
	if (err && cache->cpu != &myslab_off)
		free_percpu(cache->cpu);
out:
	mutex_unlock(&myslab_debug_lock);
	return err;
}

/*
 * At load: no cache is there yet.
 *
 * Return: 0, or -errno and a line in the log.
 */
int myslab_debug_init(const char *text)
{
	struct work *work;
	int err;

	myslab_dress_init();
	if (!text)
		return 0;
	work = kmalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return -ENOMEM;
	err = parse(work, text);
	if (!err)
		rules = work->all;
	kfree(work);
	return err;
}
