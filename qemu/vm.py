#!/usr/bin/env python3
"""Boot one test VM and judge it.

    vm.py [options] VMLINUZ INITRAMFS

Exit 0 only if the last word of init was "VERDICT: pass" and nothing in the
whole log is a complaint of the kernel. A boot that never reached init says
nothing about the module: it is tried again, at most three times. A VM that
hangs is ended and the last 50 lines of its log are shown.
"""

import argparse
import os
import re
import select
import subprocess
import sys
import time

INIT_REACHED = "INIT: ready"
TRIES = 3

# What must not be in a log. Case matters: "kasan: initialized" is no finding.
COMPLAINTS = re.compile("|".join((
    r"WARNING:", r"BUG:", r"Oops", r"kernel BUG at", r"Kernel panic",
    r"KASAN:", r"KCSAN:", r"UBSAN:", r"KFENCE:", r"ODEBUG:",
    r"unreferenced object", r"new suspected memory leaks",
    r"possible recursive locking", r"possible circular locking",
    r"possible irq lock inversion", r"inconsistent lock state",
    r"lock-order", r"-unsafe lock order", r"bad unlock balance",
    r"held lock freed", r"lock held when returning", r"locks held when",
    r"[Ii]nvalid wait context", r"\*\*\* DEADLOCK", r"suspicious RCU",
    r"MAX_LOCKDEP_\w+ too low", r"trying to register non-static key",
    r"self-detected stall", r"detected stalls", r"detected expedited stalls",
    r"soft lockup", r"LOCKUP", r"blocked for more than",
    r"scheduling while atomic", r"called from invalid context",
    r"list_(add|del) corruption", r"refcount_t:", r"Bad page",
    r"bad page", r"page allocation failure", r"Out of memory",
    r"general protection fault", r"[Uu]nable to handle", r"segfault at",
    r"Unknown symbol", r"Objects remaining", r"still has objects",
)))
# Complaints about the (virtual) processor, not about any code under test.
HARMLESS = re.compile(r"Spectre V2 : WARNING|^\[[^]]*\] MDS:|^\[[^]]*\] TAA:")
# A report of ours as the kernel printed it, not as init showed it again.
REPORT = re.compile(r"^\[[^]|]*\](\[[^]|]*\])? myslab: BUG: ")

# Not the guest's fault either: TCG with several threads now and then runs a
# breakpoint that the kernel's code patching has already taken away again.
TCG_RACE = re.compile(r"Oops: int3: ")
# Nor this, with several CPUs where instructions are counted: init has a general
# protection fault at a load whose address is in the instruction.
TCG_FAULT = re.compile(r"traps: init\[1\] general protection fault")
RIP_RELATIVE = re.compile(r"^\[[^]]*\] Code: .*<48> 8b 05 ")

BOOT_ARGS = (
    "console=ttyS0 loglevel=5 printk.devkmsg=on panic=-1 nokaslr "
    "no_timer_check random.trust_cpu=on tsc=reliable cpu_init_udelay=10000 "
    "kasan_multi_shot kfence.sample_interval=0")


def parse_args():
    p = argparse.ArgumentParser()
    p.add_argument("vmlinuz")
    p.add_argument("initramfs")
    p.add_argument("--log", required=True, help="file for all output")
    p.add_argument("--accel", default="tcg", choices=("tcg", "kvm"))
    p.add_argument("--cpus", type=int, help="default: 4, with --icount 1")
    p.add_argument("--mem", default="1G")
    p.add_argument("--append", default="", help="more boot arguments; "
                   "NAME=value reaches init's environment")
    p.add_argument("--boot-timeout", type=int, default=120)
    p.add_argument("--timeout", type=int, default=120,
                   help="seconds from init's start to its verdict")
    p.add_argument("--allow-reports", action="store_true",
                   help="myslab's own reports are no complaints")
    p.add_argument("--expect-report", action="append", default=[],
                   metavar="REGEX", help="exactly these reports must be made")
    p.add_argument("--harmless", metavar="REGEX", default="(?!)",
                   help="such lines are no complaints")
    p.add_argument("--show", action="store_true",
                   help="show what init says (lines that start with '| ')")
    p.add_argument("--nodes", type=int, default=1,
                   help="NUMA nodes that share CPUs and memory evenly")
    p.add_argument("--icount", action="store_true",
                   help="one CPU whose time stamp counter counts instructions")
    p.add_argument("--shell", action="store_true",
                   help="interactive: serial line on this terminal")
    return p.parse_args()


def qemu_command(args):
    cpus = args.cpus or 4
    # Not microvm, which boots faster: with several CPUs every third boot of
    # it hangs under TCG.
    accel = "kvm" if args.accel == "kvm" else "tcg,thread=multi"
    # TCG stores a byte at a time where a CPU is said to be quick at it (ERMS),
    # and the kernel then clears pages so: nearly half of what insmod and rmmod
    # of a module with a client take. LA57: while a kernel finds out what its
    # first CPU has, 6.12 takes five levels of page tables for four, and an
    # interrupt that comes then, as on a slow machine, finds no memory.
    cpu = "host" if args.accel == "kvm" else "max,-erms,-la57"
    machine = ["-accel", accel, "-cpu", cpu,
               "-smp", f"{cpus},sockets={args.nodes}"]
    if args.icount:
        # rdrand: with an unseeded generator new slabs of SLUB look dear.
        machine = ["-icount", "shift=0,sleep=off", "-accel",
                   "tcg,thread=single", "-cpu", "qemu64,+rdrand",
                   "-smp", str(args.cpus or 1), "-seed", "1"]
        # The host's time, too, would make each run another one. With several
        # CPUs they are none the less, and a fault of TCG, which one in many
        # images meets, would be met by each try of it.
        if not args.cpus:
            machine += ["-rtc", "base=2026-01-01,clock=vm"]
    for node in range(args.nodes if args.nodes > 1 else 0):
        share = int(args.mem[:-1]) * 1024 // args.nodes
        share_cpus = cpus // args.nodes
        machine += ["-object",
                    f"memory-backend-ram,id=m{node},size={share}M",
                    "-numa", f"node,nodeid={node},memdev=m{node},"
                    f"cpus={node * share_cpus}-"
                    f"{(node + 1) * share_cpus - 1}"]
    return ["qemu-system-x86_64", *machine, "-M", "pc", "-m", args.mem,
            "-nodefaults", "-no-reboot", "-display", "none",
            "-serial", "mon:stdio" if args.shell else "stdio",
            "-kernel", args.vmlinuz, "-initrd", args.initramfs,
            "-append", f"{BOOT_ARGS} {args.append}"]


