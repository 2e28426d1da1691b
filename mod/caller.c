// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "caller.h"
#include "compat.h"

/* Our own code. */
static unsigned long start, size;

void myslab_caller_init(void)
{
	myslab_module_text(THIS_MODULE, &start, &size);
}

/* The first of some frames that is not ours; @nr: all are. */
unsigned int myslab_caller_skip(const unsigned long *frames, unsigned int nr)
{
	unsigned int i = 0;

	while (i < nr && frames[i] - start < size)
		i++;
	return i;
}
