/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* A device that can be unbound. */
#ifndef MIRROR_LINUX_DEVICE_H
#define MIRROR_LINUX_DEVICE_H

#include <linux/list.h>

struct device {
	const char *init_name;
	struct list_head actions;	/* last added first */
};

int devm_add_action_or_reset(struct device *dev, void (*action)(void *),
			     void *data);
int devm_add_action(struct device *dev, void (*action)(void *), void *data);
#define dev_name(dev)	((dev)->init_name)

#endif
