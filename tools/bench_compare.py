#!/usr/bin/env python3
"""What a change did to the figures of make bench.

    bench_compare.py BEFORE.csv AFTER.csv

Prints each row whose figure moved by more than 1 %, and fails if a fast path
became slower by more than 2 %.
"""

import csv
import sys

FAST = ("hot-pair", "batch-", "bulk-", "arena", "pool-pair", "pool-drained",
        "pool-private", "constructed", "handed-over")


def rows(path):
    """Figures of one file: (workload, bytes, at a time, peer) -> count."""
    with open(path, encoding="utf-8") as file:
        return {tuple(row[key] for key in
                      ("workload", "bytes", "at a time", "peer")):
                float(row["myslab"]) for row in csv.DictReader(file)}


def main():
    before, after = rows(sys.argv[1]), rows(sys.argv[2])
    slower = 0
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
    for key in before.keys() - after.keys():
        print(f"gone     {' '.join(key)}")
    print(f"{slower} fast paths became slower by more than 2 %")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
