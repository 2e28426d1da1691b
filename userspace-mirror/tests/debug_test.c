// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging, where a test has to look inside: the text of rules, with random
 * ones; switches that fail for memory; what a report says.
 */
#include <kunit/test.h>
#include <linux/notifier.h>
#include <mirror/control.h>
#include <myslab.h>

#include "../../kunit/watch.h"
#include "../../mod/debug_select.h"
#include "../../mod/slab.h"

#define NR	50

static void *objs[NR];
static struct myslab_rules rules, more;
static char text[4000];

/* All of them, as one text. */
static void print(const struct myslab_rules *all)
{
	unsigned int i, len = 0;

	text[0] = 0;
	for (i = 0; i < all->nr; i++) {
		if (i)
			text[len++] = ';';
		myslab_rule_print(&all->rule[i], text + len,
				  sizeof(text) - len);
		len += strlen(text + len);
	}
}

static bool parse(struct myslab_rules *all, const char *from)
{
	struct myslab_select_error error;

	return myslab_rules_parse(all, from, &error);
}

static void rules_are_read_as_they_are_written(struct kunit *test)
{
	static const struct { const char *from, *to; } texts[] = {
		{ "full", "FZPUQ:65536LG:1" },
		{ "FULL,x", "FZPUQ:65536LG:1,x" },
		{ "off\n", "off" }, { "Light,x", "light,x" },
		{ "zpu,foo", "ZPU,foo" },
		{ "ZZPQ:12,foo-*,@bar;off,foo-x",
		  "ZPQ:12,foo-*;ZPQ:12,@bar;off,foo-x" },
		{ "QZ,a?c", "ZQ:65536,a?c" },
		{ "F,*", "F" },
		{ "eZ", "ZE:100" }, { "E:3Q:9,x", "Q:9E:3,x" },
		{ "lQ:5U", "UQ:5L" }, { "fuL", "FUL" },
		{ "TF", "FT" }, { "gZ", "ZG:1" }, { "G:1000T", "TG:1000" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		KUNIT_EXPECT_TRUE(test, parse(&rules, texts[i].from));
		print(&rules);
		KUNIT_EXPECT_STREQ(test, text, texts[i].to);
	}
}

static void an_error_says_where_it_is(struct kunit *test)
{
	static const struct { const char *from; unsigned int at; } texts[] = {
		{ "", 0 }, { "ZX", 1 }, { "Z,foo;", 6 }, { "Z,fo o", 4 },
		{ "Q:5x", 3 }, { "Q:2147483648", 11 }, { "P,@", 3 },
		{ "Z\n\n", 2 }, { "fullP", 0 }, { "lightQ", 0 },
		{ "E:0", 3 }, { "F,G;C", 5 },
	};
	struct myslab_select_error error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		KUNIT_EXPECT_FALSE(test, myslab_rules_parse(&rules,
							    texts[i].from,
							    &error));
		KUNIT_EXPECT_EQ_MSG(test, error.at, texts[i].at, "%s: %s",
				    texts[i].from, error.what);
	}
}

static void the_last_rule_that_matches_holds(struct kunit *test)
{
	const struct myslab_rule *rule;

	KUNIT_ASSERT_TRUE(test, parse(&rules, "Z,foo*;P,@mod;off,foo-?"));
	rule = myslab_rules_find(&rules, "foobar", "other");
	KUNIT_EXPECT_EQ(test, rule->letters.mask, MYSLAB_DEBUG_Z);
	rule = myslab_rules_find(&rules, "foobar", "mod");
	KUNIT_EXPECT_EQ(test, rule->letters.mask, MYSLAB_DEBUG_P);
	rule = myslab_rules_find(&rules, "foo-x", "mod");
	KUNIT_EXPECT_EQ(test, rule->letters.mask, 0);
	KUNIT_EXPECT_NULL(test, myslab_rules_find(&rules, "fo", "mo"));
	KUNIT_ASSERT_TRUE(test, parse(&more, "U,foo*"));
	KUNIT_EXPECT_TRUE(test, myslab_rules_merge(&rules, &more));
	print(&rules);
	KUNIT_EXPECT_STREQ(test, text, "P,@mod;off,foo-?;U,foo*");
	KUNIT_ASSERT_TRUE(test, parse(&more, "off"));
	KUNIT_EXPECT_TRUE(test, myslab_rules_merge(&rules, &more));
	KUNIT_EXPECT_EQ(test, rules.nr, 0);
}

/* Whatever is taken for rules is written as a text that means the same. */
static void random_text_is_refused_or_understood(struct kunit *test)
{
	static const char chars[] = "FZPUQLTG:,;@*?19abz-_.\n off full";
	unsigned int turn, i, len, understood = 0;
	char random[40];

	for (turn = 0; turn < 200000; turn++) {
		len = mirror_random() % (turn % 2 ? 8 : sizeof(random));
		for (i = 0; i < len; i++)
			random[i] = turn % 64 ?
				chars[mirror_random() % (sizeof(chars) - 1)] :
				(char)mirror_random();
		random[len] = 0;
		if (!parse(&rules, random))
			continue;
		understood++;
		print(&rules);
		if (!parse(&more, text) ||
		    memcmp(&more.nr, &rules.nr, sizeof(rules.nr)))
			KUNIT_FAIL(test, "\"%s\" became \"%s\"", random, text);
	}
	KUNIT_EXPECT_GT(test, understood, 1000U);
}

