// SPDX-License-Identifier: GPL-2.0
/*
 * Four tables that are worked on by all CPUs at once.
 *
 * Locks: packets_lock (interrupts off, for the timer), routes_lock and
 * sessions_lock (writers only) never nest. Requests are exchanged atomically.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "client.h"

#define NR_PACKETS	16	/* a tick */
#define BUFFER_SIZE	128

static struct request *requests[NR_SLOTS];

/*
 * Requests: lock and buffer are made by the constructor and stay with the
 * object, whoever owns it.
 */
int request_ctor(void *obj, void *private, gfp_t gfp)
{
	struct request *request = obj;

	request->buffer = kmalloc(BUFFER_SIZE, gfp);
	if (!request->buffer)
		return -ENOMEM;
	mutex_init(&request->lock);
	return 0;
}

void request_dtor(void *obj, void *private)
{
	struct request *request = obj;

	mutex_destroy(&request->lock);
	kfree(request->buffer);
}

/* Put a new request into a slot, and finish the one that was there. */
static void work_on_request(unsigned int slot, unsigned long serial)
{
	struct request *request, *old;

	request = myslab_cache_alloc(caches[REQUESTS], GFP_KERNEL);
	if (request) {
		mutex_lock(&request->lock);
		request->serial = serial;
		memset(request->buffer, serial, BUFFER_SIZE);
		mutex_unlock(&request->lock);
	}
	old = xchg(&requests[slot], request);
	myslab_cache_free(caches[REQUESTS], old);
}

/*
 * Packets: from the interrupt to a worker through a small queue.
 */
static DEFINE_SPINLOCK(packets_lock);	/* the queue and its length */
static struct packet *packets[NR_SLOTS];
static unsigned int nr_packets;

/* In the timer interrupt. */
void packets_arrive(void)
{
	struct packet *packet;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&packets_lock, flags);
	for (i = 0; i < NR_PACKETS && nr_packets < NR_SLOTS; i++) {
		packet = myslab_cache_alloc(caches[PACKETS], GFP_ATOMIC);
		if (!packet)
			break;
		packet->stamp = ktime_get();
		packets[nr_packets++] = packet;
	}
	spin_unlock_irqrestore(&packets_lock, flags);
}

static void work_on_packets(void)
{
	void *batch[NR_PACKETS];
	unsigned long flags;
	unsigned int nr = 0;

	spin_lock_irqsave(&packets_lock, flags);
	while (nr < NR_PACKETS && nr_packets)
		batch[nr++] = packets[--nr_packets];
	spin_unlock_irqrestore(&packets_lock, flags);
	myslab_cache_free_bulk(caches[PACKETS], nr, batch);
}

/*
 * Routes: readers follow them with nothing but rcu_read_lock().
 */
static DEFINE_SPINLOCK(routes_lock);	/* writers of the table */
static struct route __rcu *routes[NR_SLOTS];

static void replace_route(unsigned int slot, struct route *route)
{
	struct route *old;

	spin_lock(&routes_lock);
	old = rcu_replace_pointer(routes[slot], route,
				  lockdep_is_held(&routes_lock));
	spin_unlock(&routes_lock);
	myslab_cache_free_rcu(caches[ROUTES], old);
}

static void work_on_routes(unsigned int slot, unsigned long to)
{
	struct route *route;
	unsigned int i;

	route = myslab_cache_alloc(caches[ROUTES], GFP_KERNEL);
	if (route) {
		route->to = to;
		route->check = ~to;
		replace_route(slot, route);
	}
	rcu_read_lock();
	for (i = 0; i < NR_SLOTS; i++) {
		route = rcu_dereference(routes[i]);
		WARN_ON_ONCE(route && route->check != ~route->to);
	}
	rcu_read_unlock();
}

/*
 * Sessions: freed at once, so a reader may meet one that is free or reborn,
 * but always a session. It takes a reference, then looks whether it got the
 * one that it wanted. The count is made once, and is zero in a free session.
 */
static DEFINE_SPINLOCK(sessions_lock);	/* writers of the table */
static struct session __rcu *sessions[NR_SLOTS];

int session_ctor(void *obj, void *private, gfp_t gfp)
{
	struct session *session = obj;

	refcount_set(&session->users, 0);
	return 0;
}

static void put_session(struct session *session)
{
	if (session && refcount_dec_and_test(&session->users))
		myslab_cache_free(caches[SESSIONS], session);
}

static void open_session(unsigned int slot)
{
	struct session *session, *old;

	session = myslab_cache_alloc(caches[SESSIONS], GFP_KERNEL);
	if (!session)
		return;
	session->slot = slot;
	smp_wmb();	/* who gets a reference sees the slot: find_session() */
	refcount_set(&session->users, 1);
	spin_lock(&sessions_lock);
	old = rcu_replace_pointer(sessions[slot], session,
				  lockdep_is_held(&sessions_lock));
	spin_unlock(&sessions_lock);
	put_session(old);
}

/*
 * Take a reference to whatever lies there, always a session, then look whether
 * it is the one that was wanted.
 */
static struct session *find_session(unsigned int slot)
{
	struct session *session;

	rcu_read_lock();
	session = rcu_dereference(sessions[slot]);
	if (session && !refcount_inc_not_zero(&session->users))
		session = NULL;
	rcu_read_unlock();
	smp_rmb();	/* pairs with open_session() */
	if (session && session->slot != slot) {
		put_session(session);
		return NULL;
	}
	return session;
}

/* One round of a worker: each table once. */
void work_on(unsigned int slot, unsigned int other, unsigned long serial)
{
	work_on_request(slot, serial);
	work_on_packets();
	work_on_routes(slot, serial);
	open_session(slot);
	put_session(find_session(other));
}

/* Nobody else is left: what the tables hold goes back. */
void empty_tables(void)
{
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++) {
		myslab_cache_free(caches[REQUESTS], requests[i]);
		replace_route(i, NULL);
		put_session(rcu_dereference_raw(sessions[i]));
	}
	while (nr_packets)
		work_on_packets();
}
