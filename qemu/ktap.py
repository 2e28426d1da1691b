#!/usr/bin/env python3
"""Summarise the KTAP in the log of a VM.

    ktap.py LOG

One line a suite, and for each failed test the lines since the test before
it. A suite that was loaded (init says "| suite NAME") and ran no test, and one
that ran fewer tests than its plan says, has failed. Last line:
"N passed, N failed, N skipped". Exit 0 only if something passed and nothing
failed.
"""

import re
import sys

STAMP = re.compile(r"^\[ *[0-9.]+\]\s?(\[[ TC0-9]+\] ?)?")
RESULT = re.compile(r"^( *)(not ok|ok) \d+(?: -)? ?(.*)$")
SUBTEST = re.compile(r"^( *)# Subtest: (.+)$")
PLAN = re.compile(r"^( *)1\.\.(\d+)$")
LOADED = re.compile(r"^\| suite (\S+)$")
COMPLAINT = re.compile("(?<!myslab: )BUG: |WARNING: |Oops|KASAN|UBSAN|EXPECTATION|ASSERTION")
CONTEXT_LINES = 24


def lines_that_matter(lines):
    """From the first complaint on: its beginning, and the end."""
    first = next((i for i, line in enumerate(lines)
                  if COMPLAINT.search(line)), 0)
    lines = lines[first:]
    if len(lines) > CONTEXT_LINES:
        half = CONTEXT_LINES // 2
        lines = lines[:half] + ["..."] + lines[-half:]
    return lines


class Subtest:
    """A suite, or a test with parameters inside one."""

    def __init__(self, name, indent):
        self.name = name
        self.indent = indent
        self.plan = None
        self.results = 0


class Summary:
    def __init__(self):
        self.stack = []
        self.suite = None		# [name, passed, failed, skipped]
        self.suites = []
        self.modules = {}		# loaded module -> tests seen after it
        self.module = None
        self.context = []
        self.failures = []

    def count(self, what):
        if self.suite is None:
            self.open_suite("(no suite)")
        self.suite[what] += 1
        if self.module:
            self.modules[self.module] += 1

    def open_suite(self, name):
        self.suite = [name, 0, 0, 0]
        self.suites.append(self.suite)

    def fail(self, name):
        where = self.suite[0] if self.suite else "?"
        self.failures.append((f"{where}: {name}",
                              lines_that_matter(self.context)))
        self.count(2)

    def close_subtest(self):
        top = self.stack.pop()
        if top.plan is not None and top.results != top.plan:
            self.fail(f"{top.name}: {top.results} of {top.plan} tests ran")
        return top

    def loaded(self, module):
        while self.stack:
            self.close_subtest()
        self.module = module
        self.modules[module] = 0
        self.context = []

    def subtest(self, indent, name):
        while self.stack and self.stack[-1].indent >= indent:
            self.close_subtest()
        if not self.stack:
            self.open_suite(name)
        self.stack.append(Subtest(name, indent))
        self.context = []

    def result(self, indent, word, text):
        inner = None
        while self.stack and self.stack[-1].indent > indent:
            inner = self.close_subtest()
        if self.stack:
            self.stack[-1].results += 1
        # The line that closes a subtest only repeats what its tests said.
        if inner is None or inner.results == 0:
            if word == "not ok":
                self.fail(text)
            else:
                self.count(3 if "# SKIP" in text else 1)
        self.context = []

    def feed(self, line):
        line = STAMP.sub("", line)
        if m := LOADED.match(line):
            self.loaded(m[1])
        elif m := SUBTEST.match(line):
            self.subtest(len(m[1]), m[2])
        elif m := PLAN.match(line):
            if self.stack and self.stack[-1].indent == len(m[1]):
                self.stack[-1].plan = int(m[2])
        elif m := RESULT.match(line):
            self.result(len(m[1]), m[2], m[3])
        else:
            self.context.append(line)

    def finish(self):
        while self.stack:
            self.close_subtest()
        for module, tests in self.modules.items():
            if not tests:
                self.open_suite(module)
                self.context = []
                self.fail("no test ran")


def main():
    summary = Summary()
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        for line in log:
            summary.feed(line.rstrip("\n"))
    summary.finish()
    for name, passed, failed, skipped in summary.suites:
        print(f"  {name:<40} {passed:4d} passed {failed:4d} failed"
              f" {skipped:4d} skipped")
    for name, context in summary.failures:
        print(f"FAILED {name}")
        for line in context:
            print(f"    {line}")
    passed, failed, skipped = (sum(s[i] for s in summary.suites)
                               for i in (1, 2, 3))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
