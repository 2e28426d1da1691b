// SPDX-License-Identifier: GPL-2.0
/*
 * Planted bugs: each must make the harness fail. A test run that this suite
 * passes through unnoticed proves nothing about any other suite.
 *
 * The parameter plant chooses: nothing, leak, lockdep, race, expect or hang.
 * With leak goes what else the checkers of a debug kernel find of memory, and
 * with lockdep a sleep in atomic context, since a boot of that kernel takes
 * long. Of myslab's objects they are to see what they see of kmem_cache's; of
 * what the functions legal_* do they must say nothing.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include <myslab/cache.h>
#include <myslab/debug.h>
#include <myslab/heap.h>

static char *plant = "nothing";
module_param(plant, charp, 0400);
MODULE_PARM_DESC(plant, "nothing, leak, lockdep, race, expect or hang");

/* By its size kmemleak tells whose it is. */
#define PACKET_SIZE	840
#define LOST_BLOCK	960
#define NR_LOST		8

struct packet {
	struct packet *next;
	spinlock_t lock;		/* nr, for those who take turns */
	unsigned long nr;
	struct timer_list timer;
};

static struct myslab_cache *packets;
static struct myslab_cache *built;
static struct myslab_heap *heap;

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

/* Never deadlocks: only lockdep sees that two threads could. */
static void take_both_orders(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);

	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/* Many, because a stale copy of one pointer in a register hides one leak. */
