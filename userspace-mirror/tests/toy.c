// SPDX-License-Identifier: GPL-2.0
/*
 * A stack that interrupts may not share, and is shared: the points must find
 * that. Compiled as the core is, with a point before each access.
 */
#include "toy.h"

void *toy_pop(struct toy *toy)
{
	unsigned int nr = READ_ONCE(toy->nr);
	void *obj;

	if (!nr)
		return NULL;
	obj = READ_ONCE(toy->slot[nr - 1]);
	WRITE_ONCE(toy->nr, nr - 1);
	return obj;
}
