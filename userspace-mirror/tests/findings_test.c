// SPDX-License-Identifier: GPL-2.0
/*
 * What is told to those who look: traces; what an address is; findings, kept
 * and counted.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/sizes.h>
#include <mirror/control.h>
#include <myslab.h>

static struct myslab_cache *new_cache(struct kunit *test, const char *letters)
{
	struct myslab_cache *cache = myslab_cache_create("told", 64, NULL);
	char text[40];

	if (IS_ERR(cache))
		return NULL;
	snprintf(text, sizeof(text), "%s,told", letters);
	KUNIT_EXPECT_EQ(test, myslab_debug_set(text), 0);
	return cache;
}

static void destroy(struct kunit *test, struct myslab_cache *cache)
{
	myslab_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
}

static struct myslab_cache_stat stat_of(struct myslab_cache *cache)
{
	struct myslab_cache_stat stat;

	myslab_cache_stat(cache, &stat);
	return stat;
}

static char events[200];

static void note(const char *event, const void *ptr)
{
	size_t len = strlen(events);

	scnprintf(events + len, sizeof(events) - len, "%s ", event);
}

static void each_object_is_traced_once_each_way(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "T");
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	events[0] = 0;
	mirror_traced = note;
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	myslab_cache_free(cache, obj);
	myslab_cache_free(cache, obj);
	obj = myslab_cache_try_alloc(cache);
	KUNIT_EXPECT_TRUE(test, myslab_cache_try_free(cache, obj));
	mirror_traced = NULL;
	KUNIT_EXPECT_STREQ(test, events,
			   "kmalloc myslab_alloc kfree myslab_free myslab_finding kmalloc myslab_alloc kfree myslab_free ");
	destroy(test, cache);
}

static void without_the_letter_nothing_is_traced(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "full");

	KUNIT_ASSERT_NOT_NULL(test, cache);
	events[0] = 0;
	mirror_traced = note;
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_KERNEL));
	mirror_traced = NULL;
	KUNIT_EXPECT_STREQ(test, events, "");
	destroy(test, cache);
}

static char text[SZ_64K];

/* Does the first line about an address have these words? */
static bool is_said(const void *addr, const char *words)
{
	size_t len = myslab_whatis(addr, text, sizeof(text));

	return len == strlen(text) && strstr(text, words);
}

static void an_address_is_named(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "ZU");
	u8 *before, *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("off"), 0);
	before = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("ZU,told"), 0);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, obj);

	KUNIT_EXPECT_TRUE(test, is_said(before + 5, "cache told, at +5 of told#"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, ".0, which is out, or free in a magazine\n"));
	KUNIT_EXPECT_NULL(test, strstr(text, "allocated"));
	KUNIT_EXPECT_TRUE(test, is_said(obj - 1, "cache told, at -1 of told#"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, ", which is out\nallocated 0."));
	KUNIT_EXPECT_NULL(test, strstr(text, "freed"));
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_TRUE(test, is_said(obj, "at +0 of told#"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, ", which is free\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nfreed 0."));
	myslab_cache_free(cache, before);
	KUNIT_EXPECT_EQ(test, myslab_whatis(obj, text, 8), 7);
	destroy(test, cache);
}

/* Whatever it is, it is not followed; the page at 0 cannot be read. */
static void any_number_has_an_answer(struct kunit *test)
{
	struct myslab_heap *heap = myslab_heap_create("numbers", NULL);
	struct myslab_cache *cache = new_cache(test, "full");
	unsigned int i, bit;
	void *block, *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	block = myslab_heap_alloc(heap, 100, GFP_KERNEL);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_said(NULL, "is a small integer\n"));
	KUNIT_EXPECT_TRUE(test, is_said(block, "heap numbers, "));
	for (i = 0; i < 200000; i++) {
		bit = mirror_random() % 64;
		myslab_whatis((void *)(mirror_random() >> bit), text, 200);
		myslab_whatis(obj + (long)(mirror_random() % SZ_64K) - SZ_32K,
			      text, 200);
	}
	myslab_cache_free(cache, obj);
	myslab_heap_free(heap, block);
	destroy(test, cache);
	myslab_heap_destroy(heap);
}

