#!/usr/bin/env python3
"""Check what is made of logs and of figures, without a VM.

A complaint of the kernel that is not recognised would let every run pass, and
to provoke each in a VM would take hours.
"""

import argparse
import contextlib
import io
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "qemu"))
sys.path.insert(0, str(TOP / "tools"))
sys.dont_write_bytecode = True
import bench_compare  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import vm  # noqa: E402  pylint: disable=wrong-import-position

READY = "[    1.0] INIT: ready, 4 CPUs, 6.12"
PASS = "[    9.0] VERDICT: pass"
DOUBLE = "[    2.0] myslab: BUG: double-free: cache a: object 1 was freed"

# As the kernel words them, one of each kind.
COMPLAINTS = """\
WARNING: CPU: 1 PID: 1 at mm/page_alloc.c:4300 f+0x1/0x2
BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 [myslab]
BUG: KCSAN: data-race in f / g
UBSAN: array-index-out-of-bounds in mod/slab.c:1:2
BUG: KFENCE: use-after-free read in f+0x1/0x2
BUG: sleeping function called from invalid context at mm/x.c:1
BUG: scheduling while atomic: insmod/1/0x00000002
BUG: unable to handle page fault for address: ffff888000000000
BUG: Bad page state in process insmod  pfn:1234
Oops: general protection fault, probably for non-canonical address
kernel BUG at mm/slub.c:100!
Kernel panic - not syncing: Fatal exception
rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... }
watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [insmod:1]
NMI watchdog: Watchdog detected hard LOCKUP on cpu 1
INFO: task insmod:1 blocked for more than 60 seconds.
unreferenced object 0xffff888000000000 (size 64):
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
WARNING: possible circular locking dependency detected
WARNING: possible recursive locking detected
WARNING: inconsistent lock state
WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected
WARNING: bad unlock balance detected!
WARNING: suspicious RCU usage
BUG: Invalid wait context
BUG: MAX_LOCKDEP_CHAINS too low!
INFO: trying to register non-static key.
list_add corruption. prev->next should be next
refcount_t: underflow; use-after-free.
ODEBUG: free active (active state 0) object: 1
insmod: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL)
Out of memory: Killed process 1 (insmod)
myslab_client: Unknown symbol myslab_cache_alloc (err -2)
BUG a (Not tainted): Objects remaining in a on __kmem_cache_shutdown()
reader[1]: segfault at 0 ip 1 sp 2 error 4
""".splitlines()

problems = []


def expect(what, right):
    if not right:
        problems.append(what)


def judged(*lines, ended=None, **options):
    """Problems that the judge has with a log of these lines."""
    args = argparse.Namespace(allow_reports=False, expect_report=[],
                              harmless="(?!)")
    vars(args).update(options)
    log = argparse.Namespace(lines=list(lines), ready=1.0)
    return vm.judge(args, log, ended)


def summed_up(*lines):
    """Passed, failed and skipped in KTAP."""
    summary = ktap.Summary()
    for line in lines:
        summary.feed(line)
    summary.finish()
    return [sum(s[i] for s in summary.suites) for i in (1, 2, 3)]


