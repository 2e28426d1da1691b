#!/usr/bin/env python3
"""Run the misuse cases of scoreboard/ on one kernel and side; write their CSV.

    scoreboard.py VMLINUZ INITRAMFS --accel A --log LOG --side SIDE --out CSV

A VM runs case after case until one left it unsound; the next one starts with
the case behind that. Exit 0 only if no twin of ours was reported, for side
full every twin was looked at, and no case is worse than --expect has it.
"""

import argparse
import collections
import csv
import re
import sys

import vm

# Reports, of us and of the kernel; and what ends a kernel or its task.
REPORT = re.compile(r"myslab: BUG: |BUG kmalloc|BUG score|KASAN:|WARNING:|"
                    r"BUG: sleeping|BUG: Bad page|scheduling while atomic|"
                    r"kmem_cache_\w+: .*(mismatch|Wrong)|Slab cache still has|"
                    r"cache_from_obj: |object pointer: 0x|still has objects|"
                    r"Unexpected gfp|Invalid object|"
                    r"unable to create|duplicate")
CRASH = re.compile(r"Oops|kernel BUG at|Kernel panic|unable to handle|"
                   r"general protection fault|double fault|"
                   r"soft lockup|detected stalls")
MARK = re.compile(r"\] scoreboard: (.*)")
CONTEXT = re.compile(r"^\[[^]]*\](\[[^]]*\])? ")
ORDER = ("at the operation", "late", "prevented", "crash with diagnosis",
         "crash", "silent", "not applicable")


class Case:
    """What the log says from one case's line to the next."""

    def __init__(self, name):
        self.name = name
        self.where = ""
        self.reports = collections.defaultdict(int)
        self.crash = None
        self.ran = self.ended = self.prevented = False
        self.checks = None

    def add(self, line):
        mark = MARK.search(line)
        if mark:
            word, *rest = mark.group(1).split()
            self.where = word
            self.ran |= word == "begin"
            # The end of the module is the operation.
            if word == "unload":
                self.where = "begin"
            self.ended |= word in ("end", "unload")
            if word == "end":
                self.prevented = "prevented" in rest
            if word == "twin-end":
                self.checks = int(rest[0].split("=")[1])
        elif CRASH.search(line):
            self.crash = self.crash or self.where
        elif REPORT.search(line):
            self.reports[self.where] += 1

    def false_report(self):
        return any(where.startswith("twin") for where in self.reports) or \
            (self.crash or "").startswith("twin")

    def outcome(self):
        reported = bool(self.reports)
        if not self.ran and not self.crash:
            return "not applicable"
        if self.crash or not self.ended:
            return "crash with diagnosis" if reported else "crash"
        if self.reports["begin"]:
            return "at the operation"
        if any(self.reports.values()):
            return "late"
        return "prevented" if self.prevented else "silent"


def cases_of(lines):
    """Cases a VM began, and whether it came to the end of them all."""
    found, whole = [], False
    for line in lines:
        mark = MARK.search(line)
        if mark and mark.group(1).startswith("case "):
            found.append(Case(mark.group(1)[5:]))
        elif mark and mark.group(1) == "all":
            whole = True
        elif found:
            found[-1].add(line)
    return found, whole


def run_all(options):
    """Boot again and again until every case was run."""
    cases, whole, boots, barren = [], False, 0, 0
    while not whole:
        args = argparse.Namespace(
            vmlinuz=options.vmlinuz, initramfs=options.initramfs,
            log=f"{options.log}.{len(cases)}", show=False, cpus=2, mem="1G",
            accel=options.accel, nodes=1, icount=False, shell=False,
            append=f"{options.append} SIDE={options.side} FROM={len(cases)}",
            boot_timeout=300, timeout=options.timeout)
        log, _ended = vm.boot(args)
        boots += 1
        found, whole = cases_of(log.lines)
        cases += found
        barren = 0 if found or whole else barren + 1
        if barren == vm.TRIES:
            sys.exit(f"no case ran, log: {args.log}")
    return cases, boots


def worse(cases, path):
    """Cases whose outcome is worse than the one recorded, or not recorded."""
    with open(path, encoding="utf-8") as file:
        recorded = {(row["allocator"] + " " + row["case"]): row["outcome"]
                    for row in csv.DictReader(file)}
    return [f"{c.name}: {c.outcome()}, was: {recorded.get(c.name)}"
            for c in cases if c.name not in recorded or
            ORDER.index(c.outcome()) > ORDER.index(recorded[c.name])]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("vmlinuz")
    p.add_argument("initramfs")
    p.add_argument("--accel", default="tcg")
    p.add_argument("--log", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--append", default="")
    p.add_argument("--side", required=True,
                   choices=("release", "light", "full", "dressed", "slub"))
    p.add_argument("--expect", help="a CSV: no case may be worse than there")
    p.add_argument("--timeout", type=int, default=120)
    options = p.parse_args()
    cases, boots = run_all(options)
    bad = []
    with open(options.out, "w", encoding="utf-8") as out:
        out.write("allocator,case,outcome\n")
        for case in cases:
            out.write(f"{case.name.replace(' ', ',')},{case.outcome()}\n")
            if options.side != "slub" and case.false_report():
                bad.append(f"{case.name}: the twin was reported")
            if options.side == "full" and not case.checks:
                bad.append(f"{case.name}: nothing looked at the twin")
    print("| allocator | " + " | ".join(ORDER) + " |")
    print("|" + " --- |" * (len(ORDER) + 1))
    for allocator in ("cache", "pool", "heap", "arena", ""):
        mine = [c.outcome() for c in cases if c.name.startswith(allocator)]
        print(f"| {allocator or 'all'} | " + " | ".join(
            str(mine.count(outcome)) for outcome in ORDER) + " |")
    if options.expect:
        bad += worse(cases, options.expect)
    for problem in bad:
        print(f"problem: {problem}")
    print(f"{len(cases)} cases, {boots} boots")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