static ssize_t ask(const char *what)
{
	struct file *file = filp_open("/proc/myslab/whatis", O_RDWR, 0);
	loff_t pos = 0;
	ssize_t n = kernel_write(file, what, strlen(what), &pos);

	pos = 0;
	text[0] = 0;
	if (n > 0)
		text[kernel_read(file, text, sizeof(text) - 1, &pos)] = 0;
	filp_close(file, NULL);
	return n;
}

/* A name from a report is enough to ask for the object. */
static void a_name_is_an_address(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "U");
	char name[40], *at;
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	snprintf(name, sizeof(name), "0x%lx\n", (unsigned long)obj);
	KUNIT_EXPECT_EQ(test, ask(name), (ssize_t)strlen(name));
	at = strstr(text, "told#");
	KUNIT_ASSERT_NOT_NULL(test, at);
	at[strcspn(at, ",")] = 0;
	strscpy(name, at, sizeof(name));
	KUNIT_EXPECT_EQ(test, ask(name), (ssize_t)strlen(name));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "at +0 of told#"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nallocated "));
	KUNIT_EXPECT_EQ(test, ask("told#0.0"), -ENOENT);
	KUNIT_EXPECT_EQ(test, ask("nobody#1.0"), -ENOENT);
	strcat(name, "99");
	KUNIT_EXPECT_EQ(test, ask(name), -ENOENT);
	KUNIT_EXPECT_EQ(test, ask("told#1"), -EINVAL);
	KUNIT_EXPECT_EQ(test, ask("told"), -EINVAL);
	KUNIT_EXPECT_EQ(test, ask(""), -EINVAL);
	myslab_cache_free(cache, obj);
	destroy(test, cache);
}

/* A report about what is not the caller's says whose it is. */
static void who_has_it_is_in_the_report(struct kunit *test)
{
	struct myslab_cache *other = myslab_cache_create("other", 64, NULL);
	struct myslab_cache *cache = new_cache(test, "U");
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	mirror_log_forget();
	myslab_cache_free(other, obj);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("freed here, but cache told owns it: at +0 of told#"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   allocated 0."), 1UL);
	myslab_cache_free(cache, obj + 8);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("is not what was handed out: at +8 of told#"), 1UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("myslab:   allocated 0."), 2UL);
	myslab_cache_free(cache, obj);
	destroy(test, cache);
	myslab_cache_destroy(other);
}

static const char *proc_text(const char *name)
{
	struct file *file = filp_open(name, O_RDONLY, 0);
	size_t len = 0;
	loff_t pos = 0;
	ssize_t n;

	do {
		n = kernel_read(file, text + len, sizeof(text) - 1 - len, &pos);
		len += n;
	} while (n > 0 && len < sizeof(text) - 1);
	filp_close(file, NULL);
	text[len] = 0;
	return text;
}

/* Lines of a file in /proc that have these words. */
static unsigned int lines_with(const char *name, const char *words)
{
	char *rest = (char *)proc_text(name), *line;
	unsigned int nr = 0;

	while ((line = strsep(&rest, "\n")))
		nr += !!strstr(line, words);
	return nr;
}

static noinline void misuse(struct myslab_cache *cache, void *obj,
			    unsigned int nr)
{
	while (nr--)
		myslab_cache_free(cache, obj + 1);
}

/* Each is counted and kept; the log has a few of those that are alike. */
static void what_repeats_is_said_a_few_times(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "off");
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/findings", " told"), 0U);
	/* What others found is of no use any more, and leaves its place. */
	mirror_advance(11 * HZ);
	mirror_log_forget();
	misuse(cache, obj, 20);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: invalid-free: cache told"), 3UL);
	KUNIT_EXPECT_EQ(test, stat_of(cache).reports, 20UL);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/findings",
					 "      20 invalid-free cache told"), 1U);
	KUNIT_EXPECT_GE(test, lines_with("/proc/myslab/reports",
					 "\"kind\":\"invalid-free\",\"allocator\":\"cache\",\"name\":\"told\",\"module\":\"findings_test\",\"address\":"),
			20U);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("; made by module findings_test:"), 3UL);
	/* The same from elsewhere, another kind, and later the same again. */
	myslab_cache_free(cache, obj + 1);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: invalid-free: cache told"), 4UL);
	myslab_cache_free(cache, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: double-free: cache told"), 1UL);
	mirror_advance(11 * HZ);
	misuse(cache, obj, 1);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: invalid-free: cache told"), 5UL);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("17 like this before were not printed"), 1UL);
	destroy(test, cache);
}

