/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* Parameters are plain variables. */
#ifndef MIRROR_LINUX_MODULEPARAM_H
#define MIRROR_LINUX_MODULEPARAM_H

#include <linux/types.h>

struct kernel_param;
struct kernel_param_ops {
	unsigned int flags;
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

struct kernel_param {
	const char *name;
	void *arg;
};

#define __mirror_param(name, perm) \
	static const unsigned short __maybe_unused __param_##name = (perm)
#define module_param(name, type, perm)		__mirror_param(name, perm)
#define module_param_named(name, value, type, perm) __mirror_param(name, perm)
#define module_param_array(name, type, nump, perm) __mirror_param(name, perm)
#define module_param_cb(name, ops, arg, perm)				\
	static const struct kernel_param_ops *__maybe_unused		\
	__param_ops_##name = (ops)
#define MODULE_PARM_DESC(name, desc)	struct module

int param_set_bool(const char *val, const struct kernel_param *kp);
int param_get_bool(char *buffer, const struct kernel_param *kp);
int param_set_uint(const char *val, const struct kernel_param *kp);
int param_get_uint(char *buffer, const struct kernel_param *kp);

#endif
