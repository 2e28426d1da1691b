/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MYSLAB_PROC_H
#define MYSLAB_PROC_H

int myslab_proc_init(void);
void myslab_proc_exit(void);

/* debug_proc.c */
struct proc_dir_entry;
int myslab_debug_proc_init(struct proc_dir_entry *dir);

#endif
