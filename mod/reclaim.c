// SPDX-License-Identifier: GPL-2.0
/*
 * When memory goes back: at the end of each interval, when the kernel needs
 * it, when a CPU dies. How is each type's business.
 *
 * A pin keeps an allocator alive meanwhile, so that destructors run without
 * the registry's lock. The shrinker only tries that lock, since somebody who
 * holds it may be waiting for memory.
 */
#include <linux/cpuhotplug.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "ledger.h"
#include "reclaim.h"
#include "registry.h"
#include "types.h"

#define MIN_INTERVAL_MS 100U

unsigned int myslab_interval_ms = 4000;

static void upkeep(struct work_struct *work);
/* Not deferrable: on a CPU that sleeps, that would wait for as long. */
static DECLARE_DELAYED_WORK(upkeep_work, upkeep);
static struct shrinker *shrinker;
static int cpuhp_state;

static void arm_upkeep(void)
{
	unsigned int ms = max(READ_ONCE(myslab_interval_ms), MIN_INTERVAL_MS);

	queue_delayed_work(myslab_wq, &upkeep_work, msecs_to_jiffies(ms));
}

static void upkeep(struct work_struct *work)
{
	struct myslab_allocator *allocator, *prev = NULL;

	do {
		mutex_lock(&myslab_registry_lock);
		allocator = myslab_registry_pin_next(prev);
		mutex_unlock(&myslab_registry_lock);
		if (prev)
			myslab_registry_unpin(prev);
		if (allocator && allocator->type->upkeep)
			allocator->type->upkeep(allocator);
		prev = allocator;
		cond_resched();
	} while (allocator);
	myslab_sites_upkeep();
	arm_upkeep();
}

static unsigned long count_pages(struct shrinker *unused,
				 struct shrink_control *sc)
{
	struct myslab_allocator *allocator;
	unsigned long pages = 0;

	if (!mutex_trylock(&myslab_registry_lock))
		return 0;
	myslab_for_each_allocator(allocator)
		if (allocator->type->reclaimable)
			pages += allocator->type->reclaimable(allocator, sc);
	mutex_unlock(&myslab_registry_lock);
	return pages;
}

static unsigned long scan_pages(struct shrinker *unused,
				struct shrink_control *sc)
{
	struct myslab_allocator *allocator = NULL, *prev;
	unsigned long pages = 0;

	while (pages < sc->nr_to_scan) {
		if (!mutex_trylock(&myslab_registry_lock))
			break;
		prev = allocator;
		allocator = myslab_registry_pin_next(prev);
		mutex_unlock(&myslab_registry_lock);
		if (prev)
			myslab_registry_unpin(prev);
		if (!allocator)
			break;
		if (allocator->type->reclaimable &&
		    allocator->type->reclaimable(allocator, sc))
			pages += allocator->type->reclaim(allocator);
	}
	if (allocator)
		myslab_registry_unpin(allocator);
	return pages ? pages : SHRINK_STOP;
}

/* After the death of a CPU: nobody else touches what it had. */
static int cpu_dead(unsigned int cpu)
{
	struct myslab_allocator *allocator;

	mutex_lock(&myslab_registry_lock);
	myslab_for_each_allocator(allocator)
		if (allocator->type->cpu_dead)
			allocator->type->cpu_dead(allocator, cpu);
	mutex_unlock(&myslab_registry_lock);
	return 0;
}

int myslab_reclaim_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mm/myslab:dead",
					NULL, cpu_dead);
	if (err < 0)
		return err;
	cpuhp_state = err;

	shrinker = myslab_shrinker_new();
	if (!shrinker) {
		err = -ENOMEM;
		goto err_remove_state;
	}
	shrinker->count_objects = count_pages;
	shrinker->scan_objects = scan_pages;
	err = myslab_shrinker_add(shrinker);
	if (err)
		goto err_free_shrinker;

	arm_upkeep();
	return 0;

err_free_shrinker:
	myslab_shrinker_del(shrinker);
err_remove_state:
	cpuhp_remove_state_nocalls(cpuhp_state);
	return err;
}

void myslab_reclaim_exit(void)
{
	cancel_delayed_work_sync(&upkeep_work);
	myslab_shrinker_del(shrinker);
	cpuhp_remove_state_nocalls(cpuhp_state);
}
