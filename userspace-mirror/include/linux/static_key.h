/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Branches that are patched: here, tested. */
#ifndef MIRROR_LINUX_STATIC_KEY_H
#define MIRROR_LINUX_STATIC_KEY_H

#include <linux/types.h>

struct static_key {
	int enabled;
};

struct static_key_true {
	struct static_key key;
};

struct static_key_false {
	struct static_key key;
};

#define DEFINE_STATIC_KEY_TRUE(name) \
	struct static_key_true name = { .key = { 1 } }
#define DEFINE_STATIC_KEY_FALSE(name) \
	struct static_key_false name = { .key = { 0 } }
#define DECLARE_STATIC_KEY_TRUE(name) extern struct static_key_true name
#define DECLARE_STATIC_KEY_FALSE(name) extern struct static_key_false name
#define static_branch_likely(x)	likely(READ_ONCE((x)->key.enabled) > 0)
#define static_branch_unlikely(x) unlikely(READ_ONCE((x)->key.enabled) > 0)
#define static_key_enabled(x)	(READ_ONCE((x)->key.enabled) > 0)
#define static_branch_enable(x)	WRITE_ONCE((x)->key.enabled, 1)
#define static_branch_disable(x) WRITE_ONCE((x)->key.enabled, 0)
#define static_branch_inc(x) \
	WRITE_ONCE((x)->key.enabled, (x)->key.enabled + 1)
#define static_branch_dec(x) \
	WRITE_ONCE((x)->key.enabled, (x)->key.enabled - 1)

#endif
