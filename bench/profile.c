// SPDX-License-Identifier: GPL-2.0
/*
 * Hot pairs of both sides in turns, for the host to step through; it then puts
 * the addresses that it saw into seen, and is told their symbols.
 */
#include <linux/module.h>

#include "sides.h"

static struct {
	u64 nr;
	unsigned long ip[2000];
} seen;

static void pair_of_each(void)
{
	peer.free(peer.alloc(0));
	own.free(own.alloc(0));
}

static int __init profile_init(void)
{
	int err = create_sides(256, 0, NULL, NULL);
	unsigned int i;

	if (err)
		return err;
	/* The first pair has to make a slab. */
	pair_of_each();
	pr_info("profile: seen at %lx, a round at %lx\n", (unsigned long)&seen,
		(unsigned long)their_alloc);
	while (!READ_ONCE(seen.nr))
		pair_of_each();
	for (i = 0; i < seen.nr; i++)
		pr_info("profile: %lx %pS\n", seen.ip[i], (void *)seen.ip[i]);
	destroy_sides();
	return 0;
}

static void __exit profile_exit(void)
{
}

module_init(profile_init);
module_exit(profile_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hot pairs to be stepped through");
