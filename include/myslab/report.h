/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Findings: what myslab says when memory of it was misused.
 *
 * Each finding is logged (first line "myslab: BUG: <kind>: <allocator> <name>:
 * object ..."), counted, and told to whoever registered for it.
 */
#ifndef MYSLAB_REPORT_H
#define MYSLAB_REPORT_H

#include <linux/notifier.h>

/**
 * enum myslab_kind - Kinds of findings.
 * @MYSLAB_DOUBLE_FREE: The object was free already.
 * @MYSLAB_USE_AFTER_FREE: Something was used after it was freed or destroyed.
 * @MYSLAB_OUT_OF_BOUNDS_LEFT: A write below the object.
 * @MYSLAB_OUT_OF_BOUNDS_RIGHT: A write above the object.
 * @MYSLAB_WRONG_OWNER: Freed to another cache, pool or heap than its own.
 * @MYSLAB_INVALID_FREE: Never ours, or not the start of an object; or not in
 *			 the state that its constructor left it in.
 * @MYSLAB_LEAK: Objects out at destroy or at removal of the module.
 * @MYSLAB_BAD_ARGS: A creation or call was refused.
 * @MYSLAB_BAD_CONTEXT: May sleep, in atomic context.
 * @MYSLAB_CORRUPT_METADATA: Our own data was overwritten.
 * @MYSLAB_NR_KINDS: Number of kinds.
 */
enum myslab_kind {
	MYSLAB_DOUBLE_FREE,
	MYSLAB_USE_AFTER_FREE,
	MYSLAB_OUT_OF_BOUNDS_LEFT,
	MYSLAB_OUT_OF_BOUNDS_RIGHT,
	MYSLAB_WRONG_OWNER,
	MYSLAB_INVALID_FREE,
	MYSLAB_LEAK,
	MYSLAB_BAD_ARGS,
	MYSLAB_BAD_CONTEXT,
	MYSLAB_CORRUPT_METADATA,
	MYSLAB_NR_KINDS,
};

/**
 * struct myslab_finding - One finding, valid during the notifier call.
 * @kind: What was found.
 * @allocator: "cache", "pool", "arena" or "heap".
 * @name: Name of that one.
 * @module: Name of the module that created it, or %NULL: there is none.
 * @object: The address in question, or %NULL.
 */
struct myslab_finding {
	enum myslab_kind kind;
	const char *allocator;
	const char *name;
	const char *module;
	const void *object;
};

int myslab_report_register(struct notifier_block *nb);
int myslab_report_unregister(struct notifier_block *nb);

#endif
