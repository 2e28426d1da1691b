// SPDX-License-Identifier: GPL-2.0
/*
 * Rules: read from text, put together, looked up, written as text again.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "debug_select.h"

/* In the order of their bits. */
static const char letter_names[] = "FZPUQELTGC";

/* Where reading stands. */
struct reader {
	const char *text;
	const char *at;
	struct myslab_select_error *error;
};

static bool fail(struct reader *reader, const char *what)
{
	reader->error->what = what;
	reader->error->at = reader->at - reader->text;
	return false;
}

static bool ends_word(char c)
{
	return !c || c == ',' || c == ';' || c == '\n';
}

static bool starts_with(const struct reader *reader, const char *word)
{
	return !strncasecmp(reader->at, word, strlen(word));
}

/* Is @word what stands here, whole? Then go behind it. */
static bool skip_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if (!starts_with(reader, word) || !ends_word(reader->at[len]))
		return false;
	reader->at += len;
	return true;
}

/* Where the number of a letter belongs; NULL: it takes none. */
static unsigned int *number_of(char letter, struct myslab_letters *letters)
{
	switch (letter) {
	case 'Q':
		return &letters->held;
	case 'E':
		return &letters->interval;
	case 'G':
		return &letters->every;
	default:
		return NULL;
	}
}

/* Digits up to what an int holds. */
static bool read_number(struct reader *reader, unsigned int *number)
{
	u64 value = 0;

	if (!isdigit(*reader->at))
		return fail(reader, "a number is missing");
	for (; isdigit(*reader->at); reader->at++) {
		value = value * 10 + *reader->at - '0';
		if (value > INT_MAX)
			return fail(reader, "the number is too large");
	}
	*number = value;
	return true;
}

static bool read_letter(struct reader *reader, struct myslab_letters *letters)
{
	char c = toupper(*reader->at);
	const char *known = strchr(letter_names, c);

	if (!known)
		return fail(reader, "this is no letter of debugging");
	letters->mask |= BIT(known - letter_names);
	reader->at++;
	if (*reader->at != ':')
		return true;
	if (!number_of(c, letters))
		return fail(reader, "this letter takes no number");
	reader->at++;
	if (!read_number(reader, number_of(c, letters)))
		return false;
	return (letters->interval && letters->every) ||
	       fail(reader, "none in 0 is no interval");
}

static bool read_letters(struct reader *reader, struct myslab_letters *letters)
{
	*letters = (struct myslab_letters){
		.held = MYSLAB_DEBUG_HELD,
		.interval = MYSLAB_DEBUG_INTERVAL,
		.every = 1,
	};
	if (skip_word(reader, "off"))
		return true;
	if (skip_word(reader, "full")) {
		letters->mask = MYSLAB_DEBUG_PRESET | MYSLAB_DEBUG_FULL;
		return true;
	}
	if (skip_word(reader, "light")) {
		letters->mask = MYSLAB_DEBUG_PRESET | MYSLAB_DEBUG_LIGHT |
				MYSLAB_DEBUG_L | MYSLAB_DEBUG_G;
		letters->every = MYSLAB_DEBUG_LIGHTLY;
		return true;
	}
	/* Not F, U, L and more. */
	if (starts_with(reader, "full") || starts_with(reader, "light"))
		return fail(reader, "a preset goes with no other letter");
	if (ends_word(*reader->at))
		return fail(reader, "letters are missing");
	while (!ends_word(*reader->at))
		if (!read_letter(reader, letters))
			return false;
	return true;
}

static bool is_selector_char(char c)
{
	return isascii(c) && (isalnum(c) || strchr("_.-*?", c));
}

/* Behind a comma, or no selector: everything. */
static bool read_selector(struct reader *reader, struct myslab_rule *rule)
{
	unsigned int len = 0;

	rule->module = *reader->at == '@';
	reader->at += rule->module;
	for (; !ends_word(*reader->at); reader->at++) {
		if (!is_selector_char(*reader->at))
			return fail(reader, "no name has this character");
		if (len == MYSLAB_MAX_NAME)
			return fail(reader, "no name is as long");
		rule->pattern[len++] = *reader->at;
	}
	rule->pattern[len] = 0;
	return len || fail(reader, "a name is missing");
}

static bool add(struct reader *reader, struct myslab_rules *rules,
		const struct myslab_rule *rule)
{
	/* Most clients free dirty by design: one that does not is named. */
	if ((rule->letters.mask & MYSLAB_DEBUG_C) &&
	    (rule->module || strpbrk(rule->pattern, "*?")))
		return fail(reader, "C takes the whole name of a cache");
	if (rules->nr == MYSLAB_MAX_RULES)
		return fail(reader, "these are too many selectors");
	rules->rule[rules->nr++] = *rule;
	return true;
}

