// SPDX-License-Identifier: GPL-2.0
/*
 * The call stacks that fault injection met: where it is asked to, each fails
 * once. They are told apart by their text, in which an address is a symbol and
 * an offset, so that a module that was loaded anew has the ones it had.
 *
 * The lock is not waited for in NMI: a call there does not fail then. What
 * finds no room in the table is only counted, and does not fail.
 */
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include <myslab/debug.h>

#include "caller.h"
#include "ledger.h"

#define MAX_FRAMES	16
#define MAX_STACKS	128

struct stack {
	u64 key;			/* of all its text */
	unsigned long calls;
	bool failed;
	char text[231];			/* innermost first, cut */
};

static DEFINE_RAW_SPINLOCK(lock);
static struct stack stacks[MAX_STACKS];
static unsigned int nr_stacks;
static unsigned long no_room;		/* calls */
/* Of one stack: its text, whole. */
static char text[MAX_FRAMES * 80];

/* FNV-1a: nobody chooses his stacks to collide. */
static u64 key_of(const char *s)
{
	u64 key = 0xcbf29ce484222325;

	for (; *s; s++)
		key = (key ^ (u8)*s) * 0x100000001b3;
	return key;
}

static void write_text(const unsigned long *frames, unsigned int nr)
{
	size_t len = 0;
	unsigned int i;

	text[0] = 0;
	for (i = 0; i < nr; i++)
		len += scnprintf(text + len, sizeof(text) - len, "%s%pS",
				 i ? " < " : "", (void *)frames[i]);
}

/* The stack that text is of; NULL: no room. */
static struct stack *find(void)
{
	u64 key = key_of(text);
	struct stack *s;

	for (s = stacks; s < stacks + nr_stacks; s++)
		if (s->key == key)
			return s;
	if (nr_stacks == MAX_STACKS) {
		no_room++;
		return NULL;
	}
	nr_stacks++;
	*s = (struct stack){ .key = key };
	strscpy(s->text, text, sizeof(s->text));
	return s;
}

/*
 * Has the stack of this call not failed yet? @may says if it can now: then it
 * has. noinline: its frames must not add up with those of the callers'.
 *
 * Context: Any, NMI too.
 */
noinline bool myslab_stack_fails(bool (*may)(void))
{
	unsigned long frames[MAX_FRAMES], flags;
	unsigned int nr, i;
	struct stack *s;
	bool fails;

	nr = stack_trace_save(frames, MAX_FRAMES, 1);
	i = myslab_caller_skip(frames, nr);
	if (!in_nmi())
		raw_spin_lock_irqsave(&lock, flags);
	else if (!raw_spin_trylock_irqsave(&lock, flags))
		return false;
	write_text(frames + i, nr - i);
	s = find();
	fails = s && !s->failed && may();
	if (s) {
		s->calls++;
		s->failed |= fails;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return fails;
}

/* As if none had been met. */
void myslab_stacks_clear(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	nr_stacks = 0;
	no_room = 0;
	raw_spin_unlock_irqrestore(&lock, flags);
}

static bool copy(unsigned int i, struct stack *to)
{
	unsigned long flags;
	bool is_there;

	raw_spin_lock_irqsave(&lock, flags);
	is_there = i < nr_stacks;
	if (is_there)
		*to = stacks[i];
	raw_spin_unlock_irqrestore(&lock, flags);
	return is_there;
}

/* One a line. Context: Process, may sleep. */
void myslab_stacks_show(struct seq_file *m)
{
	struct stack *s = kmalloc(sizeof(*s), GFP_KERNEL);
	unsigned int i;

	seq_puts(m, "myslab stacks - version: 1\n");
	seq_puts(m, "# failed|not-tried <calls> <stack, innermost first>\n");
	for (i = 0; s && copy(i, s); i++)
		seq_printf(m, "%s %lu %s\n",
			   s->failed ? "failed" : "not-tried", s->calls,
			   s->text);
	if (READ_ONCE(no_room))
		seq_printf(m, "# %lu calls of others found no room\n",
			   READ_ONCE(no_room));
	kfree(s);
}

/*
 * Is the call that is under way made from code in those ranges? So it is if
 * its wrapper said that @caller is there, wherever the stack leads; 0: none
 * did.
 *
 * Context: Any, NMI too.
 */
noinline bool myslab_stack_meets(const struct myslab_fail *fail,
				 unsigned long caller)
{
	unsigned long require_end = READ_ONCE(fail->require_end) ? : ULONG_MAX;
	unsigned long reject_end = READ_ONCE(fail->reject_end);
	unsigned long frames[MAX_FRAMES + 1];
	unsigned int nr, i;
	bool found = false;

	nr = stack_trace_save(frames, MAX_FRAMES, 1);
	if (caller)
		frames[nr++] = caller;
	for (i = myslab_caller_skip(frames, nr); i < nr; i++) {
		if (frames[i] >= READ_ONCE(fail->reject_start) &&
		    frames[i] < reject_end)
			return false;
		found |= frames[i] >= READ_ONCE(fail->require_start) &&
			 frames[i] < require_end;
	}
	return found;
}