static void leak_memory(void)
{
	void *lost;
	int i;

	for (i = 0; i < NR_LOST; i++) {
		lost = myslab_cache_zalloc(packets, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
		lost = myslab_heap_zalloc(heap, LOST_BLOCK, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
		lost = kmalloc(200 + i, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void write_behind_the_end(void)
{
	char *block = kmalloc(100, GFP_KERNEL);
	size_t end = 104;

	OPTIMIZER_HIDE_VAR(end);
	if (block)
		block[end] = 1;
	kfree(block);
}

static noinline void read_freed_object(void)
{
	struct packet *packet = myslab_cache_zalloc(packets, GFP_KERNEL);

	myslab_cache_free(packets, packet);
	OPTIMIZER_HIDE_VAR(packet);
	READ_ONCE(packet->nr);
}

static noinline void read_freed_block(void)
{
	struct packet *packet = myslab_heap_zalloc(heap, sizeof(*packet),
						   GFP_KERNEL);

	myslab_heap_free(heap, packet);
	OPTIMIZER_HIDE_VAR(packet);
	READ_ONCE(packet->nr);
}

/* To unlock it would be to use it; and what KASAN finds ends lockdep. */
static void free_what_is_locked(void)
{
	struct packet *packet = myslab_cache_alloc(packets, GFP_KERNEL);

	if (!packet)
		return;
	spin_lock_init(&packet->lock);
	spin_lock(&packet->lock);
	myslab_cache_free(packets, packet);
	preempt_enable();
}

static void nothing_to_do(struct timer_list *timer)
{
}

/* Nobody is asked when it is freed, but when its page goes. */
static void free_what_ticks(void)
{
	struct myslab_cache *cache = myslab_cache_create("ticking", PACKET_SIZE,
							 NULL);
	struct packet *packet;

	if (IS_ERR(cache))
		return;
	packet = myslab_cache_alloc(cache, GFP_KERNEL);
	if (packet) {
		timer_setup(&packet->timer, nothing_to_do, 0);
		mod_timer(&packet->timer, jiffies + 3600 * HZ);
	}
	myslab_cache_free(cache, packet);
	myslab_cache_destroy(cache);
}

static struct packet *kept;

/*
 * None is lost: what is constructed and free has memory, and of the others each
 * points to the next, on pages of its own, too.
 */
static noinline void legal_keep(void)
{
	struct packet *packet = NULL, *next;
	unsigned int i;

	myslab_cache_free(built, myslab_cache_alloc(built, GFP_KERNEL));
	for (i = 0; i < 6; i++) {
		if (i == 4 && myslab_debug_set("G"))
			break;
		next = i % 2 ? myslab_cache_zalloc(packets, GFP_KERNEL) :
			       myslab_heap_zalloc(heap, LOST_BLOCK, GFP_KERNEL);
		if (!next)
			break;
		next->next = packet;
		next->nr = i;
		packet = next;
	}
	myslab_debug_set("off");
	kept = packet;
}

static void legal_end(void)
{
	struct packet *packet;

	while ((packet = kept)) {
		kept = packet->next;
		if (packet->nr % 2)
			myslab_cache_free(packets, packet);
		else
			myslab_heap_free(heap, packet);
	}
	myslab_heap_destroy(heap);
	myslab_cache_destroy(built);
	myslab_cache_destroy(packets);
}

static int legal_ctor(void *obj, void *private, gfp_t gfp)
{
	struct packet *packet = obj;

	*packet = (struct packet){ .next = kmalloc(PACKET_SIZE, gfp) };
	return packet->next ? 0 : -ENOMEM;
}

static void legal_dtor(void *obj, void *private)
{
	kfree(((struct packet *)obj)->next);
}

/* Each has it alone; not locked any more when it is freed. */
static int legal_thread(void *cache)
{
	struct packet *packet;

	do {
		packet = myslab_cache_alloc(cache, GFP_KERNEL);
		if (!packet)
			break;
		spin_lock_init(&packet->lock);
		spin_lock(&packet->lock);
		packet->nr++;
		spin_unlock(&packet->lock);
		myslab_cache_free(cache, packet);
		cond_resched();
	} while (!kthread_should_stop());
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

/* On the fast path, which looks at its context on debug kernels only. */
static void sleep_in_atomic_context(void)
{
	struct myslab_cache *cache = myslab_cache_create("planted", 64, NULL);

	if (IS_ERR(cache))
		return;
	preempt_disable();
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_NOWAIT));
	myslab_cache_free(cache, myslab_cache_alloc(cache, GFP_KERNEL));
	preempt_enable();
	myslab_cache_destroy(cache);
}

static unsigned long shared;

static int count_unlocked(void *unused)
{
	while (!kthread_should_stop()) {
		shared++;
		cond_resched();
	}
	return 0;
}

static struct packet *passed;

/* That others have it is all that is wrong: it is never looked at unmarked. */
static int count_freed(void *unused)
{
	while (!kthread_should_stop()) {
		WRITE_ONCE(READ_ONCE(passed)->nr, 1);
		cond_resched();
	}
	return 0;
}

/* The same object again and again. */
static void free_what_is_used(unsigned long end)
{
	while (time_before(jiffies, end)) {
		myslab_cache_free(packets, passed);
		WRITE_ONCE(passed, myslab_cache_alloc(packets, GFP_KERNEL));
		cond_resched();
	}
}

static void race_for_a_while(void)
{
	static int (*const threads[])(void *) = {
		count_unlocked, count_unlocked, count_freed,
		legal_thread, legal_thread,
	};
	/* What is used after its free may be another's by then. */
	struct myslab_cache *apart = myslab_cache_create("planted-apart",
						sizeof(struct packet), NULL);
	struct task_struct *tasks[ARRAY_SIZE(threads)];
	unsigned int i;

	if (IS_ERR(apart))
		return;
	passed = myslab_cache_zalloc(packets, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		tasks[i] = kthread_run(threads[i], apart, "planted/%u", i);
	free_what_is_used(jiffies + 5 * HZ);
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		if (!IS_ERR(tasks[i]))
			kthread_stop(tasks[i]);
	myslab_cache_free(packets, passed);
	myslab_cache_destroy(apart);
}

static void planted_bug(struct kunit *test)
{
	struct task_struct *legal = kthread_run(legal_thread, packets, "legal");

	KUNIT_ASSERT_FALSE(test, IS_ERR(legal));
	legal_keep();
	kthread_stop(legal);
	KUNIT_EXPECT_STRNEQ(test, plant, "expect");
	if (!strcmp(plant, "leak")) {
		free_what_is_locked();
		leak_memory();
		write_behind_the_end();
		read_freed_object();
		read_freed_block();
		free_what_ticks();
	}
	if (!strcmp(plant, "lockdep")) {
		take_both_orders();
		sleep_in_atomic_context();
	}
	if (!strcmp(plant, "race"))
		race_for_a_while();
	while (!strcmp(plant, "hang"))
		msleep(1000);
}

static struct kunit_case planted_cases[] = {
	KUNIT_CASE(planted_bug),
	{}
};

static int begin(struct kunit *test)
{
	const struct myslab_cache_args args = {
		.ctor = legal_ctor, .dtor = legal_dtor,
	};

	packets = myslab_cache_create("packets", PACKET_SIZE, NULL);
	built = myslab_cache_create("built", PACKET_SIZE, &args);
	heap = myslab_heap_create("packets", NULL);
	return IS_ERR(packets) || IS_ERR(built) || IS_ERR(heap) ? -ENOMEM : 0;
}

static struct kunit_suite planted_suite = {
	.name = "planted",
	.init = begin,
	.test_cases = planted_cases,
};

kunit_test_suite(planted_suite);

/* Not before the kernel has looked for what is lost. */
module_exit(legal_end);

MODULE_DESCRIPTION("Planted bugs that the harness must notice");
MODULE_LICENSE("GPL");
