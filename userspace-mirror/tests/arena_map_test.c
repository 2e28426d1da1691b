// SPDX-License-Identifier: GPL-2.0
/*
 * Maps of arenas, with the test as the memory management: it opens and closes
 * areas, and faults in pages. What a real one does is tested in a VM.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <mirror/control.h>
#include <myslab.h>

static unsigned int reports;

static struct myslab_arena *mappable(unsigned int flags)
{
	return myslab_arena_create("maps", &(struct myslab_arena_args){
		.flags = MYSLAB_ARENA_MAPPABLE | flags });
}

static struct vm_area_struct area(unsigned long flags)
{
	return (struct vm_area_struct){
		.vm_flags = flags | VM_MAYREAD | VM_MAYWRITE };
}

/* The byte at an offset, as a program would read it; -1: SIGBUS. */
static int read_at(struct vm_area_struct *vma, loff_t offset)
{
	struct vm_fault vmf = { .vma = vma, .pgoff = offset >> PAGE_SHIFT };
	u8 *page;
	int byte;

	if (vma->vm_ops->fault(&vmf)) {
		if (vmf.page)
			mirror_abort("a page with a signal");
		return -1;
	}
	page = page_address(vmf.page);
	byte = page[offset_in_page(offset)];
	put_page(vmf.page);
	return byte;
}

static void a_map_shows_what_is_in_the_arena(struct kunit *test)
{
	struct myslab_arena *arena = mappable(0);
	struct vm_area_struct vma = area(VM_READ | VM_SHARED);
	loff_t offset;
	unsigned int i;
	u8 *p;

	KUNIT_ASSERT_EQ(test, myslab_arena_mmap(arena, &vma), 0);
	KUNIT_EXPECT_EQ(test, read_at(&vma, 0), -1);
	/* Chunks of both rows, all of them later than the map. */
	for (i = 0; i < 300; i++) {
		p = myslab_arena_alloc(arena, i % 7 ? 3000 : 50000,
				       GFP_KERNEL);
		offset = myslab_arena_offset(arena, p);
		if (read_at(&vma, offset) != 0 && read_at(&vma, offset) != 17)
			KUNIT_FAIL(test, "object %u: not zero", i);
		*p = 17;
		KUNIT_EXPECT_EQ(test, read_at(&vma, offset), 17);
	}
	KUNIT_EXPECT_EQ(test, read_at(&vma, 1LL << 30), -1);
	vma.vm_ops->close(&vma);
	myslab_arena_destroy(arena);
}

static void pages_are_zero_before_they_can_be_seen(struct kunit *test)
{
	struct myslab_arena *arena = mappable(0);
	struct vm_area_struct vma = area(VM_READ | VM_SHARED);
	unsigned int i, bad = 0;

	KUNIT_ASSERT_EQ(test, myslab_arena_mmap(arena, &vma), 0);
	myslab_arena_alloc(arena, 1, GFP_KERNEL);
	for (i = 1; i < SZ_64K; i++)
		bad += read_at(&vma, i) != 0;
	KUNIT_EXPECT_EQ(test, bad, 0U);
	vma.vm_ops->close(&vma);
	myslab_arena_destroy(arena);
}

/* Nor is text that did not fit, and went elsewhere. */
static void text_is_seen_where_it_was_put_alone(struct kunit *test)
{
	struct myslab_arena *arena = mappable(0);
	struct vm_area_struct vma = area(VM_READ | VM_SHARED);
	unsigned int i, bad = 0;
	char *text;

	KUNIT_ASSERT_EQ(test, myslab_arena_mmap(arena, &vma), 0);
	myslab_arena_zalloc(arena, 16000, GFP_KERNEL);
	for (i = 0; i < 3; i++)
		myslab_arena_zalloc(arena, 16384, GFP_KERNEL);
	text = myslab_arena_printf(arena, GFP_KERNEL, "%0500u", 1);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, text),
			(loff_t)SZ_64K);
	for (i = 0; i < SZ_64K; i++)
		bad += read_at(&vma, i) != 0;
	KUNIT_EXPECT_EQ(test, bad, 0U);
	KUNIT_EXPECT_EQ(test, read_at(&vma, SZ_64K + 499), '1');
	vma.vm_ops->close(&vma);
	myslab_arena_destroy(arena);
}

static void a_map_is_read_only_for_good(struct kunit *test)
{
	struct myslab_arena *arena = mappable(0);
	struct vm_area_struct ro = area(VM_READ | VM_SHARED);
	struct vm_area_struct rw = area(VM_READ | VM_WRITE | VM_SHARED);
	struct vm_area_struct private = area(VM_READ | VM_WRITE);

	KUNIT_EXPECT_EQ(test, myslab_arena_mmap(arena, &rw), -EACCES);
	KUNIT_EXPECT_EQ(test, myslab_arena_mmap(arena, &private), -EACCES);
	KUNIT_EXPECT_NULL(test, (void *)rw.vm_ops);
	KUNIT_EXPECT_EQ(test, myslab_arena_mmap(arena, &ro), 0);
	KUNIT_EXPECT_EQ(test, ro.vm_flags & VM_MAYWRITE, 0UL);
	KUNIT_EXPECT_NE(test, ro.vm_flags & VM_DONTEXPAND, 0UL);
	KUNIT_EXPECT_NE(test, ro.vm_flags & VM_DONTDUMP, 0UL);
	ro.vm_ops->close(&ro);
	myslab_arena_destroy(arena);

	/* The twin: one that was made for it. */
	arena = mappable(MYSLAB_ARENA_MAP_WRITE);
	KUNIT_EXPECT_EQ(test, myslab_arena_mmap(arena, &rw), 0);
	KUNIT_EXPECT_NE(test, rw.vm_flags & VM_MAYWRITE, 0UL);
	rw.vm_ops->close(&rw);
	myslab_arena_destroy(arena);
}

