/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Text; the kernel's own formats by src/format.c. */
#ifndef MIRROR_LINUX_SPRINTF_H
#define MIRROR_LINUX_SPRINTF_H

#include <stdarg.h>
#include <linux/compiler.h>
#include <linux/types.h>

int mirror_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int mirror_snprintf(char *buf, size_t size, const char *fmt, ...);
int mirror_scnprintf(char *buf, size_t size, const char *fmt, ...);

#define vsnprintf	mirror_vsnprintf
#define snprintf	mirror_snprintf
#define scnprintf	mirror_scnprintf
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
int sprintf(char *buf, const char *fmt, ...);

#endif
