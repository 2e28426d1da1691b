#!/usr/bin/env python3
"""Check the lengths of functions, files and lines.

    figures.py --max N --p95 N --median N FILE...

Functions are counted from brace to brace. Files have at most 400 lines, lines
80 columns (a tab is 8), but for strings, which are not broken so that one can
search for them. Prints the figures, and what is over a limit.
"""

import argparse
import sys

FILE_LINES = 400
COLUMNS = 80


def functions(path, lines):
    """(length, path, line) of each function: its braces are in column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line.startswith("}"):
            if start is not None and line == "}":
                yield number - start + 1, path, start
            start = None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--max", type=int, default=60)
    parser.add_argument("--p95", type=int, default=40)
    parser.add_argument("--median", type=int, default=15)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()

    found, problems = [], []
    for path in args.files:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        found += functions(path, lines)
        if len(lines) > FILE_LINES:
            problems.append(f"{path}: {len(lines)} lines, over {FILE_LINES}")
        for number, line in enumerate(lines, 1):
            columns = len(line.expandtabs(8))
            if columns > COLUMNS and '"' not in line:
                problems.append(f"{path}:{number}: {columns} columns")
    found.sort()
    for length, path, start in found:
        if length > args.max:
            problems.append(f"{path}:{start}: function of {length} lines,"
                            f" over {args.max}")
    if found:
        median = found[len(found) // 2][0]
        p95 = found[int(len(found) * 0.95)][0]
        print(f"{len(found)} functions: median {median}, 95th percentile"
              f" {p95}, longest {found[-1][0]} lines")
        if median > args.median:
            problems.append(f"median over {args.median}")
        if p95 > args.p95:
            problems.append(f"95th percentile over {args.p95}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
