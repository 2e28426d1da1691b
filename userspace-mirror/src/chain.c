// SPDX-License-Identifier: GPL-2.0
/*
 * Whom the kernel calls back: notifiers, modules, shrinkers, devices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <mirror/control.h>
#include <mirror/host.h>

static int chain_add(struct notifier_block **link, struct notifier_block *nb)
{
	for (; *link; link = &(*link)->next) {
		if (*link == nb)
			return -EEXIST;
		if (nb->priority > (*link)->priority)
			break;
	}
	nb->next = *link;
	rcu_assign_pointer(*link, nb);
	return 0;
}

static int chain_del(struct notifier_block **link, struct notifier_block *nb)
{
	for (; *link; link = &(*link)->next) {
		if (*link != nb)
			continue;
		rcu_assign_pointer(*link, nb->next);
		return 0;
	}
	return -ENOENT;
}

static int chain_call(struct notifier_block **head, unsigned long action,
		      void *data)
{
	struct notifier_block *nb, *next;
	int ret = NOTIFY_DONE;

	for (nb = smp_load_acquire(head); nb; nb = next) {
		next = smp_load_acquire(&nb->next);
		ret = nb->notifier_call(nb, action, data);
		if (ret & NOTIFY_STOP_MASK)
			break;
	}
	return ret;
}

int atomic_notifier_chain_register(struct atomic_notifier_head *nh,
				   struct notifier_block *nb)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&nh->lock, flags);
	err = chain_add(&nh->head, nb);
	spin_unlock_irqrestore(&nh->lock, flags);
	return err;
}

int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh,
				     struct notifier_block *nb)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&nh->lock, flags);
	err = chain_del(&nh->head, nb);
	spin_unlock_irqrestore(&nh->lock, flags);
	synchronize_rcu();
	return err;
}

int atomic_notifier_call_chain(struct atomic_notifier_head *nh,
			       unsigned long action, void *data)
{
	int ret;

	rcu_read_lock();
	ret = chain_call(&nh->head, action, data);
	rcu_read_unlock();
	return ret;
}

int blocking_notifier_chain_register(struct blocking_notifier_head *nh,
				     struct notifier_block *nb)
{
	int err;

	mutex_lock(&nh->rwsem);
	err = chain_add(&nh->head, nb);
	mutex_unlock(&nh->rwsem);
	return err;
}

int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
				       struct notifier_block *nb)
{
	int err;

	mutex_lock(&nh->rwsem);
	err = chain_del(&nh->head, nb);
	mutex_unlock(&nh->rwsem);
	return err;
}

int blocking_notifier_call_chain(struct blocking_notifier_head *nh,
				 unsigned long action, void *data)
{
	int ret;

	mutex_lock(&nh->rwsem);
	ret = chain_call(&nh->head, action, data);
	mutex_unlock(&nh->rwsem);
	return ret;
}

/*
 * Modules.
 */

static struct mirror_module *modules;
static BLOCKING_NOTIFIER_HEAD(module_notifiers);

void mirror_module_register(struct mirror_module *m)
{
	m->next = modules;
	modules = m;
}

int register_module_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&module_notifiers, nb);
}

int unregister_module_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&module_notifiers, nb);
}

bool try_module_get(struct module *module)
{
	return true;
}

void module_put(struct module *module)
{
}

static void set_state(struct module *module, enum module_state state)
{
	module->state = state;
	blocking_notifier_call_chain(&module_notifiers, state, module);
}

/* The linker knows where the text of the core is: see the Makefile. */
static void find_text(struct module *module)
{
	extern char __start_myslab_text[], __stop_myslab_text[];

	if (strcmp(module->name, "myslab"))
		return;
	module->mem[MOD_TEXT].base = __start_myslab_text;
	module->mem[MOD_TEXT].size = __stop_myslab_text - __start_myslab_text;
}

int mirror_module_load(struct module *module)
{
	struct mirror_module *m;
	int err = 0;

	find_text(module);
	set_state(module, MODULE_STATE_COMING);
	for (m = modules; m && !err; m = m->next)
		if (m->module == module && m->init)
			err = m->init();
	if (err) {
		set_state(module, MODULE_STATE_GOING);
		return err;
	}
	set_state(module, MODULE_STATE_LIVE);
	return 0;
}

void mirror_module_unload(struct module *module)
{
	struct mirror_module *m;

	module->state = MODULE_STATE_GOING;
	for (m = modules; m; m = m->next)
		if (m->module == module && m->exit)
			m->exit();
	set_state(module, MODULE_STATE_GOING);
	module->state = MODULE_STATE_UNFORMED;
}

/*
 * Shrinkers.
 */

static LIST_HEAD(shrinkers);
static DEFINE_MUTEX(shrinker_mutex);

struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker) {
		shrinker->flags = flags;
		shrinker->seeks = DEFAULT_SEEKS;
		INIT_LIST_HEAD(&shrinker->list);
	}
	return shrinker;
}

void shrinker_register(struct shrinker *shrinker)
{
	mutex_lock(&shrinker_mutex);
	list_add_tail(&shrinker->list, &shrinkers);
	mutex_unlock(&shrinker_mutex);
}

void shrinker_free(struct shrinker *shrinker)
{
	if (!shrinker)
		return;
	mutex_lock(&shrinker_mutex);
	list_del_init(&shrinker->list);
	mutex_unlock(&shrinker_mutex);
	kfree(shrinker);
}

unsigned long mirror_shrink_count(void)
{
	struct shrink_control sc = { .gfp_mask = GFP_KERNEL };
	struct shrinker *shrinker;
	unsigned long n, sum = 0;

	list_for_each_entry(shrinker, &shrinkers, list) {
		n = shrinker->count_objects(shrinker, &sc);
		if (n < SHRINK_EMPTY)
			sum += n;
	}
	return sum;
}

/* As do_shrink_slab() calls them: inside reclaim, with the caller's gfp. */
unsigned long mirror_shrink(gfp_t gfp, unsigned long nr)
{
	struct shrink_control sc = { .gfp_mask = gfp, .nr_to_scan = nr };
	struct reclaim_state state = { };
	struct shrinker *shrinker;
	unsigned long n, freed = 0;

	current->flags |= PF_MEMALLOC;
	current->reclaim_state = &state;
	list_for_each_entry(shrinker, &shrinkers, list) {
		n = shrinker->count_objects(shrinker, &sc);
		if (!n || n == SHRINK_EMPTY)
			continue;
		sc.nr_scanned = sc.nr_to_scan;
		n = shrinker->scan_objects(shrinker, &sc);
		if (n != SHRINK_STOP)
			freed += n;
	}
	current->reclaim_state = NULL;
	current->flags &= ~PF_MEMALLOC;
	return freed;
}

/*
 * Devices: actions of the driver, run last first when it is unbound.
 */
struct action {
	struct list_head link;
	void (*fn)(void *data);
	void *data;
};

int devm_add_action(struct device *dev, void (*fn)(void *), void *data)
{
	struct action *action = kmalloc(sizeof(*action), GFP_KERNEL);

	if (!action)
		return -ENOMEM;
	action->fn = fn;
	action->data = data;
	list_add(&action->link, &dev->actions);
	return 0;
}

int devm_add_action_or_reset(struct device *dev, void (*fn)(void *), void *data)
{
	int err = devm_add_action(dev, fn, data);

	if (err)
		fn(data);
	return err;
}

void mirror_device_unbind(struct device *dev)
{
	struct action *action, *next;

	list_for_each_entry_safe(action, next, &dev->actions, link) {
		list_del(&action->link);
		action->fn(action->data);
		kfree(action);
	}
}
