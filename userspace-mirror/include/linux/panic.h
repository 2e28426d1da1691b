/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Panic aborts; warnings are counted as failures. */
#ifndef MIRROR_LINUX_PANIC_H
#define MIRROR_LINUX_PANIC_H

#include <linux/compiler.h>
#include <linux/types.h>

void __noreturn panic(const char *fmt, ...);
extern int oops_in_progress;
extern int panic_on_warn;

enum system_states {
	SYSTEM_BOOTING,
	SYSTEM_SCHEDULING,
	SYSTEM_FREEING_INITMEM,
	SYSTEM_RUNNING,
	SYSTEM_HALT,
};

extern enum system_states system_state;

#define TAINT_WARN	9
#define LOCKDEP_STILL_OK 1
#define add_taint(flag, ok) ((void)(flag), (void)(ok))

#endif
