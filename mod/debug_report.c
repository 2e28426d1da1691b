// SPDX-License-Identifier: GPL-2.0
/*
 * What is said about an object of a side, behind the first line and the stack
 * of whoever found it. No lock of ours is held; the object is withdrawn, or
 * being freed, so that its slab stays.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>

#include "debug.h"
#include "report.h"

struct details {
	struct myslab_report_details self;
	const struct myslab_object *o;
	const struct myslab_damage *damage;
	u64 now;
};

/* Memory of its slot only. */
static void dump(const struct myslab_object *o, long at)
{
	const struct myslab_layout *layout = &o->side->cache.layout;

	myslab_report_bytes(o->start, at, -(long)layout->left,
			    layout->stride - layout->left);
}

static void print_neighbour(const struct myslab_object *o, const char *where,
			    unsigned int idx)
{
	struct myslab_object other;

	if (idx >= o->side->cache.layout.objects)
		return;
	other = myslab_object_at(o->slab, idx);
	pr_err("myslab:   %s it %s#%u.%u at %p: %s\n", where,
	       o->side->parent->self.name, o->slab->serial, idx, other.start,
	       myslab_object_state(&other));
}

static void print_place(const struct myslab_object *o)
{
	const struct myslab_layout *layout = &o->side->cache.layout;

	pr_err("myslab:   %s#%u.%u: %u bytes, %u before and %u behind; one of %u in its slab\n",
	       o->side->parent->self.name, o->slab->serial, o->idx,
	       o->side->cache.size, layout->left,
	       layout->stride - layout->left - o->side->cache.size,
	       layout->objects);
	print_neighbour(o, "below", o->idx - 1);
	print_neighbour(o, "above", o->idx + 1);
}

static void print_tracks(const struct myslab_object *o, u64 now)
{
	if (myslab_side_has(o->side, MYSLAB_DEBUG_U))
		myslab_tracks_print(o->record->tracks, MYSLAB_ALL_TRACKS, now,
				    &myslab_log_lines);
}

static void print_details(const struct myslab_report_details *self)
{
	const struct details *d = container_of(self, struct details, self);

	if (d->damage && !d->damage->summed)
		dump(d->o, d->damage->first);
	print_place(d->o);
	print_tracks(d->o, d->now);
	myslab_report_letters(&d->o->side->letters, d->damage);
}

static struct myslab_report_details details_of(const struct myslab_object *o)
{
	return (struct myslab_report_details){
		.print = print_details,
		.place = {
			.name = o->side->parent->self.name,
			.slab = o->slab->serial,
			.idx = o->idx,
		},
	};
}

#define report(kind, about, fmt, ...)					\
do {									\
	const struct details *__d = (about);				\
	struct myslab_allocator *__self = &__d->o->side->parent->self;	\
									\
	myslab_report_with(kind, __self, __d->o->start, &__d->self,	\
			   "is %s#%u.%u: " fmt, __self->name,		\
			   __d->o->slab->serial, __d->o->idx,		\
			   ##__VA_ARGS__);				\
} while (0)

/* @when: "when it was freed". */
void myslab_debug_report_damage(const struct myslab_object *o,
				const struct myslab_damage *damage,
				const char *when)
{
	struct details d = {
		.self = details_of(o), .o = o, .damage = damage,
		.now = ktime_get_mono_fast_ns(),
	};

	if (damage->summed)
		report(damage->kind, &d,
		       "its state changed while it was free, seen %s", when);
	else
		report(damage->kind, &d,
		       "bytes %+ld to %+ld %s, seen %s; at %+ld 0x%02x is expected, 0x%02x found",
		       damage->first, damage->last,
		       damage->kind == MYSLAB_INVALID_FREE ?
		       "are not as constructed" : "were written",
		       when, damage->first,
		       damage->expected, damage->found);
}

void myslab_debug_report_twice(const struct myslab_object *o)
{
	struct details d = {
		.self = details_of(o), .o = o,
		.now = ktime_get_mono_fast_ns(),
	};

	report(MYSLAB_DOUBLE_FREE, &d, "freed, but it is %s", myslab_object_state(o));
}

/* Of a slab that may be gone by now: no pointer to it. */
void myslab_debug_report_slab(struct myslab_cache *cache, u32 serial,
			      const char *fault)
{
	myslab_report_cache(MYSLAB_CORRUPT_METADATA, cache, NULL,
			    "slab %u: %s", serial, fault);
}

/* Behind the line about an object that leaked: who allocated it. */
void myslab_debug_print_still_out(struct myslab_cache *cache, const void *obj)
{
	struct myslab_side *side;
	struct myslab_object o;

	if (myslab_guard_of(&cache->self, obj)) {
		myslab_guard_users(obj, &myslab_log_lines);
		return;
	}
	rcu_read_lock();
	side = myslab_side_find(cache, obj);
	if (side) {
		const void *slot = obj - side->cache.layout.left;

		o = myslab_object_at(myslab_page_slab(virt_to_page(obj)),
				     myslab_slab_index(&side->cache, slot));
		print_tracks(&o, ktime_get_mono_fast_ns());
	}
	rcu_read_unlock();
}
