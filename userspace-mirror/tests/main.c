// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the suites that are linked in, one after the other, with the module
 * loaded; checks after each that nothing was left behind, and at the end that
 * unloading returns everything.
 *
 * Usage: mirror [-v] [glob]; SEED=n repeats a run, NODES=2 has two nodes,
 * ZEROES=alloc or free is a kernel with init_on_alloc or init_on_free,
 * DEBUG=full debugs everything. -v shows the whole log.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#undef snprintf

#include <kunit/test.h>
#include <linux/mm.h>
#include <mirror/control.h>
#include <myslab/debug.h>

#ifdef MIRROR_SIM
#define MIRROR_TEST_CPUS 4
#else
#define MIRROR_TEST_CPUS 6	/* one for each thread, and one to move to */
#endif

extern struct module mirror_module_myslab;
extern unsigned int myslab_scan_ms;
static unsigned long failures;

static void fail(const char *where, const char *what, unsigned long nr)
{
	if (!nr)
		return;
	printf("not ok - %s left %lu %s\n", where, nr, what);
	failures++;
}

/*
 * Against what was out before the suite. Pages may stay: objects that a
 * finding withdrew are kept until the module goes. So are with DEBUG the tables
 * of pools that were destroyed with blocks out.
 */
static void check_usage(const char *where, const struct mirror_usage *before)
{
	struct mirror_usage now;

	mirror_advance(10 * HZ);
	mirror_check_balanced(where);
	mirror_usage(&now);
	fail(where, "per-CPU allocations", now.percpu - before->percpu);
	if (!getenv("DEBUG"))
		fail(where, "vmalloc areas", now.vmallocs - before->vmallocs);
	fail(where, "RCU callbacks", now.rcu_callbacks);
	fail(where, "works", now.works);
}

static u64 choose_seed(void)
{
	const char *text = getenv("SEED");
	struct timespec ts;

	if (text)
		return strtoull(text, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &ts);
	return (u64)ts.tv_nsec % 1000000007;
}

/* The list is in the order of linking, last first. */
static unsigned int sort_suites(struct kunit_suite **sorted, unsigned int max)
{
	struct kunit_suite *suite;
	unsigned int nr = 0, i;

	for (suite = kunit_standin_suites; suite && nr < max;
	     suite = suite->next) {
		for (i = nr++; i; i--) {
			if (strcmp(sorted[i - 1]->name, suite->name) < 0)
				break;
			sorted[i] = sorted[i - 1];
		}
		sorted[i] = suite;
	}
	return nr;
}

static void run_suites(const char *glob, u64 seed)
{
	struct kunit_suite *sorted[64];
	unsigned int nr = sort_suites(sorted, ARRAY_SIZE(sorted)), i;
	struct mirror_usage before;
	struct timespec a, b;

	for (i = 0; i < nr; i++) {
		if (fnmatch(glob, sorted[i]->name, 0))
			continue;
		mirror_reseed(seed);
		mirror_usage(&before);
		clock_gettime(CLOCK_MONOTONIC, &a);
		failures += kunit_standin_run(sorted[i], i + 1);
		clock_gettime(CLOCK_MONOTONIC, &b);
		check_usage(sorted[i]->name, &before);
		printf("# time: %s %ld ms\n", sorted[i]->name,
		       (b.tv_sec - a.tv_sec) * 1000 +
		       (b.tv_nsec - a.tv_nsec) / 1000000);
	}
}

#ifdef MIRROR_SIM
/* In a process each, since a module starts with fresh variables. */
static void try_failing_loads(void)
{
	unsigned long nth = 0;
	struct mirror_usage now;
	int status;
	pid_t pid;

	do {
		fflush(stdout);
		nth++;
		pid = fork();
		if (!pid) {
			mirror_fail_at(nth);
			status = !mirror_module_load(&mirror_module_myslab);
			mirror_fail_at(0);
			mirror_check_balanced("a load that failed");
			mirror_usage(&now);
			if (!status && now.kmallocs + now.pages + now.percpu)
				status = 2;
			_exit(status);
		}
		waitpid(pid, &status, 0);
	} while (WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
		fail("loading, at a failed allocation,", "things behind", nth);
	else
		printf("    ok 0 each_failure_of_loading_leaves_nothing # %lu\n",
		       nth - 1);
}
#else
static void try_failing_loads(void)
{
}
#endif

int main(int argc, char **argv)
{
	struct mirror_usage nothing = { }, now;
	u64 seed = choose_seed();
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");

	mirror_init(MIRROR_TEST_CPUS, seed);
	if (getenv("NODES"))
		mirror_set_nodes(strtoul(getenv("NODES"), NULL, 0));
	if (getenv("ZEROES"))
		static_branch_enable(strcmp(getenv("ZEROES"), "free") ?
				     &init_on_alloc : &init_on_free);
	printf("# SEED=%llu\n", (unsigned long long)seed);
	mirror_log_quiet(!verbose);
	mirror_usage(&nothing);
	try_failing_loads();
	if (mirror_module_load(&mirror_module_myslab)) {
		printf("not ok - the module did not load\n");
		return 1;
	}
	/* Tests plant what it would find before them. */
	myslab_scan_ms = 0;
	if (getenv("DEBUG") && myslab_debug_set(getenv("DEBUG")))
		fail("loading", "ways of debugging that are none", 1);
	run_suites(argc > 1 + verbose ? argv[1 + verbose] : "*", seed);
	mirror_module_unload(&mirror_module_myslab);
	check_usage("unloading", &nothing);
	mirror_usage(&now);
	fail("unloading", "pages", now.pages - nothing.pages);
	fail("unloading", "kmallocs", now.kmallocs - nothing.kmallocs);
	if (now.kmallocs != nothing.kmallocs) {
		mirror_log_quiet(false);
		mirror_print_kmallocs();
	}
	printf("# done: %lu failures\n", failures);
	return failures != 0;
}
