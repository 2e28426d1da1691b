// SPDX-License-Identifier: GPL-2.0
/*
 * One random operation on the cache that is chosen, with what must hold for
 * what it returns.
 */
#include <linux/mm.h>
#include <linux/preempt.h>

#include "model.h"

#define MAX_BULK	48

struct subject *model_now;
const char *model_wrong;

u32 model_any(u32 below)
{
	return mirror_random() % below;
}

int model_build(void *obj, void *private, gfp_t gfp)
{
	struct subject *s = private;

	if (s->fails && model_any(50) == 0)
		return -ENOMEM;
	*(u32 *)obj = MODEL_COOKIE;
	s->built++;
	return 0;
}

void model_unbuild(void *obj, void *private)
{
	struct subject *s = private;

	if (*(u32 *)obj != MODEL_COOKIE)
		model_wrong = "an object lost its constructed state";
	*(u32 *)obj = 0;
	s->built--;
}

static void got(void *obj)
{
	if (!obj)
		return;
	if (model_now->owned.untouched && *(u32 *)obj != MODEL_COOKIE)
		model_wrong = "an object that was not constructed was handed out";
	owned_add(&model_now->owned, obj);
}

static void *lost(void)
{
	return owned_del(&model_now->owned, model_any(model_now->owned.nr));
}

/*
 * One step each, on the cache that is model_now.
 */

static gfp_t some_gfp(void)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC, GFP_NOFS,
	};

	return in_interrupt() ? GFP_ATOMIC : gfps[model_any(ARRAY_SIZE(gfps))];
}

static void step_alloc(void *arg)
{
	if (model_now->owned.nr < model_now->max)
		got(myslab_cache_alloc(model_now->cache, some_gfp()));
}

static void step_zalloc(void *arg)
{
	void *obj;

	if (model_now->owned.untouched || model_now->owned.nr >= model_now->max)
		return;
	obj = myslab_cache_zalloc(model_now->cache, some_gfp());
	if (obj && memchr_inv(obj, 0, model_now->owned.size))
		model_wrong = "zalloc gave what is not zero";
	got(obj);
}

static void step_alloc_node(void *arg)
{
	int node = model_any(nr_node_ids);
	gfp_t gfp = some_gfp() | (model_any(2) ? __GFP_THISNODE : 0);
	void *obj;

	if (model_now->owned.nr >= model_now->max)
		return;
	obj = myslab_cache_alloc_node(model_now->cache, gfp, node);
	if (obj && (gfp & __GFP_THISNODE) &&
	    page_to_nid(virt_to_page(obj)) != node)
		model_wrong = "__GFP_THISNODE was not honoured";
	got(obj);
}

static void step_free(void *arg)
{
	if (model_now->owned.nr)
		myslab_cache_free(model_now->cache, lost());
}

static void step_alloc_bulk(void *arg)
{
	unsigned int want = model_any(MAX_BULK);
	void *objs[MAX_BULK];
	int nr, i;

	if (model_now->owned.nr + want > model_now->max)
		return;
	nr = myslab_cache_alloc_bulk(model_now->cache, some_gfp(), want, objs);
	if (nr && nr != want)
		model_wrong = "a bulk allocation gave a part";
	for (i = 0; i < nr; i++)
		got(objs[i]);
}

static void step_free_bulk(void *arg)
{
	unsigned int want = model_any(MAX_BULK), i;
	void *objs[MAX_BULK];

	for (i = 0; i < want && model_now->owned.nr; i++)
		objs[i] = lost();
	myslab_cache_free_bulk(model_now->cache, i, objs);
}

static void step_free_rcu(void *arg)
{
	if (model_now->owned.nr)
		myslab_cache_free_rcu(model_now->cache, lost());
}

static void step_try_alloc(void *arg)
{
	if (model_now->owned.nr < model_now->max)
		got(myslab_cache_try_alloc(model_now->cache));
}

static void step_try_free(void *arg)
{
	void *obj;

	if (!model_now->owned.nr)
		return;
	obj = lost();
	if (!myslab_cache_try_free(model_now->cache, obj))
		owned_add(&model_now->owned, obj);
}

static void (*const steps[])(void *) = {
	step_alloc, step_free, step_alloc, step_free, step_try_alloc,
	step_try_free, step_zalloc, step_alloc_node, step_free_rcu,
	step_alloc_bulk, step_free_bulk,
};

#define NMI_SAFE_FIRST	4
#define NMI_SAFE	2

void model_free_one(void)
{
	step_free(NULL);
}

void model_step(bool nmi)
{
	if (nmi)
		mirror_interrupt(MIRROR_NMI,
				 steps[NMI_SAFE_FIRST + model_any(NMI_SAFE)],
				 NULL);
	else if (model_any(8) == 0)
		mirror_interrupt(model_any(2) ? MIRROR_HARDIRQ : MIRROR_SOFTIRQ,
				 steps[model_any(ARRAY_SIZE(steps))], NULL);
	else
		steps[model_any(ARRAY_SIZE(steps))](NULL);
}