class Log:
    """All output of one VM, line by line, in a file and in memory."""

    def __init__(self, path, show):
        self.file = open(path, "w", encoding="utf-8", buffering=1)
        self.show = show
        self.lines = []
        self.rest = b""
        self.ready = None
        self.sick = None        # since when, if that was before it was ready

    def feed(self, data):
        *whole, self.rest = (self.rest + data).split(b"\n")
        for raw in whole:
            self.add(raw.decode("utf-8", "replace").rstrip("\r"))

    def add(self, line):
        self.lines.append(line)
        self.file.write(line + "\n")
        text = re.sub(r"^\[ *[0-9.]+\]\s?(\[[ TC0-9]+\] )?", "", line)
        if self.ready is None and INIT_REACHED in line:
            self.ready = time.monotonic()
        if self.ready is None and self.sick is None and \
                COMPLAINTS.search(line) and not HARMLESS.search(line):
            self.sick = time.monotonic()
        if self.show and text.startswith("| "):
            print("  " + text[2:], flush=True)

    def close(self):
        if self.rest:
            self.feed(b"\n")
        self.file.close()


def boot(args):
    """Run one VM to its end: (log, reason it was ended or None)."""
    log = Log(args.log, args.show)
    start = time.monotonic()
    vm = subprocess.Popen(qemu_command(args), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    ended = None
    while True:
        if select.select([vm.stdout], [], [], 0.5)[0]:
            data = os.read(vm.stdout.fileno(), 65536)
            if not data:
                break
            log.feed(data)
        now = time.monotonic()
        if log.ready is None and now - start > args.boot_timeout:
            ended = f"no init after {args.boot_timeout} s"
        elif not log.ready and log.sick and \
                now - log.sick > args.boot_timeout / 3:
            ended = "the kernel complains, and goes no further"
        elif log.ready and now - log.ready > args.timeout:
            ended = f"no verdict after {args.timeout} s"
        if ended:
            vm.kill()
            break
    vm.wait()
    log.close()
    return log, ended


def judge_reports(args, lines):
    """Problems with myslab's own reports: missing, or not announced."""
    if args.allow_reports:
        return []
    reports = [line for line in lines if REPORT.search(line)]
    problems = []
    for regex in args.expect_report:
        found = next((r for r in reports if re.search(regex, r)), None)
        if found is None:
            problems.append(f"report expected and not made: {regex}")
        else:
            reports.remove(found)
    return problems + [f"report not expected: {r}" for r in reports]


def judge(args, log, ended):
    """List of what is wrong with a VM that reached init."""
    problems = [ended] if ended else []
    verdicts = [line for line in log.lines if "VERDICT: " in line]
    if not verdicts:
        problems.append("init gave no verdict")
    elif len(verdicts) > 1 or not verdicts[0].endswith("VERDICT: pass"):
        problems += verdicts
    for line in log.lines:
        if "myslab: BUG: " in line or HARMLESS.search(line) or \
                re.search(args.harmless, line):
            continue
        if COMPLAINTS.search(line):
            problems.append(line)
    return problems + judge_reports(args, log.lines)


def infrastructure(args, log, ended):
    """Why a boot says nothing about the module, or None."""
    if not log.ready:
        return f"boot never reached init ({ended or 'VM ended'})"
    first = next((line for line in log.lines if COMPLAINTS.search(line)
                  and "myslab: BUG: " not in line), "")
    if TCG_RACE.search(first):
        return "TCG lost a race with the kernel's code patching"
    if args.icount and args.cpus and TCG_FAULT.search(first) and \
            any(RIP_RELATIVE.search(line) for line in log.lines):
        return "TCG let a load fault that cannot"
    return None


def main():
    args = parse_args()
    if args.shell:
        return subprocess.call(qemu_command(args))
    for attempt in range(1, TRIES + 1):
        log, ended = boot(args)
        excuse = infrastructure(args, log, ended)
        if not excuse:
            break
        print(f"try {attempt} of {TRIES}: {excuse}", flush=True)
        if attempt < TRIES:
            os.replace(args.log, f"{args.log}.try{attempt}")
    else:
        print("\n".join(log.lines[-50:]))
        print(f"infrastructure failure, log: {args.log}")
        return 2
    problems = judge(args, log, ended)
    if not problems:
        return 0
    if ended:
        print("last 50 lines:")
        print("\n".join(log.lines[-50:]))
    for problem in problems[:20]:
        print(f"problem: {problem}")
    if len(problems) > 20:
        print(f"... and {len(problems) - 20} more")
    print(f"log: {args.log}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
