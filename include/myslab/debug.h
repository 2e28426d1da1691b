/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debugging, switched while everything runs.
 *
 * What is off costs nothing. What is on finds writes out of bounds and after
 * the free, double frees at once, and says who allocated and freed an object:
 * see README. The same text that is written to /proc/myslab/debug, or given as
 * the module's parameter "debug", is understood here.
 */
#ifndef MYSLAB_DEBUG_H
#define MYSLAB_DEBUG_H

#include <linux/types.h>

/**
 * myslab_debug_set() - Switch debugging on, off, or to other letters.
 * @text: LETTERS[,SELECTOR]...[;LETTERS[,SELECTOR]...]...
 *
 * LETTERS are of F (consistency), Z (red zones), P (poison), U (stacks of the
 * last users), Q (quarantine, with bytes as in Q:65536), L (live objects by
 * call site), T (events for traces, those of kmalloc() and kfree() too), G
 * (guard pages around every object, or one in 1000 with G:1000), E (one
 * allocation in 100 fails, or in 7 with E:7) and C (objects are freed in the
 * state that their constructor left them in; with the whole name of a cache
 * only, whose creator named state_ranges), or "full": all but G, T, E and C,
 * or "off". A SELECTOR is the name of a cache, heap, pool or arena, with * and
 * ? as in a shell, or @ and the name of the module that created it; without
 * one it is everything. The last selector that matches holds, for what is
 * created later too.
 *
 * Objects that are out stay valid, and are freed as ever; those allocated when
 * this has returned have all checks. The log says how many matched, or what is
 * wrong.
 *
 * Context: Process context, may sleep.
 * Return: 0, or nothing was changed: -EINVAL: the text is none, or a selector
 *	   matched nothing; -ENOSPC: too many selectors; -ENOMEM; -EOPNOTSUPP:
 *	   no guard pages on this kernel.
 */
int myslab_debug_set(const char *text);

/**
 * struct myslab_fail - Which calls fail, where the letter E is on.
 * @probability: percent of those whose turn it is by E's interval
 * @times: how many fail yet, all together; -1: no limit
 * @nth: counted down by each call, all together; the one that reaches 0 fails,
 *	 and until then no other; 0: not in use
 * @task: process (tgid) whose calls alone fail, none in interrupts; 0: all
 * @min_size: bytes asked for that a call fails from
 * @max_size: up to; 0: no limit
 * @require_start: code (an address) that a call must come through to fail, by
 *		   the 16 innermost frames of its stack, or what a _caller call
 *		   was given
 * @require_end: where that ends; 0: with all addresses
 * @reject_start: code that no failing call may come through
 * @reject_end: where that ends; 0: there is none
 * @space: bytes that are had first, while none fails
 * @stack: each call stack fails once, and is in /proc/myslab/stacks, whether it
 *	   did or not; a myslab_debug_fail() with it begins anew
 * @seed: what is drawn by @probability: the same by the same seed, for the same
 *	  number of a call, counted for each allocator from when E came on
 *
 * What has __GFP_NOFAIL never fails, nor is it counted. The parameters of the
 * module with "fail_" in front are the same fields: fail_task_filter is @task.
 */
struct myslab_fail {
	unsigned int probability;
	int times;
	int nth;
	int task;
	unsigned long min_size;
	unsigned long max_size;
	unsigned long require_start;
	unsigned long require_end;
	unsigned long reject_start;
	unsigned long reject_end;
	unsigned long space;
	unsigned int seed;
	bool stack;
};

/**
 * myslab_debug_fail() - Say which calls fail, where the letter E is on.
 * @how: Each field counts as it is, or %NULL: all, as at first.
 *
 * Context: Any.
 */
void myslab_debug_fail(const struct myslab_fail *how);

/**
 * myslab_debug_validate() - Look at everything that can be looked at now.
 *
 * Slabs of all caches and heaps, and the objects of all that is debugged; users
 * are not stopped. What is found is reported.
 *
 * Context: Process context, may sleep.
 * Return: The number of findings.
 */
unsigned long myslab_debug_validate(void);

/**
 * myslab_debug_mark() - From now on count anew what is allocated and kept.
 *
 * With L, /proc/myslab/sites says of each call site how many of the objects
 * that are out were allocated since the last mark: where that grows with each
 * round of a load, something leaks. The same as writing "mark" to the file.
 *
 * Context: Any.
 */
void myslab_debug_mark(void);

/**
 * myslab_whatis() - Say what an address is.
 * @addr: Any number; never followed.
 * @text: Gets lines, each with a newline: whose it is and where in it, or what
 *	  kind of address; with U, who allocated and freed the object.
 * @size: Bytes of @text; what is longer is cut.
 *
 * Context: Any.
 * Return: The length of the text.
 */
size_t myslab_whatis(const void *addr, char *text, size_t size);

#endif