/*
 * Four sites at a time, in turns, each time others: each is said three times,
 * and no more. Some four of so many have the same hash.
 */
static void few_do_not_push_each_other_out(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "off");
	unsigned long site[4];
	unsigned int i, round;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 100; round++) {
		mirror_advance(11 * HZ);
		mirror_log_forget();
		for (i = 0; i < ARRAY_SIZE(site); i++)
			site[i] = mirror_random() >> 8;
		for (i = 0; i < 5 * ARRAY_SIZE(site); i++) {
			mirror_caller = site[i % ARRAY_SIZE(site)];
			misuse(cache, test, 1);
		}
		mirror_caller = 0;
		KUNIT_EXPECT_EQ(test, mirror_log_matches("BUG: invalid-free: cache told"),
				3 * ARRAY_SIZE(site));
	}
	destroy(test, cache);
}

static void the_last_findings_are_kept(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "U");
	char first[40];
	void *obj;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	misuse(cache, obj, 100);
	myslab_cache_free(cache, obj);
	myslab_cache_free(cache, obj);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/reports", "{\"seq\":"), 64U);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/reports", "{\"format\":\"myslab reports\",\"version\":1}"), 1U);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/reports", "\"object\":\"told#"), 1U);
	snprintf(first, sizeof(first), "\"pid\":%d,\"cpu\":", current->pid);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/reports", first), 64U);
	destroy(test, cache);
}

/* A name is the client's text. */
static void a_report_is_json_whatever_is_in_it(struct kunit *test)
{
	struct myslab_cache *cache;

	cache = myslab_cache_create("a\"b\\c", 64, NULL);
	KUNIT_EXPECT_TRUE(test, IS_ERR(cache));
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/reports", "\"text\":\"not created: name \\\"a"),
			1U);
}

/* Here are no guard pages; who asks for just them is told so. */
static void a_preset_does_without_guard_pages(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "off");

	mirror_log_forget();
	KUNIT_EXPECT_EQ(test, myslab_debug_set("full,told"), 0);
	KUNIT_EXPECT_EQ(test, mirror_log_matches("debug: no guard pages: "), 1UL);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/debug", "on FZPUQ:65536L,told"), 1U);
	KUNIT_EXPECT_EQ(test, myslab_debug_set("FZPUQLG,told"), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, lines_with("/proc/myslab/debug", "on FZPUQ:65536L,told"), 1U);
	destroy(test, cache);
}

/* The first allocation of a cache with preemption off: its slow path. */
static unsigned long bad_contexts(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, "off");

	mirror_log_forget();
	preempt_disable();
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_KERNEL));
	preempt_enable();
	destroy(test, cache);
	return mirror_log_matches("BUG: bad-context: cache told");
}

/* There are other worries, or nobody yet who could run meanwhile. */
static void an_oops_and_the_start_are_no_bad_context(struct kunit *test)
{
	oops_in_progress = 1;
	KUNIT_EXPECT_EQ(test, bad_contexts(test), 0UL);
	oops_in_progress = 0;
	system_state = SYSTEM_BOOTING;
	KUNIT_EXPECT_EQ(test, bad_contexts(test), 0UL);
	system_state = SYSTEM_RUNNING;
	KUNIT_EXPECT_EQ(test, bad_contexts(test), 1UL);
}

static struct kunit_case findings_cases[] = {
	KUNIT_CASE(each_object_is_traced_once_each_way),
	KUNIT_CASE(without_the_letter_nothing_is_traced),
	KUNIT_CASE(an_address_is_named),
	KUNIT_CASE(any_number_has_an_answer),
	KUNIT_CASE(a_name_is_an_address),
	KUNIT_CASE(who_has_it_is_in_the_report),
	KUNIT_CASE(what_repeats_is_said_a_few_times),
	KUNIT_CASE(few_do_not_push_each_other_out),
	KUNIT_CASE(the_last_findings_are_kept),
	KUNIT_CASE(a_preset_does_without_guard_pages),
	KUNIT_CASE(an_oops_and_the_start_are_no_bad_context),
	KUNIT_CASE(a_report_is_json_whatever_is_in_it),
	{}
};

static struct kunit_suite findings_suite = {
	.name = "mirror_findings",
	.test_cases = findings_cases,
};

kunit_test_suite(findings_suite);

MODULE_LICENSE("GPL");
