/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Modules by name; see mirror_module_unload(). */
#ifndef MIRROR_LINUX_MODULE_H
#define MIRROR_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/stringify.h>

#define MODULE_NAME_LEN	(64 - sizeof(unsigned long))

enum module_state {
	MODULE_STATE_LIVE,
	MODULE_STATE_COMING,
	MODULE_STATE_GOING,
	MODULE_STATE_UNFORMED,
};

enum mod_mem_type {
	MOD_TEXT,
	MOD_INIT_TEXT,
	MOD_MEM_NUM_TYPES,
};

struct module_memory {
	void *base;
	unsigned int size;
};

struct module {
	enum module_state state;
	struct module_memory mem[MOD_MEM_NUM_TYPES];	/* empty, */
	char name[MODULE_NAME_LEN];
	const char *version;		/* but for the text of the core */
};

/* What mirror_module_load() finds; linked by constructors. */
struct mirror_module {
	struct module *module;
	int (*init)(void);
	void (*exit)(void);
	struct mirror_module *next;
};

void mirror_module_register(struct mirror_module *m);

#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME	"mirror"
#endif
#ifndef MIRROR_MODULE
#define MIRROR_MODULE	mirror_module_none
#endif
extern struct module MIRROR_MODULE;
#define THIS_MODULE	(&MIRROR_MODULE)

#define __MIRROR_ENTRY(which, fn)					\
	static struct mirror_module __mirror_##which = {		\
		.module = &MIRROR_MODULE, .which = fn };		\
	static void __attribute__((__constructor__))			\
	__mirror_register_##which(void)					\
	{ mirror_module_register(&__mirror_##which); }
#define module_init(fn)	__MIRROR_ENTRY(init, fn)
#define module_exit(fn)	__MIRROR_ENTRY(exit, fn)

/* Every module has exactly one licence: it defines the module here. */
#define MODULE_LICENSE(x) \
	struct module MIRROR_MODULE = { .name = KBUILD_MODNAME }
#define MODULE_AUTHOR(x)	struct module
#define MODULE_DESCRIPTION(x)	struct module
#define MODULE_VERSION(x)	struct module
#define MODULE_ALIAS(x)		struct module
#define MODULE_SOFTDEP(x)	struct module
#define MODULE_INFO(tag, info)	struct module
#define MODULE_IMPORT_NS(x)	struct module

int register_module_notifier(struct notifier_block *nb);
int unregister_module_notifier(struct notifier_block *nb);
bool try_module_get(struct module *module);
void module_put(struct module *module);
static inline const char *module_name(struct module *mod)
{
	return mod ? mod->name : "kernel";
}

#endif
