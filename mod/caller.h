/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a call into myslab came from.
 */
#ifndef MYSLAB_CALLER_H
#define MYSLAB_CALLER_H

#include <linux/types.h>

void myslab_caller_init(void);
unsigned int myslab_caller_skip(const unsigned long *frames, unsigned int nr);

#endif
