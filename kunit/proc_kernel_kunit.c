// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/myslabinfo, to the byte: two header lines, one row a cache, and
 * numbers that are those of the cache.
 */
#include <linux/fs.h>
#include <linux/sizes.h>
#include <linux/stat.h>
#include <linux/vmalloc.h>

#include "watch.h"

#define FILE_SIZE	SZ_1M

#define HEADER								\
	"slabinfo - version: 2.1\n"					\
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>" \
	" : tunables <limit> <batchcount> <sharedfactor>"		\
	" : slabdata <active_slabs> <num_slabs> <sharedavail>\n"

#define ROW(active, total, busy, slabs)					\
	"\nkunit-proc        " active " " total "     64   64    1"	\
	" : tunables    0    0    0"					\
	" : slabdata " busy " " slabs "      0\n"

#define ROW_FORMAT							\
	"%64s %lu %lu %lu %lu %lu : tunables %lu %lu %lu"		\
	" : slabdata %lu %lu %lu%n"

static char *text;	/* the file as last read, with a zero at its end */

/* Read the file in pieces of @piece bytes. */
static ssize_t read_text(size_t piece)
{
	struct file *file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	ssize_t got = 0, size = 0;
	loff_t pos = 0;

	if (IS_ERR(file))
		return PTR_ERR(file);
	while (size < FILE_SIZE - piece) {
		got = kernel_read(file, text + size, piece, &pos);
		if (got <= 0)
			break;
		size += got;
	}
	filp_close(file, NULL);
	text[size] = '\0';
	return got < 0 ? got : size;
}

struct row {
	char name[MYSLAB_MAX_NAME + 2];
	unsigned long active, total, objsize, perslab, pages;
	unsigned long limit, batch, factor, active_slabs, slabs, avail;
};

/* Parse a row as strictly as slabtop does; false: it is malformed. */
static bool parse(const char *line, struct row *row)
{
	int end = 0;

	return sscanf(line, ROW_FORMAT,
		      row->name, &row->active, &row->total, &row->objsize,
		      &row->perslab, &row->pages, &row->limit, &row->batch,
		      &row->factor, &row->active_slabs, &row->slabs,
		      &row->avail, &end) == 12 && line[end] == '\n';
}

static const char *find_line(const char *name)
{
	size_t len = strlen(name);
	const char *line = text;

	while (line && *line) {
		if (!strncmp(line, name, len) && line[len] == ' ')
			return line;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

static bool read_row(struct myslab_cache *cache, struct row *row)
{
	const char *line;

	if (read_text(4096) <= 0)
		return false;
	line = find_line(myslab_cache_name(cache));
	return line && parse(line, row);
}

static int begin(struct kunit *test)
{
	text = vmalloc(FILE_SIZE + 1);
	return text ? watch_begin(test) : -ENOMEM;
}

static void end(struct kunit *test)
{
	watch_end(test);
	vfree(text);
	text = NULL;
}

static void the_file_begins_as_the_kernels_does(struct kunit *test)
{
	KUNIT_ASSERT_GT(test, (long)read_text(4096), 0L);
	KUNIT_EXPECT_EQ(test, strncmp(text, HEADER, strlen(HEADER)), 0);
}

static void a_row_is_formatted_as_the_kernels(struct kunit *test)
{
	struct myslab_cache *cache = myslab_cache_create("kunit-proc", 64, NULL);
	void *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	if (stat_of(cache).debugged) {
		myslab_cache_destroy(cache);
		kunit_skip(test, "the cache is debugged");
	}
	KUNIT_EXPECT_GT(test, (long)read_text(4096), 0L);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, ROW("     0", "     0",
						     "     0", "     0")));
	obj = myslab_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_GT(test, (long)read_text(4096), 0L);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, ROW("     1", "    64",
						     "     1", "     1")));
	myslab_cache_free(cache, obj);
	myslab_cache_destroy(cache);
}

