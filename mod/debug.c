// SPDX-License-Identifier: GPL-2.0
/*
 * What is debugged: rules, and switching to them what is used meanwhile.
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
 * Heaps, pools and arenas have a ledger instead, which changes in place in step
 * 1 (ledger.h); what their types do then and after step 2 is said there.
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

static const struct myslab_letters off = MYSLAB_LETTERS_OFF;

/* What becomes of one allocator, which is pinned meanwhile. */
struct change {
	struct list_head link;
	struct myslab_allocator *allocator;
	struct myslab_letters letters;
	struct myslab_side *side;		/* of a cache; NULL: off */
	struct myslab_cpu __percpu *cpus;	/* of a cache, if off */
	struct myslab_side *light;		/* that it had; or NULL */
};

/* What is on now. */
static const struct myslab_letters *
letters_now(struct myslab_allocator *allocator)
{
	const struct myslab_side *side;

	if (!myslab_is_cache(allocator))
		return allocator->ledger ? &allocator->ledger->letters : &off;
	side = myslab_cache_of(allocator)->debug;
	return side ? &side->letters : &off;
}

static void drop(struct change *change)
{
	if (change->side)
		myslab_side_free(change->side);
	free_percpu(change->cpus);
	myslab_registry_unpin(change->allocator);
	kfree(change);
}

static bool prepare_ledger(struct myslab_allocator *allocator,
			   const struct myslab_letters *letters)
{
	const struct myslab_allocator_type *type = allocator->type;

	if (!myslab_ledger_prepare(allocator, letters))
		return false;
	return !type->debug_prepare || type->debug_prepare(allocator, letters);
}

static bool prepare(struct change *change)
{
	struct myslab_allocator *allocator = change->allocator;

	if (!myslab_is_cache(allocator))
		return prepare_ledger(allocator, &change->letters);
	if (change->letters.mask)
		change->side = myslab_side_new(myslab_cache_of(allocator),
					       &change->letters);
	else
		change->cpus = myslab_cpu_new();
	return change->side || change->cpus;
}

/* A pin of the allocator becomes the change's. */
static int add_change(struct list_head *changes,
		      struct myslab_allocator *allocator,
		      const struct myslab_letters *letters)
{
	struct change *change = kzalloc(sizeof(*change), GFP_KERNEL);

	if (!change) {
		myslab_registry_unpin(allocator);
		return -ENOMEM;
	}
	change->allocator = allocator;
	change->letters = *letters;
	if (!prepare(change)) {
		drop(change);
		return -ENOMEM;
	}
	list_add_tail(&change->link, changes);
	return 0;
}

/* All that the switch will need; -ENOMEM: the caller drops what there is. */
static int collect(struct list_head *changes, const struct myslab_rules *by)
{
	struct myslab_allocator *allocator = NULL;
	struct myslab_letters letters;
	int err;

	while ((allocator = myslab_debug_next(allocator))) {
		letters = myslab_letters_wanted(by, allocator);
		if (myslab_letters_equal(letters_now(allocator), &letters))
			continue;
		atomic_inc(&allocator->pins);
		err = add_change(changes, allocator, &letters);
		if (err) {
			myslab_registry_unpin(allocator);
			return err;
		}
	}
	return 0;
}

static void switch_ledger(struct myslab_allocator *allocator,
			  const struct myslab_letters *letters)
{
	myslab_ledger_set(allocator->ledger, letters);
	if (allocator->type->debug_switch)
		allocator->type->debug_switch(allocator);
}

static void publish_side(struct change *change)
{
	struct myslab_cache *cache = myslab_cache_of(change->allocator);

	if (cache->debug && myslab_side_is_light(cache->debug)) {
		change->light = cache->debug;
		myslab_light_set(cache, NULL);
		myslab_cpu_replace(&change->light->cache, &myslab_off);
	}
	if (change->side)
		myslab_side_list(change->side);
	/* Whole before it is seen. */
	smp_store_release(&cache->debug, change->side);
	if (!change->side)
		myslab_cpu_replace(cache, change->cpus);
	else if (cache->cpu != &myslab_off)
		myslab_cpu_replace(cache, &myslab_off);
	if (change->side && myslab_side_is_light(change->side))
		myslab_light_set(cache, change->side);
	change->side = NULL;
	change->cpus = NULL;
}

