// SPDX-License-Identifier: GPL-2.0
/*
 * A cache beside malloc with two threads: both at work on one cache, and one
 * that allocates what the other frees. Who has to wait sleeps, so that time is
 * what both worked.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#undef snprintf

#include <mirror/control.h>
#include <myslab.h>

#include "native.h"

#define SIZE		256
#define AT_ONCE		64
#define HANDED		1000

static struct myslab_cache *cache;

static __always_inline void *of_malloc(void)
{
	return malloc(SIZE);
}

static __always_inline void *of_cache(void)
{
	return myslab_cache_alloc(cache, GFP_KERNEL);
}

static __always_inline void to_cache(void *p)
{
	myslab_cache_free(cache, p);
}

static __always_inline void take(void *(*alloc)(void), void **objs, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		objs[i] = alloc();
		native_hide(objs[i]);
	}
}

static __always_inline void give(void (*release)(void *p), void **objs, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		release(objs[i]);
}

static void batch_malloc(unsigned long rounds)
{
	void *objs[AT_ONCE];

	while (rounds--) {
		take(of_malloc, objs, AT_ONCE);
		give(free, objs, AT_ONCE);
	}
}

static void batch_cache(unsigned long rounds)
{
	void *objs[AT_ONCE];

	while (rounds--) {
		take(of_cache, objs, AT_ONCE);
		give(to_cache, objs, AT_ONCE);
	}
}

/* Two loads of objects are under way, so that both threads can be at work. */
static void *handed[2][HANDED];
static sem_t full, empty;

static void produce_malloc(unsigned long rounds)
{
	while (rounds--) {
		sem_wait(&empty);
		take(of_malloc, handed[rounds % 2], HANDED);
		sem_post(&full);
	}
}

static void consume_malloc(unsigned long rounds)
{
	while (rounds--) {
		sem_wait(&full);
		give(free, handed[rounds % 2], HANDED);
		sem_post(&empty);
	}
}

static void produce_cache(unsigned long rounds)
{
	while (rounds--) {
		sem_wait(&empty);
		take(of_cache, handed[rounds % 2], HANDED);
		sem_post(&full);
	}
}

static void consume_cache(unsigned long rounds)
{
	while (rounds--) {
		sem_wait(&full);
		give(to_cache, handed[rounds % 2], HANDED);
		sem_post(&empty);
	}
}

/* What the second thread does, as the mirror's second CPU. */
struct second {
	native_work *work;
	unsigned long rounds;
};

static void *run_second(void *arg)
{
	struct second *second = arg;

	mirror_cpu_attach(1);
	second->work(second->rounds);
	mirror_cpu_detach();
	return NULL;
}

static void on_two(native_work *first, native_work *other,
		   unsigned long rounds)
{
	struct second second = { other, rounds };
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_second, &second))
		exit(1);
	first(rounds);
	pthread_join(thread, NULL);
}

static void both_malloc(unsigned long rounds)
{
	on_two(batch_malloc, batch_malloc, rounds);
}

static void both_cache(unsigned long rounds)
{
	on_two(batch_cache, batch_cache, rounds);
}

static void hand_malloc(unsigned long rounds)
{
	on_two(produce_malloc, consume_malloc, rounds);
}

static void hand_cache(unsigned long rounds)
{
	on_two(produce_cache, consume_cache, rounds);
}

int native_threads_begin(void)
{
	cache = myslab_cache_create("native-threads", SIZE, NULL);
	return IS_ERR(cache) || sem_init(&full, 0, 0) || sem_init(&empty, 0, 2);
}

void native_threads_end(void)
{
	myslab_cache_destroy(cache);
}

const struct native_row native_threads_rows[] = {
	{ "64 at a time, 256 bytes", NULL, batch_malloc, batch_cache, 2000,
	  AT_ONCE, 0 },
	{ "two threads, 64 at a time", NULL, both_malloc, both_cache, 2000,
	  2 * AT_ONCE, 0 },
	{ "1,000 handed to another thread", NULL, hand_malloc, hand_cache, 100,
	  HANDED, 0 },
	{ }
};

MODULE_LICENSE("GPL");