def check_vm():
    expect("a clean run is not passed", not judged(READY, PASS))
    for line in COMPLAINTS:
        expect(f"not a complaint: {line}",
               judged(READY, "[    2.0] " + line, PASS))
    expect("a complaint after the verdict is not seen",
           judged(READY, PASS, "[    9.1] WARNING: CPU: 0 PID: 1"))
    expect("no verdict is good", judged(READY))
    expect("a failure is good", judged(READY, "[ 9.0] VERDICT: FAIL: x"))
    expect("two verdicts are good", judged(READY, PASS, PASS))
    expect("a hang is good", judged(READY, PASS, ended="no verdict"))
    expect("a report that nobody expects is good", judged(READY, DOUBLE, PASS))
    expect("a report that is expected is not",
           not judged(READY, DOUBLE, PASS, expect_report=["double-free"]))
    expect("the second of one expected is good",
           judged(READY, DOUBLE, DOUBLE, PASS, expect_report=["double-free"]))
    expect("a missing report is good",
           judged(READY, PASS, expect_report=["double-free"]))
    expect("reports that are allowed are not",
           not judged(READY, DOUBLE, PASS, allow_reports=True))
    fault = [READY, "[ 2.9] traps: init[1] general protection fault ip:1"]
    load = fault + ["[ 2.9] Code: 5d e9 8f fa ff ff c3 <48> 8b 05 2f 5a 0c 00"]
    for ready, lines, cpus, retry in (
            (None, [], 4, True), (1.0, [READY], 4, False),
            (1.0, [READY, "Oops: int3: 0000"], 4, True),
            (1.0, [READY, "Oops: 0000"], 4, False),
            (1.0, fault, 4, False), (1.0, load, 4, True),
            (1.0, load, None, False),
            (1.0, [READY, "Oops: 0000"] + load[1:], 4, False)):
        log = argparse.Namespace(lines=lines, ready=ready)
        args = argparse.Namespace(icount=True, cpus=cpus)
        expect(f"a retry, or none: {lines}",
               bool(vm.infrastructure(args, log, None)) == retry)


def check_boot():
    """A kernel that breaks down before init is not waited for."""
    for lines, sick in (((COMPLAINTS[1],), True), ((READY,), False),
                        ((READY, COMPLAINTS[1]), False),
                        (("[    0.1] Spectre V2 : WARNING: x",), False)):
        log = vm.Log("/dev/null", False)
        for line in lines:
            log.add(line)
        expect(f"sick before init, or not: {lines}", bool(log.sick) == sick)


def check_ktap():
    suite = ("| suite a_kunit", "    # Subtest: a", "    1..2", "    ok 1 b")
    expect("good tests are not counted",
           summed_up(*suite, "    ok 2 c", "ok 1 a") == [2, 0, 0])
    expect("a failed test is not counted",
           summed_up(*suite, "    not ok 2 c", "not ok 1 a") == [1, 1, 0])
    expect("a skipped test is not counted",
           summed_up(*suite, "    ok 2 c # SKIP x", "ok 1 a") == [1, 0, 1])
    expect("a suite that broke off is good", summed_up(*suite) == [1, 1, 0])
    expect("a suite without tests is good",
           summed_up("| suite a_kunit") == [0, 1, 0])


def worse(before, after):
    """How many fast paths make bench-compare finds worse."""
    header = "workload,bytes,at a time,peer,its,myslab,ratio"
    with contextlib.redirect_stdout(io.StringIO()):
        return bench_compare.compare(*(
            bench_compare.rows([header, *run]) for run in (before, after)))


def check_compare():
    pair, worst = "hot-pair,256,1,kmem_cache,180.0,", "alternation,256,"
    expect("as fast as before is worse",
           not worse([pair + "100.0,0.5"], [pair + "100.0,0.5"]))
    expect("2 % slower is too much",
           not worse([pair + "100.0,0.5"], [pair + "102.0,0.5"]))
    expect("2.1 % slower is good",
           worse([pair + "100.0,0.5"], [pair + "102.1,0.5"]) == 1)
    expect("what is not a fast path may not become slower",
           not worse(["debug-F,256,1,x,1.0,100.0,9"],
                     ["debug-F,256,1,x,1.0,200.0,9"]))
    expect("another k of the worst alternation is another row",
           worse([worst + "105,kmem_cache,316.0,83.0,0.26"],
                 [worst + "66,kmem_cache,316.0,90.0,0.28"]) == 1)
    expect("a fast path without a figure is good",
           worse([pair + "100.0,0.5"], []) == 1)
    expect("a row that is new is worse",
           not worse([], [pair + "100.0,0.5"]))


def main():
    check_vm()
    check_boot()
    check_ktap()
    check_compare()
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