/* Step 1. */
static void publish(struct change *change)
{
	if (myslab_is_cache(change->allocator))
		publish_side(change);
	else
		switch_ledger(change->allocator, &change->letters);
}

/* Step 3, but for what must be done while CPUs stay as they are. */
static void settle(struct change *change)
{
	struct myslab_allocator *allocator = change->allocator;
	struct myslab_cache *cache;

	if (!myslab_is_cache(allocator)) {
		if (allocator->type->debug_settle)
			allocator->type->debug_settle(allocator);
		return;
	}
	cache = myslab_cache_of(allocator);
	myslab_cache_give_back(cache);
	myslab_sides_retire(cache);
	myslab_sides_reap(cache);
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
	list_for_each_entry(change, changes, link) {
		if (myslab_is_cache(change->allocator))
			myslab_cpu_left(myslab_cache_of(change->allocator));
		if (change->light)
			myslab_cpu_left(&change->light->cache);
	}
	cpus_read_unlock();

	list_for_each_entry_safe(change, next, changes, link) {
		settle(change);
		drop(change);
	}
}

/* Both in one piece of memory: they are too large for a stack. */
struct work {
	struct myslab_rules more, all;
};

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
	return myslab_rules_begin_guards(&work->all);
}

static int switch_to(struct work *work)
{
	struct change *change, *next;
	struct myslab_matches nr;
	LIST_HEAD(changes);
	int err;

	if (!myslab_rules_all_match(&work->more))
		return -EINVAL;
	err = collect(&changes, &work->all);
	if (err) {
		list_for_each_entry_safe(change, next, &changes, link)
			drop(change);
		return err;
	}
	commit(&changes);
	rules = work->all;
	myslab_rules_count(&work->more, 0, work->more.nr, &nr);
	pr_info("myslab: debug: %u caches and %u pools, arenas and heaps match\n",
		nr.caches, nr.all - nr.caches);
	return 0;
}

int myslab_debug_set(const char *text)
{
	struct work *work;
	int err;

	might_sleep();
	work = kmalloc(sizeof(*work), GFP_KERNEL);
	mutex_lock(&myslab_debug_lock);
	err = work ? parse(work, text) : -ENOMEM;
	if (!err)
		err = switch_to(work);
	mutex_unlock(&myslab_debug_lock);
	if (err == -ENOMEM)
		pr_err("myslab: debug: out of memory, nothing is changed\n");
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
	letters = myslab_letters_wanted(&rules, &cache->self);
	if (letters.mask) {
		cache->cpu = &myslab_off;
		cache->debug = myslab_side_new(cache, &letters);
		if (!cache->debug)
			goto out;
		myslab_side_list(cache->debug);
		if (myslab_side_is_light(cache->debug))
			myslab_light_set(cache, cache->debug);
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

/* Before it is made: does a rule want this of one of that name? */
bool myslab_debug_wants(const struct myslab_allocator *allocator,
			unsigned int letter)
{
	struct myslab_letters letters;

	mutex_lock(&myslab_debug_lock);
	letters = myslab_letters_wanted(&rules, allocator);
	mutex_unlock(&myslab_debug_lock);
	return letters.mask & letter;
}

/*
 * A new allocator of another type, whole: gets the letters that it is to have,
 * and is listed.
 *
 * Return: 0, or -errno and the caller frees it, its ledger too.
 */
int myslab_debug_add(struct myslab_allocator *allocator)
{
	struct myslab_letters letters;
	int err = -ENOMEM;

	mutex_lock(&myslab_debug_lock);
	letters = myslab_letters_wanted(&rules, allocator);
	if (letters.mask) {
		if (!prepare_ledger(allocator, &letters))
			goto out;
		switch_ledger(allocator, &letters);
		if (allocator->type->debug_settle)
			allocator->type->debug_settle(allocator);
	}
	err = myslab_registry_add(allocator);
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