/* Between two that are light, no free could tell whose magazines it found. */
static void light_is_light_with_guards_or_without(struct kunit *test)
{
	struct myslab_letters with, without;

	KUNIT_ASSERT_TRUE(test, parse(&rules, "light"));
	with = rules.rule[0].letters;
	without = with;
	without.mask &= ~MYSLAB_DEBUG_G;
	KUNIT_EXPECT_TRUE(test, myslab_letters_equal(&with, &without));
	KUNIT_ASSERT_TRUE(test, parse(&rules, "full"));
	with = rules.rule[0].letters;
	KUNIT_EXPECT_FALSE(test, myslab_letters_equal(&with, &without));
	without = with;
	without.mask &= ~MYSLAB_DEBUG_G;
	KUNIT_EXPECT_FALSE(test, myslab_letters_equal(&with, &without));
}

/* To one letter and to off, each allocation of it failing in turn. */
static void a_switch_that_fails_changes_nothing(struct kunit *test)
{
	static const char * const texts[] = { "FZPUQL,fails*", "off,fails*" };
	struct myslab_cache *a = myslab_cache_create("fails", 64, NULL);
	struct myslab_cache *b = myslab_cache_create("fails-2", 5000, NULL);
	struct mirror_usage before, after;
	unsigned int i;
	unsigned long nth;
	int err;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		for (nth = 1; ; nth++) {
			mirror_usage(&before);
			mirror_log_forget();
			mirror_fail_at(nth);
			err = myslab_debug_set(texts[i]);
			mirror_fail_at(0);
			if (!err)
				break;
			mirror_usage(&after);
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab: debug: out of memory, nothing is changed"), 1UL);
			KUNIT_EXPECT_EQ(test, stat_of(a).debugged, i);
			KUNIT_EXPECT_EQ(test, stat_of(b).debugged, i);
			KUNIT_EXPECT_EQ(test, after.kmallocs, before.kmallocs);
			KUNIT_EXPECT_EQ(test, after.vmallocs, before.vmallocs);
			KUNIT_EXPECT_EQ(test, after.percpu, before.percpu);
		}
		KUNIT_EXPECT_GT(test, nth, 4UL);
		KUNIT_EXPECT_EQ(test, mirror_log_matches("debug: 2 caches and 0 pools, arenas and heaps match"), 1UL);
		KUNIT_EXPECT_EQ(test, stat_of(b).debugged, !i);
	}
	myslab_cache_destroy(a);
	myslab_cache_destroy(b);
}

/* Memory that debugging does not get is not missed by the client. */
static void without_memory_objects_go_undressed(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("poor", 64, NULL);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	/* Its slab has others, for where no node has a page. */
	objs[0] = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("full,poor"), 0);
	for (i = 1; i < NR; i++) {
		mirror_fail_one_in(i == 1);
		objs[i] = myslab_cache_alloc(cache, GFP_KERNEL);
	}
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, (unsigned long)NR);
	KUNIT_EXPECT_EQ(test, stat_of(cache).undressed, 1UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).failures, 0UL);
	for (i = 0; i < NR; i++)
		myslab_cache_free(cache, objs[i]);
	KUNIT_EXPECT_EQ(test, stat_of(cache).objects_used, 0UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,poor"), 0);
	myslab_cache_destroy(cache);
}

static void a_report_says_what_is_known(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("said", 64, NULL);
	u8 *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("ZPU,said"), 0);
	/* Its last user, too. */
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	myslab_cache_free(cache, obj);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	mirror_log_forget();
	obj[64] ^= 1;
	obj[66] ^= 1;
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: out-of-bounds-right: cache said: object "), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("bytes +64 to +66 were written, seen when it was freed"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches(" is expected, 0x"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   by "), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("   +64: "), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("64 bytes, 64 before and 64 behind; one of "), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  above it said#"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  allocated 0."), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  freed 0."), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("debugged with ZPU; Q would keep it free for longer; G would"), 1UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,said"), 0);
	myslab_cache_destroy(cache);
}

