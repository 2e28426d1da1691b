/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Waiting for another CPU. */
#ifndef MIRROR_LINUX_PROCESSOR_H
#define MIRROR_LINUX_PROCESSOR_H

void cpu_relax(void);

#endif
