/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MIRROR_TESTS_TOY_H
#define MIRROR_TESTS_TOY_H

#include <linux/compiler.h>
#include <linux/types.h>

struct toy {
	unsigned int nr;
	void *slot[4];
};

void *toy_pop(struct toy *toy);

#endif