static void a_row_follows_the_population(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 200, NULL);
	static void *objs[500];
	unsigned int nr;
	struct row row;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	skip_if_debugged(test, cache);
	nr = take(cache, objs, ARRAY_SIZE(objs));
	KUNIT_ASSERT_TRUE(test, read_row(cache, &row));
	KUNIT_EXPECT_EQ(test, row.active, (unsigned long)nr);
	KUNIT_EXPECT_EQ(test, row.total, stat_of(cache).objects_total);
	KUNIT_EXPECT_EQ(test, row.objsize, 200UL);
	KUNIT_EXPECT_EQ(test, row.slabs * row.perslab, row.total);
	KUNIT_EXPECT_EQ(test, row.slabs * row.pages, stat_of(cache).pages);
	KUNIT_EXPECT_LE(test, row.active_slabs, row.slabs);
	give_back(cache, objs, nr);
	KUNIT_ASSERT_TRUE(test, read_row(cache, &row));
	KUNIT_EXPECT_EQ(test, row.active, 0UL);
	myslab_cache_shrink(cache);
	KUNIT_ASSERT_TRUE(test, read_row(cache, &row));
	KUNIT_EXPECT_EQ(test, row.total, 0UL);
	KUNIT_EXPECT_EQ(test, row.slabs, 0UL);
}

static void rows_of_all_sizes_hold_what_readers_assume(struct kunit *test)
{
	static const unsigned int sizes[] = {
		1, 8, 100, 1000, 4096, 5000, 100000, 1U << 20,
	};
	struct myslab_cache *cache;
	struct row row;
	unsigned int i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cache = new_cache(test, sizes[i], NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = myslab_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_TRUE(test, read_row(cache, &row));
		KUNIT_EXPECT_GE(test, row.objsize, (unsigned long)sizes[i]);
		KUNIT_EXPECT_GE(test, row.perslab, 1UL);
		KUNIT_EXPECT_GE(test, row.pages, 1UL);
		KUNIT_EXPECT_LE(test, row.active, row.total);
		KUNIT_EXPECT_GE(test, row.slabs * row.pages * PAGE_SIZE,
				row.total * row.objsize);
		myslab_cache_free(cache, obj);
	}
}

static void every_row_has_sixteen_tokens_and_no_trailing_blank(struct kunit *t)
{
	struct myslab_cache *cache = new_cache(t, 64, NULL);
	unsigned int tokens = 0;
	const char *c;

	KUNIT_ASSERT_NOT_NULL(t, cache);
	KUNIT_ASSERT_GT(t, (long)read_text(4096), 0L);
	for (c = text + strlen(HEADER); *c; c++) {
		if (*c == '\n') {
			KUNIT_EXPECT_EQ(t, tokens, 16U);
			KUNIT_EXPECT_NE(t, (int)c[-1], (int)' ');
			tokens = 0;
		} else if (*c != ' ' && (c[1] == ' ' || c[1] == '\n')) {
			tokens++;
		}
		KUNIT_EXPECT_TRUE(t, *c == '\n' || (*c >= ' ' && *c < 127));
	}
	KUNIT_EXPECT_EQ(t, (int)c[-1], (int)'\n');
}

static void a_name_of_63_characters_keeps_its_blank(struct kunit *test)
{
	char name[MYSLAB_MAX_NAME + 1];
	struct myslab_cache *cache;
	struct row row;

	memset(name, 'n', MYSLAB_MAX_NAME);
	name[MYSLAB_MAX_NAME] = '\0';
	cache = myslab_cache_create(name, 64, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, cache);
	KUNIT_EXPECT_TRUE(test, read_row(cache, &row));
	KUNIT_EXPECT_STREQ(test, (const char *)row.name, (const char *)name);
	myslab_cache_destroy(cache);
}

static void reading_byte_by_byte_gives_the_same(struct kunit *test)
{
	struct myslab_cache *cache = new_cache(test, 64, NULL);
	char *whole;
	ssize_t size;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	size = read_text(65536);
	KUNIT_ASSERT_GT(test, (long)size, 0L);
	whole = kunit_kzalloc(test, size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, whole);
	memcpy(whole, text, size);
	KUNIT_EXPECT_EQ(test, (long)read_text(1), (long)size);
	KUNIT_EXPECT_EQ(test, memcmp(whole, text, size), 0);
	KUNIT_EXPECT_EQ(test, (long)read_text(7), (long)size);
	KUNIT_EXPECT_EQ(test, memcmp(whole, text, size), 0);
}

