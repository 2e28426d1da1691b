// SPDX-License-Identifier: GPL-2.0
/* Calls in the wrong order, or with arguments that make no sense. */
#include <linux/err.h>
#include <linux/preempt.h>

#include <myslab.h>

#include "score.h"

static void leak(struct run *run)
{
	void *ptr = get(run);

	if (!run->bad)
		put(run, ptr);
	end(run);
	done(run);
}

/* Nobody destroys it before its creator is unloaded, which is after this. */
static void leak_at_unload(struct run *run)
{
	void *ptr = get(run);

	if (run->bad) {
		run->where = NULL;
		run->left = true;
	} else {
		put(run, ptr);
		done(run);
	}
}

static void destroy_twice(struct run *run)
{
	void *where = run->where;

	end(run);
	if (run->bad)
		run->ops->destroy(where);
	done(run);
}

static void alloc_after_destroy(struct run *run)
{
	void *where = run->where;

	end(run);
	if (run->bad)
		run->ops->alloc(where, SIZE, GFP_KERNEL);
	done(run);
}

static void free_after_destroy(struct run *run)
{
	void *where = run->where, *ptr = get(run);

	put(run, ptr);
	end(run);
	if (run->bad)
		run->ops->free(where, ptr);
	done(run);
}

static void create_of_size(struct run *run)
{
	void *made = run->ops->create("score-made", run->bad ? run->arg : SIZE,
				      run->with);

	run->prevented = run->bad && IS_ERR_OR_NULL(made);
	done(run);
	if (!IS_ERR_OR_NULL(made))
		run->ops->destroy(made);
}

static void create_twice(struct run *run)
{
	void *made = run->ops->create(run->bad ? "score" : "score-made", SIZE,
				      run->with);

	run->prevented = run->bad && IS_ERR_OR_NULL(made);
	done(run);
	if (!IS_ERR_OR_NULL(made))
		run->ops->destroy(made);
}

static void alloc_of_size(struct run *run)
{
	void *ptr = run->ops->alloc(run->where, run->bad ? run->arg : SIZE,
				    GFP_KERNEL);

	run->prevented = run->bad && !((unsigned long)ptr >> 12);
	done(run);
	put(run, ptr);
}

static void alloc_atomic(struct run *run)
{
	void *ptr;

	preempt_disable();
	ptr = run->ops->alloc(run->where, SIZE,
			      run->bad ? GFP_KERNEL : GFP_ATOMIC);
	preempt_enable();
	done(run);
	put(run, ptr);
}

static void alloc_highmem(struct run *run)
{
	void *ptr = run->ops->alloc(run->where, SIZE, run->bad ?
				    GFP_KERNEL | __GFP_HIGHMEM : GFP_KERNEL);

	run->prevented = run->bad && !ptr;
	done(run);
	put(run, ptr);
}

static void zeroed_with_ctor(struct run *run)
{
	void *ptr = run->ops->alloc(run->where, SIZE, run->bad ?
				    GFP_KERNEL | __GFP_ZERO : GFP_KERNEL);

	run->prevented = run->bad && !ptr;
	done(run);
	put(run, ptr);
}

static void realloc_after_free(struct run *run)
{
	void *ptr = get(run);

	if (run->bad)
		put(run, ptr);
	ptr = run->ops->realloc(run->where, ptr, 3 * SIZE);
	done(run);
	put(run, ptr);
}

static void realloc_interior(struct run *run)
{
	void *ptr = get(run);

	ptr = run->ops->realloc(run->where, ptr + (run->bad ? 8 : 0), 3 * SIZE);
	done(run);
	put(run, ptr);
}

static void size_after_free(struct run *run)
{
	void *ptr = get(run);

	if (!run->bad)
		run->ops->size(run->where, ptr);
	put(run, ptr);
	if (run->bad)
		run->ops->size(run->where, ptr);
	done(run);
}

static void rewind_to_stale_mark(struct run *run)
{
	struct myslab_arena_mark mark;

	get(run);
	mark = myslab_arena_mark(run->where);
	if (run->bad)
		myslab_arena_reset(run->where);
	myslab_arena_rewind(run->where, mark);
	done(run);
}

static void rewind_to_mark_of_another(struct run *run)
{
	struct myslab_arena_mark mark;

	mark = myslab_arena_mark(run->bad ? run->other : run->where);
	myslab_arena_rewind(run->where, mark);
	done(run);
}

static void use_after_reset(struct run *run)
{
	u8 *ptr = get(run);

	OPTIMIZER_HIDE_VAR(ptr);
	if (run->bad)
		myslab_arena_reset(run->where);
	if (run->arg)
		WRITE_ONCE(ptr[50], 1);
	else
		(void)READ_ONCE(ptr[50]);
	if (!run->bad)
		myslab_arena_reset(run->where);
	done(run);
}

const struct a_case call_cases[] = {
	{ "leak-at-destroy", leak, 0, CACHE | POOL },
	{ "leak-of-heap", leak, 0, HEAP, 0, true },
	{ "leak-at-unload", leak_at_unload, 0, THREE | ARENA, 0, true },
	{ "double-destroy", destroy_twice, 0, CACHE | POOL },
	{ "double-destroy-ours", destroy_twice, 0, HEAP | ARENA, 0, true },
	{ "alloc-after-destroy", alloc_after_destroy, 0, CACHE | POOL },
	{ "alloc-after-end", alloc_after_destroy, 0, HEAP, 0, true },
	{ "free-after-destroy", free_after_destroy, 0, CACHE | POOL },
	{ "free-after-end", free_after_destroy, 0, HEAP, 0, true },
	{ "create-size-0", create_of_size, 0, CACHE | POOL },
	{ "create-size-max", create_of_size, -1, CACHE | POOL },
	{ "create-same-name", create_twice, 0, CACHE | POOL },
	{ "create-same-name-ours", create_twice, 0, HEAP | ARENA, 0, true },
	{ "alloc-size-0", alloc_of_size, 0, HEAP | ARENA },
	{ "alloc-size-max", alloc_of_size, -1, HEAP | ARENA },
	{ "alloc-in-atomic", alloc_atomic, 0, CACHE | HEAP },
	{ "alloc-highmem", alloc_highmem, 0, CACHE | HEAP },
	{ "alloc-zeroed-with-ctor", zeroed_with_ctor, 0, CACHE, WITH_CTOR },
	{ "realloc-after-free", realloc_after_free, 0, HEAP },
	{ "realloc-interior", realloc_interior, 0, HEAP },
	{ "size-after-free", size_after_free, 0, HEAP },
	{ "rewind-stale-mark", rewind_to_stale_mark, 0, ARENA },
	{ "rewind-mark-of-other", rewind_to_mark_of_another, 0, ARENA },
	{ "write-after-reset", use_after_reset, 1, ARENA },
	{ "read-after-reset", use_after_reset, 0, ARENA },
	{}
};