static void a_map_outlives_its_arena(struct kunit *test)
{
	struct myslab_arena *arena = mappable(0);
	struct vm_area_struct vma = area(VM_READ | VM_SHARED), copy;
	struct mirror_usage before, now;
	loff_t offset;
	u8 *p;

	mirror_usage(&before);
	KUNIT_ASSERT_EQ(test, myslab_arena_mmap(arena, &vma), 0);
	p = myslab_arena_alloc(arena, 60000, GFP_KERNEL);
	p[40000] = 99;
	offset = myslab_arena_offset(arena, p + 40000);
	/* A fork, then the arena goes, then the first of the maps. */
	memcpy(&copy, &vma, sizeof(copy));
	copy.vm_ops->open(&copy);
	myslab_arena_destroy(arena);
	KUNIT_EXPECT_EQ(test, read_at(&vma, offset), 99);
	vma.vm_ops->close(&vma);
	KUNIT_EXPECT_EQ(test, read_at(&copy, offset), 99);
	KUNIT_EXPECT_EQ(test, read_at(&copy, offset + SZ_64K), -1);
	copy.vm_ops->close(&copy);
	mirror_usage(&now);
	KUNIT_EXPECT_EQ(test, now.pages, before.pages);
}

static void trim_skips_what_a_living_map_has_seen(struct kunit *test)
{
	struct myslab_arena *arena = mappable(0);
	struct vm_area_struct vma = area(VM_READ | VM_SHARED);
	unsigned int i;
	loff_t seen;
	u8 *p = NULL;

	KUNIT_ASSERT_EQ(test, myslab_arena_mmap(arena, &vma), 0);
	for (i = 0; i < 100; i++)
		p = myslab_arena_alloc(arena, 4096, GFP_KERNEL);
	*p = 5;
	seen = myslab_arena_offset(arena, p);
	KUNIT_EXPECT_EQ(test, read_at(&vma, seen), 5);
	myslab_arena_reset(arena);
	KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), 6UL * 16);
	/* Its offset stays its own; what was not seen is gone. */
	KUNIT_EXPECT_EQ(test, read_at(&vma, seen), 5);
	KUNIT_EXPECT_EQ(test, read_at(&vma, 0), -1);
	p = myslab_arena_alloc(arena, 10, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, p),
			round_down(seen, (loff_t)SZ_64K));
	/* Without maps it can go. */
	vma.vm_ops->close(&vma);
	myslab_arena_reset(arena);
	KUNIT_EXPECT_EQ(test, myslab_arena_trim(arena), 16UL);
	p = myslab_arena_alloc(arena, 10, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, myslab_arena_offset(arena, p), 0LL);
	myslab_arena_destroy(arena);
}

static void only_a_mappable_arena_is_mapped(struct kunit *test)
{
	struct myslab_arena *arena = myslab_arena_create("plain", NULL);
	struct vm_area_struct vma = area(VM_READ | VM_SHARED);

	KUNIT_EXPECT_EQ(test, myslab_arena_mmap(arena, &vma), -EINVAL);
	KUNIT_EXPECT_EQ(test, reports, 1U);
	myslab_arena_destroy(arena);
	KUNIT_EXPECT_EQ(test, myslab_arena_mmap(arena, &vma), -ENXIO);
	KUNIT_EXPECT_EQ(test, reports, 2U);
	reports = 0;
}

static int count_report(struct notifier_block *nb, unsigned long kind,
			void *data)
{
	reports++;
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = count_report };

static int arena_map_init(struct kunit *test)
{
	reports = 0;
	return myslab_report_register(&nb);
}

static void arena_map_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, reports, 0U);
	myslab_report_unregister(&nb);
}

static struct kunit_case arena_map_cases[] = {
	KUNIT_CASE(a_map_shows_what_is_in_the_arena),
	KUNIT_CASE(pages_are_zero_before_they_can_be_seen),
	KUNIT_CASE(text_is_seen_where_it_was_put_alone),
	KUNIT_CASE(a_map_is_read_only_for_good),
	KUNIT_CASE(a_map_outlives_its_arena),
	KUNIT_CASE(trim_skips_what_a_living_map_has_seen),
	KUNIT_CASE(only_a_mappable_arena_is_mapped),
	{}
};

static struct kunit_suite arena_map_suite = {
	.name = "mirror_arena_map",
	.init = arena_map_init,
	.exit = arena_map_exit,
	.test_cases = arena_map_cases,
};

kunit_test_suite(arena_map_suite);

MODULE_LICENSE("GPL");
