/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MYSLAB_RECLAIM_H
#define MYSLAB_RECLAIM_H

extern unsigned int myslab_interval_ms;

int myslab_reclaim_init(void);
void myslab_reclaim_exit(void);

#endif
