// SPDX-License-Identifier: GPL-2.0
/*
 * What an address is: for reports about a pointer that was freed wrongly, for
 * clients, for /proc/myslab/whatis. The address is compared, never followed; a
 * slab is looked at under the lock of its lists, where it keeps its pages.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/ktime.h>
#include <linux/nodemask.h>
#include <linux/rculist.h>
#include <linux/string.h>

#include <myslab/debug.h>

#include "cache.h"
#include "debug.h"
#include "owner.h"
#include "registry.h"
#include "report.h"

/* All that is known of an object, seen at one moment. */
struct sight {
	const char *cache;
	const char *state;
	u32 slab;
	unsigned int idx;
	unsigned int objects;		/* in its slab; idx may be as many */
	long offset;			/* from the start of the object */
	unsigned int size;
	bool tracked;
	struct myslab_track tracks[MYSLAB_NR_TRACKS];
};

static const char *state_in_slab(struct myslab_slab *slab, unsigned int idx)
{
	if (myslab_slab_is_condemned(slab, idx))
		return "withdrawn after a finding";
	if (test_bit(idx, myslab_slab_bits(slab, MYSLAB_FREE)))
		return "free";
	/* Only then has it one; at a free or its end either will do. */
	if (data_race(slab->rcu_listed) &&
	    (test_bit(idx, myslab_slab_bits(slab, MYSLAB_DEFERRED)) ||
	     test_bit(idx, myslab_slab_bits(slab, MYSLAB_DEFERRED_TOO))))
		return "waiting for a grace period";
	return "out, or free in a magazine";
}

static void see_record(struct myslab_slab *slab, struct sight *sight)
{
	struct myslab_object o = myslab_object_at(slab, sight->idx);

	if (!myslab_slab_is_condemned(slab, sight->idx))
		sight->state = myslab_object_state(&o);
	sight->tracked = myslab_side_has(o.side, MYSLAB_DEBUG_U);
	if (sight->tracked)
		memcpy(sight->tracks, o.record->tracks, sizeof(sight->tracks));
}

static void see(struct myslab_slab *slab, const void *addr,
		struct sight *sight)
{
	const struct myslab_cache *cache = slab->cache;
	unsigned long offset = addr - slab->base;

	*sight = (struct sight){
		.cache = cache->allocator->name, .slab = slab->serial,
		.idx = min(offset / cache->layout.stride,
			   (unsigned long)cache->objects),
		.objects = cache->objects, .size = cache->size,
	};
	sight->offset = offset - (long)sight->idx * cache->layout.stride -
			cache->layout.left;
	if (sight->idx == sight->objects)
		return;
	sight->state = state_in_slab(slab, sight->idx);
	if (myslab_is_side(cache))
		see_record(slab, sight);
}

/* @cache: itself or a side of it, found to own @addr; false: no longer. */
static bool look(struct myslab_cache *cache, const void *addr,
		 struct sight *sight)
{
	/* Of a side every page leads to its slab, of a cache the first. */
	const void *base = myslab_is_side(cache) ? addr :
			   (void *)((unsigned long)addr & cache->base_mask);
	struct page *page = virt_to_page(base);
	struct myslab_slab_lists *lists = myslab_slab_lists_at(cache, base);
	unsigned long flags;
	bool found;

	/* Who was interrupted by an NMI may have it. */
	if (!in_nmi())
		raw_spin_lock_irqsave(&lists->lock, flags);
	else if (!raw_spin_trylock_irqsave(&lists->lock, flags))
		return false;
	found = page_private(page) == cache->owner;
	if (found)
		see(myslab_page_slab(page), addr, sight);
	raw_spin_unlock_irqrestore(&lists->lock, flags);
	return found;
}

static bool look_at(struct myslab_allocator *allocator, const void *addr,
		    struct sight *sight)
{
	struct myslab_cache *cache = myslab_cache_of(allocator);
	struct myslab_side *side = myslab_side_find(cache, addr);

	return look(side ? &side->cache : cache, addr, sight);
}

/*
 * How far into an object is an address that the cache owns? Behind the last
 * one, or where nobody knows, in front of any.
 *
 * Context: Any, while the object is out.
 */
long myslab_cache_offset(struct myslab_allocator *allocator, const void *addr)
{
	struct myslab_guard_slot *slot = myslab_guard_of(allocator, addr);
	struct sight sight;
	bool seen;

	if (slot)
		return (const u8 *)addr - slot->start;
	rcu_read_lock();
	seen = look_at(allocator, addr, &sight) && sight.idx < sight.objects;
	rcu_read_unlock();
	return seen ? sight.offset : -1;
}

/*
 * An address that the cache owns, in words.
 *
 * Context: Any, under RCU.
 */
