/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text that says what is debugged, as slab_debug's does:
 *
 *   LETTERS[,SELECTOR]...[;LETTERS[,SELECTOR]...]...
 *
 * LETTERS are those below, or one of the presets "full", "light" and "off"; Q
 * may have a number of bytes, as in ZPQ:65536, and E and G an interval. A
 * SELECTOR is a name, with * and ? for any characters and any one, or @ and the
 * name of the module that created. Without one it is everything. Each selector
 * is a rule; of the rules that match, the last one holds.
 *
 * Pure: no lock, no allocation, no printing.
 */
#ifndef MYSLAB_DEBUG_SELECT_H
#define MYSLAB_DEBUG_SELECT_H

#include <linux/bits.h>
#include <linux/types.h>

#include <myslab/cache.h>

#define MYSLAB_DEBUG_F		BIT(0)	/* consistency of slabs */
#define MYSLAB_DEBUG_Z		BIT(1)	/* red zones on both sides */
#define MYSLAB_DEBUG_P		BIT(2)	/* poison of what is free */
#define MYSLAB_DEBUG_U		BIT(3)	/* stacks of the last users */
#define MYSLAB_DEBUG_Q		BIT(4)	/* quarantine */
#define MYSLAB_DEBUG_E		BIT(5)	/* fault injection; not in full */
#define MYSLAB_DEBUG_L		BIT(6)	/* live objects by call site */
#define MYSLAB_DEBUG_T		BIT(7)	/* traces; not in full */
#define MYSLAB_DEBUG_G		BIT(8)	/* guard pages */
#define MYSLAB_DEBUG_C		BIT(9)	/* constructed state; not in full, */
					/* and by a whole name only */
#define MYSLAB_DEBUG_PRESET	BIT(30)	/* while it is read: what a kernel */
					/* lacks is left out */
#define MYSLAB_DEBUG_LIGHT	BIT(31)	/* the preset: magazines */
#define MYSLAB_DEBUG_FULL	(MYSLAB_DEBUG_F | MYSLAB_DEBUG_Z | \
				 MYSLAB_DEBUG_P | MYSLAB_DEBUG_U | \
				 MYSLAB_DEBUG_Q | MYSLAB_DEBUG_L | \
				 MYSLAB_DEBUG_G)

/* One in so many samples is guarded, with light. */
#define MYSLAB_DEBUG_LIGHTLY	16
/* Bytes of freed objects held back, if Q does not say. */
#define MYSLAB_DEBUG_HELD	SZ_64K
/* One in so many allocations fails, if E does not say. */
#define MYSLAB_DEBUG_INTERVAL	100

#define MYSLAB_MAX_RULES	32

struct myslab_letters {
	unsigned int mask;		/* MYSLAB_DEBUG_*; 0: off */
	unsigned int held;		/* bytes, with Q */
	unsigned int interval;		/* with E; at least 1 */
	unsigned int every;		/* with G; the same */
};

#define MYSLAB_LETTERS_OFF	{ .interval = 1, .every = 1 }

struct myslab_rule {
	struct myslab_letters letters;
	bool module;			/* pattern is of the creator's name */
	char pattern[MYSLAB_MAX_NAME + 1];
};

struct myslab_rules {
	unsigned int nr;
	struct myslab_rule rule[MYSLAB_MAX_RULES];
};

/* Why a text is none, and from which character on. */
struct myslab_select_error {
	const char *what;
	unsigned int at;
};

/* Longest text of one rule. */
#define MYSLAB_RULE_TEXT	(MYSLAB_MAX_NAME + 60)

bool myslab_rules_parse(struct myslab_rules *rules, const char *text,
			struct myslab_select_error *error);
bool myslab_rules_merge(struct myslab_rules *rules,
			const struct myslab_rules *more);
bool myslab_letters_equal(const struct myslab_letters *a,
			  const struct myslab_letters *b);
bool myslab_rule_is_everything(const struct myslab_rule *rule);
bool myslab_rule_matches(const struct myslab_rule *rule, const char *name,
			 const char *module);
const struct myslab_rule *myslab_rules_find(const struct myslab_rules *rules,
					    const char *name,
					    const char *module);
void myslab_letters_print(const struct myslab_letters *letters, char *text,
			  size_t size);
void myslab_rule_print(const struct myslab_rule *rule, char *text,
		       size_t size);

#endif
