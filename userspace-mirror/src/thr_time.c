// SPDX-License-Identifier: GPL-2.0
/*
 * Time between host threads: the host's, plus what tests skip. A task that
 * sleeps leaves its CPU to others and does what is due.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <mirror/control.h>
#include <mirror/host.h>

static unsigned long skipped;

u64 ktime_get_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

unsigned long mirror_jiffies(void)
{
	return ktime_get_ns() / (NSEC_PER_SEC / HZ) +
	       __atomic_load_n(&skipped, __ATOMIC_RELAXED);
}

void mirror_idle(void)
{
	mirror_poll();
	mirror_rcu_run();
	mirror_works_tick();
	mirror_works_run();
}

void mirror_advance(unsigned long by)
{
	__atomic_fetch_add(&skipped, by, __ATOMIC_RELAXED);
	mirror_idle();
	/* Works may have deferred more. */
	mirror_idle();
}

/* Somebody else may be this CPU for a while. */
static void rest(void)
{
	unsigned int cpu = mirror_ctx.cpu;
	struct timespec ts = { 0, 100000 };

	mirror_idle();
	mirror_cpu_detach();
	nanosleep(&ts, NULL);
	mirror_cpu_attach_any(cpu);
}

static void sleep_until(u64 end)
{
	mirror_might_sleep("sleeping");
	do {
		rest();
	} while (ktime_get_ns() < end);
}

void msleep(unsigned int msecs)
{
	sleep_until(ktime_get_ns() + msecs * NSEC_PER_MSEC);
}

void usleep_range(unsigned long min, unsigned long max)
{
	sleep_until(ktime_get_ns() + min * NSEC_PER_USEC);
}

void udelay(unsigned long usecs)
{
	u64 end = ktime_get_ns() + usecs * NSEC_PER_USEC;

	while (ktime_get_ns() < end)
		mirror_poll();
}

long schedule_timeout(long timeout)
{
	bool forever = timeout == MAX_SCHEDULE_TIMEOUT;
	unsigned long end = jiffies + (forever ? 100 * HZ : timeout);

	mirror_might_sleep("schedule_timeout()");
	while (mirror_asleep() && time_before(jiffies, end))
		rest();
	if (mirror_asleep() && forever)
		mirror_abort("a task sleeps that nobody woke in 100 s");
	__set_current_state(TASK_RUNNING);
	return forever ? timeout : max((long)(end - jiffies), 0L);
}

void schedule(void)
{
	if (mirror_asleep())
		schedule_timeout(MAX_SCHEDULE_TIMEOUT);
	else
		rest();
}

void complete(struct completion *x)
{
	__atomic_fetch_add(&x->done, 1, __ATOMIC_RELEASE);
}

void complete_all(struct completion *x)
{
	__atomic_store_n(&x->done, ~0U / 2, __ATOMIC_RELEASE);
}

bool completion_done(struct completion *x)
{
	return __atomic_load_n(&x->done, __ATOMIC_ACQUIRE);
}

bool try_wait_for_completion(struct completion *x)
{
	unsigned int done = __atomic_load_n(&x->done, __ATOMIC_ACQUIRE);

	while (done)
		if (__atomic_compare_exchange_n(&x->done, &done, done - 1,
						false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout)
{
	u64 end = ktime_get_ns() + (u64)timeout * (NSEC_PER_SEC / HZ);

	mirror_might_sleep("wait_for_completion()");
	while (!try_wait_for_completion(x)) {
		if (ktime_get_ns() > end)
			return 0;
		rest();
	}
	return 1;
}

void wait_for_completion(struct completion *x)
{
	if (!wait_for_completion_timeout(x, 100 * HZ))
		mirror_abort("a completion that nobody completed in 100 s");
}

/*
 * Kernel threads: a host thread each, on the CPU it is bound to or any.
 */
struct kthread {
	struct task_struct task;
	int (*fn)(void *data);
	void *data;
	int cpu;
	int result;
	int stop;
	bool started;
	pthread_t thread;
	int done;
};

static __thread struct kthread *self;

struct task_struct *mirror_kthread(int (*fn)(void *data), void *data, int cpu,
				   const char *fmt, ...)
{
	struct kthread *k = calloc(1, sizeof(*k));

	k->fn = fn;
	k->data = data;
	k->cpu = cpu;
	k->task.unstarted = true;
	return &k->task;
}

void kthread_bind(struct task_struct *task, unsigned int cpu)
{
	container_of(task, struct kthread, task)->cpu = cpu;
}

static void *kthread_main(void *arg)
{
	struct kthread *k = arg;

	self = k;
	if (k->cpu >= 0)
		mirror_cpu_attach(k->cpu);
	else
		mirror_cpu_attach_any(0);
	k->result = k->fn(k->data);
	mirror_cpu_detach();
	__atomic_store_n(&k->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

int wake_up_process(struct task_struct *task)
{
	struct kthread *k = container_of(task, struct kthread, task);

	if (!task->unstarted)
		return mirror_wake(task);
	if (k->started)
		return 0;
	k->started = true;
	if (pthread_create(&k->thread, NULL, kthread_main, k))
		mirror_abort("the host has no thread for us");
	return 1;
}

bool kthread_should_stop(void)
{
	return self && __atomic_load_n(&self->stop, __ATOMIC_RELAXED);
}

int kthread_stop(struct task_struct *task)
{
	struct kthread *k = container_of(task, struct kthread, task);
	int result = -EINTR;

	__atomic_store_n(&k->stop, 1, __ATOMIC_RELAXED);
	if (k->started) {
		while (!__atomic_load_n(&k->done, __ATOMIC_ACQUIRE))
			rest();
		pthread_join(k->thread, NULL);
		result = k->result;
	}
	free(k);
	return result;
}

int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *mask)
{
	mirror_set_cpu(cpumask_first(mask));
	return 0;
}
