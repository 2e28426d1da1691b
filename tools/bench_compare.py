#!/usr/bin/env python3
"""What a change did to the figures of make bench.

    bench_compare.py BEFORE.csv AFTER.csv

Prints each row whose figure moved by more than 1 %, and fails if a fast path
became slower by more than 2 %, or has no figure any more: a VM that ended
before it came to a row says nothing good of that row.
"""

import csv
import sys

FAST = ("hot-pair", "batch-", "bulk-", "arena", "pool-pair", "pool-drained",
        "pool-private", "constructed", "handed-over", "alternation",
        "heap-uniform", "heap-filesystem")


def rows(lines):
    """Figures of one run: (workload, bytes, at a time, peer) -> count."""
    found = {}
    for row in csv.DictReader(lines):
        # That another k is the worst one now makes it no other row.
        if row["workload"] == "alternation":
            row["at a time"] = "any"
        found[row["workload"], row["bytes"], row["at a time"],
              row["peer"]] = float(row["myslab"])
    return found


def compare(before, after):
    """Print what moved; how many fast paths are worse than they were."""
    slower = gone = 0
    for key in after:
        if key not in before:
            print(f"new      {' '.join(key):50} {after[key]:10.1f}")
            continue
        change = (after[key] - before[key]) / max(before[key], 0.1) * 100
        if abs(change) <= 1:
            continue
        bad = change > 2 and key[0].startswith(FAST)
        slower += bad
        print(f"{'SLOWER' if bad else 'changed':8} {' '.join(key):50} "
              f"{before[key]:10.1f} {after[key]:10.1f} {change:+6.1f} %")
    for key in sorted(before.keys() - after.keys()):
        bad = key[0].startswith(FAST)
        gone += bad
        print(f"{'GONE' if bad else 'gone':8} {' '.join(key)}")
    print(f"{slower} fast paths became slower by more than 2 %,"
          f" {gone} have no figure any more")
    return slower + gone


def main():
    runs = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            runs.append(rows(file))
    if not all(runs):
        sys.exit("a run without figures")
    return 1 if compare(*runs) else 0


if __name__ == "__main__":
    sys.exit(main())