/* Letters and their selectors. */
static bool read_block(struct reader *reader, struct myslab_rules *rules)
{
	struct myslab_rule rule = { .pattern = "*" };

	if (!read_letters(reader, &rule.letters))
		return false;
	if (*reader->at != ',')
		return add(reader, rules, &rule);
	while (*reader->at == ',') {
		reader->at++;
		if (!read_selector(reader, &rule) || !add(reader, rules, &rule))
			return false;
	}
	return true;
}

/* @text may end in a newline. */
bool myslab_rules_parse(struct myslab_rules *rules, const char *text,
			struct myslab_select_error *error)
{
	struct reader reader = { text, text, error };

	rules->nr = 0;
	while (read_block(&reader, rules)) {
		if (*reader.at == '\n')
			reader.at++;
		if (!*reader.at)
			return true;
		if (*reader.at != ';')
			return fail(&reader, "the text goes on behind its end");
		reader.at++;
	}
	return false;
}

bool myslab_rule_is_everything(const struct myslab_rule *rule)
{
	return !rule->module && !strcmp(rule->pattern, "*");
}

static void remove_rule(struct myslab_rules *rules, unsigned int i)
{
	memmove(&rules->rule[i], &rules->rule[i + 1],
		(--rules->nr - i) * sizeof(rules->rule[0]));
}

/* What @rule makes meaningless: the same selector, or whatever came before. */
static void remove_hidden(struct myslab_rules *rules,
			  const struct myslab_rule *rule)
{
	unsigned int i = 0;

	while (i < rules->nr) {
		if (myslab_rule_is_everything(rule) ||
		    (rules->rule[i].module == rule->module &&
		     !strcmp(rules->rule[i].pattern, rule->pattern)))
			remove_rule(rules, i);
		else
			i++;
	}
}

/* Let @more hold behind what is there; false: these are too many. */
bool myslab_rules_merge(struct myslab_rules *rules,
			const struct myslab_rules *more)
{
	unsigned int i;

	for (i = 0; i < more->nr; i++) {
		remove_hidden(rules, &more->rule[i]);
		if (rules->nr == MYSLAB_MAX_RULES)
			return false;
		rules->rule[rules->nr++] = more->rule[i];
	}
	/* Off is what everything is before the first rule. */
	while (rules->nr && !rules->rule[0].letters.mask)
		remove_rule(rules, 0);
	return true;
}

/* A star tries again one character further on: no recursion. */
static bool matches(const char *pattern, const char *name)
{
	const char *star = NULL, *behind = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			behind = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++behind;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool myslab_rule_matches(const struct myslab_rule *rule, const char *name,
			 const char *module)
{
	return matches(rule->pattern, rule->module ? module : name);
}

/* The rule that holds for a cache of that name and creator; NULL: none. */
const struct myslab_rule *myslab_rules_find(const struct myslab_rules *rules,
					    const char *name,
					    const char *module)
{
	unsigned int i = rules->nr;

	while (i--) {
		if (myslab_rule_matches(&rules->rule[i], name, module))
			return &rules->rule[i];
	}
	return NULL;
}

/* As they are read. */
void myslab_letters_print(const struct myslab_letters *letters, char *text,
			  size_t size)
{
	struct myslab_letters copy = *letters;
	unsigned int i, len = 0, *number;

	if (!letters->mask || (letters->mask & MYSLAB_DEBUG_LIGHT)) {
		strscpy(text, letters->mask ? "light" : "off", size);
		return;
	}
	for (i = 0; i < sizeof(letter_names) - 1; i++) {
		if (!(letters->mask & BIT(i)))
			continue;
		len += scnprintf(text + len, size - len, "%c",
				 letter_names[i]);
		number = number_of(letter_names[i], &copy);
		if (number)
			len += scnprintf(text + len, size - len, ":%u",
					 *number);
	}
}

/*
 * Do they mean the same? Light means light, with G or where that could not be
 * had: a switch between the two would be what myslab_light_set() forbids.
 */
bool myslab_letters_equal(const struct myslab_letters *a,
			  const struct myslab_letters *b)
{
	if (a->mask & b->mask & MYSLAB_DEBUG_LIGHT)
		return true;
	return a->mask == b->mask &&
	       (a->held == b->held || !(a->mask & MYSLAB_DEBUG_Q)) &&
	       (a->interval == b->interval || !(a->mask & MYSLAB_DEBUG_E)) &&
	       (a->every == b->every || !(a->mask & MYSLAB_DEBUG_G));
}

void myslab_rule_print(const struct myslab_rule *rule, char *text, size_t size)
{
	size_t len;

	myslab_letters_print(&rule->letters, text, size);
	if (myslab_rule_is_everything(rule))
		return;
	len = strlen(text);
	scnprintf(text + len, size - len, ",%s%s", rule->module ? "@" : "",
		  rule->pattern);
}