static void a_seek_to_the_start_reads_it_again(struct kunit *test)
{
	struct file *file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	char first[64], again[64];
	loff_t pos = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, (long)kernel_read(file, first, 64, &pos), 64L);
	while (kernel_read(file, text, 4096, &pos) > 0)
		;
	pos = 0;
	KUNIT_EXPECT_EQ(test, (long)kernel_read(file, again, 64, &pos), 64L);
	KUNIT_EXPECT_EQ(test, memcmp(first, again, 64), 0);
	filp_close(file, NULL);
}

static void only_root_may_read_it(struct kunit *test)
{
	struct file *file = filp_open("/proc/myslabinfo", O_RDONLY, 0);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, (int)(file_inode(file)->i_mode & 07777), 0400);
	filp_close(file, NULL);
}

static void thousands_of_caches_are_all_listed_once(struct kunit *test)
{
	unsigned int i, nr, missing = 0, lines = 0;
	struct myslab_cache **many;
	const char *c;

	many = kunit_kzalloc(test, 2000 * sizeof(*many), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, many);
	for (nr = 0; nr < 2000; nr++) {
		char name[24];

		snprintf(name, sizeof(name), "kunit-many-%u", nr);
		many[nr] = myslab_cache_create(name, 8 + nr, NULL);
		if (IS_ERR(many[nr]))
			break;
	}
	KUNIT_EXPECT_EQ(test, nr, 2000U);
	KUNIT_EXPECT_GT(test, (long)read_text(4096), 0L);
	for (i = 0; i < nr; i++)
		missing += !find_line(myslab_cache_name(many[i]));
	for (c = text; (c = strstr(c, "\nkunit-many-")); c++)
		lines++;
	KUNIT_EXPECT_EQ(test, missing, 0U);
	KUNIT_EXPECT_EQ(test, lines, nr);
	while (nr--)
		myslab_cache_destroy(many[nr]);
	KUNIT_EXPECT_GT(test, (long)read_text(4096), 0L);
	KUNIT_EXPECT_NULL(test, strstr(text, "kunit-many-"));
}

static void caches_may_go_while_the_file_is_read(struct kunit *test)
{
	struct file *file = filp_open("/proc/myslabinfo", O_RDONLY, 0);
	struct myslab_cache *caches[20];
	unsigned int i, nr;
	loff_t pos = 0;
	ssize_t got;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	for (nr = 0; nr < ARRAY_SIZE(caches); nr++)
		caches[nr] = new_cache(test, 64, NULL);
	for (i = 0; i < nr; i++) {
		got = kernel_read(file, text, 150, &pos);
		KUNIT_EXPECT_GE(test, (long)got, 0L);
		if (i % 2)
			destroy_cache(test, caches[i]);
	}
	filp_close(file, NULL);
}

static struct kunit_case proc_cases[] = {
	KUNIT_CASE(the_file_begins_as_the_kernels_does),
	KUNIT_CASE(a_row_is_formatted_as_the_kernels),
	KUNIT_CASE(a_row_follows_the_population),
	KUNIT_CASE(rows_of_all_sizes_hold_what_readers_assume),
	KUNIT_CASE(every_row_has_sixteen_tokens_and_no_trailing_blank),
	KUNIT_CASE(a_name_of_63_characters_keeps_its_blank),
	KUNIT_CASE(reading_byte_by_byte_gives_the_same),
	KUNIT_CASE(a_seek_to_the_start_reads_it_again),
	KUNIT_CASE(only_root_may_read_it),
	KUNIT_CASE(thousands_of_caches_are_all_listed_once),
	KUNIT_CASE(caches_may_go_while_the_file_is_read),
	{}
};

static struct kunit_suite proc_suite = {
	.name = "myslab_proc",
	.init = begin,
	.exit = end,
	.test_cases = proc_cases,
};

kunit_test_suite(proc_suite);

MODULE_DESCRIPTION("Tests of myslab: /proc/myslabinfo");
MODULE_LICENSE("GPL");
