/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the driver publishes and a program reads through its map: a head at
 * offset 0, then records in the order of their offsets.
 */
#ifndef MYSLAB_RECORDS_H
#define MYSLAB_RECORDS_H

#include <linux/types.h>

#define RECORDS_MAGIC	0x72656373
#define RECORDS_MAX	1000

/* Published by a release of nr, read by an acquire: below it all are whole. */
struct records_head {
	__u32 magic;
	__u32 nr;
	__u64 offset[RECORDS_MAX];	/* of each record in the map */
};

struct record {
	__u32 serial;
	__u32 len;
	__u8 data[];		/* len times the low byte of serial */
};

#endif
