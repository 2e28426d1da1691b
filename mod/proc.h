/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MYSLAB_PROC_H
#define MYSLAB_PROC_H

int myslab_proc_init(void);
void myslab_proc_exit(void);

#endif