/* Which one lies before an object and which behind it, and what they are. */
static void a_report_names_both_neighbours(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("row", 64, NULL);
	char below[60], above[60];
	struct myslab_slab *slab;
	u8 *obj[3];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("Z,row"), 0);
	KUNIT_ASSERT_EQ(test, myslab_cache_alloc_bulk(cache, GFP_KERNEL, 3,
						      (void **)obj), 3);
	KUNIT_ASSERT_TRUE(test, obj[0] < obj[1] && obj[1] < obj[2]);
	slab = myslab_page_slab(virt_to_page(obj[0]));
	snprintf(below, sizeof(below), "  below it row#%u.0 at %p: out",
		 slab->serial, obj[0]);
	snprintf(above, sizeof(above), "  above it row#%u.2 at %p: free",
		 slab->serial, obj[2]);
	myslab_cache_free(cache, obj[2]);
	mirror_log_forget();
	obj[1][64] ^= 1;
	myslab_cache_free(cache, obj[1]);
	KUNIT_EXPECT_EQ(test, mirror_log_matches(below), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches(above), 1UL);
	/* The first of its slab has one only. */
	mirror_log_forget();
	obj[0][64] ^= 1;
	myslab_cache_free(cache, obj[0]);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  below it row#"), 0UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  above it row#"), 1UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,row"), 0);
	myslab_cache_destroy(cache);
}

/* Without letters, what they would be for; with them, where a block lies. */
static void a_report_says_what_would_say_more(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("said", 64, NULL);
	struct myslab_pool *pool = myslab_pool_create("said-too", 64, 3, NULL);
	struct myslab_heap *heap = myslab_heap_create("said-also", NULL);
	u8 *obj, *block;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, heap);
	mirror_log_forget();
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	myslab_cache_free(cache, obj);
	myslab_cache_free(cache, obj);
	block = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	myslab_heap_free(heap, block);
	myslab_heap_free(heap, block);
	block = myslab_pool_alloc(pool);
	myslab_pool_free(pool, block);
	myslab_pool_free(pool, block);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("debugged with nothing; U would say who allocated and freed it; Q"), 3UL);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("  L would say where they were allocated"), 1UL);

	KUNIT_EXPECT_EQ(test, myslab_debug_set("PU,said*"), 0);
	block = myslab_pool_alloc(pool);
	myslab_pool_free(pool, block);
	block[7] = 1;
	KUNIT_EXPECT_EQ(test, myslab_debug_validate(), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches(" of 3; the one below: "), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("debugged with PU; Q would keep it free for longer; G would show the access itself"), 1UL);
	obj = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	block = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	myslab_heap_free(heap, block);
	myslab_heap_free(heap, block);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("; the one below: out, or held back, above: free"), 1UL);
	myslab_heap_free(heap, obj);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,said*"), 0);
	myslab_pool_destroy(pool);
	myslab_heap_destroy(heap);
}

static void free_wrongly(void *cache)
{
	myslab_cache_try_free(cache, (void *)8);
}

/* Who was interrupted may be at it: all are said then, and one is not kept. */
static void an_nmi_does_not_wait_for_other_findings(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("met", 64, NULL);
	struct myslab_cache_stat stat;
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	mirror_log_forget();
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, mirror_interrupt(MIRROR_NMI,
							 free_wrongly, cache));
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: invalid-free: cache met"), 3UL);
	mirror_contend("lock", 1);
	KUNIT_EXPECT_TRUE(test, mirror_interrupt(MIRROR_NMI, free_wrongly,
						 cache));
	KUNIT_EXPECT_EQ(test, mirror_contended(), 1U);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: invalid-free: cache met"), 4UL);
	myslab_cache_stat(cache, &stat);
	KUNIT_EXPECT_EQ(test, stat.reports, 6UL);
	myslab_cache_destroy(cache);
}

/* The rule is for all of that name, whenever they come. */
static void light_is_for_new_caches_too(struct kunit *test)
{
	struct myslab_cache *first = myslab_cache_create("early", 64, NULL);
	struct myslab_cache_stat stat;
	struct myslab_cache *cache;
	void *obj[100];
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, first);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("light,*a*"), 0);
	cache = myslab_cache_create("later", 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	mirror_log_forget();
	for (i = 0; i < ARRAY_SIZE(obj); i++)
		obj[i] = myslab_cache_alloc(cache, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(obj); i++)
		myslab_cache_free(cache, obj[i]);
	myslab_cache_free(cache, obj[0]);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: double-free: cache later"), 1UL);
	myslab_cache_stat(cache, &stat);
	KUNIT_EXPECT_GT(test, stat.objects_cached, 0UL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off,*a*"), 0);
	myslab_cache_destroy(cache);
	myslab_cache_destroy(first);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(rules_are_read_as_they_are_written),
	KUNIT_CASE(an_error_says_where_it_is),
	KUNIT_CASE(the_last_rule_that_matches_holds),
	KUNIT_CASE(random_text_is_refused_or_understood),
	KUNIT_CASE(light_is_light_with_guards_or_without),
	KUNIT_CASE(a_switch_that_fails_changes_nothing),
	KUNIT_CASE(without_memory_objects_go_undressed),
	KUNIT_CASE(a_report_says_what_is_known),
	KUNIT_CASE(a_report_names_both_neighbours),
	KUNIT_CASE(a_report_says_what_would_say_more),
	KUNIT_CASE(an_nmi_does_not_wait_for_other_findings),
	KUNIT_CASE(light_is_for_new_caches_too),
	{}
};

static struct kunit_suite debug_suite = {
	.name = "mirror_debug",
	.test_cases = debug_cases,
};

kunit_test_suite(debug_suite);

MODULE_LICENSE("GPL");
