// SPDX-License-Identifier: GPL-2.0
/*
 * What rules mean for the allocators that there are.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "cache.h"
#include "debug.h"
#include "registry.h"

bool myslab_is_cache(const struct myslab_allocator *allocator)
{
	return allocator->type == &myslab_cache_type;
}

/* The letters that a type of allocator has. */
static unsigned int letters_of(const struct myslab_allocator_type *type)
{
	return type == &myslab_cache_type ? ~0U : type->letters;
}

static bool is_exact(const struct myslab_rule *rule,
		     const struct myslab_allocator *allocator)
{
	return !rule->module && !strcmp(rule->pattern, allocator->name);
}

/* The letters of a rule that this one has. */
static unsigned int mask_for(const struct myslab_rule *rule,
			     const struct myslab_allocator *allocator)
{
	unsigned int mask = rule->letters.mask & letters_of(allocator->type) &
			    ~allocator->lacks;

	/* What others find anyway is all that light finds. */
	if ((mask & MYSLAB_DEBUG_LIGHT) && !myslab_is_cache(allocator))
		return 0;
	/* What cannot fail fails only where just that is asked for. */
	if (allocator->type->exact_e && !is_exact(rule, allocator))
		mask &= ~MYSLAB_DEBUG_E;
	/* What may be used by its pages is guarded where just that is said. */
	if (allocator->exact_g && ((mask & MYSLAB_DEBUG_LIGHT) ||
				   !is_exact(rule, allocator)))
		mask &= ~MYSLAB_DEBUG_G;
	return mask;
}

struct myslab_letters
myslab_letters_wanted(const struct myslab_rules *by,
		      const struct myslab_allocator *allocator)
{
	struct myslab_letters letters = MYSLAB_LETTERS_OFF;
	const struct myslab_rule *rule;

	rule = myslab_rules_find(by, allocator->name, allocator->owner_name);
	if (!rule)
		return letters;
	letters = rule->letters;
	letters.mask = mask_for(rule, allocator);
	return letters;
}

/* The next behind @prev, pinned; @prev no longer is. */
struct myslab_allocator *myslab_debug_next(struct myslab_allocator *prev)
{
	struct myslab_allocator *next;

	mutex_lock(&myslab_registry_lock);
	next = myslab_registry_pin_next(prev);
	mutex_unlock(&myslab_registry_lock);
	if (prev)
		myslab_registry_unpin(prev);
	return next;
}

/*
 * Does a rule match, and is there anything that it can do? Off is for all, and
 * so is light: double frees are found without it where it has no letters. Who
 * says C means a cache that has it.
 */
static bool matches(const struct myslab_rule *rule,
		    const struct myslab_allocator *allocator)
{
	unsigned int mask = mask_for(rule, allocator);

	if ((rule->letters.mask & ~mask) & MYSLAB_DEBUG_C)
		return false;
	return myslab_rule_matches(rule, allocator->name,
				   allocator->owner_name) &&
	       (!rule->letters.mask || mask ||
		(rule->letters.mask & MYSLAB_DEBUG_LIGHT));
}

/* What is matched by one of the rules from @from to below @to. */
void myslab_rules_count(const struct myslab_rules *by, unsigned int from,
			unsigned int to, struct myslab_matches *nr)
{
	struct myslab_allocator *allocator = NULL;
	unsigned int i;

	*nr = (struct myslab_matches){ };
	while ((allocator = myslab_debug_next(allocator))) {
		for (i = from; i < to && !matches(&by->rule[i], allocator); i++)
			;
		if (i == to)
			continue;
		nr->all++;
		nr->caches += myslab_is_cache(allocator);
	}
}

/* A selector that names something must match something. */
bool myslab_rules_all_match(const struct myslab_rules *more)
{
	char text[MYSLAB_RULE_TEXT];
	struct myslab_matches nr;
	unsigned int i;

	for (i = 0; i < more->nr; i++) {
		if (myslab_rule_is_everything(&more->rule[i]))
			continue;
		myslab_rules_count(more, i, i + 1, &nr);
		if (nr.all)
			continue;
		myslab_rule_print(&more->rule[i], text, sizeof(text));
		pr_err("myslab: debug: \"%s\" matches nothing that has these letters%s\n",
		       text, more->rule[i].letters.mask & MYSLAB_DEBUG_C ?
		       "; C is for caches with state_ranges" : "");
		return false;
	}
	return true;
}

/* Have guard pages, if a rule wants them; a preset goes on without. */
int myslab_rules_begin_guards(struct myslab_rules *all)
{
	unsigned int i, *mask;
	int err;

	for (i = 0; i < all->nr; i++) {
		mask = &all->rule[i].letters.mask;
		err = *mask & MYSLAB_DEBUG_G ? myslab_guard_begin() : 0;
		if (err && !(*mask & MYSLAB_DEBUG_PRESET))
			return err;
		if (err)
			*mask &= ~MYSLAB_DEBUG_G;
		*mask &= ~MYSLAB_DEBUG_PRESET;
	}
	return 0;
}
