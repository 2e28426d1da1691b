#!/usr/bin/env python3
"""Check that README's code is in the examples, which are built and run.

Each block of C, or of a Kbuild, must be an excerpt of one file: its lines in
that order, with others left out.
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent


def is_excerpt(block, lines):
    rest = iter(lines)
    return all(line in rest for line in block if line.strip())


def main():
    readme = (TOP / "README.md").read_text()
    files = {name: [path.read_text().splitlines() for path in
                    sorted((TOP / "examples").rglob(pattern))]
             for name, pattern in (("c", "*.c"), ("make", "Kbuild"))}
    problems = []
    for match in re.finditer(r"^```(c|make)\n(.*?)^```$", readme,
                             re.S | re.M):
        block = match[2].splitlines()
        if not any(is_excerpt(block, lines) for lines in files[match[1]]):
            line = readme.count("\n", 0, match.start()) + 1
            problems.append(f"README.md:{line}: this code is in no example")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
