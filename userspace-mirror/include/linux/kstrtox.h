/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Numbers from text. */
#ifndef MIRROR_LINUX_KSTRTOX_H
#define MIRROR_LINUX_KSTRTOX_H

#include <linux/types.h>

int kstrtoul(const char *s, unsigned int base, unsigned long *res);
int kstrtouint(const char *s, unsigned int base, unsigned int *res);
int kstrtoint(const char *s, unsigned int base, int *res);
int kstrtobool(const char *s, bool *res);

#endif
