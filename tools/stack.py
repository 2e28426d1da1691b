#!/usr/bin/env python3
"""What debugging adds to the stack of a call, from a build with -fstack-usage.

    stack.py FOLDER [-v]

FOLDER has the objects of mod/, and beside each its .su file. From where a
client's call enters debugging, the deepest chain of calls below is looked for;
switches, workers and files have a stack of their own and are left out. Of a
chain those frames count that are debugging's: what it passes through that runs
without debugging too (slabs, pages, the kernel) does not. A report is made
without debugging as well: where a chain ends in one, what the deepest of those
takes is taken off. Calls through a pointer are followed to the details of
reports alone; constructors are the client's.

Exits with 1 if a chain adds more than LIMIT bytes; -v shows all.
"""

import glob
import os
import re
import subprocess
import sys

LIMIT = 512
DEBUG = re.compile(r"debug|ledger|canary|dress|heap_check|trace")
REPORT = ("report", "findings", "caller")
# Where clients' calls are.
CALLS = re.compile(r"^(cache_(alloc|bulk|rcu)|owner|heap_(alloc|free|large"
                   r"|large_free|guard|slab)|pool_(alloc|private|wait)"
                   r"|arena_(alloc|chunk|mark|row|text)|slab\w*|cpu_\w+)$")
# What report.c calls through a pointer.
DETAILS, POINTER = "print_details", "__x86_indirect_thunk"


def frames(folder):
    """{(file, function): bytes}, the return address among them"""
    found = {}
    for name in glob.glob(f"{folder}/mod/*.su"):
        unit = os.path.basename(name)[:-3]
        for line in open(name, encoding="ascii"):
            place, size, _ = line.split("\t")
            found[unit, place.rsplit(":", 1)[1]] = int(size)
    return found


def calls(folder):
    """{(file, function): names that it calls or jumps to}"""
    edges = {}
    for name in glob.glob(f"{folder}/mod/*.o"):
        unit, at = os.path.basename(name)[:-2], None
        text = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", name],
                              check=True, capture_output=True,
                              text=True).stdout
        for line in text.splitlines():
            start = re.match(r"[0-9a-f]+ <([^>]+)>:", line)
            if start:
                at = unit, start[1].removesuffix(".cold")
                edges.setdefault(at, set())
                continue
            call = re.search(r"\b(?:call|j\w+)\s+[0-9a-f]+ <([\w.]+)", line) \
                or re.search(r"R_X86_64_PL\w+\s+([\w.]+)", line)
            if call:
                edges[at].add(call[1].removesuffix(".cold"))
    return edges


class Chains:
    """The deepest chain of calls below each function."""

    def __init__(self, folder):
        self.sizes, self.edges = frames(folder), calls(folder)
        self.global_ = {at[1]: at for at in self.edges
                        if at[1].startswith("myslab_")}
        self.known = {}

    def below(self, at):
        """What a function calls, as far as that is in mod/."""
        for name in self.edges[at]:
            to = (at[0], name)
            to = to if to in self.edges else self.global_.get(name)
            if to and to != at:
                yield to
            if at[0] == "report" and name.startswith(POINTER):
                yield from (e for e in self.edges if e[1] == DETAILS)

    def deepest(self, at, reports, on=()):
        """(bytes, chain) from here down; through reports or not."""
        key = at, reports
        if key not in self.known:
            counts = DEBUG.search(at[0]) or at[0] in REPORT
            own = self.sizes.get(at, 0) if counts else 0
            best = max((self.deepest(to, reports, (*on, at))
                        for to in self.below(at) if to not in (*on, at)
                        and (reports or to[0] not in REPORT[:2])),
                       default=(0, ()))
            self.known[key] = own + best[0], (at, *best[1])
        return self.known[key]


def main():
    chains = Chains(sys.argv[1])
    if not chains.sizes:
        sys.exit(f"{sys.argv[1]}: no .su files")
    # A report without details.
    bare = chains.deepest(("report", "myslab_report"), True)[0]
    entries = {to for at in chains.edges if CALLS.match(at[0])
               for to in chains.below(at) if DEBUG.search(to[0])}
    found = sorted(max(chains.deepest(at, False),
                       (lambda size, chain: (size - bare, chain))
                       (*chains.deepest(at, True)))
                   for at in entries)
    for size, chain in reversed(found[0 if "-v" in sys.argv else -1:]):
        steps = [f"{at[1]} {chains.sizes.get(at, 0)}" for at in chain
                 if DEBUG.search(at[0]) or at[0] in REPORT]
        print(f"{size} bytes: {' > '.join(steps)}")
    sys.exit(found[-1][0] > LIMIT)


if __name__ == "__main__":
    main()
