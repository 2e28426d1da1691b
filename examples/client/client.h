/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client's parts: tables.c works with objects of caches, others.c with
 * pool, arena and heap; main.c owns the caches, the threads and the timer.
 */
#ifndef MYSLAB_CLIENT_H
#define MYSLAB_CLIENT_H

#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <myslab.h>

#define NR_SLOTS	256	/* in each table */

enum { REQUESTS, PACKETS, ROUTES, SESSIONS, VICTIM, NR_CACHES };

extern struct myslab_cache *caches[NR_CACHES];

/* Lock and buffer are made by the constructor and outlive every owner. */
struct request {
	struct mutex lock;	/* serial and what buffer points to */
	char *buffer;
	unsigned long serial;
};

/* From the timer interrupt to a worker. */
struct packet {
	ktime_t stamp;
	char data[52];
};

/* Read with nothing but rcu_read_lock(). */
struct route {
	unsigned long to;
	unsigned long check;	/* ~to, for as long as a reader may look */
};

/* Freed at once: a reader may meet a dead or a reborn one. */
struct session {
	refcount_t users;	/* zero while it is free */
	unsigned int slot;
};

int request_ctor(void *obj, void *private, gfp_t gfp);
void request_dtor(void *obj, void *private);
int session_ctor(void *obj, void *private, gfp_t gfp);

void packets_arrive(void);
void work_on(unsigned int slot, unsigned int other, unsigned long serial);
void empty_tables(void);

int create_others(void);
void destroy_others(void);
void descriptors_arrive(void);
void work_on_others(unsigned int cpu, unsigned long serial);

#endif
