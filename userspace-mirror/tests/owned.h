/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trivially right model of a cache: the set of objects that clients have,
 * each filled with a pattern of its own. Handing out an object twice, or
 * touching one that a client has, shows here at once.
 */
#ifndef MIRROR_TESTS_OWNED_H
#define MIRROR_TESTS_OWNED_H

#include <linux/hash.h>
#include <linux/string.h>
#include <linux/types.h>

/* At least twice as many places in the hash as objects. */
#ifndef OWNED_MAX
#define OWNED_MAX	4096
#define OWNED_BITS	13
#endif

struct owned_object {
	void *obj;
	u32 tag;		/* what its bytes are made of */
	u32 place;		/* in the hash */
};

struct owned {
	size_t size;
	size_t untouched;	/* bytes in front that a constructor keeps */
	unsigned int nr;
	u32 next_tag;
	const char *wrong;	/* the first thing that was */
	struct owned_object objects[OWNED_MAX];
	u32 hash[1 << OWNED_BITS];	/* index + 1; ~0: was there */
};

static inline void owned_init(struct owned *o, size_t size, size_t untouched)
{
	o->size = size;
	o->untouched = untouched;
	o->nr = 0;
	o->wrong = NULL;
	memset(o->hash, 0, sizeof(o->hash));
}

static inline long owned_find(const struct owned *o, const void *obj)
{
	u32 h = hash_ptr(obj, OWNED_BITS);

	for (; o->hash[h]; h = (h + 1) & ((1 << OWNED_BITS) - 1))
		if (o->hash[h] != ~0U && o->objects[o->hash[h] - 1].obj == obj)
			return o->hash[h] - 1;
	return -1;
}

/* Small objects whole, large ones at both ends. */
static inline void owned_spans(const struct owned *o, size_t *head,
			       size_t *tail)
{
	size_t bytes = o->size - o->untouched;

	*head = bytes < 64 ? bytes : 64;
	*tail = bytes < 128 ? bytes - *head : 64;
}

static inline void owned_fill(struct owned *o, struct owned_object *e)
{
	u8 *p = (u8 *)e->obj + o->untouched;
	size_t head, tail;

	owned_spans(o, &head, &tail);
	memset(p, e->tag, head);
	memset((u8 *)e->obj + o->size - tail, e->tag, tail);
}

static inline bool owned_intact(const struct owned *o,
				const struct owned_object *e)
{
	const u8 *p = (u8 *)e->obj + o->untouched;
	size_t head, tail;

	owned_spans(o, &head, &tail);
	return !memchr_inv(p, e->tag, head) &&
	       !memchr_inv((u8 *)e->obj + o->size - tail, e->tag, tail);
}

/* The cache gave @obj out. */
static inline void owned_add(struct owned *o, void *obj)
{
	struct owned_object *e;
	u32 h;

	if (owned_find(o, obj) >= 0) {
		o->wrong = "an object was handed out twice";
		return;
	}
	if (o->nr == OWNED_MAX) {
		o->wrong = "the model is full";
		return;
	}
	e = &o->objects[o->nr++];
	e->obj = obj;
	e->tag = ++o->next_tag;
	for (h = hash_ptr(obj, OWNED_BITS); o->hash[h] && o->hash[h] != ~0U;
	     h = (h + 1) & ((1 << OWNED_BITS) - 1))
		;
	o->hash[h] = o->nr;
	e->place = h;
	owned_fill(o, e);
}

/* The client is about to give back the object at @i. */
static inline void *owned_del(struct owned *o, unsigned int i)
{
	struct owned_object *e = &o->objects[i];
	void *obj = e->obj;

	if (!owned_intact(o, e))
		o->wrong = "an object that a client had was written to";
	o->hash[e->place] = ~0U;
	o->nr--;
	if (i != o->nr) {
		*e = o->objects[o->nr];
		o->hash[e->place] = i + 1;
	}
	if (!o->nr)
		memset(o->hash, 0, sizeof(o->hash));
	return obj;
}

#endif
