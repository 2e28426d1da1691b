/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* Sections that are freed after boot. */
#ifndef MIRROR_LINUX_INIT_H
#define MIRROR_LINUX_INIT_H

#include <linux/compiler.h>

#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata
#define __ro_after_init
#define __read_mostly
#define __init_or_module

#endif
