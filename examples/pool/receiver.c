// SPDX-License-Identifier: GPL-2.0
/*
 * A receiver whose interrupt may never lack memory: a pool has its buffers.
 *
 * A timer stands for the device. In its interrupt a buffer is taken, filled
 * and queued; a worker reads it and gives it back. Where the worker does not
 * keep up, all buffers are out and the packet is dropped, as on a real ring.
 * At the end a task that may sleep waits for each buffer, until all are its.
 */
#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <myslab/pool.h>

#include "../compat.h"

#define BUFFERS		32
#define PACKETS		500
#define INTERVAL	(100 * NSEC_PER_USEC)

struct buffer {
	struct llist_node node;
	unsigned int serial;
	char data[1500];
};

static struct myslab_pool *pool;
static LLIST_HEAD(received);
static DECLARE_COMPLETION(all_sent);
static struct hrtimer device;
static unsigned int sent, dropped, seen;

static void read_all(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&received);
	struct buffer *buffer, *next;

	llist_for_each_entry_safe(buffer, next, list, node) {
		seen++;
		myslab_pool_free(pool, buffer);
	}
}

static DECLARE_WORK(reader, read_all);

static enum hrtimer_restart packet_arrives(struct hrtimer *timer)
{
	struct buffer *buffer = myslab_pool_alloc(pool);

	if (buffer) {
		buffer->serial = sent;
		llist_add(&buffer->node, &received);
	} else {
		dropped++;
	}
	/* The worker is called for every fourth packet. */
	if (++sent % 4 == 0)
		schedule_work(&reader);
	if (sent == PACKETS) {
		complete(&all_sent);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(INTERVAL));
	return HRTIMER_RESTART;
}

/* Whoever has all buffers knows that nobody else has one. */
static unsigned int collect(void)
{
	static void *mine[BUFFERS];
	unsigned int i, nr;

	for (nr = 0; nr < BUFFERS; nr++) {
		mine[nr] = myslab_pool_alloc_wait(pool, HZ);
		if (!mine[nr])
			break;
	}
	for (i = 0; i < nr; i++)
		myslab_pool_free(pool, mine[i]);
	return nr;
}

static int __init receiver_init(void)
{
	struct myslab_pool_stat stat;

	pool = myslab_pool_create("receiver", sizeof(struct buffer), BUFFERS,
				  NULL);
	if (IS_ERR(pool))
		return PTR_ERR(pool);

	hrtimer_setup(&device, packet_arrives, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	hrtimer_start(&device, ns_to_ktime(INTERVAL), HRTIMER_MODE_REL);
	wait_for_completion(&all_sent);
	hrtimer_cancel(&device);
	schedule_work(&reader);
	pr_info("receiver: %u of %u buffers are back\n", collect(), BUFFERS);
	flush_work(&reader);

	myslab_pool_stat(pool, &stat);
	pr_info("receiver: %u packets, %u read, %u dropped; %lu buffers out at most\n",
		sent, seen, dropped, stat.blocks_peak);
	return 0;
}
module_init(receiver_init);

static void __exit receiver_exit(void)
{
	myslab_pool_destroy(pool);
}
module_exit(receiver_exit);

MODULE_DESCRIPTION("Example of myslab: buffers for an interrupt");
MODULE_LICENSE("GPL");
