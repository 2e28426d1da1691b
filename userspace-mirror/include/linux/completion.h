/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Waiting runs what is due. */
#ifndef MIRROR_LINUX_COMPLETION_H
#define MIRROR_LINUX_COMPLETION_H

#include <linux/types.h>

struct completion {
	unsigned int done;
};

#define COMPLETION_INITIALIZER(n) { 0 }
#define DECLARE_COMPLETION(n)	struct completion n = COMPLETION_INITIALIZER(n)
#define DECLARE_COMPLETION_ONSTACK(n) DECLARE_COMPLETION(n)

static inline void init_completion(struct completion *x)
{
	x->done = 0;
}

#define reinit_completion(x) init_completion(x)
void complete(struct completion *x);
void complete_all(struct completion *x);
void wait_for_completion(struct completion *x);
unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout);
bool try_wait_for_completion(struct completion *x);
bool completion_done(struct completion *x);

#endif
