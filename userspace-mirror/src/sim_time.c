// SPDX-License-Identifier: GPL-2.0
/*
 * Time on one host thread: it passes when the test says so, and while a task
 * sleeps. What is due then runs: grace periods end, delayed works and works.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <mirror/control.h>
#include <mirror/host.h>

/* As in the kernel: five minutes before it wraps at 32 bits. */
static unsigned long now = (unsigned int)(-300 * HZ);
static u64 reads;

unsigned long mirror_jiffies(void)
{
	return now;
}

/* No two readings are equal. */
u64 ktime_get_ns(void)
{
	return (u64)now * (NSEC_PER_SEC / HZ) + ++reads % (NSEC_PER_SEC / HZ);
}

static void run_kthreads(void);

void mirror_idle(void)
{
	mirror_rcu_idle();
	run_kthreads();
	mirror_works_run();
}

void mirror_advance(unsigned long by)
{
	mirror_might_sleep("time passes");
	now += by;
	mirror_works_tick();
	mirror_idle();
}

void msleep(unsigned int msecs)
{
	mirror_might_sleep("msleep()");
	mirror_advance(msecs_to_jiffies(msecs) + 1);
}

void usleep_range(unsigned long min, unsigned long max)
{
	mirror_advance(1);
}

void udelay(unsigned long usecs)
{
	mirror_point();
}

/* Time stands still for others until this task is woken or its time over. */
long schedule_timeout(long timeout)
{
	bool forever = timeout == MAX_SCHEDULE_TIMEOUT;
	long left = forever ? 1000 * HZ : timeout;

	mirror_might_sleep("schedule_timeout()");
	mirror_idle();
	while (mirror_asleep() && left > 0) {
		mirror_advance(1);
		left--;
	}
	if (mirror_asleep() && forever)
		mirror_abort("a task sleeps that nobody wakes");
	__set_current_state(TASK_RUNNING);
	return forever ? timeout : left;
}

void schedule(void)
{
	if (mirror_asleep())
		schedule_timeout(MAX_SCHEDULE_TIMEOUT);
	else
		mirror_advance(1);
}

void complete(struct completion *x)
{
	if (x->done != ~0U)
		x->done++;
}

void complete_all(struct completion *x)
{
	x->done = ~0U;
}

bool completion_done(struct completion *x)
{
	return x->done;
}

bool try_wait_for_completion(struct completion *x)
{
	if (!x->done)
		return false;
	if (x->done != ~0U)
		x->done--;
	return true;
}

unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout)
{
	unsigned long end = now + timeout;

	mirror_might_sleep("wait_for_completion()");
	mirror_idle();
	while (!x->done && time_before(now, end))
		mirror_advance(1);
	return try_wait_for_completion(x) ? max(end - now, 1UL) : 0;
}

void wait_for_completion(struct completion *x)
{
	if (!wait_for_completion_timeout(x, 1000 * HZ))
		mirror_abort("a completion that nobody will complete");
}

/*
 * Kernel threads: each runs as a whole, when somebody waits. One that runs
 * until it is stopped is let turn some times before it is told to stop.
 */
#define TURNS	64

struct kthread {
	struct task_struct task;
	int (*fn)(void *data);
	void *data;
	int cpu;
	int result;
	bool woken, ran;
	struct kthread *next;
};

static struct kthread *kthreads, *running;
static unsigned int turns;

struct task_struct *mirror_kthread(int (*fn)(void *data), void *data, int cpu,
				   const char *fmt, ...)
{
	struct kthread *k = kzalloc(sizeof(*k), GFP_KERNEL);
	struct kthread **tail = &kthreads;

	if (!k)
		return ERR_PTR(-ENOMEM);
	k->fn = fn;
	k->data = data;
	k->cpu = cpu;
	k->task.unstarted = true;
	while (*tail)
		tail = &(*tail)->next;
	*tail = k;
	return &k->task;
}

void kthread_bind(struct task_struct *task, unsigned int cpu)
{
	container_of(task, struct kthread, task)->cpu = cpu;
}

int wake_up_process(struct task_struct *task)
{
	if (!task->unstarted)
		return mirror_wake(task);
	container_of(task, struct kthread, task)->woken = true;
	return 1;
}

bool kthread_should_stop(void)
{
	return turns++ >= TURNS;
}

static void run_kthread(void *arg)
{
	struct kthread *k = arg;

	turns = 0;
	k->result = k->fn(k->data);
}

static void run_one(struct kthread *k)
{
	struct kthread *outer = running;
	unsigned int cpu = mirror_ctx.cpu;

	k->ran = true;
	running = k;
	if (k->cpu >= 0)
		mirror_set_cpu(k->cpu);
	mirror_run_as_task("kthread/mirror", run_kthread, k);
	mirror_check_balanced("a kthread");
	mirror_set_cpu(cpu);
	running = outer;
}

static void run_kthreads(void)
{
	struct kthread *k;

	if (running || mirror_ctx.nr_held)
		return;
	for (k = kthreads; k; k = k->next)
		if (k->woken && !k->ran)
			run_one(k);
}

int kthread_stop(struct task_struct *task)
{
	struct kthread *k = container_of(task, struct kthread, task);
	struct kthread **link = &kthreads;
	int result;

	run_kthreads();
	while (*link != k)
		link = &(*link)->next;
	*link = k->next;
	result = k->ran ? k->result : -EINTR;
	kfree(k);
	return result;
}

int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *mask)
{
	mirror_set_cpu(cpumask_first(mask));
	return 0;
}