void myslab_cache_describe(struct myslab_allocator *allocator,
			   const void *addr, char *text, size_t size)
{
	struct sight sight;

	if (!look_at(allocator, addr, &sight))
		strscpy(text, "in a slab that is being used", size);
	else if (sight.idx == sight.objects)
		scnprintf(text, size, "behind the last object of slab %u",
			  sight.slab);
	else
		scnprintf(text, size, "at %+ld of %s#%u.%u, which is %s",
			  sight.offset, sight.cache, sight.slab, sight.idx,
			  sight.state);
}

/* The same: who had it, line by line. */
void myslab_cache_users(struct myslab_allocator *allocator, const void *addr,
			struct myslab_lines *to)
{
	u64 now = ktime_get_mono_fast_ns();
	struct sight sight;

	if (look_at(allocator, addr, &sight) && sight.tracked)
		myslab_tracks_print(sight.tracks, MYSLAB_NR_TRACKS, now, to);
}

/* Lines that go to a text. */
struct text {
	struct myslab_lines lines;
	char *text;
	size_t size;
	size_t len;
};

__printf(2, 3)
static void put(struct myslab_lines *to, const char *fmt, ...)
{
	struct text *text = container_of(to, struct text, lines);
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	text->len += scnprintf(text->text + text->len, text->size - text->len,
			       "%pV\n", &vaf);
	va_end(args);
}

size_t myslab_whatis(const void *addr, char *text, size_t size)
{
	struct text to = { .lines.put = put, .text = text, .size = size };
	struct myslab_allocator *owner;
	char line[MYSLAB_DESCRIBED];

	rcu_read_lock();
	owner = myslab_registry_owner(addr);
	if (owner) {
		to.len = scnprintf(text, size, "%s %s, ", owner->type->name,
				   owner->name);
		myslab_owner_describe(owner, addr, line, sizeof(line));
		put(&to.lines, "%s", line);
	} else {
		put(&to.lines, "%s", myslab_what_is(addr));
	}
	if (owner)
		myslab_owner_users(owner, addr, &to.lines);
	rcu_read_unlock();
	return to.len;
}
EXPORT_SYMBOL_GPL(myslab_whatis);

static void *object_in(struct myslab_cache *cache, u32 serial,
		       unsigned int idx)
{
	struct myslab_slab_lists *lists;
	struct myslab_slab *slab;
	unsigned long flags;
	void *found = NULL;
	int nid, bin;

	if (idx >= cache->objects)
		return NULL;
	for (nid = 0; nid < nr_node_ids && !found; nid++) {
		lists = &cache->node[nid]->lists;
		raw_spin_lock_irqsave(&lists->lock, flags);
		for (bin = 0; bin < MYSLAB_NR_BINS; bin++)
			list_for_each_entry(slab, &lists->bin[bin], link)
				if (slab->serial == serial)
					found = slab->base + cache->layout.left;
		raw_spin_unlock_irqrestore(&lists->lock, flags);
	}
	return found ? found + (size_t)idx * cache->layout.stride : NULL;
}

static void *object_of(struct myslab_cache *cache, u32 serial,
		       unsigned int idx)
{
	void *found = object_in(cache, serial, idx);
	struct myslab_side *side;

	rcu_read_lock();
	hlist_for_each_entry_rcu(side, &cache->sides, link) {
		if (found)
			break;
		found = object_in(&side->cache, serial, idx);
	}
	rcu_read_unlock();
	return found;
}

static void *object_named(const char *name, u32 serial, unsigned int idx)
{
	struct myslab_allocator *allocator;
	void *found = NULL;

	mutex_lock(&myslab_registry_lock);
	myslab_for_each_allocator(allocator)
		if (allocator->type == &myslab_cache_type &&
		    !strcmp(allocator->name, name))
			found = object_of(myslab_cache_of(allocator), serial,
					  idx);
	mutex_unlock(&myslab_registry_lock);
	return found;
}

/*
 * The address that a text means: a number, or cache#slab.index; the text is
 * cut to pieces.
 *
 * Context: Process, may sleep.
 * Return: 0; -EINVAL: it is neither; -ENOENT: no such slab is there.
 */
int myslab_whatis_parse(char *text, unsigned long *addr)
{
	char *serial = text, *name = strsep(&serial, "#"), *idx = serial;
	unsigned int slab, nr;

	if (!serial)
		return kstrtoul(name, 16, addr) ? -EINVAL : 0;
	serial = strsep(&idx, ".");
	if (!idx || kstrtouint(serial, 10, &slab) || kstrtouint(idx, 10, &nr))
		return -EINVAL;
	*addr = (unsigned long)object_named(name, slab, nr);
	return *addr ? 0 : -ENOENT;
}
